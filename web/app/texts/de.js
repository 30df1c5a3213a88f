// @ts-check
import { byCount, count, countdown, duration, isolate, list, money, seatName, waitInWords } from "../format.js";

/**
 * German. What each text is for, en.js says.
 *
 * @typedef {typeof import("./en.js")} English
 */

/** @template T @typedef {import("../types/app.js").Translation<T>} In */

export const locale = { numbers: "de", dates: "de" };

/** @type {In<English["page"]>} */
export const page = {
  language: "Sprache",
  moment: "Einen Moment …",
  unreachable: "Die Kasse ist von hier aus nicht zu erreichen. Diese Seite versucht es weiter. Ein Platz in der Warteschlange bleibt eine Weile erhalten.",
  unnamed: "Usher",
  dismiss: "Schließen",
  signOut: "Abmelden",
  navigation: { main: "Hauptmenü", seats: "Sitzplätze", tickets: "Meine Tickets", gate: "Einlass", desk: "Kasse", admin: "Verwaltung" },
  connection: "Verbindung",
  connections: { live: "Live", polling: "Live, alle paar Sekunden", reconnecting: "Verbindung wird wiederhergestellt", replaced: "Anderswo geöffnet" },
  blocked: "Dieses Netz lässt keine Live-Verbindung zu. Ihr Platz bleibt erhalten, und diese Seite fragt alle paar Sekunden nach. In einem anderen Netz geht es schneller.",
  cutOff: "Verbindung wird wiederhergestellt. Was Sie jetzt drücken, käme nicht an; darum warten einige Knöpfe.",
  yourTurn: "Sie sind an der Reihe. ",
  goAndEnter: "Jetzt eintreten",
  titles: {
    turn: (season) => `Sie sind dran · ${season}`,
    replaced: (season) => `Anderswo geöffnet · ${season}`,
    gathering: (season) => `Sie sind dabei · ${season}`,
    line: (season) => `Warteschlange · ${season}`,
    position: (position, season) => `Nr. ${position} in der Schlange · ${season}`,
    hall: (season) => `Sitzplätze · ${season}`,
    tickets: (season) => `Meine Tickets · ${season}`,
    gate: (season) => `Einlass · ${season}`,
    desk: (season) => `Kasse · ${season}`,
    admin: (season) => `Verwaltung · ${season}`,
  },
};

/** @type {In<English["signIn"]>} */
export const signIn = {
  eyebrow: "Tickets",
  google: "Weiter mit Google",
  provider: (/** @type {string} */ name) => `Weiter mit ${name}`,
  guest: "Als Gast weiter",
  guestWhat: "Als Gast haben Sie einen Platz in der Schlange, in diesem Browser. Auch Ihre Tickets bleiben darin: Drucken Sie sie aus. Mit einem Konto sehen Sie Tickets auf jedem Gerät.",
  guestFailed: "Die Anmeldung als Gast hat nicht geklappt. Bitte versuchen Sie es noch einmal.",
  failed: "Die Anmeldung hat nicht geklappt. Bitte versuchen Sie es noch einmal.",
  expired: "Ihre Anmeldung ist abgelaufen. Bitte melden Sie sich wieder an; Ihr Platz in der Warteschlange bleibt eine Weile erhalten.",
  signedOut: "Sie sind abgemeldet.",
  noSeason: "Diese Veranstaltung wird hier nicht verkauft.",
  steps: [
    ["Stellen Sie sich an.", " Mit der Anmeldung stehen Sie in der Warteschlange und sehen genau, an welcher Stelle."],
    ["Warten Sie, wo Sie wollen.", " Ob anderer Zug oder anderes Telefon: Ihr Platz bleibt Ihrer."],
    ["Wählen Sie Ihre Sitzplätze.", " Wenn Sie an der Reihe sind, suchen Sie sie in Ruhe aus."],
  ],
  closed: "Der Verkauf ist beendet.",
  open: "Der Verkauf läuft. Alle wählen ihre Sitzplätze in der Reihenfolge, in der sie gekommen sind.",
  gone: "Alle Sitzplätze sind verkauft. Schauen Sie später noch einmal vorbei: Vielleicht wird einer zurückgegeben.",
  opens: (when) => `Der Verkauf beginnt ${when}. Kommen Sie früher: Dann wird die Reihenfolge aller Anwesenden ausgelost.`,
};

/** @type {In<English["sessions"]>} */
export const sessions = {
  title: "Wo Sie angemeldet sind",
  open: ": wo Sie angemeldet sind",
  what: "Eine Anmeldung gilt zwölf Stunden. Beenden Sie die, die Sie nicht kennen oder nicht brauchen; Ihr Platz in der Warteschlange und Ihre Tickets bleiben.",
  reading: "Ihre Anmeldungen werden gelesen…",
  since: (when) => `Angemeldet: ${when}`,
  here: "Dieser Browser",
  seen: (when) => `Zuletzt benutzt: ${when}`,
  end: "Beenden",
  endOf: (when) => `Anmeldung beenden: ${when}`,
  endOthers: "Alle anderen beenden",
};

/** @type {In<English["challenge"]>} */
export const challenge = {
  title: "Noch ein Schritt",
  what: "Dieser Verkauf prüft, dass sich Menschen anstellen und keine Programme. Ihr Platz in der Warteschlange beginnt, wenn die Prüfung fertig ist.",
  again: "Diese Antwort wurde nicht angenommen. Bitte versuchen Sie es noch einmal.",
  failed: "Die Prüfung funktioniert gerade nicht. Versuchen Sie es noch einmal, oder schalten Sie ab, was sie in Ihrem Browser blockiert.",
  retry: "Noch einmal versuchen",
};

