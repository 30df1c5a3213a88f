// @ts-check
import { byCount, count, isolate } from "../format.js";

// The organisers' pages are in English only.
export { admin, allotments, cancelShow, check, codes, desk, fan, look, phasePlan, rehearsals, season, seatPlan } from "./en_work.js";

/**
 * Spanish, for the gate and the draw.
 *
 * @typedef {typeof import("./en_work.js")} English
 */

/** @template T @typedef {import("../types/app.js").Translation<T>} In */

/** @type {In<English["gate"]>} */
export const gate = {
  title: "Acceso",
  main: "Principal",
  ready: "Listo para escanear",
  result: "Resultado",
  code: "Código de la entrada",
  checkIn: "Dar acceso",
  last: "Últimas lecturas",
  none: "Todavía no se ha leído nada.",
  name: "Nombre del acceso",
  sound: "Sonido y vibración",
  checking: (waiting) => (waiting ? `Comprobando… faltan ${count(waiting)}` : "Comprobando…"),
  offline: "Sin conexión: hasta que vuelva, esta página no comprueba entradas ni da acceso a nadie. Siga escaneando; cada lectura lo intenta de nuevo.",
  camera: "Cámara",
  scan: "Escanear con la cámara",
  stop: "Apagar la cámara",
  noCamera: "No se puede usar la cámara: intentar de nuevo",

  admitted: "Puede pasar",
  alreadyAdmitted: "Ya ha pasado",
  notValid: "No válida",
  notChecked: "Sin comprobar",
  checkedInByHand: "Acceso dado a mano.",
  firstScan: (time, gate, byHand) => `a las ${time}, acceso ${isolate(gate)}${byHand ? ", a mano" : ""}`,
  ownScan: "Muy probablemente fue su propia lectura de hace un momento, cuya respuesta se perdió.",
  givenBack: "Esta entrada se devolvió.",
  noTicket: "Esto no es una entrada de este evento.",
  otherSeason: (season) => `Dice ser una entrada de otro evento: ${isolate(season)}.`,
  place: "Esto es un puesto en la fila, no una entrada.",
  unknownAnswer: "No se entiende la respuesta del servidor. Vuelva a cargar esta página.",
  disconnected: "Sin conexión. Esta entrada no se comprobó: escanéela de nuevo.",
  unavailable: "El servidor no responde. Esta entrada no se comprobó: escanéela de nuevo.",
  failed: (why) => `${why} Esta entrada no se comprobó.`,

  admittedOffline: "Acceso sin conexión",
  checkedHere: "Comprobada en este dispositivo. El servidor lo sabrá cuando vuelva la conexión.",
  forged: "La firma es incorrecta: este código se modificó o falsificó.",
  offlineWhy: {
    keyboard: "Sin conexión, y este dispositivo no puede leer el código por sí mismo. Escanéelo de nuevo, con la cámara o en papel.",
    short: "Sin conexión: un código corto solo lo puede comprobar el servidor. Escanee el código QR.",
    unknown_key: "Sin conexión, y este dispositivo no conoce la clave de esta entrada. Guárdela hasta que vuelva la conexión.",
    browser: "Sin conexión, y este dispositivo no pudo comprobar o guardar la lectura: escanee de nuevo.",
  },
  awayLabel: "Sin conexión",
  readyLabel: "Sin red",
  conflictsLabel: "Conflictos",
  offlineReady: (time, refunds) => `Listo para un corte de red: este dispositivo puede comprobar entradas por sí mismo, con la lista de ${time} (devueltas: ${count(refunds)}).`,
  offlineMissing: {
    keys: "Aún no está listo para un corte de red: este dispositivo no tiene claves ni lista de devoluciones.",
    list: "No está listo para un corte de red: la lista de devoluciones no está firmada con las claves de este sitio.",
    browser: "No está listo para un corte de red: esta página no puede comprobar firmas. Ábrala por https.",
  },
  notLasting: "Este navegador no guarda datos: deje esta pestaña abierta hasta que se envíen todas las lecturas.",
  pageNotKept: "Sin conexión esta página no se puede volver a abrir: deje esta pestaña abierta.",
  offlineAdmits: (time) => `Sin conexión: este dispositivo comprueba entradas por sí mismo y admite cada una una vez. No sabe de otros accesos ni de devoluciones desde ${time}.`,
  waitingScans: (waiting) =>
    byCount(waiting, { one: `Queda ${count(waiting)} lectura por enviar.`, many: `Quedan ${count(waiting)} de lecturas por enviar.`, other: `Quedan ${count(waiting)} lecturas por enviar.` }),
  waitingRefused: (why) => `El servidor no las acepta: ${why}`,
  conflicts: (n) =>
    byCount(n, {
      one: "Se dio acceso a una persona cuya entrada no vale",
      many: `Se dio acceso a ${count(n)} de personas cuyas entradas no valen`,
      other: `Se dio acceso a ${count(n)} personas cuyas entradas no valen`,
    }),
  letIn: (seat, time, gate) => `${isolate(seat)}: acceso dado aquí a las ${time}, acceso ${isolate(gate)}, sin conexión.`,
  wasAdmitted: (time, gate) => `La entrada pasó por el acceso ${isolate(gate)} a las ${time}.`,
  wasGivenBack: "La entrada se había devuelto.",
  wasUnknown: "El servidor no conoce la entrada.",
  wasRefused: (why) => `El servidor no aceptó la lectura: ${why}`,
  conflictSeen: "Visto",
  conflictSeenOf: (seat) => `conflicto del asiento ${isolate(seat)}`,
  cameraNeedsServer: "Sin conexión: en este navegador la cámara la necesita. Use un lector de mano.",

  unreadable: "No se puede leer el código",
  lookUpLabel: "Número de entrada o asiento",
  lookUp: "Buscar",
  lookedUp: "Encontrada",
  checkInByHand: "Dar acceso a mano",
  found: (who, state) => `${who}. ${state}`,
  foundVoid: "Devuelta: no válida.",
  foundValid: "Válida, aún no ha pasado.",
  foundUsed: (time, gate) => `Ya pasó a las ${time}, acceso ${isolate(gate)}.`,
};

