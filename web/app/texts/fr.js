// @ts-check
import { byCount, count, countdown, duration, isolate, list, money, seatName, waitInWords } from "../format.js";

/**
 * French. What each text is for, en.js says.
 *
 * @typedef {typeof import("./en.js")} English
 */

/** @template T @typedef {import("../types/app.js").Translation<T>} In */

export const locale = { numbers: "fr", dates: "fr" };

/** @type {In<English["page"]>} */
export const page = {
  language: "Langue",
  moment: "Un instant…",
  unreachable: "La billetterie est injoignable d’ici. Cette page continue d’essayer. Une place dans la file est conservée un certain temps.",
  unnamed: "Usher",
  dismiss: "Fermer",
  signOut: "Se déconnecter",
  navigation: { main: "Menu principal", seats: "Places", tickets: "Mes billets", gate: "Entrée", desk: "Guichet", admin: "Administration" },
  connection: "Connexion",
  connections: { live: "En direct", polling: "En direct, toutes les quelques secondes", reconnecting: "Reconnexion", replaced: "Ouvert ailleurs" },
  blocked: "Ce réseau bloque les connexions en direct. Votre place est conservée, et cette page demande des nouvelles toutes les quelques secondes. Un autre réseau est plus rapide.",
  cutOff: "Reconnexion. Ce que vous appuyez maintenant n’arriverait pas ; certains boutons attendent donc.",
  yourTurn: "C’est votre tour. ",
  goAndEnter: "Entrer maintenant",
  titles: {
    turn: (season) => `Votre tour · ${season}`,
    replaced: (season) => `Ouvert ailleurs · ${season}`,
    gathering: (season) => `Vous y êtes · ${season}`,
    line: (season) => `Dans la file · ${season}`,
    position: (position, season) => `N° ${position} dans la file · ${season}`,
    hall: (season) => `Places · ${season}`,
    tickets: (season) => `Mes billets · ${season}`,
    gate: (season) => `Entrée · ${season}`,
    desk: (season) => `Guichet · ${season}`,
    admin: (season) => `Administration · ${season}`,
  },
};

/** @type {In<English["signIn"]>} */
export const signIn = {
  eyebrow: "Billets",
  google: "Continuer avec Google",
  provider: (/** @type {string} */ name) => `Continuer avec ${name}`,
  guest: "Continuer comme invité",
  guestWhat: "Comme invité, vous avez une place dans la file, dans ce navigateur. Vos billets y restent aussi : imprimez-les. Avec un compte, vous voyez vos billets sur chaque appareil.",
  guestFailed: "La connexion comme invité n’a pas fonctionné. Veuillez réessayer.",
  failed: "La connexion n’a pas abouti. Veuillez réessayer.",
  expired: "Votre connexion a expiré. Veuillez vous reconnecter ; votre place dans la file est conservée un certain temps.",
  signedOut: "Vous êtes déconnecté.",
  noSeason: "Cet événement n’est pas en vente ici.",
  steps: [
    ["Prenez place dans la file.", " Vous y entrez en vous connectant, et vous voyez exactement où vous en êtes."],
    ["Attendez où vous voulez.", " Changez de train ou de téléphone : votre place reste la vôtre."],
    ["Choisissez vos places.", " Quand vient votre tour, vous les choisissez tranquillement."],
  ],
  closed: "La vente est terminée.",
  open: "La vente est ouverte. Chacun choisit ses places dans l’ordre d’arrivée.",
  gone: "Toutes les places sont vendues. Revenez voir : une place peut être rendue.",
  opens: (when) => `La vente ouvre ${when}. Venez en avance : l’ordre de toutes les personnes présentes sera alors tiré au sort.`,
};

/** @type {In<English["sessions"]>} */
export const sessions = {
  title: "Vos connexions",
  open: " : vos connexions",
  what: "Une connexion dure douze heures. Mettez fin à celles que vous ne connaissez pas ou dont vous n’avez plus besoin ; votre place dans la file et vos billets restent.",
  reading: "Lecture de vos connexions…",
  since: (when) => `Connexion : ${when}`,
  here: "Ce navigateur",
  seen: (when) => `Dernière utilisation : ${when}`,
  end: "Mettre fin",
  endOf: (when) => `Mettre fin à la connexion : ${when}`,
  endOthers: "Mettre fin à toutes les autres",
};

/** @type {In<English["challenge"]>} */
export const challenge = {
  title: "Encore une étape",
  what: "Cette vente vérifie que ce sont des personnes qui entrent dans la file, et non des programmes. Votre place dans la file commence une fois la vérification faite.",
  again: "Cette réponse n’a pas été acceptée. Veuillez réessayer.",
  failed: "La vérification ne fonctionne pas en ce moment. Réessayez, ou désactivez ce qui la bloque dans votre navigateur.",
  retry: "Réessayer",
};