/** @type {In<English["sale"]>} */
export const sale = {
  title: "Der Verkauf",
  cancelled: "Diese Veranstaltung ist abgesagt. Alle bezahlten Tickets werden erstattet; Sie müssen nichts tun.",
  categories: "Freie Sitzplätze und Preise nach Kategorie",
  paused: "Der Einlass in den Verkauf ist im Moment unterbrochen.",
  pausedWhy: (why) => `Der Einlass in den Verkauf ist unterbrochen: ${why}`,
  available: (seats, total) =>
    byCount(seats, { one: `Noch ${count(seats)} von ${count(total)} Sitzplätzen ist frei`, other: `Noch ${count(seats)} von ${count(total)} Sitzplätzen sind frei` }),
  held: (seats) => byCount(seats, { one: `Alle Sitzplätze sind vergeben; ${count(seats)} kann noch zurückkommen`, other: `Alle Sitzplätze sind vergeben; ${count(seats)} können noch zurückkommen` }),
  gone: "Ausverkauft",
  left: (seats) => (seats === 0 ? "keine mehr" : `noch ${count(seats)}`),
  range: (from, to) => `${from} – ${to}`,
};

/** @type {In<English["line"]>} */
export const line = {
  title: "Ihr Platz in der Warteschlange",
  waiting: "Wartende",
  expectedWait: "Voraussichtliche Wartezeit",
  rebuilding: "Die Warteschlange wird wiederhergestellt. Alle behalten ihren Platz; das dauert einen Moment.",
  paused: (paused) => `Ihr Platz ist sicher. ${paused}`,
  behind: "Hinter Ihnen",
  held: "Gerade ist kein Sitzplatz frei: Alle sind reserviert oder werden bezahlt. Darum geht es nicht weiter. Sobald einer zurückkommt, ist die nächste Person an der Reihe.",
  gone: "Alle Sitzplätze sind verkauft. Wird einer zurückgegeben, ist die nächste Person an der Reihe. Vielleicht kommt es nicht dazu: Sie können darauf warten oder die Warteschlange verlassen.",
  goneReturns: "Alle Sitzplätze sind verkauft. In dieser Warteschlange geht es um zurückgegebene: Jeder geht an die nächste Person. Vielleicht gibt es keine, und Sie können jederzeit gehen.",
  progress: "Ihr Weg durch die Warteschlange",
  come: (first, places) =>
    `Sie kamen als Nummer ${count(first)}${places > 0 ? ` und sind ${byCount(places, { one: `${count(places)} Platz`, other: `${count(places)} Plätze` })} weiter vorn` : ""}.`,
  waitOpen: "nicht bekannt",
  waitSeats: "Sie hängt davon ab, ob Sitzplätze zurückkommen.",
  waitUnknown: "Sie wird berechnet, sobald die Ersten durch sind.",
  waitPaused: "Solange der Einlass unterbrochen ist, lässt sie sich nicht berechnen.",
  waitWithoutPause: "ohne die Unterbrechung",
  waitLonger: "länger als gedacht",
  waitLongerWhy: "Eine neue Schätzung kommt, wenn mehr Leute durch sind.",
  turnTitle: "Wenn Sie an der Reihe sind",
  turn: (turn, session) =>
    `Sie haben ${duration(turn)}, um „Eintreten“ zu drücken, und dann ${duration(session)} zum Auswählen und Bezahlen. Verpassen Sie das, kommt die nächste Person dran und Ihr Platz ist weg: Sie müssten sich wieder hinten anstellen.`,
  turnUnknown: "Sie haben kurz Zeit, um „Eintreten“ zu drücken. Verpassen Sie das, kommt die nächste Person dran und Ihr Platz ist weg: Sie müssten sich wieder hinten anstellen.",
  closeTitle: "Wenn Sie diese Seite schließen",
  close: (forget) =>
    `Ihr Platz bleibt ${duration(forget)} erhalten, hier und auf Ihren anderen Geräten. Solange Sie weg sind, werden Sie nicht gerufen; andere kommen zuerst dran. Kommen Sie rechtzeitig zurück, sind Sie vor allen dran, die nach Ihnen kamen.`,
  closeLater: (absence, forget) =>
    `Noch ${duration(absence)} lang gelten Sie als anwesend; kommen Sie in dieser Zeit an die Reihe und treten nicht ein, ist der Platz verloren. Danach werden Sie nicht gerufen, und Ihr Platz bleibt weitere ${duration(forget)} erhalten.`,
  closeUnknown: "Ihr Platz bleibt eine Weile erhalten, hier und auf Ihren anderen Geräten. Solange Sie weg sind, werden Sie nicht gerufen.",
  phoneTitle: "Auf dem Telefon",
  phone: "Ein Telefon im Ruhezustand kann nichts wecken. Wird der Bildschirm dunkel, kann diese Seite die Verbindung verlieren; das zählt wie Schließen. Lassen Sie den Bildschirm an und diese Seite im Vordergrund.",
  leave: "Warteschlange verlassen",
  draw: "Wie die Reihenfolge ausgelost wird und wie Sie das prüfen",
  asOf: (time) => `Stand ${time}`,
  next: "Sie sind als Nächstes dran.",
  nextWish: "Sie stehen ganz vorn. Sie sind dran, sobald Ihr Wunsch erfüllt werden kann.",
  inLine: "Sie sind in der Warteschlange.",
  ahead: (people) => byCount(people, { one: `${count(people)} Person ist vor Ihnen.`, other: `${count(people)} Personen sind vor Ihnen.` }),
  announced: (position, wait) => `Sie sind Nummer ${count(position)} in der Warteschlange.${wait && ` Voraussichtliche Wartezeit: ${wait}.`}`,
  movedToEnd: "Ihr früherer Platz war abgelaufen, darum stehen Sie wieder am Ende der Warteschlange.",
};