/**
 * @param {number} fans
 * @param {string} one
 * @param {string} many
 * @param {string} other
 */
const people = (fans, one, many, other) => byCount(fans, { one, many, other });

/** @type {In<English["draw"]>} */
export const draw = {
  title: "El sorteo",
  titleOf: (season) => `El sorteo · ${season}`,
  draws: "Los sorteos de esta venta",
  drawOf: (number, phase) => (phase ? `Sorteo ${count(number)}: ${isolate(phase)}` : `Sorteo ${count(number)}`),
  moment: "Un momento…",
  back: "Volver a la fila",
  commitmentBefore: ["El compromiso, publicado cuando se fijó la apertura: ", ". Este navegador lo guarda; anótelo también en otro lugar y compárelo después de la apertura."],
  recordBefore: ["La huella de los presentes y la ronda de la baliza, publicadas antes de que se pueda conocer el orden: ", ". Este navegador también las guarda."],
  user: "Identificador (el suyo aparece si ha iniciado sesión)",
  noted: "Compromiso que anotó antes de la apertura (opcional)",
  recorded: "Huella de los presentes y ronda, anotadas antes del sorteo (opcional)",
  press: "Comprobar el sorteo",
  result: "Resultado",
  noDraw: "Aquí no hay ningún sorteo previsto: cada persona está en el orden en que llegó.",
  frozen: (fans, round) =>
    `${people(fans, `Hay ${count(fans)} persona presente.`, `Hay ${count(fans)} de personas presentes.`, `Hay ${count(fans)} personas presentes.`)}${round ? ` El orden resulta de la ronda ${round} de la baliza, que aún no ha salido.` : ""} Un momento…`,
  promised: (opens, beacon) =>
    `${opens ? `La venta se abre: ${opens}. ` : ""}Entonces se sorteará el orden de todos los presentes, y se podrá comprobar aquí.${beacon ? ` Se mezclará la baliza ${isolate(beacon)}.` : ""}`,
  drawn: (fans, rank) =>
    `${people(fans, `Se sorteó el orden de ${count(fans)} persona.`, `Se sorteó el orden de ${count(fans)} de personas.`, `Se sorteó el orden de ${count(fans)} personas.`)} ${rank}Compruébelo usted:`,
  yourPlace: (rank) => (rank ? `Le tocó el puesto ${count(rank)}. ` : "Usted no estaba cuando se sorteó el orden. "),
  userPlace: (rank) => (rank ? ` A esta persona le tocó el puesto ${count(rank)}.` : " Esta persona no estaba en el sorteo."),
  commitment: "Compromiso",
  seed: "Semilla",
  beacon: "Baliza",
  gathered: "Huella de los presentes",
  beaconValue: (b) => `${isolate(b.source)}, ronda ${b.round}: ${isolate(b.value)}`,
  noBeacon: (note, promised) => `ninguna (${isolate(note)})${promised ? `, aunque se prometió ${isolate(promised)}` : ""}`,
  marks: "Todas las marcas, en orden",
  download: "Descargar la lista",
  needsHTTPS: "Este navegador solo comprueba en páginas servidas por https. La orden «usher draw verify» comprueba en cualquier lugar.",
  checking: "Comprobando…",
  noList: "La lista no se puede leer en este momento.",
  fits: "Todo coincide.",
  doesNotFit: "Algo no coincide.",
  findings: {
    seed: ["La semilla es la del compromiso.", "La semilla no es la del compromiso."],
    commitment: ["El compromiso es el que usted anotó.", "El compromiso es distinto del que usted anotó."],
    gathered: ["La huella de los presentes es la que usted anotó.", "La huella de los presentes es distinta de la que usted anotó."],
    beacon: ["La baliza es la prometida.", "La baliza no es la prometida."],
    notedRound: ["La ronda de la baliza es la que usted anotó.", "La ronda de la baliza es distinta de la que usted anotó."],
    round: ["La ronda de la baliza resulta de la hora del registro.", "La ronda de la baliza no resulta de la hora del registro."],
    noBeacon: "Se prometió una baliza, pero no se mezcló.",
    length: "La lista tiene la longitud debida.",
    lengthIs: (marks, gathered) => `La lista tiene ${marks} marcas, pero había ${gathered} presentes.`,
    order: ["Las marcas van en aumento y ninguna se repite.", "Las marcas no van en aumento."],
    rank: "El puesto que indica el servidor es el calculado aquí.",
    rankIs: (named, found) => `El servidor indica el puesto ${named ?? "ninguno"}, pero es ${found || "ninguno"}.`,
  },
};
