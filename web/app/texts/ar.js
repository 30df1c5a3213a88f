// @ts-check
import { byCount, count, countdown, duration, isolate, list, money, seatName, waitInWords } from "../format.js";

/**
 * Arabic. What each text is for, en.js says. Digits are 0 to 9, because the numbers of
 * seats and gates must look as they do on the signs of the house.
 *
 * @typedef {typeof import("./en.js")} English
 */

/** @template T @typedef {import("../types/app.js").Translation<T>} In */

export const locale = { numbers: "ar-u-nu-latn", dates: "ar-u-ca-gregory-nu-latn" };

/**
 * So many seats, in the nominative.
 *
 * @param {number} n
 */
const seatCount = (n) =>
  byCount(n, { zero: "لا مقاعد", one: "مقعد واحد", two: "مقعدان", few: `${count(n)} مقاعد`, many: `${count(n)} مقعدًا`, other: `${count(n)} مقعد` });

/**
 * A text about one seat, about two, or about more.
 *
 * @param {{length: number}} seats
 * @param {string} one
 * @param {string} two
 * @param {string} several
 */
const bySeats = (seats, one, two, several) => byCount(seats.length, { zero: several, one, two, few: several, many: several, other: several });

/** @type {In<English["page"]>} */
export const page = {
  language: "اللغة",
  moment: "لحظة من فضلك…",
  unreachable: "يتعذّر الوصول إلى شباك التذاكر من هنا. تواصل هذه الصفحة المحاولة. ويُحفظ مكانك في الصف لبعض الوقت.",
  unnamed: "Usher",
  dismiss: "إغلاق",
  signOut: "تسجيل الخروج",
  navigation: { main: "القائمة الرئيسية", seats: "المقاعد", tickets: "تذاكري", gate: "البوابة", desk: "شباك التذاكر", admin: "الإدارة" },
  connection: "الاتصال",
  connections: { live: "مباشر", polling: "مباشر، كل بضع ثوانٍ", reconnecting: "جارٍ إعادة الاتصال", replaced: "مفتوحة في مكان آخر" },
  blocked: "تمنع هذه الشبكة الاتصال المباشر. مكانك محفوظ، وتسأل هذه الصفحة عن الجديد كل بضع ثوانٍ. شبكة أخرى أسرع.",
  cutOff: "جارٍ إعادة الاتصال. ما تضغطه الآن لن يصل، لذلك تنتظر بعض الأزرار.",
  yourTurn: "حان دورك. ",
  goAndEnter: "ادخل الآن",
  titles: {
    turn: (season) => `حان دورك · ${isolate(season)}`,
    replaced: (season) => `مفتوحة في مكان آخر · ${isolate(season)}`,
    gathering: (season) => `أنت مشارك · ${isolate(season)}`,
    line: (season) => `في الصف · ${isolate(season)}`,
    position: (position, season) => `رقم ${position} في الصف · ${isolate(season)}`,
    hall: (season) => `المقاعد · ${isolate(season)}`,
    tickets: (season) => `تذاكري · ${isolate(season)}`,
    gate: (season) => `البوابة · ${isolate(season)}`,
    desk: (season) => `شباك التذاكر · ${isolate(season)}`,
    admin: (season) => `الإدارة · ${isolate(season)}`,
  },
};

/** @type {In<English["signIn"]>} */
export const signIn = {
  eyebrow: "التذاكر",
  google: "المتابعة باستخدام Google",
  provider: (/** @type {string} */ name) => `المتابعة باستخدام ${name}`,
  guest: "المتابعة كضيف",
  guestWhat: "كضيف لك مكان واحد في الصف، في هذا المتصفح. وتبقى تذاكرك فيه أيضًا: اطبعها. ومع حساب ترى تذاكرك على كل جهاز.",
  guestFailed: "لم ينجح الدخول كضيف. حاول مرة أخرى.",
  failed: "لم ينجح تسجيل الدخول. يُرجى المحاولة مرة أخرى.",
  expired: "انتهت صلاحية تسجيل دخولك. يُرجى تسجيل الدخول من جديد؛ مكانك في الصف محفوظ لبعض الوقت.",
  signedOut: "تم تسجيل خروجك.",
  noSeason: "هذه الفعالية ليست معروضة للبيع هنا.",
  steps: [
    ["خذ مكانك في الصف.", " تنضم إليه عند تسجيل الدخول، وترى موضعك فيه بدقة."],
    ["انتظر أينما شئت.", " بدّل القطار أو الهاتف: يبقى مكانك لك."],
    ["اختر مقاعدك.", " عندما يحين دورك تختارها على مهل."],
  ],
  closed: "انتهى البيع.",
  open: "البيع مفتوح. يختار كل شخص مقاعده بحسب ترتيب الوصول.",
  gone: "بيعت كل المقاعد. عُد إلى هنا لاحقًا: فقد يُعاد مقعد.",
  opens: (when) => `يُفتح البيع ${when}. احضر مبكرًا: عندها يُجرى السحب على ترتيب جميع الحاضرين.`,
};

/** @type {In<English["sessions"]>} */
export const sessions = {
  title: "أين سجّلت الدخول",
  open: "‏: أين سجّلت الدخول",
  what: "يستمر تسجيل الدخول اثنتي عشرة ساعة. أنهِ ما لا تعرفه أو ما لا تحتاج إليه؛ يبقى مكانك في الصف وتبقى تذاكرك.",
  reading: "تجري قراءة عمليات تسجيل دخولك…",
  since: (when) => `تسجيل الدخول: ${when}`,
  here: "هذا المتصفح",
  seen: (when) => `آخر استخدام: ${when}`,
  end: "إنهاء",
  endOf: (when) => `إنهاء تسجيل الدخول: ${when}`,
  endOthers: "إنهاء كل ما عداه",
};