/** The phases of a sale, and their codes. */
/** @type {In<English["wish"]>} */
export const wish = {
  title: "Ein Wunsch für zurückgegebene Plätze",
  lead: "Sie können nur auf bestimmte Sitzplätze warten. Sie sind dann an der Reihe, wenn diese frei sind, und bis dahin können andere vor Ihnen drankommen. Ihr Platz in der Warteschlange bleibt, und es werden keine Sitzplätze reserviert.",
  count: "Wie viele Sitzplätze",
  category: "Kategorie",
  any: "Jede Kategorie",
  upTo: "Preis pro Platz, höchstens",
  anyPrice: "Jeder Preis",
  leave: "Einen Wunsch angeben",
  save: "Wunsch speichern",
  change: "Wunsch ändern",
  remove: "Wunsch entfernen",
  keep: "Schließen, ohne zu speichern",
  saved: "Ihr Wunsch ist gespeichert. Ihr Platz in der Warteschlange bleibt.",
  removed: "Ihr Wunsch ist entfernt. Ihr Platz in der Warteschlange bleibt.",
  passed: "Sie wurden wegen Ihres Wunsches übergangen: Eine Person, die später kam, war an der Reihe, weil für Ihren Wunsch keine Sitzplätze frei waren. Ihr Platz bleibt. Mit einem kleineren Wunsch oder ohne sind Sie vielleicht früher an der Reihe.",
  yours: (seats, category, price) => `Ihr Wunsch: ${count(seats)} × ${category ?? "Jede Kategorie"}${price ? `, je höchstens ${price}` : ""}`,
};

export const phases = {
  title: "Wann verkauft wird",
  label: "Ihr Code",
  join: "Mit dem Code anstellen",
  need: "Dieser Teil des Verkaufs ist für Fans mit einem Code.",
  hint: "Groß- und Kleinschreibung spielt keine Rolle.",
  now: "jetzt",
  withCode: "mit Code",
  forAll: "für alle",
  next: (/** @type {string} */ name, /** @type {string} */ when) => `${name} öffnet ${when}, für alle. Wer schon wartet, behält den Platz davor.`,
  nextCode: (/** @type {string} */ name, /** @type {string} */ when) => `${name} öffnet ${when}, mit Code. Wer schon wartet, behält den Platz davor.`,
  between: (/** @type {string} */ name, /** @type {string} */ when) => `Bis dahin wird niemand aufgerufen: ${name} öffnet ${when}. Ihr Platz bleibt.`,
  span: (/** @type {string} */ opens, /** @type {string} */ closes) => `${opens} bis ${closes}`,
  since: (/** @type {string} */ opens) => `ab ${opens}`,
};

/** @type {In<English["gathering"]>} */
export const gathering = {
  youAreIn: "Sie sind dabei",
  opens: (when) => `Verkaufsbeginn: ${when}`,
  timeLeft: "Zeit bis zum Verkaufsbeginn",
  together: (people) => byCount(people, { one: `${count(people)} Person ist dafür hier: Sie.`, other: `${count(people)} Personen sind dafür hier, Sie eingeschlossen.` }),
  draw: "Zum Verkaufsbeginn wird die Reihenfolge aller Anwesenden ausgelost. Früher zu kommen bringt keinen besseren Platz; wer später kommt, steht dahinter.",
  drawLater: "Zum Verkaufsbeginn wird die Reihenfolge aller ausgelost, die seit dem letzten Teil des Verkaufs gekommen sind, hinter denen, die schon vorher warten. Früher zu kommen bringt keinen besseren Platz; wer später kommt, steht dahinter.",
  drawing: "Die Reihenfolge wird ausgelost. Das dauert einen Moment.",
  close: (forget) =>
    `Sie bleiben ${duration(forget)} dabei, hier und auf Ihren anderen Geräten; danach nicht mehr. Kommen Sie vor dem Verkaufsbeginn zurück, sind Sie mit gleichen Chancen wieder dabei.`,
  announced: (seconds) => `Sie sind dabei. Der Verkauf beginnt in ${duration(seconds)}. Dann wird die Reihenfolge aller Anwesenden ausgelost.`,
  soon: (seconds) => `Der Verkauf beginnt in ${duration(seconds)}.`,
};

/** @type {In<English["calling"]>} */
export const calling = {
  notify: "Benachrichtigen",
  stop: "Nicht mehr benachrichtigen",
  trial: "Ausprobieren",
  screen: "Bildschirm anlassen",
  screenOn: "Der Bildschirm bleibt an, solange Sie warten und diese Seite im Vordergrund ist.",
  screenRefused: "Der Bildschirm lässt sich gerade nicht anlassen; vielleicht ist der Akku schwach.",
};

/** @type {In<English["notifications"]>} */
export const notifications = {
  off: "",
  on: "Wir rufen Sie mit einer Benachrichtigung und einem Klang, wenn Sie an der Reihe sind, solange diese Seite offen ist.",
  quiet: "Wir rufen Sie mit einer Benachrichtigung, wenn Sie an der Reihe sind, solange diese Seite offen ist. Sobald Sie auf dieser Seite etwas gedrückt haben, klingelt sie auch.",
  refused: "Ihr Browser lässt von dieser Seite keine Benachrichtigungen zu. Titel und Symbol des Tabs sagen es Ihnen trotzdem.",
  sound: "Dieser Browser zeigt keine Benachrichtigungen. Lassen Sie diese Seite mit Ton im Vordergrund: Sie klingelt, wenn Sie an der Reihe sind. Auf dem iPhone gibt es Benachrichtigungen, wenn diese Seite auf dem Home-Bildschirm liegt.",
  press: "Dieser Browser zeigt keine Benachrichtigungen. Lassen Sie diese Seite im Vordergrund und drücken Sie einmal irgendwo darauf: Dann klingelt sie, wenn Sie an der Reihe sind.",
  silent: "Dieser Browser kann Sie hier weder benachrichtigen noch klingeln. Lassen Sie diese Seite im Vordergrund und schauen Sie ab und zu hin.",
  trial: { title: "Usher", body: "So werden Sie gerufen." },
  turn: "Sie sind an der Reihe",
  turnBody: (season) => `${season || "Der Verkauf"}: Sie können jetzt eintreten, bevor Ihre Zeit abläuft.`,
};