/** @type {In<English["sale"]>} */
export const sale = {
  title: "La vente",
  cancelled: "Ce spectacle est annulé. Tous les billets payés sont remboursés ; vous n’avez rien à faire.",
  categories: "Places restantes et prix par catégorie",
  paused: "L’accès à la vente est suspendu pour le moment.",
  pausedWhy: (why) => `L’accès à la vente est suspendu : ${why}`,
  available: (seats, total) =>
    byCount(seats, {
      one: `Il reste ${count(seats)} place sur ${count(total)}`,
      many: `Il reste ${count(seats)} de places sur ${count(total)}`,
      other: `Il reste ${count(seats)} places sur ${count(total)}`,
    }),
  held: (seats) =>
    byCount(seats, {
      one: `Toutes les places sont prises ; ${count(seats)} peut encore revenir`,
      many: `Toutes les places sont prises ; ${count(seats)} peuvent encore revenir`,
      other: `Toutes les places sont prises ; ${count(seats)} peuvent encore revenir`,
    }),
  gone: "Complet",
  left: (seats) =>
    seats === 0 ? "plus aucune" : byCount(seats, { one: `${count(seats)} restante`, many: `${count(seats)} restantes`, other: `${count(seats)} restantes` }),
  range: (from, to) => `${from} – ${to}`,
};

/** @type {In<English["line"]>} */
export const line = {
  title: "Votre place dans la file",
  waiting: "Personnes en attente",
  expectedWait: "Attente prévue",
  rebuilding: "La file est en cours de rétablissement. Chacun garde sa place ; cela prend un instant.",
  paused: (paused) => `Votre place est assurée. ${paused}`,
  behind: "Derrière vous",
  held: "Aucune place n’est libre pour l’instant : toutes sont réservées ou en cours de paiement. La file attend donc. Dès qu’une place revient, la personne suivante est appelée.",
  gone: "Toutes les places sont vendues. Si une place est rendue, la personne suivante est appelée. Cela peut ne pas arriver : vous pouvez attendre, ou quitter la file.",
  goneReturns: "Toutes les places sont vendues. Cette file est pour les places rendues : chacune va à la personne suivante. Il se peut qu’il n’y en ait pas, et vous pouvez partir à tout moment.",
  progress: "Votre chemin dans la file",
  come: (first, places) =>
    `Vous êtes arrivé numéro ${count(first)}${places > 0 ? ` et avez avancé de ${byCount(places, { one: `${count(places)} place`, many: `${count(places)} de places`, other: `${count(places)} places` })}` : ""}.`,
  waitOpen: "inconnue",
  waitSeats: "Elle dépend des places qui reviennent.",
  waitUnknown: "Elle sera calculée dès que les premiers seront passés.",
  waitPaused: "Elle ne peut pas être calculée tant que les entrées sont suspendues.",
  waitWithoutPause: "sans compter la pause",
  waitLonger: "plus longue que prévu",
  waitLongerWhy: "Une nouvelle estimation viendra quand d’autres seront passés.",
  turnTitle: "Quand ce sera votre tour",
  turn: (turn, session) =>
    `Vous aurez ${duration(turn)} pour appuyer sur « Entrer », puis ${duration(session)} pour choisir et payer. Si vous manquez votre tour, il passe à la personne suivante et votre place est perdue : vous recommenceriez à la fin.`,
  turnUnknown: "Vous aurez peu de temps pour appuyer sur « Entrer ». Si vous manquez votre tour, il passe à la personne suivante et votre place est perdue : vous recommenceriez à la fin.",
  closeTitle: "Si vous fermez cette page",
  close: (forget) =>
    `Votre place est conservée ${duration(forget)}, ici et sur vos autres appareils. Pendant votre absence vous n’êtes pas appelé ; d’autres passent. Si vous revenez à temps, vous êtes appelé avant tous ceux arrivés après vous.`,
  closeLater: (absence, forget) =>
    `Pendant ${duration(absence)} vous comptez encore comme présent, et un tour qui vient alors est perdu si vous n’entrez pas. Ensuite vous n’êtes plus appelé, et votre place est conservée encore ${duration(forget)}.`,
  closeUnknown: "Votre place est conservée un certain temps, ici et sur vos autres appareils. Pendant votre absence vous n’êtes pas appelé.",
  phoneTitle: "Sur un téléphone",
  phone: "Rien ne peut appeler un téléphone en veille. Quand l’écran s’éteint, cette page peut perdre sa connexion ; cela compte comme la fermer. Gardez l’écran allumé et cette page au premier plan.",
  leave: "Quitter la file",
  draw: "Comment l’ordre est tiré au sort, et comment le vérifier",
  asOf: (time) => `à ${time}`,
  next: "Vous êtes le prochain.",
  nextWish: "Vous êtes en tête de la file. Votre tour viendra quand votre souhait pourra être exaucé.",
  inLine: "Vous êtes dans la file.",
  ahead: (people) =>
    byCount(people, { one: `${count(people)} personne est devant vous.`, many: `${count(people)} de personnes sont devant vous.`, other: `${count(people)} personnes sont devant vous.` }),
  announced: (position, wait) => `Vous êtes numéro ${count(position)} dans la file.${wait && ` Attente prévue : ${wait}.`}`,
  movedToEnd: "Votre place précédente avait expiré, vous êtes donc de nouveau à la fin de la file.",
};