/** @type {In<English["challenge"]>} */
export const challenge = {
  title: "خطوة أخرى",
  what: "يتحقق هذا البيع من أن من ينضم أشخاص لا برامج. يبدأ مكانك في الصف عند اكتمال التحقق.",
  again: "لم تُقبل هذه الإجابة. يُرجى المحاولة مرة أخرى.",
  failed: "لا يعمل التحقق الآن. حاول مرة أخرى، أو أوقف ما يحجبه في متصفحك.",
  retry: "المحاولة مرة أخرى",
};

/** @type {In<English["sale"]>} */
export const sale = {
  title: "البيع",
  cancelled: "أُلغي هذا العرض. تُعاد قيمة كل التذاكر المدفوعة، ولا يلزمك فعل شيء.",
  categories: "المقاعد المتبقية والأسعار حسب الفئة",
  paused: "الدخول إلى البيع متوقف مؤقتًا.",
  pausedWhy: (why) => `الدخول إلى البيع متوقف مؤقتًا: ${isolate(why)}`,
  available: (seats, total) => `المقاعد المتبقية: ${count(seats)} من أصل ${count(total)}`,
  held: (seats) => `كل المقاعد محجوزة؛ قد يعود منها ${count(seats)}`,
  gone: "نفدت التذاكر",
  left: (seats) => (seats === 0 ? "لم يبقَ شيء" : `بقي ${count(seats)}`),
  range: (from, to) => `${isolate(from)} – ${isolate(to)}`,
};

/** @type {In<English["line"]>} */
export const line = {
  title: "مكانك في الصف",
  waiting: "عدد المنتظرين",
  expectedWait: "الانتظار المتوقع",
  rebuilding: "تجري استعادة الصف. يحتفظ الجميع بأماكنهم؛ يستغرق ذلك لحظة.",
  paused: (paused) => `مكانك محفوظ. ${paused}`,
  behind: "خلفك",
  held: "لا يوجد مقعد متاح الآن: كلها محجوزة أو قيد الدفع، لذلك ينتظر الصف. عندما يعود مقعد يُستدعى الشخص التالي.",
  gone: "بيعت كل المقاعد. إذا أُعيد مقعد يُستدعى الشخص التالي. وقد لا يحدث ذلك: يمكنك الانتظار أو مغادرة الصف.",
  goneReturns: "بيعت كل المقاعد. هذا الصف للمقاعد المُعادة: يذهب كل منها إلى الشخص التالي. وقد لا يُعاد أي مقعد، ويمكنك المغادرة في أي وقت.",
  progress: "طريقك في الصف",
  come: (first, places) =>
    `كان رقمك عند الانضمام ${count(first)}${
      places > 0
        ? byCount(places, {
            zero: "",
            one: " وتقدمت مكانًا واحدًا",
            two: " وتقدمت مكانين",
            few: ` وتقدمت ${count(places)} أماكن`,
            many: ` وتقدمت ${count(places)} مكانًا`,
            other: ` وتقدمت ${count(places)} مكان`,
          })
        : ""
    }.`,
  waitOpen: "غير معروف",
  waitSeats: "يتوقف على المقاعد التي تعود.",
  waitUnknown: "يُحسب عندما يمرّ أوائل المنتظرين.",
  waitPaused: "لا يمكن حسابه ما دام الدخول متوقفًا.",
  waitWithoutPause: "من دون مدة التوقف",
  waitLonger: "أطول مما توقعنا",
  waitLongerWhy: "يأتي تقدير جديد عندما يمرّ المزيد.",
  turnTitle: "عندما يحين دورك",
  turn: (turn, session) =>
    `لديك ${duration(turn)} لتضغط «الدخول»، ثم ${duration(session)} للاختيار والدفع. إذا فاتك دورك انتقل إلى التالي في الصف وضاع مكانك، وتبدأ من جديد في آخر الصف.`,
  turnUnknown: "لديك وقت قصير لتضغط «الدخول». إذا فاتك دورك انتقل إلى التالي في الصف وضاع مكانك، وتبدأ من جديد في آخر الصف.",
  closeTitle: "إذا أغلقت هذه الصفحة",
  close: (forget) =>
    `يُحفظ مكانك ${duration(forget)}، هنا وعلى أجهزتك الأخرى. لا تُنادى أثناء غيابك ويمرّ غيرك. وإذا عدت في الوقت المحدد تُنادى قبل كل من جاء بعدك.`,
  closeLater: (absence, forget) =>
    `تُعدّ حاضرًا لمدة ${duration(absence)}، والدور الذي يحين عندها يضيع إن لم تدخل. بعد ذلك لا تُنادى، ويُحفظ مكانك ${duration(forget)} أخرى.`,
  closeUnknown: "يُحفظ مكانك لبعض الوقت، هنا وعلى أجهزتك الأخرى. ولا تُنادى أثناء غيابك.",
  phoneTitle: "على الهاتف",
  phone: "لا شيء يستطيع مناداة هاتف في وضع السكون. عندما تنطفئ الشاشة قد تفقد هذه الصفحة اتصالها، ويُعدّ ذلك إغلاقًا لها. أبقِ الشاشة مضاءة وهذه الصفحة ظاهرة.",
  leave: "مغادرة الصف",
  draw: "كيف يُسحب الترتيب، وكيف تتحقق منه",
  asOf: (time) => `حتى ${isolate(time)}`,
  next: "أنت التالي.",
  nextWish: "أنت الأول في الصف. يأتي دورك عندما يمكن تلبية رغبتك.",
  inLine: "أنت في الصف.",
  ahead: (people) =>
    byCount(people, {
      zero: "لا أحد أمامك.",
      one: "أمامك شخص واحد.",
      two: "أمامك شخصان.",
      few: `أمامك ${count(people)} أشخاص.`,
      many: `أمامك ${count(people)} شخصًا.`,
      other: `أمامك ${count(people)} شخص.`,
    }),
  announced: (position, wait) => `رقمك في الصف ${count(position)}.${wait && ` الانتظار المتوقع: ${wait}.`}`,
  movedToEnd: "انتهى مكانك السابق، لذلك عدت إلى آخر الصف.",
};