/** @type {In<English["turn"]>} */
export const turn = {
  title: "Sie sind an der Reihe",
  lead: "Treten Sie ein, bevor die Zeit abläuft. Sonst kommt die nächste Person dran, und Sie müssen sich wieder hinten anstellen.",
  timeLeft: "Verbleibende Zeit zum Eintreten",
  enter: "Eintreten",
  giveUp: "Verzichten",
  notNow: "Jetzt nicht",
  inside: (session, hold) => `Drinnen haben Sie ${duration(session)} zum Auswählen und Bezahlen. Ein Sitzplatz, den Sie nehmen, bleibt ${duration(hold)} für Sie reserviert.`,
  announced: (seconds) => `Sie sind an der Reihe. Sie haben ${duration(seconds)}, um „Eintreten“ zu drücken.`,
  late: (seconds) => `Noch ${duration(seconds)} zum Eintreten.`,
};

/** @type {In<English["outside"]>} */
export const outside = {
  title: "Sie sind nicht in der Warteschlange",
  finished: "Ihr Kauf ist abgeschlossen",
  join: "In die Warteschlange",
  lead: "Stellen Sie sich an, dann sehen Sie gleich, wie lange es dauert.",
  gone: "Ausverkauft",
  closed: "Der Verkauf ist beendet",
  closedLead: "Die Warteschlange nimmt niemanden mehr auf. Ihre Tickets finden Sie unter „Meine Tickets“.",
  goneLead: "Alle Sitzplätze sind verkauft. Wird einer zurückgegeben, öffnet sich die Warteschlange wieder, und diese Seite sagt es.",
  returnsLead: "Alle Sitzplätze sind verkauft. Stellen Sie sich an, um auf zurückgegebene Sitzplätze zu warten.",
  opens: (when) => `Der Verkauf beginnt ${when}.`,
  reasons: {
    turn_missed: "Sie waren an der Reihe, sind aber nicht rechtzeitig eingetreten. Darum kam die nächste Person dran.",
    idle: "Wir haben eine Weile nichts von Ihnen gehört. Darum ging Ihr Platz an die nächste Person.",
    session_ended: "Ihre Zeit im Verkauf ist vorbei. Nicht bezahlte Sitzplätze wurden freigegeben.",
    put_out: "Der Veranstalter hat Sie aus dem Verkauf genommen.",
    absent: "Sie waren zu lange weg, darum wurde Ihr Platz in der Warteschlange aufgegeben.",
    season_closed: "Diese Veranstaltung ist abgesagt, und die Warteschlange ist beendet.",
    finished: "Sie haben gekauft, und die nächste Person ist an der Reihe. Ihre Tickets finden Sie unter „Meine Tickets“. Wenn Sie mehr kaufen wollen, stellen Sie sich wieder an.",
    left: "Sie haben die Warteschlange verlassen. Sie können sich wieder hinten anstellen.",
    ended: "Sie sind nicht mehr in der Warteschlange: Ihr Platz ist abgelaufen oder wurde anderswo aufgegeben.",
  },
};

/** @type {In<English["replaced"]>} */
export const replaced = {
  title: "Sie sind zweimal hier",
  lead: "Sie haben diesen Verkauf in einem anderen Fenster oder auf einem anderen Gerät geöffnet. Ihr Platz ist dort sicher; es geht nichts verloren.",
  use: "Dieses Fenster benutzen",
};

/** @type {In<English["seats"]>} */
export const seats = {
  title: "Wählen Sie Ihre Sitzplätze",
  loading: "Sitzplätze werden geladen …",
  sessionLeft: "Ihre Zeit im Verkauf: noch ",
  leave: "Verlassen",
  map: "Saalplan",
  canvas: "Saalplan. Die Pfeiltasten gehen von Sitzplatz zu Sitzplatz, die Eingabetaste reserviert oder gibt frei. Plus und Minus ändern die Größe, Umschalt mit Pfeiltasten verschiebt den Plan. Jeder Sitzplatz steht auch in der Liste.",
  zoomIn: "Vergrößern",
  zoomOut: "Verkleinern",
  showAll: "Alle Sitzplätze zeigen",
  legend: { mine: "Ihre", inTransaction: "Anderweitig reserviert", booked: "Verkauft oder nicht im Verkauf", dimmed: "Teurer als gewünscht" },
  yours: "Ihrer",
  all: "Alle Sitzplätze",
  list: "Sitzplätze",
  unnamedSection: "Sitzplätze",
  row: (row) => `Reihe ${isolate(row)}`,
  rowLabel: (section, row) => `${section} ${row ? `Reihe ${row}` : ""}`.trim() || "Sitzplätze",
  free: (free, size) => `${count(free)} von ${count(size)} frei`,
  beingPaid: "Wird gerade bezahlt",
  reasons: { available: "", booked: "Verkauft", inTransaction: "Eine andere Person hat diesen Sitzplatz reserviert; vielleicht wird er wieder frei", unavailable: "Nicht im Verkauf" },
  best: "Beste Sitzplätze",
  bestCount: "Wie viele",
  category: "Kategorie",
  categories: { any: "Beliebig" },
  adjacent: "Nebeneinander",
  find: "Sitzplätze suchen",
  stage: "Bühne",
  card: "Der gewählte Sitzplatz",
  closeCard: "Schließen",
  whereIs: (section, row) => [section, row && `Reihe ${isolate(row)}`].filter(Boolean).join(" · "),
  isFree: "frei",
  isYours: "Diesen Sitzplatz haben Sie reserviert.",
  spoken: (seat, section, row, category, price, status) => list([seat, section, row && `Reihe ${row}`, category, price, status].filter(Boolean)),
  hold: "Reservieren",
  release: "Freigeben",
  holdSeat: (seat) => `Sitzplatz ${isolate(seat)} reservieren`,
  releaseSeat: (seat) => `Sitzplatz ${isolate(seat)} freigeben`,
  showNearest: "Die nächsten freien Sitzplätze zeigen",
  holdInstead: (seat) => `${seat} reservieren`,
  wheel: "Zum Vergrößern halten Sie beim Drehen des Mausrads Strg oder Cmd gedrückt, oder klicken Sie zuerst auf den Plan.",
  mapRole: "Saalplan",
  sectionSpoken: (section, free, size) => `${isolate(section)}: ${count(free)} von ${count(size)} frei. Die Eingabetaste zeigt die Sitzplätze.`,
  freeShort: (free) => `${count(free)} frei`,
  freeShortest: (free) => count(free),
  price: "Preis",
  anyPrice: "Jeder Preis",
  upTo: (price) => `Bis ${price}`,
  skip: { label: "Springen zu", cart: "Zu Ihren Sitzplätzen springen", map: "Zum Saalplan springen", list: "Zur Liste der Sitzplätze springen" },
  swap: (mine, wanted) => `${byCount(mine, { one: "Meinen Sitzplatz", other: `Meine ${count(mine)} Sitzplätze` })} gegen ${byCount(wanted, { one: "einen besseren", other: `${count(wanted)} bessere` })} tauschen?`,
  swapYes: "Tauschen",
  addMore: (more) => `${count(more)} dazunehmen`,
  swapNo: "Meine behalten",
  full: "Mehr Sitzplätze kann eine Person nicht haben.",
};