/** The phases of a sale, and their codes. */
/** @type {In<English["wish"]>} */
export const wish = {
  title: "Un souhait pour les places rendues",
  lead: "Vous pouvez attendre certaines places seulement. Votre tour vient alors quand elles sont libres, et d’ici là d’autres peuvent passer avant vous. Vous gardez votre place dans la file, et aucune place n’est réservée.",
  count: "Nombre de places",
  category: "Catégorie",
  any: "Toutes les catégories",
  upTo: "Prix de chacune, au plus",
  anyPrice: "Tous les prix",
  leave: "Indiquer un souhait",
  save: "Enregistrer le souhait",
  change: "Modifier le souhait",
  remove: "Retirer le souhait",
  keep: "Fermer sans enregistrer",
  saved: "Votre souhait est enregistré. Vous gardez votre place dans la file.",
  removed: "Votre souhait est retiré. Vous gardez votre place dans la file.",
  passed: "On est passé devant vous à cause de votre souhait : une personne arrivée plus tard a eu son tour, car aucune place de votre souhait n’était libre. Vous gardez votre place. Avec un souhait plus modeste, ou sans souhait, votre tour peut venir plus tôt.",
  yours: (seats, category, price) => `Votre souhait : ${count(seats)} × ${category ?? "Toutes les catégories"}${price ? `, au plus ${price} chacune` : ""}`,
};

export const phases = {
  title: "Quand la vente a lieu",
  label: "Votre code",
  join: "Entrer avec le code",
  need: "Cette partie de la vente est réservée aux fans qui ont un code.",
  hint: "Majuscules et minuscules ne changent rien.",
  now: "maintenant",
  withCode: "avec un code",
  forAll: "pour tous",
  next: (/** @type {string} */ name, /** @type {string} */ when) => `${name} ouvre ${when}, pour tous. Les personnes qui attendent déjà gardent leur place devant.`,
  nextCode: (/** @type {string} */ name, /** @type {string} */ when) => `${name} ouvre ${when}, avec un code. Les personnes qui attendent déjà gardent leur place devant.`,
  between: (/** @type {string} */ name, /** @type {string} */ when) => `Personne n’est appelé d’ici là : ${name} ouvre ${when}. Votre place reste.`,
  span: (/** @type {string} */ opens, /** @type {string} */ closes) => `${opens} – ${closes}`,
  since: (/** @type {string} */ opens) => `à partir de ${opens}`,
};

/** @type {In<English["gathering"]>} */
export const gathering = {
  youAreIn: "Vous y êtes",
  opens: (when) => `Ouverture de la vente : ${when}`,
  timeLeft: "Temps avant l’ouverture de la vente",
  together: (people) =>
    byCount(people, { one: `${count(people)} personne est là pour cela : vous.`, many: `${count(people)} de personnes sont là pour cela, vous comprise.`, other: `${count(people)} personnes sont là pour cela, vous compris.` }),
  draw: "À l’ouverture, l’ordre de toutes les personnes présentes est tiré au sort. Venir plus tôt ne donne pas une meilleure place ; qui vient plus tard se place derrière.",
  drawLater: "À l’ouverture, l’ordre de toutes les personnes arrivées depuis la dernière partie de la vente est tiré au sort, derrière celles qui attendent depuis avant. Venir plus tôt ne donne pas une meilleure place ; qui vient plus tard se place derrière.",
  drawing: "L’ordre est en train d’être tiré au sort. Cela prend un instant.",
  close: (forget) =>
    `Vous restez inscrit ${duration(forget)}, ici et sur vos autres appareils ; ensuite vous ne l’êtes plus. Revenez avant l’ouverture et vous y êtes de nouveau, avec les mêmes chances.`,
  announced: (seconds) => `Vous y êtes. La vente ouvre dans ${duration(seconds)}. L’ordre de toutes les personnes présentes sera alors tiré au sort.`,
  soon: (seconds) => `La vente ouvre dans ${duration(seconds)}.`,
};

/** @type {In<English["calling"]>} */
export const calling = {
  notify: "M’avertir",
  stop: "Ne plus m’avertir",
  trial: "Essayer",
  screen: "Garder l’écran allumé",
  screenOn: "L’écran reste allumé pendant que vous attendez, tant que cette page est au premier plan.",
  screenRefused: "L’écran ne peut pas rester allumé maintenant ; la batterie est peut-être faible.",
};

/** @type {In<English["notifications"]>} */
export const notifications = {
  off: "",
  on: "Nous vous appellerons par une notification et un son quand ce sera votre tour, tant que cette page est ouverte.",
  quiet: "Nous vous appellerons par une notification quand ce sera votre tour, tant que cette page est ouverte. Elle sonnera aussi dès que vous aurez appuyé sur quelque chose ici.",
  refused: "Votre navigateur n’autorise pas les notifications de ce site. Le titre et l’icône de l’onglet vous le diront quand même.",
  sound: "Ce navigateur n’affiche pas de notifications. Gardez cette page au premier plan avec le son : elle sonne quand c’est votre tour. Sur un iPhone, les notifications marchent si cette page est sur l’écran d’accueil.",
  press: "Ce navigateur n’affiche pas de notifications. Gardez cette page au premier plan et appuyez une fois n’importe où dessus : elle sonnera quand ce sera votre tour.",
  silent: "Ce navigateur ne peut ici ni vous avertir ni sonner. Gardez cette page au premier plan et jetez-y un œil de temps en temps.",
  trial: { title: "Usher", body: "Voici comment nous vous appellerons." },
  turn: "Votre tour",
  turnBody: (season) => `${season || "La vente"} : c’est à vous. Entrez avant la fin de votre temps.`,
};

