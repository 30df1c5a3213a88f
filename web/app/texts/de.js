// @ts-check
import { byCount, count, countdown, isolate, list, money, seatName, waitInWords } from "../format.js";

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
  navigation: { main: "Hauptmenü", seats: "Sitzplätze", tickets: "Meine Tickets", gate: "Einlass", admin: "Verwaltung" },
  connection: "Verbindung",
  connections: { live: "Live", polling: "Live, alle paar Sekunden", reconnecting: "Verbindung wird wiederhergestellt", replaced: "Anderswo geöffnet" },
  blocked: "Dieses Netz lässt keine Live-Verbindung zu. Ihr Platz bleibt erhalten, und diese Seite fragt alle paar Sekunden nach. In einem anderen Netz geht es schneller.",
  yourTurn: "Sie sind an der Reihe. ",
  goAndEnter: "Jetzt eintreten",
  titles: {
    turn: (season) => `Sie sind dran · ${season}`,
    line: (season) => `Warteschlange · ${season}`,
    position: (position, season) => `Nr. ${position} in der Schlange · ${season}`,
    hall: (season) => `Sitzplätze · ${season}`,
    tickets: (season) => `Meine Tickets · ${season}`,
    gate: (season) => `Einlass · ${season}`,
    admin: (season) => `Verwaltung · ${season}`,
  },
};