/** @type {In<English["priceTypes"]>} */
export const priceTypes = {
  title: "Preisart",
  normal: "Normalpreis",
  names: { child: "Kind", student: "Studierende", senior: "Seniorinnen und Senioren", member: "Mitglied", reduced: "Ermäßigt" },
  label: (seat) => `Preis für Platz ${isolate(seat)}`,
  allIn: "Alle Gebühren sind enthalten: Sie zahlen den angezeigten Preis.",
};

/** @type {In<English["areas"]>} */
export const areas = {
  card: "Der gewählte Bereich",
  count: "Wie viele Plätze",
  fewer: "Ein Platz weniger",
  more: "Ein Platz mehr",
  hold: (places, price) => `${count(places)} reservieren, ${price}`,
  yours: (places) => byCount(places, { one: "Sie haben hier 1 Platz reserviert.", other: `Sie haben hier ${count(places)} Plätze reserviert.` }),
  yoursShort: (places) => `${count(places)} für Sie`,
  none: "Hier ist gerade kein Platz frei.",
  few: (area, free) => `${isolate(area)}: ${free === 0 ? "Kein Platz ist mehr frei" : byCount(free, { one: "Nur noch 1 Platz ist frei", other: `Nur noch ${count(free)} Plätze sind frei` })}. Es wurde nichts reserviert.`,
  priceIn: (area) => `Preis in ${isolate(area)}`,
  spoken: (area, category, price, free, size) => `${list([area, category, price])}: ${count(free)} von ${count(size)} frei. Ohne nummerierte Plätze.`,
  line: (area, places) => `${isolate(area)} × ${count(places)}`,
  moreIn: (line) => `Ein Platz mehr: ${line}`,
  fewerIn: (line) => `Ein Platz weniger: ${line}`,
  releaseIn: (line) => `Alle freigeben: ${line}`,
};