/** @type {In<English["turn"]>} */
export const turn = {
  title: "C’est votre tour",
  lead: "Entrez avant la fin du temps. Sinon votre tour passe à la personne suivante, et vous recommencez à la fin.",
  timeLeft: "Temps restant pour entrer",
  enter: "Entrer",
  giveUp: "Renoncer à mon tour",
  notNow: "Pas maintenant",
  inside: (session, hold) => `À l’intérieur vous avez ${duration(session)} pour choisir et payer. Une place que vous prenez vous est réservée ${duration(hold)}.`,
  announced: (seconds) => `C’est votre tour. Vous avez ${duration(seconds)} pour appuyer sur « Entrer ».`,
  late: (seconds) => `Encore ${duration(seconds)} pour entrer.`,
};

/** @type {In<English["outside"]>} */
export const outside = {
  title: "Vous n’êtes pas dans la file",
  finished: "Votre achat est terminé",
  join: "Entrer dans la file",
  lead: "Entrez dans la file, et vous verrez aussitôt combien de temps cela prend.",
  gone: "Complet",
  closed: "La vente est terminée",
  closedLead: "La file ne prend plus personne. Vos billets sont sous « Mes billets ».",
  goneLead: "Toutes les places sont vendues. Si une place est rendue, la file s’ouvre de nouveau, et cette page le dit.",
  returnsLead: "Toutes les places sont vendues. Entrez dans la file pour attendre les places rendues.",
  opens: (when) => `La vente ouvre ${when}.`,
  reasons: {
    turn_missed: "Votre tour est venu, mais vous n’êtes pas entré à temps ; il est passé à la personne suivante.",
    idle: "Nous n’avons pas eu de vos nouvelles pendant un moment ; votre place est passée à la personne suivante.",
    session_ended: "Votre temps dans la vente est écoulé. Les places que vous n’aviez pas payées ont été libérées.",
    put_out: "L’organisateur vous a retiré de la vente.",
    absent: "Vous êtes resté absent trop longtemps ; votre place dans la file a été libérée.",
    season_closed: "Ce spectacle est annulé ; la file est terminée.",
    finished: "Vous avez acheté, et la personne suivante est entrée. Vos billets sont sous « Mes billets ». Pour en acheter d’autres, entrez de nouveau dans la file.",
    left: "Vous êtes parti. Vous pouvez revenir à la fin de la file.",
    ended: "Vous n’êtes plus dans la file : votre place a expiré, ou vous y avez renoncé ailleurs.",
  },
};

/** @type {In<English["replaced"]>} */
export const replaced = {
  title: "Vous êtes ici deux fois",
  lead: "Vous avez ouvert cette vente dans une autre fenêtre ou sur un autre appareil. Votre place y est en sécurité ; rien n’est perdu.",
  use: "Utiliser cette fenêtre",
};

/** @type {In<English["seats"]>} */
export const seats = {
  title: "Choisissez vos places",
  loading: "Chargement des places…",
  sessionLeft: "Temps restant dans la vente : ",
  leave: "Quitter",
  map: "Plan de la salle",
  canvas: "Plan de la salle. Les flèches vont de place en place, Entrée réserve ou libère la place. Plus et moins changent l’échelle, Maj avec une flèche déplace le plan. Chaque place figure aussi dans la liste.",
  zoomIn: "Agrandir",
  zoomOut: "Réduire",
  showAll: "Montrer toutes les places",
  legend: { mine: "Les vôtres", inTransaction: "Réservée par une autre personne", booked: "Vendue ou hors vente", dimmed: "Plus chère que souhaité" },
  yours: "la vôtre",
  all: "Toutes les places",
  list: "Places",
  unnamedSection: "Places",
  row: (row) => `Rang ${isolate(row)}`,
  rowLabel: (section, row) => `${section} ${row ? `rang ${row}` : ""}`.trim() || "Places",
  free: (free, size) => byCount(free, { one: `${count(free)} libre sur ${count(size)}`, many: `${count(free)} libres sur ${count(size)}`, other: `${count(free)} libres sur ${count(size)}` }),
  beingPaid: "Paiement en cours",
  reasons: { available: "", booked: "Vendue", inTransaction: "Une autre personne a réservé cette place ; elle peut se libérer", unavailable: "Hors vente" },
  best: "Meilleures places",
  bestCount: "Combien",
  category: "Catégorie",
  categories: { any: "Toutes" },
  adjacent: "Côte à côte",
  find: "Chercher des places",
  stage: "Scène",
  card: "La place choisie",
  closeCard: "Fermer",
  whereIs: (section, row) => [section, row && `Rang ${isolate(row)}`].filter(Boolean).join(" · "),
  isFree: "libre",
  isYours: "Vous avez réservé cette place.",
  spoken: (seat, section, row, category, price, status) => list([seat, section, row && `rang ${row}`, category, price, status].filter(Boolean)),
  hold: "Réserver",
  release: "Libérer",
  holdSeat: (seat) => `Réserver la place ${isolate(seat)}`,
  releaseSeat: (seat) => `Libérer la place ${isolate(seat)}`,
  showNearest: "Montrer les places libres les plus proches",
  holdInstead: (seat) => `Réserver ${seat}`,
  wheel: "Pour agrandir, tournez la molette avec Ctrl ou Cmd, ou cliquez d’abord sur le plan.",
  mapRole: "plan de la salle",
  sectionSpoken: (section, free, size) => `${isolate(section)} : ${count(free)} sur ${count(size)} libres. Entrée montre les places.`,
  freeShort: (free) => byCount(free, { one: `${count(free)} libre`, many: `${count(free)} libres`, other: `${count(free)} libres` }),
  freeShortest: (free) => count(free),
  price: "Prix",
  anyPrice: "Tous les prix",
  upTo: (price) => `Jusqu’à ${price}`,
  skip: { label: "Aller à", cart: "Aller à vos places", map: "Aller au plan de la salle", list: "Aller à la liste des places" },
  swap: (mine, wanted) => `Échanger ${byCount(mine, { one: "ma place", many: `mes ${count(mine)} places`, other: `mes ${count(mine)} places` })} contre ${byCount(wanted, { one: "une meilleure", many: `${count(wanted)} meilleures`, other: `${count(wanted)} meilleures` })} ?`,
  swapYes: "Échanger",
  addMore: (more) => `En ajouter ${count(more)}`,
  swapNo: "Garder les miennes",
  full: "Une personne ne peut pas avoir plus de places.",
};