/** The phases of a sale, and their codes. */
/** @type {In<English["wish"]>} */
export const wish = {
  title: "رغبة في المقاعد المُعادة",
  lead: "يمكنك انتظار مقاعد معيّنة فقط. يأتي دورك عندما تصبح متاحة، وحتى ذلك الحين قد يسبقك آخرون. تحتفظ بمكانك في الصف، ولا يُحجز أي مقعد.",
  count: "عدد المقاعد",
  category: "الفئة",
  any: "أي فئة",
  upTo: "سعر كل مقعد على الأكثر",
  anyPrice: "أي سعر",
  leave: "أضف رغبة",
  save: "احفظ الرغبة",
  change: "غيّر الرغبة",
  remove: "أزل الرغبة",
  keep: "أغلق دون حفظ",
  saved: "حُفظت رغبتك. تحتفظ بمكانك في الصف.",
  removed: "أُزيلت رغبتك. تحتفظ بمكانك في الصف.",
  passed: "سبقك شخص بسبب رغبتك: جاء دور شخص وصل بعدك، لأن مقاعد رغبتك لم تكن متاحة. تحتفظ بمكانك. برغبة أصغر أو من دون رغبة قد يأتي دورك قبل ذلك.",
  yours: (seats, category, price) => `رغبتك: ${count(seats)} × ${category ?? "أي فئة"}${price ? `، على الأكثر ${price} لكل مقعد` : ""}`,
};

export const phases = {
  title: "مواعيد البيع",
  label: "رمزك",
  join: "انضم بالرمز",
  need: "هذا الجزء من البيع لمن لديهم رمز.",
  hint: "لا فرق بين الأحرف الكبيرة والصغيرة.",
  now: "الآن",
  withCode: "برمز",
  forAll: "للجميع",
  next: (/** @type {string} */ name, /** @type {string} */ when) => `يُفتح ${name} ${when} للجميع. ومن ينتظر من قبل يحتفظ بمكانه في المقدمة.`,
  nextCode: (/** @type {string} */ name, /** @type {string} */ when) => `يُفتح ${name} ${when} برمز. ومن ينتظر من قبل يحتفظ بمكانه في المقدمة.`,
  between: (/** @type {string} */ name, /** @type {string} */ when) => `لن يُستدعى أحد حتى ذلك الحين: يُفتح ${name} ${when}. مكانك محفوظ.`,
  span: (/** @type {string} */ opens, /** @type {string} */ closes) => `${opens} – ${closes}`,
  since: (/** @type {string} */ opens) => `من ${opens}`,
};

/** @type {In<English["gathering"]>} */
export const gathering = {
  youAreIn: "أنت مشارك",
  opens: (when) => `يُفتح البيع: ${when}`,
  timeLeft: "الوقت حتى يُفتح البيع",
  together: (people) =>
    byCount(people, {
      zero: "لا أحد هنا بعد.",
      one: "أنت وحدك هنا حتى الآن.",
      two: "هنا شخصان، أنت أحدهما.",
      few: `هنا ${count(people)} أشخاص، وأنت منهم.`,
      many: `هنا ${count(people)} شخصًا، وأنت منهم.`,
      other: `هنا ${count(people)} شخص، وأنت منهم.`,
    }),
  draw: "عند الافتتاح يُجرى السحب على ترتيب جميع الحاضرين. المجيء مبكرًا لا يعطي مكانًا أفضل، ومن يأتي بعد ذلك يقف خلفهم.",
  drawLater: "عند الافتتاح يُجرى السحب على ترتيب جميع من جاؤوا منذ الجزء الأخير من البيع، خلف من ينتظرون من قبل. المجيء مبكرًا لا يعطي مكانًا أفضل، ومن يأتي بعد ذلك يقف خلفهم.",
  drawing: "يجري السحب على الترتيب. يستغرق ذلك لحظة.",
  close: (forget) =>
    `تبقى مشاركًا ${duration(forget)}، هنا وعلى أجهزتك الأخرى، ثم تخرج. عُد قبل الافتتاح لتشارك من جديد بالفرصة نفسها.`,
  announced: (seconds) => `أنت مشارك. يُفتح البيع بعد ${duration(seconds)}. عندها يُجرى السحب على ترتيب جميع الحاضرين.`,
  soon: (seconds) => `يُفتح البيع بعد ${duration(seconds)}.`,
};

/** @type {In<English["calling"]>} */
export const calling = {
  notify: "أبلغني",
  stop: "لا تبلغني بعد الآن",
  trial: "جرّب",
  screen: "إبقاء الشاشة مضاءة",
  screenOn: "تبقى الشاشة مضاءة أثناء انتظارك ما دامت هذه الصفحة ظاهرة.",
  screenRefused: "لا يمكن إبقاء الشاشة مضاءة الآن؛ قد تكون البطارية ضعيفة.",
};

