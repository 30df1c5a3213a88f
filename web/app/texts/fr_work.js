// @ts-check
import { byCount, count, isolate } from "../format.js";

// The organisers' pages are in English only.
export { admin, check, rehearsals } from "./en_work.js";

/**
 * French, for the gate and the draw.
 *
 * @typedef {typeof import("./en_work.js")} English
 */

/** @template T @typedef {import("../types/app.js").Translation<T>} In */

/** @type {In<English["gate"]>} */
export const gate = {
  title: "Entrée",
  main: "Principal",
  ready: "Prêt à scanner",
  result: "Résultat",
  code: "Code du billet",
  checkIn: "Faire entrer",
  last: "Derniers passages",
  none: "Rien n’a encore été scanné.",
  name: "Nom de l’entrée",
  sound: "Son et vibration",
  checking: (waiting) => (waiting ? `Contrôle… encore ${count(waiting)}` : "Contrôle…"),
  offline: "Pas de connexion : jusqu’à son retour, cette page ne contrôle aucun billet et ne fait entrer personne. Continuez à scanner ; chaque passage réessaie.",
  camera: "Caméra",
  scan: "Scanner avec la caméra",
  stop: "Arrêter la caméra",
  noCamera: "La caméra est inutilisable : réessayer",

  admitted: "Admis",
  alreadyAdmitted: "Déjà admis",
  notValid: "Non valable",
  notChecked: "Non contrôlé",
  checkedInByHand: "Admis à la main.",
  firstScan: (time, gate, byHand) => `à ${time}, entrée ${isolate(gate)}${byHand ? ", à la main" : ""}`,
  ownScan: "C’était très probablement votre propre passage de l’instant, dont la réponse s’est perdue.",
  givenBack: "Ce billet a été rendu.",
  noTicket: "Ce n’est pas un billet de cet événement.",
  otherSeason: (season) => `Ceci se dit billet d’un autre événement : ${isolate(season)}.`,
  place: "C’est une place dans la file, pas un billet.",
  unknownAnswer: "La réponse du serveur est incompréhensible. Rechargez cette page.",
  disconnected: "Pas de connexion. Ce billet n’a pas été contrôlé : scannez-le de nouveau.",
  unavailable: "Le serveur ne répond pas. Ce billet n’a pas été contrôlé : scannez-le de nouveau.",
  failed: (why) => `${why} Ce billet n’a pas été contrôlé.`,

  unreadable: "Le code est illisible",
  lookUpLabel: "Numéro du billet ou place",
  lookUp: "Chercher",
  lookedUp: "Trouvé",
  checkInByHand: "Faire entrer à la main",
  found: (who, state) => `${who}. ${state}`,
  foundVoid: "Rendu : non valable.",
  foundValid: "Valable, pas encore entré.",
  foundUsed: (time, gate) => `Déjà admis à ${time}, entrée ${isolate(gate)}.`,
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
  title: "Le tirage au sort",
  titleOf: (season) => `Le tirage au sort · ${season}`,
  moment: "Un instant…",
  back: "Retour à la file",
  commitmentBefore: ["L’engagement, publié lorsque l’ouverture a été fixée : ", ". Ce navigateur le garde ; notez-le aussi ailleurs, et comparez-le après l’ouverture."],
  recordBefore: ["L’empreinte des personnes présentes et le tour de la balise, publiés avant que l’ordre puisse être connu : ", ". Ce navigateur les garde aussi."],
  user: "Identifiant (le vôtre est rempli si vous êtes connecté)",
  noted: "Engagement que vous avez noté avant l’ouverture (facultatif)",
  recorded: "Empreinte des personnes présentes et tour, notés avant le tirage (facultatif)",
  press: "Vérifier le tirage",
  result: "Résultat",
  noDraw: "Aucun tirage n’est prévu ici : chacun est à sa place dans l’ordre d’arrivée.",
  frozen: (fans, round) =>
    `${people(fans, `${count(fans)} personne est présente.`, `${count(fans)} de personnes sont présentes.`, `${count(fans)} personnes sont présentes.`)}${round ? ` L’ordre découle du tour ${round} de la balise, qui n’est pas encore paru.` : ""} Un instant…`,
  promised: (opens, beacon) =>
    `${opens ? `La vente ouvre ${opens}. ` : ""}L’ordre de toutes les personnes présentes sera alors tiré au sort, et pourra être vérifié ici.${beacon ? ` La balise ${isolate(beacon)} y sera mêlée.` : ""}`,
  drawn: (fans, rank) =>
    `${people(fans, `L’ordre de ${count(fans)} personne a été tiré au sort.`, `L’ordre de ${count(fans)} de personnes a été tiré au sort.`, `L’ordre de ${count(fans)} personnes a été tiré au sort.`)} ${rank}Vérifiez-le vous-même :`,
  yourPlace: (rank) => (rank ? `Vous avez tiré la place ${count(rank)}. ` : "Vous n’étiez pas là lors du tirage. "),
  userPlace: (rank) => (rank ? ` Cette personne a tiré la place ${count(rank)}.` : " Cette personne ne faisait pas partie du tirage."),
  commitment: "Engagement",
  seed: "Graine",
  beacon: "Balise",
  gathered: "Empreinte des personnes présentes",
  beaconValue: (b) => `${isolate(b.source)}, tour ${b.round} : ${isolate(b.value)}`,
  noBeacon: (note, promised) => `aucune (${isolate(note)})${promised ? `, alors que ${isolate(promised)} était promise` : ""}`,
  marks: "Toutes les marques, dans l’ordre",
  download: "Télécharger la liste",
  needsHTTPS: "Ce navigateur ne vérifie que sur les pages servies en https. La commande « usher draw verify » vérifie partout.",
  checking: "Vérification…",
  noList: "La liste est illisible pour le moment.",
  fits: "Tout concorde.",
  doesNotFit: "Quelque chose ne concorde pas.",
  findings: {
    seed: ["La graine est celle de l’engagement.", "La graine n’est pas celle de l’engagement."],
    commitment: ["L’engagement est celui que vous avez noté.", "L’engagement est différent de celui que vous avez noté."],
    gathered: ["L’empreinte des personnes présentes est celle que vous avez notée.", "L’empreinte des personnes présentes est différente de celle que vous avez notée."],
    beacon: ["La balise est celle qui était promise.", "La balise n’est pas celle qui était promise."],
    notedRound: ["Le tour de la balise est celui que vous avez noté.", "Le tour de la balise est différent de celui que vous avez noté."],
    round: ["Le tour de la balise découle de l’heure de l’enregistrement.", "Le tour de la balise ne découle pas de l’heure de l’enregistrement."],
    noBeacon: "Une balise était promise, mais n’a pas été mêlée au tirage.",
    length: "La liste a la longueur voulue.",
    lengthIs: (marks, gathered) => `La liste a ${marks} marques, mais ${gathered} personnes étaient présentes.`,
    order: ["Les marques vont croissant, et aucune ne revient deux fois.", "Les marques ne vont pas croissant."],
    rank: "Le rang indiqué par le serveur est celui calculé ici.",
    rankIs: (named, found) => `Le serveur indique le rang ${named ?? "aucun"}, mais c’est ${found || "aucun"}.`,
  },
};