/** @type {In<English["priceTypes"]>} */
export const priceTypes = {
  title: "Type de tarif",
  normal: "Tarif normal",
  names: { child: "Enfant", student: "Étudiant", senior: "Senior", member: "Membre", reduced: "Réduit" },
  label: (seat) => `Tarif de la place ${isolate(seat)}`,
  allIn: "Tous les frais sont compris : le prix affiché est le prix payé.",
};

/** @type {In<English["areas"]>} */
export const areas = {
  card: "La zone choisie",
  count: "Combien de places",
  fewer: "Une place de moins",
  more: "Une place de plus",
  hold: (places, price) => `Réserver ${count(places)}, ${price}`,
  yours: (places) => `Vous avez réservé ${byCount(places, { one: `${count(places)} place`, many: `${count(places)} places`, other: `${count(places)} places` })} ici.`,
  yoursShort: (places) => `${count(places)} pour vous`,
  none: "Aucune place n’est libre ici pour l’instant.",
  few: (area, free) =>
    `${isolate(area)} : ${free === 0 ? "aucune place n’est libre" : byCount(free, { one: `seule ${count(free)} place est libre`, many: `seules ${count(free)} places sont libres`, other: `seules ${count(free)} places sont libres` })}. Rien n’a été réservé.`,
  priceIn: (area) => `Tarif dans ${isolate(area)}`,
  spoken: (area, category, price, free, size) => `${list([area, category, price])} : ${count(free)} sur ${count(size)} libres. Sans places numérotées.`,
  line: (area, places) => `${isolate(area)} × ${count(places)}`,
  moreIn: (line) => `Une place de plus : ${line}`,
  fewerIn: (line) => `Une place de moins : ${line}`,
  releaseIn: (line) => `Tout libérer : ${line}`,
};

