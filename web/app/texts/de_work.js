// @ts-check
import { byCount, count, isolate } from "../format.js";

// The organisers' pages are in English only.
export { admin, allotments, cancelShow, check, codes, desk, fan, look, phasePlan, rehearsals, season, seatPlan } from "./en_work.js";

/**
 * German, for the gate and the draw.
 *
 * @typedef {typeof import("./en_work.js")} English
 */

/** @template T @typedef {import("../types/app.js").Translation<T>} In */

/** @type {In<English["gate"]>} */
export const gate = {
  title: "Einlass",
  main: "Hauptbereich",
  ready: "Bereit zum Scannen",
  result: "Ergebnis",
  code: "Ticketcode",
  checkIn: "Einlassen",
  last: "Letzte Scans",
  none: "Noch nichts gescannt.",
  name: "Name des Eingangs",
  sound: "Ton und Vibration",
  checking: (waiting) => (waiting ? `Wird geprüft … noch ${count(waiting)}` : "Wird geprüft …"),
  offline: "Keine Verbindung: Bis sie wieder da ist, prüft diese Seite keine Tickets und lässt niemanden ein. Scannen Sie weiter; jeder Scan versucht es erneut.",
  camera: "Kamera",
  scan: "Mit der Kamera scannen",
  stop: "Kamera ausschalten",
  noCamera: "Die Kamera geht nicht: noch einmal versuchen",

  admitted: "Eingelassen",
  alreadyAdmitted: "Schon eingelassen",
  notValid: "Ungültig",
  notChecked: "Nicht geprüft",
  checkedInByHand: "Von Hand eingelassen.",
  firstScan: (time, gate, byHand) => `um ${time}, Eingang ${isolate(gate)}${byHand ? ", von Hand" : ""}`,
  ownScan: "Das war sehr wahrscheinlich Ihr eigener Scan von eben, dessen Antwort verloren ging.",
  givenBack: "Dieses Ticket wurde zurückgegeben.",
  noTicket: "Das ist kein Ticket dieser Veranstaltung.",
  otherSeason: (season) => `Das gibt sich als Ticket einer anderen Veranstaltung aus: ${isolate(season)}.`,
  place: "Das ist ein Platz in der Warteschlange, kein Ticket.",
  unknownAnswer: "Die Antwort des Servers ist nicht verständlich. Laden Sie diese Seite neu.",
  disconnected: "Keine Verbindung. Dieses Ticket wurde nicht geprüft: Scannen Sie es noch einmal.",
  unavailable: "Der Server antwortet nicht. Dieses Ticket wurde nicht geprüft: Scannen Sie es noch einmal.",
  failed: (why) => `${why} Dieses Ticket wurde nicht geprüft.`,

  admittedOffline: "Ohne Netz eingelassen",
  checkedHere: "Auf diesem Gerät geprüft. Der Server erfährt es, sobald die Verbindung wieder da ist.",
  forged: "Die Signatur ist falsch: Dieser Code wurde verändert oder gefälscht.",
  offlineWhy: {
    keyboard: "Keine Verbindung, und dieses Gerät kann den Code nicht selbst lesen. Scannen Sie ihn noch einmal, mit der Kamera oder vom Papier.",
    short: "Keine Verbindung: Einen kurzen Code kann nur der Server prüfen. Scannen Sie den QR-Code.",
    unknown_key: "Keine Verbindung, und dieses Gerät kennt den Schlüssel dieses Tickets nicht. Heben Sie es auf, bis die Verbindung wieder da ist.",
    browser: "Keine Verbindung, und dieses Gerät konnte den Scan nicht prüfen oder aufheben: Scannen Sie noch einmal.",
  },
  awayLabel: "Keine Verbindung",
  readyLabel: "Ohne Netz",
  conflictsLabel: "Widersprüche",
  offlineReady: (time, refunds) => `Bereit für einen Netzausfall: Dieses Gerät kann Tickets selbst prüfen, mit der Liste von ${time} (${count(refunds)} zurückgegeben).`,
  offlineMissing: {
    keys: "Noch nicht bereit für einen Netzausfall: Dieses Gerät hat keine Schlüssel und keine Liste der Rückgaben.",
    list: "Nicht bereit für einen Netzausfall: Die Liste der Rückgaben ist nicht mit den Schlüsseln dieser Website signiert.",
    browser: "Nicht bereit für einen Netzausfall: Diese Seite kann keine Signaturen prüfen. Öffnen Sie sie über https.",
  },
  notLasting: "Dieser Browser behält keine Daten: Lassen Sie diesen Tab offen, bis alle Scans gesendet sind.",
  pageNotKept: "Ohne Verbindung lässt sich diese Seite nicht wieder öffnen: Lassen Sie diesen Tab offen.",
  offlineAdmits: (time) => `Keine Verbindung: Dieses Gerät prüft Tickets selbst und lässt jedes einmal ein. Es weiß nichts von anderen Eingängen und von Rückgaben seit ${time}.`,
  waitingScans: (waiting) => byCount(waiting, { one: `${count(waiting)} Scan ist noch zu senden.`, other: `${count(waiting)} Scans sind noch zu senden.` }),
  waitingRefused: (why) => `Der Server nimmt sie nicht an: ${why}`,
  conflicts: (n) => byCount(n, { one: "Ein Gast wurde eingelassen, dessen Ticket nicht gilt", other: `${count(n)} Gäste wurden eingelassen, deren Tickets nicht gelten` }),
  letIn: (seat, time, gate) => `${isolate(seat)}: hier eingelassen um ${time}, Eingang ${isolate(gate)}, ohne Verbindung.`,
  wasAdmitted: (time, gate) => `Das Ticket wurde am Eingang ${isolate(gate)} um ${time} eingelassen.`,
  wasGivenBack: "Das Ticket war zurückgegeben.",
  wasUnknown: "Der Server kennt das Ticket nicht.",
  wasRefused: (why) => `Der Server hat den Scan nicht angenommen: ${why}`,
  conflictSeen: "Gesehen",
  conflictSeenOf: (seat) => `Widerspruch zu Sitzplatz ${isolate(seat)}`,
  cameraNeedsServer: "Keine Verbindung: In diesem Browser braucht die Kamera sie. Nehmen Sie einen Handscanner.",

  unreadable: "Der Code ist nicht lesbar",
  lookUpLabel: "Ticketnummer oder Sitzplatz",
  lookUp: "Nachschlagen",
  lookedUp: "Gefunden",
  checkInByHand: "Von Hand einlassen",
  found: (who, state) => `${who}. ${state}`,
  foundVoid: "Zurückgegeben: ungültig.",
  foundValid: "Gültig, noch nicht eingelassen.",
  foundUsed: (time, gate) => `Schon eingelassen um ${time}, Eingang ${isolate(gate)}.`,
};

