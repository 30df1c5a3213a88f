// @ts-check
import { byCount, count, isolate } from "../format.js";

// The organisers' pages are in English only.
export { admin, check, rehearsals } from "./en_work.js";

/**
 * Arabic, for the gate and the draw.
 *
 * @typedef {typeof import("./en_work.js")} English
 */

/** @template T @typedef {import("../types/app.js").Translation<T>} In */

/** @type {In<English["gate"]>} */
export const gate = {
  title: "البوابة",
  main: "الرئيسية",
  ready: "جاهزة للمسح",
  result: "النتيجة",
  code: "رمز التذكرة",
  checkIn: "تسجيل الدخول عند البوابة",
  last: "آخر عمليات المسح",
  none: "لم يُمسح شيء بعد.",
  name: "اسم البوابة",
  sound: "الصوت والاهتزاز",
  checking: (waiting) => (waiting ? `جارٍ الفحص… بقي ${count(waiting)}` : "جارٍ الفحص…"),
  offline: "لا يوجد اتصال: إلى أن يعود لا تفحص هذه الصفحة التذاكر ولا تُدخل أحدًا. واصل المسح؛ كل مسح يحاول من جديد.",
  camera: "الكاميرا",
  scan: "المسح بالكاميرا",
  stop: "إيقاف الكاميرا",
  noCamera: "تعذّر استخدام الكاميرا: المحاولة من جديد",

  admitted: "تفضّل بالدخول",
  alreadyAdmitted: "سبق الدخول",
  notValid: "غير صالحة",
  notChecked: "لم تُفحص",
  checkedInByHand: "سُجّل الدخول يدويًا.",
  firstScan: (time, gate, byHand) => `الساعة ${isolate(time)}، البوابة ${isolate(gate)}${byHand ? "، يدويًا" : ""}`,
  ownScan: "على الأرجح كان هذا مسحك أنت قبل لحظة، وقد ضاع ردّه.",
  givenBack: "أُعيدت هذه التذكرة.",
  noTicket: "هذه ليست تذكرة لهذه الفعالية.",
  otherSeason: (season) => `يظهر أنها تذكرة لفعالية أخرى: ${isolate(season)}.`,
  place: "هذا مكان في الصف، وليس تذكرة.",
  unknownAnswer: "ردّ الخادم غير مفهوم. أعد تحميل هذه الصفحة.",
  disconnected: "لا يوجد اتصال. لم تُفحص هذه التذكرة: امسحها من جديد.",
  unavailable: "لا يستجيب الخادم. لم تُفحص هذه التذكرة: امسحها من جديد.",
  failed: (why) => `${why} لم تُفحص هذه التذكرة.`,

  unreadable: "تعذّرت قراءة الرمز",
  lookUpLabel: "رقم التذكرة أو المقعد",
  lookUp: "بحث",
  lookedUp: "نتيجة البحث",
  checkInByHand: "تسجيل الدخول يدويًا",
  found: (who, state) => `${isolate(who)}. ${state}`,
  foundVoid: "مُعادة: غير صالحة.",
  foundValid: "صالحة، ولم يُسجَّل الدخول.",
  foundUsed: (time, gate) => `سبق الدخول الساعة ${isolate(time)}، البوابة ${isolate(gate)}.`,
};

/**
 * So many people, in the nominative.
 *
 * @param {number} n
 */
const people = (n) =>
  byCount(n, { zero: "لا أحد", one: "شخص واحد", two: "شخصان", few: `${count(n)} أشخاص`, many: `${count(n)} شخصًا`, other: `${count(n)} شخص` });