/** @type {In<English["cart"]>} */
export const cart = {
  title: "Ihre Sitzplätze",
  empty: "Noch keine. Wählen Sie im Plan oder in der Liste, oder lassen Sie uns die besten suchen.",
  lines: "Für Sie reservierte Sitzplätze",
  heldFor: "Für Sie reserviert: noch ",
  total: "Summe",
  card: "Testkarte",
  cards: {
    tok_ok: "Eine Karte, die zahlt",
    tok_declined: "Eine Karte, die abgelehnt wird",
    tok_slow: "Eine Karte, die zwei Sekunden braucht",
    tok_3ds: "Eine Karte, die Sie um Freigabe bittet",
    tok_unknown: "Eine Karte, deren Antwort verloren geht",
    page: "Die Zahlungsseite von Stripe",
    pm_card_visa: "Eine Karte, die zahlt",
    pm_card_chargeDeclined: "Eine Karte, die abgelehnt wird",
    pm_card_authenticationRequired: "Eine Karte, die einen zweiten Schritt verlangt",
  },
  payOnPage: "Sie bezahlen auf der Seite unseres Zahlungsanbieters und kommen mit Ihren Tickets hierher zurück.",
  payPage: "Ihre Zahlung geht auf einer Zahlungsseite weiter. Ihre Plätze bleiben Ihre, solange sie offen ist.",
  pageEnds: "Sie endet in ",
  goToPage: "Zur Zahlungsseite",
  giveUp: "Nicht bezahlen",
  gaveUp: "Die Zahlung wurde beendet. Ihnen wurde nichts berechnet, und Ihre Plätze sind noch reserviert, wenn die Zeit reicht.",
  noPayment: "Für diesen Verkauf ist noch keine Zahlung eingerichtet.",
  pay: (total, currency) => `${money(total, currency)} bezahlen`,
  paying: "Zahlung läuft …",
  disconnected: "Die Verbindung ist während der Zahlung abgebrochen. Sobald sie wieder steht, fragen wir nach dem Ergebnis; Sie zahlen nicht zweimal.",
  pending: (n) =>
    `Ihre Zahlung ist unterwegs und noch nicht bestätigt. ${byCount(n, { one: `${count(n)} Sitzplatz bleibt`, other: `${count(n)} Sitzplätze bleiben` })} Ihnen, bis wir es wissen. Sie müssen nichts tun.`,
  release: (seat, currency) => `${seatName(seat, currency)} freigeben`,
  releaseOne: "Diesen Sitzplatz freigeben",
  releaseAll: "Alle freigeben",
  expired: "Die Zeit für Ihre Sitzplätze ist abgelaufen, darum wurden sie freigegeben. Sind sie noch frei, können Sie sie wieder nehmen.",
  reasons: { payment_expired: "die Zahlungsseite endete, bevor bezahlt wurde", payment_cancelled: "Sie haben nicht bezahlt", payment_declined: "Zahlung abgelehnt", unavailable: "Zahlung nicht verfügbar", refunded: "zurückgegeben" },
  cancelled: (reason) => `Der Kauf wurde abgebrochen${reason ? ` (${cancelledFor(reason)})` : ""}. Ihnen wurde nichts berechnet.`,
  taken: (seat, why, others) => `${isolate(seat)}: ${why}.${others ? " Die nächsten freien Sitzplätze:" : ""}`,
  holding: (seats, total, until) => `Reserviert: ${seats}, zusammen ${total}, bis ${until}.`,
  holdNothing: "Sie haben jetzt keine Sitzplätze reserviert.",
  released: (seats) => `Freigegeben: ${seats}.`,
  warning: (seconds) => (seconds >= 60 ? "Noch eine Minute, um Ihre Sitzplätze zu bezahlen." : `Noch ${count(seconds)} Sekunden, um Ihre Sitzplätze zu bezahlen.`),
  sessionWarning: (seconds) => (seconds >= 60 ? "Ihre Zeit im Verkauf endet in einer Minute." : `Ihre Zeit im Verkauf endet in ${count(seconds)} Sekunden.`),
  minuteMore: "Eine Minute mehr",
  extended: (until) => `Ihre Sitzplätze sind jetzt bis ${until} reserviert.`,
  bar: (seats) => byCount(seats, { one: `${count(seats)} Sitzplatz`, other: `${count(seats)} Sitzplätze` }),
  barPay: "Bezahlen",
  barLabel: (seats, total) => `Ihre Sitzplätze: ${count(seats)}, ${total}. Zum Bezahlen öffnen.`,
  closeSheet: "Zurück zu den Sitzplätzen",
};

/** @param {string} reason */
const cancelledFor = (reason) => cart.reasons?.[reason] ?? reason.replaceAll("_", " ");

/** @type {In<English["done"]>} */
export const done = {
  label: "Gekauft",
  bought: (seats, total, currency) => `Fertig: ${list(seats)}, ${money(total, currency)}`,
  announced: (bought) => `${bought}. Ihre Tickets sind auf dieser Seite.`,
  finish: "Ich bin fertig, die nächste Person kann kommen",
  more: "Mehr kaufen",
  gone: "Jetzt sind alle Sitzplätze verkauft. Ihre Tickets bleiben hier.",
  goneFinish: "Ich bin fertig",
  nextIsIn: "Die nächste Person ist an der Reihe. Ihre Tickets bleiben hier.",
  full: (ms) => `Sie haben so viele Sitzplätze, wie eine Person haben darf. In ${countdown(ms)} ist die nächste Person an der Reihe; Ihre Tickets bleiben hier.`,
  next: (ms) => `In ${countdown(ms)} ist die nächste Person an der Reihe, außer Sie kaufen mehr. Ihre Tickets bleiben hier.`,
};