/** @type {In<English["cart"]>} */
export const cart = {
  title: "Vos places",
  empty: "Aucune place pour l’instant. Choisissez-les sur le plan ou dans la liste, ou laissez-nous trouver les meilleures.",
  lines: "Places qui vous sont réservées",
  heldFor: "Réservées pour vous encore ",
  total: "Total",
  card: "Carte de test",
  cards: {
    tok_ok: "Une carte qui paie",
    tok_declined: "Une carte refusée",
    tok_slow: "Une carte qui prend deux secondes",
    tok_3ds: "Une carte qui vous demande d’approuver",
    tok_unknown: "Une carte dont la réponse se perd",
    page: "La page de paiement de Stripe",
    pm_card_visa: "Une carte qui paie",
    pm_card_chargeDeclined: "Une carte refusée",
    pm_card_authenticationRequired: "Une carte qui demande une seconde étape",
  },
  payOnPage: "Vous payez sur la page de notre prestataire de paiement, puis vous revenez ici avec vos billets.",
  payPage: "Votre paiement continue sur une page de paiement. Vos places restent à vous tant qu’elle est ouverte.",
  pageEnds: "Elle se termine dans ",
  goToPage: "Aller à la page de paiement",
  giveUp: "Ne pas payer",
  gaveUp: "Le paiement est terminé. Rien ne vous a été débité, et vos places vous sont encore réservées si le temps le permet.",
  noPayment: "Le paiement n’est pas encore prévu pour cette vente.",
  pay: (total, currency) => `Payer ${money(total, currency)}`,
  paying: "Paiement…",
  disconnected: "La connexion s’est interrompue pendant le paiement. Nous demanderons le résultat dès son retour ; vous ne paierez pas deux fois.",
  pending: (n) =>
    `Votre paiement est en route et pas encore confirmé. ${byCount(n, {
      one: `${count(n)} place vous reste acquise`,
      many: `${count(n)} de places vous restent acquises`,
      other: `${count(n)} places vous restent acquises`,
    })} en attendant. Vous n’avez rien à faire.`,
  release: (seat, currency) => `Libérer ${seatName(seat, currency)}`,
  releaseOne: "Libérer cette place",
  releaseAll: "Tout libérer",
  expired: "Le temps pour vos places est écoulé, elles ont été libérées. Si elles sont encore libres, vous pouvez les reprendre.",
  reasons: { payment_expired: "la page de paiement s’est terminée avant le paiement", payment_cancelled: "vous n’avez pas payé", payment_declined: "paiement refusé", unavailable: "paiement indisponible", refunded: "places rendues" },
  cancelled: (reason) => `L’achat a été annulé${reason ? ` (${cancelledFor(reason)})` : ""}. Rien ne vous a été débité.`,
  taken: (seat, why, others) => `${isolate(seat)} : ${why}.${others ? " Les places libres les plus proches :" : ""}`,
  holding: (seats, total, until) => `Réservé : ${seats}, ${total} en tout, jusqu’à ${until}.`,
  holdNothing: "Vous n’avez plus de places réservées.",
  released: (seats) => `Libéré : ${seats}.`,
  warning: (seconds) => (seconds >= 60 ? "Plus qu’une minute pour payer vos places." : `Plus que ${count(seconds)} secondes pour payer vos places.`),
  sessionWarning: (seconds) => (seconds >= 60 ? "Votre temps dans la vente se termine dans une minute." : `Votre temps dans la vente se termine dans ${count(seconds)} secondes.`),
  minuteMore: "Une minute de plus",
  extended: (until) => `Vos places sont maintenant réservées jusqu’à ${until}.`,
  bar: (seats) => byCount(seats, { one: `${count(seats)} place`, many: `${count(seats)} places`, other: `${count(seats)} places` }),
  barPay: "Payer",
  barLabel: (seats, total) => `Vos places : ${count(seats)}, ${total}. Ouvrir pour payer.`,
  closeSheet: "Retour aux places",
};

/** @param {string} reason */
const cancelledFor = (reason) => cart.reasons?.[reason] ?? reason.replaceAll("_", " ");

/** @type {In<English["done"]>} */
export const done = {
  label: "Achat",
  bought: (seats, total, currency) => `C’est fait : ${list(seats)}, ${money(total, currency)}`,
  announced: (bought) => `${bought}. Vos billets sont sur cette page.`,
  finish: "J’ai terminé, la personne suivante peut entrer",
  more: "Acheter d’autres places",
  gone: "Toutes les places sont maintenant vendues. Vos billets restent ici.",
  goneFinish: "J’ai terminé",
  nextIsIn: "La personne suivante est entrée. Vos billets restent ici.",
  full: (ms) => `Vous avez le nombre maximal de places par personne. Dans ${countdown(ms)}, la personne suivante entrera ; vos billets restent ici.`,
  next: (ms) => `Dans ${countdown(ms)}, la personne suivante entrera, sauf si vous achetez d’autres places. Vos billets restent ici.`,
};