/** @type {In<English["notifications"]>} */
export const notifications = {
  off: "",
  on: "سنناديك بإشعار وصوت عندما يحين دورك ما دامت هذه الصفحة مفتوحة.",
  quiet: "سنناديك بإشعار عندما يحين دورك ما دامت هذه الصفحة مفتوحة. وسترنّ أيضًا بعد أن تضغط أي شيء في هذه الصفحة.",
  refused: "لا يسمح متصفحك بالإشعارات من هذا الموقع. سيخبرك عنوان علامة التبويب وأيقونتها على كل حال.",
  sound: "لا يعرض هذا المتصفح إشعارات. أبقِ هذه الصفحة ظاهرة والصوت مفعّلًا: ترنّ عندما يحين دورك. على iPhone تعمل الإشعارات إذا كانت هذه الصفحة على الشاشة الرئيسية.",
  press: "لا يعرض هذا المتصفح إشعارات. أبقِ هذه الصفحة ظاهرة واضغط عليها مرة واحدة: عندها ترنّ عندما يحين دورك.",
  silent: "لا يستطيع هذا المتصفح هنا إشعارك ولا إصدار صوت. أبقِ هذه الصفحة ظاهرة وانظر إليها بين حين وآخر.",
  trial: { title: "Usher", body: "هكذا سنناديك." },
  turn: "حان دورك",
  turnBody: (season) => `${season ? isolate(season) : "البيع"}: يمكنك الدخول الآن. ادخل قبل أن ينتهي وقتك.`,
};

/** @type {In<English["turn"]>} */
export const turn = {
  title: "حان دورك",
  lead: "ادخل قبل انتهاء الوقت. وإلا انتقل دورك إلى التالي في الصف، وتبدأ من جديد في آخره.",
  timeLeft: "الوقت المتبقي للدخول",
  enter: "الدخول",
  giveUp: "التنازل عن الدور",
  notNow: "ليس الآن",
  inside: (session, hold) => `في الداخل لديك ${duration(session)} للاختيار والدفع. المقعد الذي تأخذه يُحجز لك ${duration(hold)}.`,
  announced: (seconds) => `حان دورك. لديك ${duration(seconds)} لتضغط «الدخول».`,
  late: (seconds) => `بقي ${duration(seconds)} للدخول.`,
};

/** @type {In<English["outside"]>} */
export const outside = {
  title: "لست في الصف",
  finished: "اكتملت عملية الشراء",
  join: "الانضمام إلى الصف",
  lead: "انضم إليه لترى فورًا كم يستغرق الانتظار.",
  gone: "نفدت التذاكر",
  closed: "انتهى البيع",
  closedLead: "لا يقبل الصف أحدًا بعد الآن. تجد تذاكرك في «تذاكري».",
  goneLead: "بيعت كل المقاعد. إذا أُعيد مقعد يُفتح الصف من جديد، وتخبرك هذه الصفحة بذلك.",
  returnsLead: "بيعت كل المقاعد. انضم إلى الصف لانتظار المقاعد المُعادة.",
  opens: (when) => `يُفتح البيع ${when}.`,
  reasons: {
    turn_missed: "حان دورك ولم تدخل في الوقت المحدد، فانتقل إلى التالي في الصف.",
    idle: "لم يصلنا منك شيء لبعض الوقت، فانتقل مكانك إلى التالي في الصف.",
    session_ended: "انتهى وقتك في البيع. أُعيدت المقاعد التي لم تدفع ثمنها.",
    put_out: "أخرجك المنظّم من البيع.",
    absent: "طال غيابك، فأُلغي مكانك في الصف.",
    season_closed: "أُلغي هذا العرض، وانتهى الصف.",
    finished: "تم الشراء، ودخل الشخص التالي. تجد تذاكرك في «تذاكري». لشراء المزيد انضم إلى الصف من جديد.",
    left: "لقد غادرت. يمكنك الانضمام من جديد في آخر الصف.",
    ended: "لم تعد في الصف: انتهى مكانك، أو تم التنازل عنه في مكان آخر.",
  },
};

/** @type {In<English["replaced"]>} */
export const replaced = {
  title: "أنت هنا مرتين",
  lead: "هذا البيع مفتوح لديك في نافذة أخرى أو على جهاز آخر. مكانك محفوظ هناك؛ ولا يضيع شيء.",
  use: "استخدام هذه النافذة",
};