/** @type {In<English["tickets"]>} */
export const tickets = {
  title: "Ihre Tickets",
  reading: "Ihre Tickets werden geladen …",
  none: "Sie haben noch keine Tickets.",
  label: (seat) => `Ticket ${isolate(seat)}`,
  qrCode: (seat) => `QR-Code für Sitzplatz ${isolate(seat)}`,
  shortCode: (code) => `Kurzcode ${code}`,
  statuses: { valid: "Gültig", used: "Benutzt: Sie sind drin", void: "Zurückgegeben: nicht mehr gültig", cancelled: "Veranstaltung abgesagt: nicht mehr gültig" },
  doors: (when) => `Einlass ${when}`,
  section: "Bereich",
  row: "Reihe",
  category: "Kategorie",
  price: "Preis",
  holder: "Name",
  showCode: "Code zeigen",
  codeFor: (seat) => ` für Sitzplatz ${isolate(seat)}`,
  brightness: "Stellen Sie den Bildschirm heller und halten Sie ihn ruhig vor den Scanner.",
  previousCode: "Zurück",
  nextCode: "Weiter",
  codeOf: (n, all) => `${count(n)} von ${count(all)}`,
  closeCode: "Schließen",
  calendar: "Kalender",
  checkedIn: (seats) => `Am Einlass geprüft: ${seats}.`,
  offline: (when) => `Die Kasse ist von hier aus nicht zu erreichen. Dies sind Ihre Tickets vom Stand ${when}; ihre Codes gelten am Einlass.`,
  tryAgain: "Erneut versuchen",
  print: "Drucken",
  printAll: (n) => `Alle ${count(n)} drucken`,
  pdf: "PDF",
  pdfAll: (n) => `PDF aller ${count(n)}`,
  printOf: (seat) => `: Ticket ${isolate(seat)}`,
  pdfOf: (seat) => ` von Ticket ${isolate(seat)}`,
  ofAll: " Tickets",
  boughtAt: (when, today) => (today ? `heute um ${when}` : when),
  bought: (when, seats, price) => `Gekauft ${when}: ${byCount(seats, { one: `${count(seats)} Sitzplatz`, other: `${count(seats)} Sitzplätze` })}${price && `, ${price}`}`,
  noRefunds: "Tickets dieses Verkaufs können nicht zurückgegeben werden.",
  otherSale: ["Diese gehören zu einem anderen Verkauf: ", "."],
  openSale: (season) => `${isolate(season)} öffnen`,
  pending: (seats, total, currency) =>
    byCount(seats.length, {
      one: `Der Kauf eines Sitzplatzes (${list(seats)}) für ${money(total, currency)} wird noch bestätigt. Der Sitzplatz gehört Ihnen, bis wir es wissen.`,
      other: `Der Kauf von ${count(seats.length)} Sitzplätzen (${list(seats)}) für ${money(total, currency)} wird noch bestätigt. Die Sitzplätze gehören Ihnen, bis wir es wissen.`,
    }),
  giveBack: "Zurückgeben",
  giveBackSeat: (seat) => `: Sitzplatz ${isolate(seat)}`,
  giveBackAll: (n) => `Alle ${count(n)} zurückgeben`,
  givingBack: "Wird zurückgegeben …",
  keep: "Behalten",
  giveBackTitle: (seats) => byCount(seats.length, { one: `Sitzplatz ${list(seats)} zurückgeben?`, other: `Sitzplätze ${list(seats)} zurückgeben?` }),
  giveBackWhat: (n, amount) =>
    byCount(n, {
      one: `Das Ticket wird sofort ungültig, auch gedruckt, und der Sitzplatz kommt wieder in den Verkauf. Sie erhalten ${amount ?? "den bezahlten Betrag"} auf dem Weg zurück, auf dem Sie bezahlt haben. Das lässt sich nicht rückgängig machen.`,
      other: `Die Tickets werden sofort ungültig, auch gedruckt, und die Sitzplätze kommen wieder in den Verkauf. Sie erhalten ${amount ?? "den bezahlten Betrag"} auf dem Weg zurück, auf dem Sie bezahlt haben. Das lässt sich nicht rückgängig machen.`,
    }),
  givenBack: (seats) =>
    byCount(seats.length, {
      one: `Sitzplatz ${list(seats)} wurde zurückgegeben. Das Geld geht auf dem Zahlungsweg zurück.`,
      other: `Sitzplätze ${list(seats)} wurden zurückgegeben. Das Geld geht auf dem Zahlungsweg zurück.`,
    }),
};

export const returning = {
  go: (/** @type {string} */ host) => `Weiter zu ${isolate(host)}`,
  going: (/** @type {string} */ host) => `Sie sind drin. Diese Seite geht gleich von selbst weiter zu ${isolate(host)}.`,
  back: (/** @type {string} */ host) => `${isolate(host)} hat Sie hierher zurückgeschickt. Wenn das wieder geschieht, kann der Shop Ihre Anmeldung nicht lesen: Sagen Sie es dem Veranstalter.`,
  stay: "Hier bleiben",
};

/** @type {In<English["embed"]>} */
export const embed = {
  open: "Zur Ticketseite",
  enter: "Hingehen und eintreten",
  newTab: "in einem neuen Tab",
  inside: "Sie sind drin. Wählen Sie Ihre Sitzplätze auf der Ticketseite.",
  onSale: "Jetzt im Verkauf",
  unreachable: "Die Kasse ist von hier aus nicht zu erreichen. Diese Seite versucht es weiter.",
};

/** @type {In<English["leaving"]>} */
export const leaving = {
  stay: "Bleiben",
  leaveLine: { title: "Warteschlange verlassen?", yes: "Ja, verlassen" },
  leaveTurn: { title: "Verzichten?", yes: "Ja, verzichten" },
  leaveSale: { title: "Verkauf verlassen?", yes: "Ja, verlassen" },
  signOut: { title: "Abmelden?", yes: "Ja, abmelden" },
  loss: {
    gathering: (out) => `Sie nehmen an der Auslosung der Reihenfolge teil. ${ifYou(out)}, werden Sie nicht ausgelost.`,
    inLine: (out) => `Sie haben einen Platz in der Warteschlange. ${ifYou(out)}, fangen Sie am Ende wieder an.`,
    position: (position, out) => `Sie sind Nummer ${count(position)}. ${ifYou(out)}, fangen Sie am Ende wieder an.`,
    turn: (out) => `Sie sind an der Reihe. ${ifYou(out)}, kommt die nächste Person dran, und Sie fangen am Ende wieder an.`,
    paying: () => `Ihre Zahlung läuft weiter, und nichts wird doppelt gekauft. ${again}`,
    session: () => `Ihre Zeit zum Auswählen endet. ${again}`,
    held(seats, out) {
      const names = seats.length > 6 ? `${count(seats.length)} Sitzplätze` : list(seats);
      return `Für Sie reserviert, noch nicht bezahlt: ${names}. ${ifYou(out)}, ${byCount(seats.length, { one: "kommt der Sitzplatz", other: "kommen die Sitzplätze" })} wieder in den Verkauf. ${again}`;
    },
  },
};

const again = "Um wieder hereinzukommen, stellen Sie sich hinten an.";
const ifYou = (/** @type {boolean} */ out) => (out ? "Wenn Sie sich abmelden" : "Wenn Sie gehen");