/** @type {In<English["draw"]>} */
export const draw = {
  title: "Die Auslosung",
  titleOf: (season) => `Die Auslosung · ${season}`,
  draws: "Die Auslosungen dieses Verkaufs",
  drawOf: (number, phase) => (phase ? `Auslosung ${count(number)}: ${isolate(phase)}` : `Auslosung ${count(number)}`),
  moment: "Einen Moment …",
  back: "Zurück zur Warteschlange",
  commitmentBefore: ["Die Festlegung, veröffentlicht, als der Beginn geplant wurde: ", ". Dieser Browser merkt sie sich; notieren Sie sie auch anderswo, und vergleichen Sie sie nach dem Beginn."],
  recordBefore: ["Die Prüfsumme aller Anwesenden und die Runde des Zufallsdienstes, veröffentlicht, bevor die Reihenfolge bekannt sein kann: ", ". Dieser Browser merkt auch sie sich."],
  user: "Benutzernummer (Ihre ist eingetragen, wenn Sie angemeldet sind)",
  noted: "Festlegung, die Sie vor dem Beginn notiert haben (freiwillig)",
  recorded: "Prüfsumme der Anwesenden und Runde, die Sie vor der Auslosung notiert haben (freiwillig)",
  press: "Auslosung prüfen",
  result: "Ergebnis",
  noDraw: "Hier ist keine Auslosung geplant: Alle stehen in der Reihenfolge, in der sie gekommen sind.",
  frozen: (fans, round) =>
    `${byCount(fans, { one: `${count(fans)} Person ist da.`, other: `${count(fans)} Personen sind da.` })}${round ? ` Die Reihenfolge folgt aus Runde ${round} des Zufallsdienstes, die noch nicht erschienen ist.` : ""} Einen Moment …`,
  promised: (opens, beacon) =>
    `${opens ? `Der Verkauf beginnt ${opens}. ` : ""}Dann wird die Reihenfolge aller Anwesenden ausgelost und kann hier geprüft werden.${beacon ? ` Der Zufallsdienst ${isolate(beacon)} wird eingemischt.` : ""}`,
  drawn: (fans, rank) => `${byCount(fans, { one: `Die Reihenfolge von ${count(fans)} Person wurde ausgelost.`, other: `Die Reihenfolge von ${count(fans)} Personen wurde ausgelost.` })} ${rank}Prüfen Sie sie selbst:`,
  yourPlace: (rank) => (rank ? `Sie haben Platz ${count(rank)} gezogen. ` : "Sie waren nicht da, als die Reihenfolge ausgelost wurde. "),
  userPlace: (rank) => (rank ? ` Diese Person hat Platz ${count(rank)} gezogen.` : " Diese Person war nicht unter den Ausgelosten."),
  commitment: "Festlegung",
  seed: "Startwert",
  beacon: "Zufallsdienst",
  gathered: "Prüfsumme aller, die da waren",
  beaconValue: (b) => `${isolate(b.source)}, Runde ${b.round}: ${isolate(b.value)}`,
  noBeacon: (note, promised) => `keiner (${isolate(note)})${promised ? `, obwohl ${isolate(promised)} zugesagt war` : ""}`,
  marks: "Alle Lose, der Reihe nach",
  download: "Liste herunterladen",
  needsHTTPS: "Dieser Browser prüft nur auf Seiten, die über https kommen. Der Befehl „usher draw verify“ prüft überall.",
  checking: "Wird geprüft …",
  noList: "Die Liste ist im Moment nicht lesbar.",
  fits: "Alles passt.",
  doesNotFit: "Etwas passt nicht.",
  findings: {
    seed: ["Der Startwert ist der festgelegte.", "Der Startwert ist nicht der festgelegte."],
    commitment: ["Die Festlegung ist die, die Sie notiert haben.", "Die Festlegung ist eine andere, als Sie notiert haben."],
    gathered: ["Die Prüfsumme der Anwesenden ist die, die Sie notiert haben.", "Die Prüfsumme der Anwesenden ist eine andere, als Sie notiert haben."],
    beacon: ["Der Zufallsdienst ist der zugesagte.", "Der Zufallsdienst ist nicht der zugesagte."],
    notedRound: ["Die Runde des Zufallsdienstes ist die, die Sie notiert haben.", "Die Runde des Zufallsdienstes ist eine andere, als Sie notiert haben."],
    round: ["Die Runde des Zufallsdienstes folgt aus der Zeit der Aufzeichnung.", "Die Runde des Zufallsdienstes folgt nicht aus der Zeit der Aufzeichnung."],
    noBeacon: "Ein Zufallsdienst war zugesagt, ist aber nicht eingemischt.",
    length: "Die Liste ist so lang, wie sie sein soll.",
    lengthIs: (marks, gathered) => `Die Liste hat ${marks} Lose, aber ${gathered} waren da.`,
    order: ["Die Lose steigen an, und keines kommt zweimal vor.", "Die Lose steigen nicht an."],
    rank: "Der Rang, den der Server nennt, ist der hier errechnete.",
    rankIs: (named, found) => `Der Server nennt Rang ${named ?? "keinen"}, er ist aber ${found || "keiner"}.`,
  },
};