/** @type {In<English["seats"]>} */
export const seats = {
  title: "اختر مقاعدك",
  loading: "جارٍ تحميل المقاعد…",
  sessionLeft: "الوقت المتبقي لك في البيع: ",
  leave: "مغادرة",
  map: "مخطط القاعة",
  canvas: "مخطط القاعة. تنتقل مفاتيح الأسهم من مقعد إلى مقعد، ومفتاح الإدخال يحجز المقعد أو يلغي حجزه. ويغيّر الزائد والناقص الحجم، ويحرّك Shift مع الأسهم المخطط. وكل مقعد موجود أيضًا في القائمة.",
  zoomIn: "تكبير",
  zoomOut: "تصغير",
  showAll: "إظهار كل المقاعد",
  legend: { mine: "مقاعدك", inTransaction: "محجوز لشخص آخر", booked: "مباع أو غير معروض للبيع", dimmed: "أغلى مما تريد" },
  yours: "لك",
  all: "كل المقاعد",
  list: "المقاعد",
  unnamedSection: "المقاعد",
  row: (row) => `الصف ${isolate(row)}`,
  rowLabel: (section, row) => `${section && isolate(section)} ${row ? `الصف ${isolate(row)}` : ""}`.trim() || "المقاعد",
  free: (free, size) => `المتاح ${count(free)} من ${count(size)}`,
  beingPaid: "يجري دفع ثمنه",
  reasons: { available: "", booked: "مباع", inTransaction: "هذا المقعد محجوز لشخص آخر؛ وقد يتاح من جديد", unavailable: "غير معروض للبيع" },
  best: "أفضل المقاعد",
  bestCount: "العدد",
  category: "الفئة",
  categories: { any: "أي فئة" },
  adjacent: "متجاورة",
  find: "البحث عن مقاعد",
  stage: "المسرح",
  card: "المقعد المختار",
  closeCard: "إغلاق",
  whereIs: (section, row) => [section && isolate(section), row && `الصف ${isolate(row)}`].filter(Boolean).join(" · "),
  isFree: "متاح",
  isYours: "هذا المقعد محجوز لك.",
  spoken: (seat, section, row, category, price, status) => list([seat, section, row && `الصف ${row}`, category, price, status].filter(Boolean)),
  hold: "حجز",
  release: "إلغاء الحجز",
  holdSeat: (seat) => `حجز المقعد ${isolate(seat)}`,
  releaseSeat: (seat) => `إلغاء حجز المقعد ${isolate(seat)}`,
  showNearest: "إظهار أقرب المقاعد المتاحة",
  holdInstead: (seat) => `حجز ${seat}`,
  wheel: "للتكبير اضغط Ctrl أو Cmd مع تدوير العجلة، أو انقر على المخطط أولًا.",
  mapRole: "مخطط القاعة",
  sectionSpoken: (section, free, size) => `${isolate(section)}: المتاح ${count(free)} من ${count(size)}. يُظهر مفتاح الإدخال مقاعدها.`,
  freeShort: (free) => `متاح ${count(free)}`,
  freeShortest: (free) => count(free),
  price: "السعر",
  anyPrice: "أي سعر",
  upTo: (price) => `حتى ${price}`,
  skip: { label: "الانتقال إلى", cart: "الانتقال إلى مقاعدك", map: "الانتقال إلى مخطط القاعة", list: "الانتقال إلى قائمة المقاعد" },
  swap: (mine, wanted) => `هل تريد استبدال ${seatCount(mine)} بأفضل منها (${count(wanted)})؟`,
  swapYes: "استبدال",
  addMore: (more) => `إضافة ${count(more)}`,
  swapNo: "الاحتفاظ بمقاعدي",
  full: "لديك أقصى عدد من المقاعد للشخص الواحد.",
};

/** @type {In<English["priceTypes"]>} */
export const priceTypes = {
  title: "نوع السعر",
  normal: "السعر العادي",
  names: { child: "طفل", student: "طالب", senior: "كبار السن", member: "عضو", reduced: "مخفّض" },
  label: (seat) => `سعر المقعد ${isolate(seat)}`,
  allIn: "الأسعار تشمل كل الرسوم: السعر المعروض هو ما تدفعه.",
};

/** @param {number} n */
const placeCount = (n) =>
  byCount(n, { zero: "لا أماكن", one: "مكان واحد", two: "مكانان", few: `${count(n)} أماكن`, many: `${count(n)} مكانًا`, other: `${count(n)} مكان` });

/** @type {In<English["areas"]>} */
export const areas = {
  card: "المنطقة المختارة",
  count: "عدد الأماكن",
  fewer: "مكان أقل",
  more: "مكان إضافي",
  hold: (places, price) => `احجز ${count(places)}، ${price}`,
  yours: (places) => `محجوز لك هنا: ${placeCount(places)}.`,
  yoursShort: (places) => `لك ${count(places)}`,
  none: "لا يوجد مكان شاغر هنا الآن.",
  few: (area, free) => `${isolate(area)}: ${free === 0 ? "لا يوجد مكان شاغر الآن" : `الشاغر الآن فقط: ${placeCount(free)}`}. لم يُحجز شيء.`,
  priceIn: (area) => `السعر في ${isolate(area)}`,
  spoken: (area, category, price, free, size) => `${list([area, category, price])}: ${count(free)} من ${count(size)} شاغرة. بلا مقاعد مرقّمة.`,
  line: (area, places) => `${isolate(area)} × ${count(places)}`,
  moreIn: (line) => `مكان إضافي: ${line}`,
  fewerIn: (line) => `مكان أقل: ${line}`,
  releaseIn: (line) => `حرّر الكل: ${line}`,
};