/** @type {In<English["roles"]>} */
export const roles = {
  title: "Sie arbeiten hier",
  toGate: "Zum Einlass",
  toDesk: "Zur Kasse",
  toAdmin: "Zur Verwaltung",
  toSale: "Zum Verkauf",
  admin: "Die Verwaltung zeigt den Verkauf und ändert ihn.",
  desk: "Die Kasse verkauft Tickets an Menschen, die zu ihr kommen.",
  gate: "Am Einlass werden Tickets geprüft.",
  notInLine: "Sie sind nicht in der Warteschlange. Wenn Sie selbst Tickets kaufen wollen, stellen Sie sich an wie alle anderen.",
  missing: {
    gate: { title: "Diese Seite ist für das Personal", who: "Nur das Personal kann Tickets am Einlass prüfen." },
    desk: { title: "Diese Seite ist für die Kasse", who: "Nur die Kasse kann hier Tickets verkaufen." },
    admin: { title: "Diese Seite ist für Veranstalter", who: "Nur Veranstalter können den Verkauf sehen und ändern." },
  },
  signedInAs: (who, user) => `${who} Sie sind angemeldet als ${user ? isolate(user) : "eine andere Person"}.`,
  ask: "Sollten Sie das sein? Bitten Sie den Veranstalter, Ihre Adresse einzutragen, oder melden Sie sich ab und nehmen Sie ein anderes Konto.",
};

/** @param {string[]} seats */
const named = (seats) => (seats.length > 6 ? `${list(seats.slice(0, 6))} und ${count(seats.length - 6)} weitere` : list(seats));

const signedOut = "Sie sind abgemeldet. Bitte melden Sie sich wieder an.";
const unavailable = "Die Kasse antwortet gerade nicht. Es ist nichts verloren; versuchen Sie es gleich noch einmal.";

/** @type {English["errors"]} */
export const errors = {
  payment_declined: "Die Karte wurde abgelehnt. Ihnen wurde nichts berechnet, und Ihre Sitzplätze bleiben reserviert, bis die Zeit abläuft. Versuchen Sie eine andere Karte.",
  seat_taken: ({ seats }) =>
    seats.length
      ? byCount(seats.length, {
          one: `Sitzplatz ${named(seats)} hat gerade eine andere Person genommen. Bitte wählen Sie neu.`,
          other: `Die Sitzplätze ${named(seats)} haben gerade andere genommen. Bitte wählen Sie neu.`,
        })
      : "Eine andere Person war schneller. Bitte wählen Sie neu.",
  hold_expired: ({ seats }) =>
    seats.length
      ? byCount(seats.length, {
          one: `Ihre Reservierung von Sitzplatz ${named(seats)} ist abgelaufen. Es wurde nichts gekauft und nichts berechnet. Ist er noch frei, können Sie ihn wieder nehmen.`,
          other: `Ihre Reservierung der Sitzplätze ${named(seats)} ist abgelaufen. Es wurde nichts gekauft und nichts berechnet. Sind sie noch frei, können Sie sie wieder nehmen.`,
        })
      : "Ihre Reservierung ist abgelaufen. Es wurde nichts gekauft und nichts berechnet. Bitte wählen Sie Ihre Sitzplätze neu.",
  seat_limit: "Das wären mehr Sitzplätze, als eine Person reservieren und kaufen kann. Geben Sie zuerst einen zurück.",
  no_adjacent_seats: "So viele freie Sitzplätze nebeneinander gibt es nicht. Versuchen Sie weniger, eine andere Kategorie oder getrennte Sitzplätze.",
  unknown_seat: ({ seats }) =>
    seats.length
      ? byCount(seats.length, { one: `Sitzplatz ${named(seats)} gibt es in diesem Verkauf nicht.`, other: `Die Sitzplätze ${named(seats)} gibt es in diesem Verkauf nicht.` })
      : "Diesen Sitzplatz gibt es in diesem Verkauf nicht.",
  challenge_required: "Dieser Verkauf verlangt vor dem Anstellen eine Prüfung. Laden Sie die Seite neu, um sie zu sehen.",
  not_admitted: "Ihre Zeit im Verkauf ist vorbei, darum ging das nicht mehr. Stellen Sie sich wieder an, um weiterzumachen.",
  code_required: "Dieser Teil des Verkaufs braucht einen Code. Geben Sie Ihren ein, oder warten Sie, bis der Verkauf für alle öffnet.",
  code_invalid: "Dieser Code gilt hier nicht, oder er ist schon verwendet. Prüfen Sie ihn, und versuchen Sie es noch einmal.",
  season_closed: "Der Verkauf ist beendet.",
  sold_out: "Alles ist ausverkauft. Kommt ein Sitzplatz zurück, können Sie sich wieder anstellen.",
  conflict: "Das ist gerade nicht möglich.",
  key_reused: "Dieser Kauf wurde schon mit anderen Sitzplätzen gemacht. Sehen Sie unter „Meine Tickets“ nach, bevor Sie es noch einmal versuchen.",
  unauthenticated: signedOut,
  invalid_credential: signedOut,
  forbidden: "Das dürfen Sie nicht.",
  rate_limited: ({ seats }) =>
    seats.length
      ? byCount(seats.length, {
          one: `Sitzplatz ${named(seats)} lag in Ihrem Warenkorb, bis die Zeit um war. Eine Minute lang haben andere Vorrang; bitte wählen Sie einen anderen.`,
          other: `Die Sitzplätze ${named(seats)} lagen in Ihrem Warenkorb, bis die Zeit um war. Eine Minute lang haben andere Vorrang; bitte wählen Sie andere.`,
        })
      : "Das war zu schnell. Warten Sie einen Moment und versuchen Sie es noch einmal.",
  unavailable,
  draining: unavailable,
  other: "Etwas ist schiefgegangen. Bitte versuchen Sie es noch einmal.",
  disconnected: "Die Verbindung ist abgebrochen, bevor eine Antwort kam. Sie wird wiederhergestellt; sehen Sie sich Ihre Sitzplätze an, bevor Sie es noch einmal versuchen.",
};

/** @type {English["expectedWait"]} */
export function expectedWait(eta) {
  return waitInWords(eta, { unknown: "noch nicht bekannt", soon: "weniger als eine Minute", about: (span) => `etwa ${span}`, range: (from, to) => `${from} bis ${to}` });
}