/** @type {In<English["tickets"]>} */
export const tickets = {
  title: "Vos billets",
  reading: "Chargement de vos billets…",
  none: "Vous n’avez pas encore de billets.",
  label: (seat) => `Billet ${isolate(seat)}`,
  qrCode: (seat) => `Code QR de la place ${isolate(seat)}`,
  shortCode: (code) => `Code court ${code}`,
  statuses: { valid: "Valable", used: "Utilisé : vous êtes entré", void: "Rendu : n’est plus valable", cancelled: "Spectacle annulé : n’est plus valable" },
  doors: (when) => `Ouverture des portes ${when}`,
  section: "Section",
  row: "Rang",
  category: "Catégorie",
  price: "Prix",
  holder: "Nom",
  showCode: "Afficher le code",
  codeFor: (seat) => ` de la place ${isolate(seat)}`,
  brightness: "Augmentez la luminosité de l’écran et tenez-le immobile devant le lecteur.",
  previousCode: "Précédent",
  nextCode: "Suivant",
  codeOf: (n, all) => `${count(n)} sur ${count(all)}`,
  closeCode: "Fermer",
  calendar: "Agenda",
  checkedIn: (seats) => `Contrôlé à l’entrée : ${seats}.`,
  offline: (when) => `La billetterie est injoignable d’ici. Voici vos billets tels qu’ils étaient le ${when} ; leurs codes sont valables à l’entrée.`,
  tryAgain: "Réessayer",
  print: "Imprimer",
  printAll: (n) => `Imprimer les ${count(n)}`,
  pdf: "PDF",
  pdfAll: (n) => `PDF des ${count(n)}`,
  printOf: (seat) => ` le billet ${isolate(seat)}`,
  pdfOf: (seat) => ` du billet ${isolate(seat)}`,
  ofAll: " billets",
  boughtAt: (when, today) => (today ? `aujourd’hui à ${when}` : when),
  bought: (when, seats, price) =>
    `Achat ${when} : ${byCount(seats, { one: `${count(seats)} place`, many: `${count(seats)} de places`, other: `${count(seats)} places` })}${price && `, ${price}`}`,
  noRefunds: "Les billets de cette vente ne peuvent pas être rendus.",
  otherSale: ["Ceux-ci concernent une autre vente : ", "."],
  openSale: (season) => `ouvrir ${isolate(season)}`,
  pending: (seats, total, currency) =>
    byCount(seats.length, {
      one: `L’achat de ${count(seats.length)} place (${list(seats)}) pour ${money(total, currency)} est en cours de confirmation. La place est à vous en attendant.`,
      many: `L’achat de ${count(seats.length)} de places (${list(seats)}) pour ${money(total, currency)} est en cours de confirmation. Les places sont à vous en attendant.`,
      other: `L’achat de ${count(seats.length)} places (${list(seats)}) pour ${money(total, currency)} est en cours de confirmation. Les places sont à vous en attendant.`,
    }),
  giveBack: "Rendre",
  giveBackSeat: (seat) => ` la place ${isolate(seat)}`,
  giveBackAll: (n) => `Rendre les ${count(n)}`,
  givingBack: "Restitution…",
  keep: "Garder",
  giveBackTitle: (seats) =>
    byCount(seats.length, { one: `Rendre la place ${list(seats)} ?`, many: `Rendre les places ${list(seats)} ?`, other: `Rendre les places ${list(seats)} ?` }),
  giveBackWhat(n, amount) {
    const back = `Vous êtes remboursé de ${amount ?? "la somme payée"} par le moyen utilisé pour payer. C’est irréversible.`;
    const several = `Les billets cessent aussitôt d’être valables, même imprimés, et les places sont remises en vente. ${back}`;
    return byCount(n, { one: `Le billet cesse aussitôt d’être valable, même imprimé, et la place est remise en vente. ${back}`, many: several, other: several });
  },
  givenBack(seats) {
    const several = `Les places ${list(seats)} ont été rendues. Le remboursement suit le moyen de paiement.`;
    return byCount(seats.length, { one: `La place ${list(seats)} a été rendue. Le remboursement suit le moyen de paiement.`, many: several, other: several });
  },
};

export const returning = {
  go: (/** @type {string} */ host) => `Continuer vers ${isolate(host)}`,
  going: (/** @type {string} */ host) => `C’est à vous. Cette page ira d’elle-même vers ${isolate(host)} dans un instant.`,
  back: (/** @type {string} */ host) => `${isolate(host)} vous a renvoyé ici. Si cela se reproduit, la boutique ne peut pas lire votre session : dites-le à l’organisateur.`,
  stay: "Rester ici",
};

/** @type {In<English["embed"]>} */
export const embed = {
  open: "Ouvrir la billetterie",
  enter: "Y aller et entrer",
  newTab: "dans un nouvel onglet",
  inside: "C’est à vous. Choisissez vos places sur la page de la billetterie.",
  onSale: "En vente maintenant",
  unreachable: "La billetterie est injoignable d’ici. Cette page continue d’essayer.",
};

/** @type {In<English["leaving"]>} */
export const leaving = {
  stay: "Rester",
  leaveLine: { title: "Quitter la file ?", yes: "Oui, quitter" },
  leaveTurn: { title: "Renoncer à votre tour ?", yes: "Oui, renoncer" },
  leaveSale: { title: "Quitter la vente ?", yes: "Oui, quitter" },
  signOut: { title: "Se déconnecter ?", yes: "Oui, me déconnecter" },
  loss: {
    gathering: (out) => `Vous participez au tirage au sort de l’ordre. ${ifYou(out)}, vous n’y participerez pas.`,
    inLine: (out) => `Vous avez une place dans la file. ${ifYou(out)}, vous recommencerez à la fin.`,
    position: (position, out) => `Vous êtes numéro ${count(position)}. ${ifYou(out)}, vous recommencerez à la fin.`,
    turn: (out) => `C’est votre tour. ${ifYou(out)}, il passera à la personne suivante, et vous recommencerez à la fin.`,
    paying: () => `Votre paiement se poursuit, et rien n’est acheté deux fois. ${again}`,
    session: () => `Votre temps pour choisir prend fin. ${again}`,
    held(seats, out) {
      const names = seats.length > 6 ? byCount(seats.length, { one: `${count(seats.length)} place`, many: `${count(seats.length)} de places`, other: `${count(seats.length)} places` }) : list(seats);
      return `Réservé pour vous, pas encore payé : ${names}. ${ifYou(out)}, ${byCount(seats.length, {
        one: "la place sera remise en vente",
        many: "les places seront remises en vente",
        other: "les places seront remises en vente",
      })}. ${again}`;
    },
  },
};

const again = "Pour revenir, il faudra reprendre la file à la fin.";
const ifYou = (/** @type {boolean} */ out) => (out ? "Si vous vous déconnectez" : "Si vous partez");