/** @type {In<English["draw"]>} */
export const draw = {
  title: "السحب",
  titleOf: (season) => `السحب · ${isolate(season)}`,
  moment: "لحظة من فضلك…",
  back: "العودة إلى الصف",
  commitmentBefore: ["الالتزام المنشور عند تحديد موعد الافتتاح: ", ". يحتفظ به هذا المتصفح؛ دوّنه في مكان آخر أيضًا، وقارنه بعد الافتتاح."],
  recordBefore: ["بصمة الحاضرين وجولة المنارة، المنشورتان قبل أن يمكن معرفة الترتيب: ", ". يحتفظ بهما هذا المتصفح أيضًا."],
  user: "معرّف المستخدم (يُملأ معرّفك إذا كنت مسجّل الدخول)",
  noted: "الالتزام الذي دوّنته قبل الافتتاح (اختياري)",
  recorded: "بصمة الحاضرين والجولة اللتان دوّنتهما قبل السحب (اختياري)",
  press: "التحقق من السحب",
  result: "النتيجة",
  noDraw: "لا سحب مقررًا هنا: الجميع بحسب ترتيب الوصول.",
  frozen: (fans, round) => `الحاضرون: ${people(fans)}.${round ? ` يتبع الترتيب الجولة ${round} من المنارة، وهي لم تصدر بعد.` : ""} لحظة من فضلك…`,
  promised: (opens, beacon) =>
    `${opens ? `يُفتح البيع ${opens}. ` : ""}عندها يُجرى السحب على ترتيب جميع الحاضرين، ويمكن التحقق منه هنا.${beacon ? ` وتُدخَل فيه المنارة ${isolate(beacon)}.` : ""}`,
  drawn: (fans, rank) => `أُجري السحب على الترتيب. المشاركون: ${people(fans)}. ${rank}تحقق منه بنفسك:`,
  yourPlace: (rank) => (rank ? `خرج لك المكان ${count(rank)}. ` : "لم تكن حاضرًا عند السحب. "),
  userPlace: (rank) => (rank ? ` خرج لهذا المستخدم المكان ${count(rank)}.` : " لم يكن هذا المستخدم ضمن السحب."),
  commitment: "الالتزام",
  seed: "البذرة",
  beacon: "المنارة",
  gathered: "بصمة الحاضرين",
  beaconValue: (b) => `${isolate(b.source)}، الجولة ${b.round}: ${isolate(b.value)}`,
  noBeacon: (note, promised) => `لا شيء (${isolate(note)})${promised ? `، مع أن ${isolate(promised)} كانت موعودة` : ""}`,
  marks: "كل العلامات بالترتيب",
  download: "تنزيل القائمة",
  needsHTTPS: "لا يتحقق هذا المتصفح إلا في صفحات وصلت عبر https. أما الأمر «usher draw verify» فيتحقق في أي مكان.",
  checking: "جارٍ التحقق…",
  noList: "تعذّرت قراءة القائمة الآن.",
  fits: "كل شيء مطابق.",
  doesNotFit: "هناك ما لا يطابق.",
  findings: {
    seed: ["البذرة هي المُلتزَم بها.", "البذرة ليست المُلتزَم بها."],
    commitment: ["الالتزام هو الذي دوّنته.", "الالتزام غير الذي دوّنته."],
    gathered: ["بصمة الحاضرين هي التي دوّنتها.", "بصمة الحاضرين غير التي دوّنتها."],
    beacon: ["المنارة هي الموعودة.", "المنارة ليست الموعودة."],
    notedRound: ["جولة المنارة هي التي دوّنتها.", "جولة المنارة غير التي دوّنتها."],
    round: ["جولة المنارة تتبع وقت التسجيل.", "جولة المنارة لا تتبع وقت التسجيل."],
    noBeacon: "وُعد بمنارة، لكنها لم تُدخَل في السحب.",
    length: "طول القائمة كما ينبغي.",
    lengthIs: (marks, gathered) => `في القائمة ${marks} علامة، بينما كان الحاضرون ${gathered}.`,
    order: ["العلامات متصاعدة ولا تتكرر.", "العلامات ليست متصاعدة."],
    rank: "الترتيب الذي يذكره الخادم هو المحسوب هنا.",
    rankIs: (named, found) => `يذكر الخادم الترتيب ${named ?? "لا شيء"}، لكنه ${found || "لا شيء"}.`,
  },
};