/** @type {In<English["signIn"]>} */
export const signIn = {
  eyebrow: "Tickets",
  google: "Weiter mit Google",
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

/** @type {In<English["sale"]>} */
export const sale = {
  title: "Der Verkauf",
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
  held: "Gerade ist kein Sitzplatz frei, darum geht es nicht weiter. Sobald einer zurückkommt, ist die nächste Person an der Reihe.",
  gone: "Alle Sitzplätze sind verkauft. Wird einer zurückgegeben, ist die nächste Person an der Reihe. Sie können darauf warten oder die Warteschlange verlassen.",
  notify: "Benachrichtigen",
  leave: "Warteschlange verlassen",
  keptPlace: "Kein Netz, oder wollen Sie ans Telefon wechseln? Ihr Platz bleibt eine Weile Ihrer, und diese Seite findet ihn wieder.",
  draw: "Wie die Reihenfolge ausgelost wird und wie Sie das prüfen",
  asOf: (time) => `Stand ${time}`,
  opens: (when) => `Der Verkauf beginnt ${when}. Sie sind dabei: Dann wird die Reihenfolge aller Anwesenden ausgelost, Sie müssen sich also nicht beeilen.`,
  opensIn: (ms) => `Beginn in ${countdown(ms)}`,
  next: "Sie sind als Nächstes dran.",
  inLine: "Sie sind in der Warteschlange.",
  ahead: (people) => byCount(people, { one: `${count(people)} Person ist vor Ihnen.`, other: `${count(people)} Personen sind vor Ihnen.` }),
  announced: (position) => `Sie sind Nummer ${position} in der Warteschlange.`,
  movedToEnd: "Ihr früherer Platz war abgelaufen, darum stehen Sie wieder am Ende der Warteschlange.",
};

/** @type {In<English["notifications"]>} */
export const notifications = {
  off: "",
  on: "Wir rufen Sie, wenn Sie an der Reihe sind. Lassen Sie diese Seite offen; ein Telefon im Ruhezustand ist vielleicht nicht zu erreichen.",
  refused: "Ihr Browser lässt von dieser Seite keine Benachrichtigungen zu. Der Titel des Tabs sagt es Ihnen trotzdem.",
  sound: "Dieser Browser zeigt keine Benachrichtigungen. Lassen Sie diese Seite mit Ton im Vordergrund: Sie klingelt, wenn Sie an der Reihe sind.",
  silent: "Dieser Browser kann Sie hier weder benachrichtigen noch klingeln. Lassen Sie diese Seite im Vordergrund und schauen Sie ab und zu hin.",
  trial: { title: "Usher", body: "So werden Sie gerufen." },
  turn: "Sie sind an der Reihe",
  turnBody: (season) => `${season || "Der Verkauf"}: Sie können jetzt eintreten, bevor Ihre Zeit abläuft.`,
};

/** @type {In<English["turn"]>} */
export const turn = {
  title: "Sie sind an der Reihe",
  lead: "Der Verkauf ist für Sie offen. Treten Sie ein, bevor die Zeit abläuft, sonst ist die nächste Person an der Reihe.",
  timeLeft: "Verbleibende Zeit zum Eintreten",
  enter: "Eintreten",
  giveUp: "Verzichten",
  announced: "Sie sind an der Reihe. Drücken Sie „Eintreten“, bevor die Zeit abläuft.",
};

/** @type {In<English["outside"]>} */
export const outside = {
  title: "Sie sind nicht in der Warteschlange",
  finished: "Ihr Kauf ist abgeschlossen",
  join: "In die Warteschlange",
  lead: "Stellen Sie sich an, dann sehen Sie gleich, wie lange es dauert.",
  gone: "Ausverkauft",
  goneLead: "Alle Sitzplätze sind verkauft. Wird einer zurückgegeben, können Sie sich dafür anstellen.",
  returnsLead: "Alle Sitzplätze sind verkauft. Stellen Sie sich an, um auf zurückgegebene Sitzplätze zu warten.",
  opens: (when) => `Der Verkauf beginnt ${when}.`,
  reasons: {
    turn_missed: "Sie waren an der Reihe, sind aber nicht rechtzeitig eingetreten. Darum kam die nächste Person dran.",
    idle: "Wir haben eine Weile nichts von Ihnen gehört. Darum ging Ihr Platz an die nächste Person.",
    session_ended: "Ihre Zeit im Verkauf ist vorbei. Nicht bezahlte Sitzplätze wurden freigegeben.",
    put_out: "Der Veranstalter hat Sie aus dem Verkauf genommen.",
    absent: "Sie waren zu lange weg, darum wurde Ihr Platz in der Warteschlange aufgegeben.",
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
  canvas: "Saalplan. Die Pfeiltasten verschieben ihn, Plus und Minus ändern die Größe. Jeder Sitzplatz steht auch in der Liste.",
  zoomIn: "Vergrößern",
  zoomOut: "Verkleinern",
  showAll: "Alle Sitzplätze zeigen",
  legend: { vip: "VIP", regular: "Normal", mine: "Ihre", inTransaction: "Anderweitig reserviert", booked: "Verkauft oder nicht im Verkauf" },
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
  categories: { any: "Beliebig", vip: "VIP", regular: "Normal" },
  adjacent: "Nebeneinander",
  find: "Sitzplätze suchen",
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
    tok_unknown: "Eine Karte, deren Antwort verloren geht",
    pm_card_visa: "Eine Karte, die zahlt",
    pm_card_chargeDeclined: "Eine Karte, die abgelehnt wird",
    pm_card_authenticationRequired: "Eine Karte, die einen zweiten Schritt verlangt",
  },
  payElsewhere: "Diese Seite nimmt keine Karten an: Bezahlen Sie auf der Seite des Veranstalters. Ihre Sitzplätze bleiben reserviert, bis die Zeit oben abläuft.",
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
  cancelled: (reason) => `Der Kauf wurde abgebrochen${reason ? ` (${reason.replaceAll("_", " ")})` : ""}. Ihnen wurde nichts berechnet.`,
};

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
  statuses: { valid: "Gültig", used: "Benutzt: Sie sind drin", void: "Zurückgegeben: nicht mehr gültig" },
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
  toAdmin: "Zur Verwaltung",
  toSale: "Zum Verkauf",
  admin: "Die Verwaltung zeigt den Verkauf und ändert ihn.",
  gate: "Am Einlass werden Tickets geprüft.",
  notInLine: "Sie sind nicht in der Warteschlange. Wenn Sie selbst Tickets kaufen wollen, stellen Sie sich an wie alle anderen.",
  missing: {
    gate: { title: "Diese Seite ist für das Personal", who: "Nur das Personal kann Tickets am Einlass prüfen." },
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
  seat_limit: "Das wären mehr Sitzplätze, als eine Person haben darf.",
  no_adjacent_seats: "So viele freie Sitzplätze nebeneinander gibt es nicht. Versuchen Sie weniger, eine andere Kategorie oder getrennte Sitzplätze.",
  unknown_seat: ({ seats }) =>
    seats.length
      ? byCount(seats.length, { one: `Sitzplatz ${named(seats)} gibt es in diesem Verkauf nicht.`, other: `Die Sitzplätze ${named(seats)} gibt es in diesem Verkauf nicht.` })
      : "Diesen Sitzplatz gibt es in diesem Verkauf nicht.",
  not_admitted: "Ihre Zeit im Verkauf ist vorbei, darum ging das nicht mehr. Stellen Sie sich wieder an, um weiterzumachen.",
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