/** @type {In<English["roles"]>} */
export const roles = {
  title: "Vous travaillez ici",
  toGate: "Aller à l’entrée",
  toDesk: "Aller au guichet",
  toAdmin: "Aller à l’administration",
  toSale: "Aller à la vente",
  admin: "L’administration montre la vente et la modifie.",
  desk: "Le guichet vend des billets à ceux qui s’y présentent.",
  gate: "À l’entrée, les billets sont contrôlés.",
  notInLine: "Vous n’êtes pas dans la file. Pour acheter des billets pour vous-même, entrez-y comme tout le monde.",
  missing: {
    gate: { title: "Cette page est réservée au personnel", who: "Seul le personnel peut contrôler les billets." },
    desk: { title: "Cette page est réservée au guichet", who: "Seul le guichet peut vendre des billets ici." },
    admin: { title: "Cette page est réservée aux organisateurs", who: "Seuls les organisateurs peuvent voir et modifier la vente." },
  },
  signedInAs: (who, user) => `${who} Vous êtes connecté en tant que ${user ? isolate(user) : "quelqu’un d’autre"}.`,
  ask: "Est-ce une erreur ? Demandez à l’organisateur d’ajouter votre adresse, ou déconnectez-vous et utilisez un autre compte.",
};

/** @param {string[]} seats */
const named = (seats) => (seats.length > 6 ? `${list(seats.slice(0, 6))} et ${count(seats.length - 6)} de plus` : list(seats));

/**
 * @param {string[]} seats
 * @param {string} one
 * @param {string} several
 */
const bySeats = (seats, one, several) => byCount(seats.length, { one, many: several, other: several });

const signedOut = "Vous êtes déconnecté. Veuillez vous reconnecter.";
const unavailable = "La billetterie ne répond pas pour l’instant. Rien n’est perdu ; réessayez dans un instant.";

/** @type {English["errors"]} */
export const errors = {
  payment_declined: "La carte a été refusée. Rien ne vous a été débité, et vos places restent réservées jusqu’à la fin du temps. Essayez une autre carte.",
  seat_taken: ({ seats }) =>
    seats.length
      ? bySeats(
          seats,
          `La place ${named(seats)} vient d’être prise par une autre personne. Veuillez choisir de nouveau.`,
          `Les places ${named(seats)} viennent d’être prises par d’autres personnes. Veuillez choisir de nouveau.`,
        )
      : "Une autre personne a été plus rapide. Veuillez choisir de nouveau.",
  hold_expired: ({ seats }) =>
    seats.length
      ? bySeats(
          seats,
          `Votre réservation de la place ${named(seats)} a expiré ; rien n’a été acheté ni débité. Si elle est encore libre, vous pouvez la reprendre.`,
          `Votre réservation des places ${named(seats)} a expiré ; rien n’a été acheté ni débité. Si elles sont encore libres, vous pouvez les reprendre.`,
        )
      : "Votre réservation a expiré ; rien n’a été acheté ni débité. Veuillez choisir vos places de nouveau.",
  seat_limit: "Ce serait plus de places qu’une personne ne peut réserver et acheter. Rendez-en d’abord une.",
  no_adjacent_seats: "Il n’y a pas autant de places libres côte à côte. Essayez moins de places, une autre catégorie, ou des places séparées.",
  unknown_seat: ({ seats }) =>
    seats.length ? bySeats(seats, `La place ${named(seats)} n’existe pas dans cette vente.`, `Les places ${named(seats)} n’existent pas dans cette vente.`) : "Cette place n’existe pas dans cette vente.",
  challenge_required: "Cette vente demande une vérification avant d’entrer dans la file. Rechargez la page pour la voir.",
  not_admitted: "Votre temps dans la vente est écoulé, ce n’était donc plus possible. Entrez de nouveau dans la file pour continuer.",
  code_required: "Cette partie de la vente demande un code. Saisissez le vôtre, ou attendez l’ouverture de la vente à tous.",
  code_invalid: "Ce code n’est pas valable ici, ou il a déjà été utilisé. Vérifiez-le, puis réessayez.",
  season_closed: "La vente est terminée.",
  sold_out: "Tout est vendu. Si une place revient, vous pourrez de nouveau entrer dans la file.",
  conflict: "Ce n’est pas possible pour l’instant.",
  key_reused: "Cet achat a déjà été fait avec d’autres places. Regardez sous « Mes billets » avant de réessayer.",
  unauthenticated: signedOut,
  invalid_credential: signedOut,
  forbidden: "Vous n’y êtes pas autorisé.",
  rate_limited: ({ seats }) =>
    seats.length
      ? bySeats(
          seats,
          `La place ${named(seats)} est restée dans votre panier jusqu’à la fin du temps. Les autres passent d’abord pendant une minute ; veuillez en choisir une autre.`,
          `Les places ${named(seats)} sont restées dans votre panier jusqu’à la fin du temps. Les autres passent d’abord pendant une minute ; veuillez en choisir d’autres.`,
        )
      : "C’était trop rapide. Attendez un instant et réessayez.",
  unavailable,
  draining: unavailable,
  other: "Un problème est survenu. Veuillez réessayer.",
  disconnected: "La connexion s’est interrompue avant la réponse. Elle est en cours de rétablissement ; vérifiez vos places avant de réessayer.",
};

/** @type {English["expectedWait"]} */
export function expectedWait(eta) {
  return waitInWords(eta, { unknown: "pas encore connue", soon: "moins d’une minute", about: (span) => `environ ${span}`, range: (from, to) => `${from} à ${to}` });
}