/** @type {In<English["cart"]>} */
export const cart = {
  title: "مقاعدك",
  empty: "لا مقاعد بعد. اخترها من المخطط أو من القائمة، أو دعنا نبحث لك عن الأفضل.",
  lines: "المقاعد المحجوزة لك",
  heldFor: "محجوزة لك لمدة ",
  total: "المجموع",
  card: "بطاقة تجريبية",
  cards: {
    tok_ok: "بطاقة تدفع",
    tok_declined: "بطاقة تُرفض",
    tok_slow: "بطاقة تستغرق ثانيتين",
    tok_3ds: "بطاقة تطلب موافقتك",
    tok_unknown: "بطاقة يضيع ردّها",
    page: "صفحة الدفع من Stripe",
    pm_card_visa: "بطاقة تدفع",
    pm_card_chargeDeclined: "بطاقة تُرفض",
    pm_card_authenticationRequired: "بطاقة تطلب خطوة ثانية",
  },
  payOnPage: "تدفع على صفحة مزوّد الدفع، ثم تعود إلى هنا ومعك تذاكرك.",
  payPage: "يُتابَع دفعك على صفحة دفع. تبقى مقاعدك لك ما دامت مفتوحة.",
  pageEnds: "تنتهي خلال ",
  goToPage: "إلى صفحة الدفع",
  giveUp: "عدم الدفع",
  gaveUp: "أُنهي الدفع. لم يُخصم منك شيء، ومقاعدك لا تزال محجوزة إن بقي وقت.",
  noPayment: "لم يُجهَّز الدفع لهذا البيع بعد.",
  pay: (total, currency) => `دفع ${isolate(money(total, currency))}`,
  paying: "جارٍ الدفع…",
  disconnected: "انقطع الاتصال أثناء الدفع. سنسأل عن النتيجة حال عودته؛ ولن تدفع مرتين.",
  pending: (n) => `دفعتك في الطريق ولم تُؤكَّد بعد. يبقى لك حتى نعلم: ${seatCount(n)}. لا يلزمك فعل شيء.`,
  release: (seat, currency) => `إلغاء حجز ${seatName(seat, currency)}`,
  releaseOne: "إلغاء حجز هذا المقعد",
  releaseAll: "إلغاء حجز الكل",
  expired: "انتهى وقت حجز مقاعدك فأُعيدت. إن كانت ما زالت متاحة فيمكنك اختيارها من جديد.",
  reasons: { payment_expired: "انتهت صفحة الدفع قبل الدفع", payment_cancelled: "لم تدفع", payment_declined: "رُفض الدفع", unavailable: "الدفع غير متاح", refunded: "أُعيدت" },
  cancelled: (reason) => `أُلغيت عملية الشراء${reason ? ` (${cancelledFor(reason)})` : ""}. لم يُخصم منك شيء.`,
  taken: (seat, why, others) => `${isolate(seat)}: ${why}.${others ? " أقرب المقاعد المتاحة:" : ""}`,
  holding: (seats, total, until) => `محجوز لك: ${seats}، المجموع ${total}، حتى ${until}.`,
  holdNothing: "ليس لديك مقاعد محجوزة الآن.",
  released: (seats) => `أُلغي حجز: ${seats}.`,
  warning: (seconds) => (seconds >= 60 ? "بقيت دقيقة واحدة لدفع ثمن مقاعدك." : `المتبقي لدفع ثمن مقاعدك بالثواني: ${count(seconds)}.`),
  sessionWarning: (seconds) => (seconds >= 60 ? "ينتهي وقتك في البيع بعد دقيقة واحدة." : `المتبقي لك في البيع بالثواني: ${count(seconds)}.`),
  minuteMore: "دقيقة إضافية",
  extended: (until) => `مقاعدك محجوزة الآن حتى ${until}.`,
  bar: (seats) => seatCount(seats),
  barPay: "الدفع",
  barLabel: (seats, total) => `مقاعدك: ${count(seats)}، ${total}. افتحها للدفع.`,
  closeSheet: "العودة إلى المقاعد",
};

/** @param {string} reason */
const cancelledFor = (reason) => cart.reasons?.[reason] ?? isolate(reason.replaceAll("_", " "));

/** @type {In<English["done"]>} */
export const done = {
  label: "تم الشراء",
  bought: (seats, total, currency) => `تم: ${list([...seats, money(total, currency)])}`,
  announced: (bought) => `${bought}. تذاكرك في هذه الصفحة.`,
  finish: "انتهيت، فليدخل الشخص التالي",
  more: "شراء المزيد",
  gone: "بيعت الآن كل المقاعد. تبقى تذاكرك هنا.",
  goneFinish: "انتهيت",
  nextIsIn: "دخل الشخص التالي. تبقى تذاكرك هنا.",
  full: (ms) => `لديك أقصى عدد من المقاعد للشخص الواحد. بعد ${countdown(ms)} يدخل الشخص التالي؛ وتبقى تذاكرك هنا.`,
  next: (ms) => `بعد ${countdown(ms)} يدخل الشخص التالي، إلا إذا اشتريت المزيد. تبقى تذاكرك هنا.`,
};

/** @type {In<English["tickets"]>} */
export const tickets = {
  title: "تذاكرك",
  reading: "جارٍ تحميل تذاكرك…",
  none: "ليس لديك تذاكر بعد.",
  label: (seat) => `التذكرة ${isolate(seat)}`,
  qrCode: (seat) => `رمز QR للمقعد ${isolate(seat)}`,
  shortCode: (code) => `الرمز القصير ${code}`,
  statuses: { valid: "صالحة", used: "مستخدمة: لقد دخلت", void: "مُعادة: لم تعد صالحة", cancelled: "أُلغي العرض: لم تعد صالحة" },
  doors: (when) => `تُفتح الأبواب ${isolate(when)}`,
  section: "القسم",
  row: "الصف",
  category: "الفئة",
  price: "السعر",
  holder: "الاسم",
  showCode: "عرض الرمز",
  codeFor: (seat) => ` للمقعد ${isolate(seat)}`,
  brightness: "ارفع سطوع الشاشة وثبّتها أمام الماسح.",
  previousCode: "السابق",
  nextCode: "التالي",
  codeOf: (n, all) => `${count(n)} من ${count(all)}`,
  closeCode: "إغلاق",
  calendar: "التقويم",
  checkedIn: (seats) => `تم التحقق عند المدخل: ${seats}.`,
  offline: (when) => `يتعذّر الوصول إلى شباك التذاكر من هنا. هذه تذاكرك كما كانت في ${isolate(when)}، ورموزها صالحة عند المدخل.`,
  tryAgain: "حاول مرة أخرى",
  print: "طباعة",
  printAll: (n) => `طباعة الكل (${count(n)})`,
  pdf: "PDF",
  pdfAll: (n) => `PDF للكل (${count(n)})`,
  printOf: (seat) => ` التذكرة ${isolate(seat)}`,
  pdfOf: (seat) => ` للتذكرة ${isolate(seat)}`,
  ofAll: " من التذاكر",
  boughtAt: (when, today) => (today ? `اليوم ${isolate(when)}` : when),
  bought: (when, seats, price) => `تاريخ الشراء ${when}: ${seatCount(seats)}${seats < 3 ? ` (${count(seats)})` : ""}${price && `، ${isolate(price)}`}`,
  noRefunds: "لا يمكن إعادة تذاكر هذا البيع.",
  otherSale: ["هذه لبيع آخر: ", "."],
  openSale: (season) => `فتح ${isolate(season)}`,
  pending(seats, total, currency) {
    const what = `${list(seats)} بمبلغ ${isolate(money(total, currency))}`;
    return bySeats(
      seats,
      `شراء المقعد ${what} ما زال قيد التأكيد. المقعد لك حتى نعلم.`,
      `شراء المقعدين ${what} ما زال قيد التأكيد. المقعدان لك حتى نعلم.`,
      `شراء المقاعد (${count(seats.length)}): ${what} ما زال قيد التأكيد. المقاعد لك حتى نعلم.`,
    );
  },
  giveBack: "إعادة",
  giveBackSeat: (seat) => ` المقعد ${isolate(seat)}`,
  giveBackAll: (n) => `إعادة الكل (${count(n)})`,
  givingBack: "جارٍ الإعادة…",
  keep: "الاحتفاظ",
  giveBackTitle: (seats) => bySeats(seats, `إعادة المقعد ${list(seats)}؟`, `إعادة المقعدين ${list(seats)}؟`, `إعادة المقاعد ${list(seats)}؟`),
  giveBackWhat(n, amount) {
    const back = `يُعاد إليك ${amount ? isolate(amount) : "ما دفعته"} بالطريقة التي دفعت بها. لا يمكن التراجع عن ذلك.`;
    return bySeats(
      { length: n },
      `تفقد التذكرة صلاحيتها فورًا، حتى المطبوعة، ويعود المقعد إلى البيع. ${back}`,
      `تفقد التذكرتان صلاحيتهما فورًا، حتى المطبوعتان، ويعود المقعدان إلى البيع. ${back}`,
      `تفقد التذاكر صلاحيتها فورًا، حتى المطبوعة، وتعود المقاعد إلى البيع. ${back}`,
    );
  },
  givenBack: (seats) =>
    bySeats(
      seats,
      `أُعيد المقعد ${list(seats)}. يعود المال بالطريقة التي دُفع بها.`,
      `أُعيد المقعدان ${list(seats)}. يعود المال بالطريقة التي دُفع بها.`,
      `أُعيدت المقاعد ${list(seats)}. يعود المال بالطريقة التي دُفع بها.`,
    ),
};

