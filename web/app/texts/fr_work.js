// @ts-check
import { byCount, count, isolate } from "../format.js";

// The organisers' pages are in English only.
export { admin, allotments, cancelShow, check, codes, desk, fan, look, phasePlan, rehearsals, season, seatPlan } from "./en_work.js";

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

  admittedOffline: "Admis hors connexion",
  checkedHere: "Contrôlé sur cet appareil. Le serveur l’apprendra au retour de la connexion.",
  forged: "La signature est fausse : ce code a été modifié ou falsifié.",
  offlineWhy: {
    keyboard: "Pas de connexion, et cet appareil ne peut pas lire le code seul. Scannez-le de nouveau, avec la caméra ou sur papier.",
    short: "Pas de connexion : un code court ne peut être contrôlé que par le serveur. Scannez le code QR.",
    unknown_key: "Pas de connexion, et cet appareil ne connaît pas la clé de ce billet. Gardez-le jusqu’au retour de la connexion.",
    browser: "Pas de connexion, et cet appareil n’a pas pu contrôler ou garder le passage : scannez de nouveau.",
  },
  awayLabel: "Pas de connexion",
  readyLabel: "Sans réseau",
  conflictsLabel: "Conflits",
  offlineReady: (time, refunds) => `Prêt pour une panne de réseau : cet appareil peut contrôler seul les billets, avec la liste de ${time} (rendus : ${count(refunds)}).`,
  offlineMissing: {
    keys: "Pas encore prêt pour une panne de réseau : cet appareil n’a ni clés ni liste des billets rendus.",
    list: "Pas prêt pour une panne de réseau : la liste des billets rendus n’est pas signée par les clés de ce site.",
    browser: "Pas prêt pour une panne de réseau : cette page ne peut pas vérifier les signatures. Ouvrez-la en https.",
  },
  notLasting: "Ce navigateur ne garde pas de données : laissez cet onglet ouvert jusqu’à l’envoi de tous les passages.",
  pageNotKept: "Sans connexion, cette page ne peut pas être rouverte : laissez cet onglet ouvert.",
  offlineAdmits: (time) => `Pas de connexion : cet appareil contrôle seul les billets et admet chacun une fois. Il ignore les autres entrées et les billets rendus depuis ${time}.`,
  waitingScans: (waiting) =>
    byCount(waiting, { one: `${count(waiting)} passage reste à envoyer.`, many: `${count(waiting)} de passages restent à envoyer.`, other: `${count(waiting)} passages restent à envoyer.` }),
  waitingRefused: (why) => `Le serveur ne les accepte pas : ${why}`,
  conflicts: (n) =>
    byCount(n, {
      one: "Une personne a été admise avec un billet qui ne compte pas",
      many: `${count(n)} de personnes ont été admises avec des billets qui ne comptent pas`,
      other: `${count(n)} personnes ont été admises avec des billets qui ne comptent pas`,
    }),
  letIn: (seat, time, gate) => `${isolate(seat)} : admis ici à ${time}, entrée ${isolate(gate)}, sans connexion.`,
  wasAdmitted: (time, gate) => `Le billet a été admis à l’entrée ${isolate(gate)} à ${time}.`,
  wasGivenBack: "Le billet avait été rendu.",
  wasUnknown: "Le serveur ne connaît pas ce billet.",
  wasRefused: (why) => `Le serveur n’a pas accepté le passage : ${why}`,
  conflictSeen: "Noté",
  conflictSeenOf: (seat) => `conflit pour la place ${isolate(seat)}`,
  cameraNeedsServer: "Pas de connexion : dans ce navigateur, la caméra en a besoin. Utilisez un lecteur manuel.",

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
  draws: "Les tirages au sort de cette vente",
  drawOf: (number, phase) => (phase ? `Tirage ${count(number)} : ${isolate(phase)}` : `Tirage ${count(number)}`),
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