export const returning = {
  go: (/** @type {string} */ host) => `المتابعة إلى ${isolate(host)}`,
  going: (/** @type {string} */ host) => `أنت الآن في الداخل. ستنتقل هذه الصفحة تلقائيًا إلى ${isolate(host)} بعد لحظة.`,
  back: (/** @type {string} */ host) => `أعادك ${isolate(host)} إلى هنا. إذا تكرر ذلك فلا يستطيع المتجر قراءة جلستك: أبلغ المنظّم.`,
  stay: "البقاء هنا",
};

/** @type {In<English["embed"]>} */
export const embed = {
  open: "افتح صفحة التذاكر",
  enter: "اذهب وادخل",
  newTab: "في علامة تبويب جديدة",
  inside: "أنت الآن في الداخل. اختر مقاعدك في صفحة التذاكر.",
  onSale: "البيع مفتوح الآن",
  unreachable: "يتعذّر الوصول إلى شباك التذاكر من هنا. تواصل هذه الصفحة المحاولة.",
};

/** @type {In<English["leaving"]>} */
export const leaving = {
  stay: "البقاء",
  leaveLine: { title: "هل تريد مغادرة الصف؟", yes: "نعم، مغادرة" },
  leaveTurn: { title: "هل تريد التنازل عن دورك؟", yes: "نعم، تنازل" },
  leaveSale: { title: "هل تريد مغادرة البيع؟", yes: "نعم، مغادرة" },
  signOut: { title: "هل تريد تسجيل الخروج؟", yes: "نعم، تسجيل الخروج" },
  loss: {
    gathering: (out) => `أنت مشارك في السحب على الترتيب. ${ifYou(out)} فلن يشملك السحب.`,
    inLine: (out) => `لديك مكان في الصف. ${ifYou(out)} فستبدأ من جديد في آخره.`,
    position: (position, out) => `رقمك ${count(position)}. ${ifYou(out)} فستبدأ من جديد في آخر الصف.`,
    turn: (out) => `حان دورك. ${ifYou(out)} فسينتقل إلى التالي، وستبدأ من جديد في آخر الصف.`,
    paying: () => `يستمر دفعك، ولا يُشترى شيء مرتين. ${again}`,
    session: () => `ينتهي وقتك لاختيار المقاعد. ${again}`,
    held(seats, out) {
      const names = seats.length > 6 ? seatCount(seats.length) : list(seats);
      return `محجوز لك ولم يُدفع بعد: ${names}. ${ifYou(out)} ${bySeats(seats, "فسيعود المقعد", "فسيعود المقعدان", "فستعود المقاعد")} إلى البيع. ${again}`;
    },
  },
};

const again = "للدخول من جديد تبدأ من آخر الصف.";
const ifYou = (/** @type {boolean} */ out) => (out ? "إذا سجّلت خروجك" : "إذا غادرت");

/** @type {In<English["roles"]>} */
export const roles = {
  title: "أنت تعمل هنا",
  toGate: "إلى البوابة",
  toDesk: "إلى شباك التذاكر",
  toAdmin: "إلى صفحة الإدارة",
  toSale: "إلى البيع",
  admin: "تعرض صفحة الإدارة البيع وتغيّره.",
  desk: "يبيع شباك التذاكر التذاكر لمن يأتي إليه.",
  gate: "عند البوابة تُفحص التذاكر.",
  notInLine: "لست في الصف. لشراء تذاكر لنفسك انضم إليه مثل غيرك.",
  missing: {
    gate: { title: "هذه الصفحة للموظفين", who: "يمكن للموظفين وحدهم فحص التذاكر." },
    desk: { title: "هذه الصفحة لشباك التذاكر", who: "يمكن لشباك التذاكر وحده بيع التذاكر هنا." },
    admin: { title: "هذه الصفحة للمنظّمين", who: "يمكن للمنظّمين وحدهم رؤية البيع وتغييره." },
  },
  signedInAs: (who, user) => `${who} أنت مسجّل الدخول باسم ${user ? isolate(user) : "شخص آخر"}.`,
  ask: "هل ينبغي أن يكون لك ذلك؟ اطلب من المنظّم إضافة عنوانك، أو سجّل الخروج واستخدم حسابًا آخر.",
};

/** @param {string[]} seats */
const named = (seats) => (seats.length > 6 ? `${list(seats.slice(0, 6))} و${count(seats.length - 6)} غيرها` : list(seats));

const signedOut = "تم تسجيل خروجك. يُرجى تسجيل الدخول من جديد.";
const unavailable = "لا يستجيب شباك التذاكر الآن. لم يضِع شيء؛ حاول مرة أخرى بعد لحظة.";

/** @type {English["errors"]} */
export const errors = {
  payment_declined: "رُفضت البطاقة. لم يُخصم منك شيء، ومقاعدك ما زالت لك حتى ينتهي الوقت. جرّب بطاقة أخرى.",
  seat_taken: ({ seats }) =>
    seats.length
      ? bySeats(
          seats,
          `أخذ شخص آخر المقعد ${named(seats)} للتو. يُرجى الاختيار من جديد.`,
          `أخذ آخرون المقعدين ${named(seats)} للتو. يُرجى الاختيار من جديد.`,
          `أخذ آخرون المقاعد ${named(seats)} للتو. يُرجى الاختيار من جديد.`,
        )
      : "كان شخص آخر أسرع. يُرجى الاختيار من جديد.",
  hold_expired: ({ seats }) =>
    seats.length
      ? bySeats(
          seats,
          `انتهى حجزك للمقعد ${named(seats)}، فلم يُشترَ شيء ولم يُخصم شيء. إن كان ما زال متاحًا فيمكنك اختياره من جديد.`,
          `انتهى حجزك للمقعدين ${named(seats)}، فلم يُشترَ شيء ولم يُخصم شيء. إن كانا ما زالا متاحين فيمكنك اختيارهما من جديد.`,
          `انتهى حجزك للمقاعد ${named(seats)}، فلم يُشترَ شيء ولم يُخصم شيء. إن كانت ما زالت متاحة فيمكنك اختيارها من جديد.`,
        )
      : "انتهى حجزك، فلم يُشترَ شيء ولم يُخصم شيء. يُرجى اختيار مقاعدك من جديد.",
  seat_limit: "سيتجاوز ذلك عدد المقاعد التي يمكن للشخص حجزها وشراؤها. أعد مقعدًا أولًا.",
  no_adjacent_seats: "لا توجد مقاعد متاحة متجاورة بهذا العدد. جرّب عددًا أقل أو فئة أخرى أو مقاعد متفرقة.",
  unknown_seat: ({ seats }) =>
    seats.length
      ? bySeats(seats, `لا وجود للمقعد ${named(seats)} في هذا البيع.`, `لا وجود للمقعدين ${named(seats)} في هذا البيع.`, `لا وجود للمقاعد ${named(seats)} في هذا البيع.`)
      : "لا وجود لهذا المقعد في هذا البيع.",
  challenge_required: "يطلب هذا البيع اجتياز تحقق قبل الانضمام. أعد تحميل الصفحة لتراه.",
  not_admitted: "انتهى وقتك في البيع، لذلك تعذّر ذلك. انضم إلى الصف من جديد للمتابعة.",
  code_required: "هذا الجزء من البيع يحتاج إلى رمز. أدخل رمزك، أو انتظر حتى يُفتح البيع للجميع.",
  code_invalid: "هذا الرمز غير صالح هنا، أو سبق استعماله. تحقق منه ثم حاول من جديد.",
  season_closed: "انتهى البيع.",
  sold_out: "بيع كل شيء. إذا عاد مقعد فيمكنك الانضمام إلى الصف من جديد.",
  conflict: "هذا غير ممكن الآن.",
  key_reused: "تمت عملية الشراء هذه من قبل بمقاعد أخرى. انظر في «تذاكري» قبل أن تحاول من جديد.",
  unauthenticated: signedOut,
  invalid_credential: signedOut,
  forbidden: "لا يُسمح لك بذلك.",
  rate_limited: ({ seats }) =>
    seats.length
      ? bySeats(
          seats,
          `بقي المقعد ${named(seats)} في سلتك حتى انتهى وقته. الأولوية لغيرك لمدة دقيقة؛ يُرجى اختيار مقعد آخر.`,
          `بقي المقعدان ${named(seats)} في سلتك حتى انتهى وقتهما. الأولوية لغيرك لمدة دقيقة؛ يُرجى اختيار مقاعد أخرى.`,
          `بقيت المقاعد ${named(seats)} في سلتك حتى انتهى وقتها. الأولوية لغيرك لمدة دقيقة؛ يُرجى اختيار مقاعد أخرى.`,
        )
      : "كان ذلك سريعًا جدًا. انتظر لحظة ثم حاول مرة أخرى.",
  unavailable,
  draining: unavailable,
  other: "حدث خطأ ما. يُرجى المحاولة مرة أخرى.",
  disconnected: "انقطع الاتصال قبل وصول الرد. تجري استعادته؛ راجع مقاعدك قبل أن تحاول من جديد.",
};

/** @type {English["expectedWait"]} */
export function expectedWait(eta) {
  return waitInWords(eta, { unknown: "غير معروف بعد", soon: "أقل من دقيقة", about: (span) => `نحو ${span}`, range: (from, to) => `من ${from} إلى ${to}` });
}
