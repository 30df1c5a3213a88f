// @ts-check
import { byCount, count, countdown, duration, isolate, list, money, seatName, waitInWords } from "../format.js";

/**
 * Spanish. What each text is for, en.js says.
 *
 * @typedef {typeof import("./en.js")} English
 */

/** @template T @typedef {import("../types/app.js").Translation<T>} In */

export const locale = { numbers: "es", dates: "es" };

/** @type {In<English["page"]>} */
export const page = {
  language: "Idioma",
  moment: "Un momento…",
  unreachable: "No se puede acceder a la taquilla desde aquí. Esta página lo sigue intentando. Un puesto en la fila se conserva un tiempo.",
  unnamed: "Usher",
  dismiss: "Cerrar",
  signOut: "Cerrar sesión",
  navigation: { main: "Menú principal", seats: "Asientos", tickets: "Mis entradas", gate: "Acceso", desk: "Taquilla", admin: "Administración" },
  connection: "Conexión",
  connections: { live: "En directo", polling: "En directo, cada pocos segundos", reconnecting: "Reconectando", replaced: "Abierto en otro lugar" },
  blocked: "Esta red bloquea las conexiones en directo. Su puesto se conserva, y esta página pide novedades cada pocos segundos. Otra red es más rápida.",
  cutOff: "Reconectando. Lo que pulse ahora no llegaría; por eso algunos botones esperan.",
  yourTurn: "Es su turno. ",
  goAndEnter: "Entrar ahora",
  titles: {
    turn: (season) => `Su turno · ${season}`,
    replaced: (season) => `Abierto en otro lugar · ${season}`,
    gathering: (season) => `Ya participa · ${season}`,
    line: (season) => `En la fila · ${season}`,
    position: (position, season) => `N.º ${position} en la fila · ${season}`,
    hall: (season) => `Asientos · ${season}`,
    tickets: (season) => `Mis entradas · ${season}`,
    gate: (season) => `Acceso · ${season}`,
    desk: (season) => `Taquilla · ${season}`,
    admin: (season) => `Administración · ${season}`,
  },
};

/** @type {In<English["signIn"]>} */
export const signIn = {
  eyebrow: "Entradas",
  google: "Continuar con Google",
  provider: (/** @type {string} */ name) => `Continuar con ${name}`,
  guest: "Continuar como invitado",
  guestWhat: "Como invitado tiene un lugar en la fila, en este navegador. Sus entradas también se quedan en él: imprímalas. Con una cuenta verá sus entradas en cada dispositivo.",
  guestFailed: "No se pudo entrar como invitado. Inténtelo de nuevo.",
  failed: "No se pudo iniciar la sesión. Inténtelo de nuevo, por favor.",
  expired: "Su sesión ha caducado. Iníciela de nuevo, por favor; su puesto en la fila se conserva un tiempo.",
  signedOut: "Ha cerrado la sesión.",
  noSeason: "Este evento no está a la venta aquí.",
  steps: [
    ["Póngase en la fila.", " Entra en ella al iniciar sesión y ve exactamente en qué puesto está."],
    ["Espere donde quiera.", " Cambie de tren o de teléfono: su puesto sigue siendo suyo."],
    ["Elija sus asientos.", " Cuando llega su turno, los elige con calma."],
  ],
  closed: "La venta ha terminado.",
  open: "La venta está abierta. Cada persona elige sus asientos por orden de llegada.",
  gone: "Todos los asientos están vendidos. Vuelva a mirar aquí: puede que se devuelva alguno.",
  opens: (when) => `La venta se abre: ${when}. Venga antes: entonces se sorteará el orden de todos los presentes.`,
};

/** @type {In<English["sessions"]>} */
export const sessions = {
  title: "Dónde ha iniciado la sesión",
  open: ": dónde ha iniciado la sesión",
  what: "Una sesión dura doce horas. Cierre las que no conozca o no necesite; su puesto en la fila y sus entradas se conservan.",
  reading: "Leyendo sus sesiones…",
  since: (when) => `Sesión iniciada: ${when}`,
  here: "Este navegador",
  seen: (when) => `Último uso: ${when}`,
  end: "Cerrar",
  endOf: (when) => `Cerrar la sesión iniciada: ${when}`,
  endOthers: "Cerrar todas las demás",
};

/** @type {In<English["challenge"]>} */
export const challenge = {
  title: "Un paso más",
  what: "Esta venta comprueba que se unen personas y no programas. Su puesto en la fila empieza cuando termina la comprobación.",
  again: "Esa respuesta no se aceptó. Inténtelo de nuevo, por favor.",
  failed: "La comprobación no funciona ahora mismo. Inténtelo de nuevo o desactive lo que la bloquea en su navegador.",
  retry: "Intentarlo de nuevo",
};

/** @type {In<English["sale"]>} */
export const sale = {
  title: "La venta",
  cancelled: "Este evento está cancelado. Se reembolsan todas las entradas pagadas; no tiene que hacer nada.",
  categories: "Asientos disponibles y precios por categoría",
  paused: "El acceso a la venta está en pausa por el momento.",
  pausedWhy: (why) => `El acceso a la venta está en pausa: ${why}`,
  available: (seats, total) =>
    byCount(seats, {
      one: `Queda ${count(seats)} asiento de ${count(total)}`,
      many: `Quedan ${count(seats)} de asientos de ${count(total)}`,
      other: `Quedan ${count(seats)} asientos de ${count(total)}`,
    }),
  held: (seats) =>
    byCount(seats, {
      one: `Todos los asientos están ocupados; ${count(seats)} aún puede quedar libre`,
      many: `Todos los asientos están ocupados; ${count(seats)} aún pueden quedar libres`,
      other: `Todos los asientos están ocupados; ${count(seats)} aún pueden quedar libres`,
    }),
  gone: "Agotado",
  left: (seats) => (seats === 0 ? "ninguno" : byCount(seats, { one: `queda ${count(seats)}`, many: `quedan ${count(seats)}`, other: `quedan ${count(seats)}` })),
  range: (from, to) => `${from} – ${to}`,
};

/** @type {In<English["line"]>} */
export const line = {
  title: "Su puesto en la fila",
  waiting: "Personas en espera",
  expectedWait: "Espera prevista",
  rebuilding: "Se está restableciendo la fila. Todos conservan su puesto; tardará un momento.",
  paused: (paused) => `Su puesto está seguro. ${paused}`,
  behind: "Detrás de usted",
  held: "Ahora mismo no hay ningún asiento libre: todos están reservados o se están pagando. Por eso la fila espera. Cuando se libere uno, se llamará a la siguiente persona.",
  gone: "Todos los asientos están vendidos. Si se devuelve alguno, se llamará a la siguiente persona. Puede que no ocurra: puede esperar o dejar la fila.",
  goneReturns: "Todos los asientos están vendidos. Esta fila es para los que se devuelvan: cada uno va a la siguiente persona. Puede que no haya ninguno, y puede irse cuando quiera.",
  progress: "Su camino en la fila",
  come: (first, places) =>
    `Llegó como número ${count(first)}${places > 0 ? ` y ha avanzado ${byCount(places, { one: `${count(places)} puesto`, many: `${count(places)} de puestos`, other: `${count(places)} puestos` })}` : ""}.`,
  waitOpen: "no se sabe",
  waitSeats: "Depende de los asientos que se liberen.",
  waitUnknown: "Se calculará cuando hayan pasado los primeros.",
  waitPaused: "No se puede calcular mientras la entrada está en pausa.",
  waitWithoutPause: "sin contar la pausa",
  waitLonger: "más de lo previsto",
  waitLongerWhy: "Habrá otra estimación cuando hayan pasado más personas.",
  turnTitle: "Cuando sea su turno",
  turn: (turn, session) =>
    `Tendrá ${duration(turn)} para pulsar «Entrar» y después ${duration(session)} para elegir y pagar. Si pierde su turno, pasa a la siguiente persona y su puesto se pierde: empezaría de nuevo al final.`,
  turnUnknown: "Tendrá poco tiempo para pulsar «Entrar». Si pierde su turno, pasa a la siguiente persona y su puesto se pierde: empezaría de nuevo al final.",
  closeTitle: "Si cierra esta página",
  close: (forget) =>
    `Su puesto se conserva ${duration(forget)}, aquí y en sus otros dispositivos. Mientras esté ausente no se le llama; pasan otros. Si vuelve a tiempo, se le llama antes que a quienes llegaron después.`,
  closeLater: (absence, forget) =>
    `Durante ${duration(absence)} cuenta como presente, y un turno que llegue entonces se pierde si no entra. Después no se le llama, y su puesto se conserva otros ${duration(forget)}.`,
  closeUnknown: "Su puesto se conserva un tiempo, aquí y en sus otros dispositivos. Mientras esté ausente no se le llama.",
  phoneTitle: "En un teléfono",
  phone: "Nada puede avisar a un teléfono en reposo. Cuando la pantalla se apaga, esta página puede perder la conexión; eso cuenta como cerrarla. Mantenga la pantalla encendida y esta página a la vista.",
  leave: "Dejar la fila",
  draw: "Cómo se sortea el orden y cómo comprobarlo",
  asOf: (time) => `a las ${time}`,
  next: "Usted es el siguiente.",
  nextWish: "Es el primero de la fila. Su turno llegará cuando se pueda cumplir su deseo.",
  inLine: "Está en la fila.",
  ahead: (people) =>
    byCount(people, { one: `Hay ${count(people)} persona delante de usted.`, many: `Hay ${count(people)} de personas delante de usted.`, other: `Hay ${count(people)} personas delante de usted.` }),
  announced: (position, wait) => `Es el número ${count(position)} de la fila.${wait && ` Espera prevista: ${wait}.`}`,
  movedToEnd: "Su puesto anterior había caducado, por eso está de nuevo al final de la fila.",
};

/** The phases of a sale, and their codes. */
/** @type {In<English["wish"]>} */
export const wish = {
  title: "Un deseo para los asientos devueltos",
  lead: "Puede esperar solo ciertos asientos. Su turno llega entonces cuando estén libres, y hasta entonces otras personas pueden pasar antes. Conserva su lugar en la fila, y no se reserva ningún asiento.",
  count: "Cuántos asientos",
  category: "Categoría",
  any: "Cualquier categoría",
  upTo: "Precio de cada uno, como máximo",
  anyPrice: "Cualquier precio",
  leave: "Indicar un deseo",
  save: "Guardar el deseo",
  change: "Cambiar el deseo",
  remove: "Quitar el deseo",
  keep: "Cerrar sin guardar",
  saved: "Su deseo está guardado. Conserva su lugar en la fila.",
  removed: "Su deseo se ha quitado. Conserva su lugar en la fila.",
  passed: "Otra persona ha pasado antes por su deseo: alguien que llegó después ha tenido su turno, porque no había asientos libres para su deseo. Conserva su lugar. Con un deseo más pequeño, o sin él, su turno puede llegar antes.",
  yours: (seats, category, price) => `Su deseo: ${count(seats)} × ${category ?? "Cualquier categoría"}${price ? `, como máximo ${price} cada uno` : ""}`,
};

export const phases = {
  title: "Cuándo es la venta",
  label: "Su código",
  join: "Entrar con el código",
  need: "Esta parte de la venta es para fans con un código.",
  hint: "Da igual usar mayúsculas o minúsculas.",
  now: "ahora",
  withCode: "con código",
  forAll: "para todos",
  next: (/** @type {string} */ name, /** @type {string} */ when) => `${name} se abre ${when}, para todos. Quienes ya esperan conservan su lugar delante.`,
  nextCode: (/** @type {string} */ name, /** @type {string} */ when) => `${name} se abre ${when}, con código. Quienes ya esperan conservan su lugar delante.`,
  between: (/** @type {string} */ name, /** @type {string} */ when) => `Hasta entonces no se llama a nadie: ${name} se abre ${when}. Su lugar se conserva.`,
  span: (/** @type {string} */ opens, /** @type {string} */ closes) => `${opens} – ${closes}`,
  since: (/** @type {string} */ opens) => `desde ${opens}`,
};

/** @type {In<English["gathering"]>} */
export const gathering = {
  youAreIn: "Ya participa",
  opens: (when) => `Apertura de la venta: ${when}`,
  timeLeft: "Tiempo hasta que se abra la venta",
  together: (people) =>
    byCount(people, { one: `Hay ${count(people)} persona aquí para ello: usted.`, many: `Hay ${count(people)} de personas aquí para ello, incluido usted.`, other: `Hay ${count(people)} personas aquí para ello, incluido usted.` }),
  draw: "En la apertura se sortea el orden de todos los presentes. Llegar antes no da mejor puesto; quien llega después queda detrás.",
  drawLater: "En la apertura se sortea el orden de todos los que han llegado desde la última parte de la venta, detrás de quienes esperan desde antes. Llegar antes no da mejor puesto; quien llega después queda detrás.",
  drawing: "Se está sorteando el orden. Tardará un momento.",
  close: (forget) =>
    `Sigue participando ${duration(forget)}, aquí y en sus otros dispositivos; después ya no. Vuelva antes de la apertura y participará de nuevo con las mismas posibilidades.`,
  announced: (seconds) => `Ya participa. La venta se abre en ${duration(seconds)}. Entonces se sorteará el orden de todos los presentes.`,
  soon: (seconds) => `La venta se abre en ${duration(seconds)}.`,
};

/** @type {In<English["calling"]>} */
export const calling = {
  notify: "Avisarme",
  stop: "No avisarme más",
  trial: "Probar",
  screen: "Mantener la pantalla encendida",
  screenOn: "La pantalla sigue encendida mientras espera, siempre que esta página esté a la vista.",
  screenRefused: "Ahora no se puede mantener la pantalla encendida; quizá quede poca batería.",
};

/** @type {In<English["notifications"]>} */
export const notifications = {
  off: "",
  on: "Le avisaremos con una notificación y un sonido cuando sea su turno, mientras esta página esté abierta.",
  quiet: "Le avisaremos con una notificación cuando sea su turno, mientras esta página esté abierta. También sonará en cuanto haya pulsado algo en esta página.",
  refused: "Su navegador no permite notificaciones de este sitio. El título y el icono de la pestaña se lo dirán de todos modos.",
  sound: "Este navegador no muestra notificaciones. Mantenga esta página a la vista y con sonido: suena cuando es su turno. En un iPhone hay notificaciones si esta página está en la pantalla de inicio.",
  press: "Este navegador no muestra notificaciones. Mantenga esta página a la vista y pulse una vez en cualquier parte: así sonará cuando sea su turno.",
  silent: "Este navegador no puede aquí ni avisarle ni sonar. Mantenga esta página a la vista y mírela de vez en cuando.",
  trial: { title: "Usher", body: "Así le avisaremos." },
  turn: "Su turno",
  turnBody: (season) => `${season || "La venta"}: ya puede entrar. Hágalo antes de que se acabe su tiempo.`,
};

/** @type {In<English["turn"]>} */
export const turn = {
  title: "Es su turno",
  lead: "Entre antes de que se acabe el tiempo. Si no, el turno pasa a la siguiente persona y usted empieza de nuevo al final.",
  timeLeft: "Tiempo que queda para entrar",
  enter: "Entrar",
  giveUp: "Renunciar al turno",
  notNow: "Ahora no",
  inside: (session, hold) => `Dentro tiene ${duration(session)} para elegir y pagar. Un asiento que tome se le reserva ${duration(hold)}.`,
  announced: (seconds) => `Es su turno. Tiene ${duration(seconds)} para pulsar «Entrar».`,
  late: (seconds) => `Quedan ${duration(seconds)} para entrar.`,
};

/** @type {In<English["outside"]>} */
export const outside = {
  title: "No está en la fila",
  finished: "Su compra está completa",
  join: "Ponerse en la fila",
  lead: "Póngase en ella y verá enseguida cuánto tardará.",
  gone: "Agotado",
  closed: "La venta ha terminado",
  closedLead: "La fila ya no admite a nadie. Sus entradas están en «Mis entradas».",
  goneLead: "Todos los asientos están vendidos. Si se devuelve alguno, la fila se abre de nuevo y esta página lo dice.",
  returnsLead: "Todos los asientos están vendidos. Póngase en la fila para esperar los que se devuelvan.",
  opens: (when) => `La venta se abre: ${when}.`,
  reasons: {
    turn_missed: "Llegó su turno, pero no entró a tiempo, así que pasó a la siguiente persona.",
    idle: "No supimos de usted durante un rato, así que su puesto pasó a la siguiente persona.",
    session_ended: "Su tiempo en la venta ha terminado. Los asientos que no había pagado se han liberado.",
    put_out: "El organizador le ha retirado de la venta.",
    absent: "Estuvo ausente demasiado tiempo, así que su puesto en la fila se liberó.",
    season_closed: "Este espectáculo se ha cancelado y la fila ha terminado.",
    finished: "Ha comprado, y ya ha entrado la siguiente persona. Sus entradas están en «Mis entradas». Para comprar más, vuelva a ponerse en la fila.",
    left: "Ha salido. Puede volver a ponerse al final de la fila.",
    ended: "Ya no está en la fila: su puesto ha caducado, o renunció a él en otro lugar.",
  },
};

/** @type {In<English["replaced"]>} */
export const replaced = {
  title: "Está aquí dos veces",
  lead: "Tiene esta venta abierta en otra ventana o en otro dispositivo. Su puesto está seguro allí; no se pierde nada.",
  use: "Usar esta ventana",
};

/** @type {In<English["seats"]>} */
export const seats = {
  title: "Elija sus asientos",
  loading: "Cargando los asientos…",
  sessionLeft: "Tiempo que le queda en la venta: ",
  leave: "Salir",
  map: "Plano de la sala",
  canvas: "Plano de la sala. Las flechas van de asiento en asiento, Intro reserva o libera el asiento. Más y menos cambian el tamaño, Mayús con una flecha mueve el plano. Todos los asientos están también en la lista.",
  zoomIn: "Ampliar",
  zoomOut: "Reducir",
  showAll: "Mostrar todos los asientos",
  legend: { mine: "Suyos", inTransaction: "Reservado por otra persona", booked: "Vendido o fuera de venta", dimmed: "Más caro de lo deseado" },
  yours: "suyo",
  all: "Todos los asientos",
  list: "Asientos",
  unnamedSection: "Asientos",
  row: (row) => `Fila ${isolate(row)}`,
  rowLabel: (section, row) => `${section} ${row ? `fila ${row}` : ""}`.trim() || "Asientos",
  free: (free, size) => byCount(free, { one: `${count(free)} libre de ${count(size)}`, many: `${count(free)} libres de ${count(size)}`, other: `${count(free)} libres de ${count(size)}` }),
  beingPaid: "Pago en curso",
  reasons: { available: "", booked: "Vendido", inTransaction: "Otra persona tiene reservado este asiento; puede que vuelva a quedar libre", unavailable: "Fuera de venta" },
  best: "Mejores asientos",
  bestCount: "Cuántos",
  category: "Categoría",
  categories: { any: "Cualquiera" },
  adjacent: "Juntos",
  find: "Buscar asientos",
  stage: "Escenario",
  card: "El asiento elegido",
  closeCard: "Cerrar",
  whereIs: (section, row) => [section, row && `Fila ${isolate(row)}`].filter(Boolean).join(" · "),
  isFree: "libre",
  isYours: "Ha reservado este asiento.",
  spoken: (seat, section, row, category, price, status) => list([seat, section, row && `fila ${row}`, category, price, status].filter(Boolean)),
  hold: "Reservar",
  release: "Liberar",
  holdSeat: (seat) => `Reservar el asiento ${isolate(seat)}`,
  releaseSeat: (seat) => `Liberar el asiento ${isolate(seat)}`,
  showNearest: "Mostrar los asientos libres más cercanos",
  holdInstead: (seat) => `Reservar ${seat}`,
  wheel: "Para ampliar, gire la rueda con Ctrl o Cmd, o haga clic antes en el plano.",
  mapRole: "plano de la sala",
  sectionSpoken: (section, free, size) => `${isolate(section)}: ${count(free)} de ${count(size)} libres. Intro muestra sus asientos.`,
  freeShort: (free) => byCount(free, { one: `${count(free)} libre`, many: `${count(free)} libres`, other: `${count(free)} libres` }),
  freeShortest: (free) => count(free),
  price: "Precio",
  anyPrice: "Cualquier precio",
  upTo: (price) => `Hasta ${price}`,
  skip: { label: "Ir a", cart: "Ir a sus asientos", map: "Ir al plano de la sala", list: "Ir a la lista de asientos" },
  swap: (mine, wanted) => `¿Cambiar ${byCount(mine, { one: "mi asiento", many: `mis ${count(mine)} asientos`, other: `mis ${count(mine)} asientos` })} por ${byCount(wanted, { one: "uno mejor", many: `${count(wanted)} mejores`, other: `${count(wanted)} mejores` })}?`,
  swapYes: "Cambiar",
  addMore: (more) => `Añadir ${count(more)} más`,
  swapNo: "Conservar los míos",
  full: "Una persona no puede tener más asientos.",
};

/** @type {In<English["priceTypes"]>} */
export const priceTypes = {
  title: "Tipo de tarifa",
  normal: "Precio normal",
  names: { child: "Niño", student: "Estudiante", senior: "Mayores", member: "Socio", reduced: "Reducida" },
  label: (seat) => `Tarifa del asiento ${isolate(seat)}`,
  allIn: "Todos los gastos están incluidos: paga el precio que se muestra.",
};

/** @type {In<English["areas"]>} */
export const areas = {
  card: "La zona elegida",
  count: "Cuántos lugares",
  fewer: "Un lugar menos",
  more: "Un lugar más",
  hold: (places, price) => `Reservar ${count(places)}, ${price}`,
  yours: (places) => `Tiene ${byCount(places, { one: `${count(places)} lugar reservado`, many: `${count(places)} lugares reservados`, other: `${count(places)} lugares reservados` })} aquí.`,
  yoursShort: (places) => `${count(places)} para usted`,
  none: "Ahora no hay ningún lugar libre aquí.",
  few: (area, free) =>
    `${isolate(area)}: ${free === 0 ? "no queda ningún lugar libre" : byCount(free, { one: `solo queda ${count(free)} lugar libre`, many: `solo quedan ${count(free)} lugares libres`, other: `solo quedan ${count(free)} lugares libres` })}. No se ha reservado nada.`,
  priceIn: (area) => `Tarifa en ${isolate(area)}`,
  spoken: (area, category, price, free, size) => `${list([area, category, price])}: ${count(free)} de ${count(size)} libres. Sin asientos numerados.`,
  line: (area, places) => `${isolate(area)} × ${count(places)}`,
  moreIn: (line) => `Un lugar más: ${line}`,
  fewerIn: (line) => `Un lugar menos: ${line}`,
  releaseIn: (line) => `Liberar todo: ${line}`,
};

/** @type {In<English["cart"]>} */
export const cart = {
  title: "Sus asientos",
  empty: "Todavía ninguno. Elíjalos en el plano o en la lista, o deje que busquemos los mejores.",
  lines: "Asientos reservados para usted",
  heldFor: "Reservados para usted durante ",
  total: "Total",
  card: "Tarjeta de prueba",
  cards: {
    tok_ok: "Una tarjeta que paga",
    tok_declined: "Una tarjeta rechazada",
    tok_slow: "Una tarjeta que tarda dos segundos",
    tok_3ds: "Una tarjeta que le pide aprobar",
    tok_unknown: "Una tarjeta cuya respuesta se pierde",
    page: "La página de pago de Stripe",
    pm_card_visa: "Una tarjeta que paga",
    pm_card_chargeDeclined: "Una tarjeta rechazada",
    pm_card_authenticationRequired: "Una tarjeta que pide un segundo paso",
  },
  payOnPage: "Usted paga en la página de nuestro proveedor de pagos y vuelve aquí con sus entradas.",
  payPage: "Su pago continúa en una página de pago. Sus asientos siguen siendo suyos mientras esté abierta.",
  pageEnds: "Termina en ",
  goToPage: "Ir a la página de pago",
  giveUp: "No pagar",
  gaveUp: "El pago se terminó. No se le ha cobrado, y sus asientos siguen reservados si queda tiempo.",
  noPayment: "El pago aún no está preparado para esta venta.",
  pay: (total, currency) => `Pagar ${money(total, currency)}`,
  paying: "Pagando…",
  disconnected: "La conexión se interrumpió durante el pago. Preguntaremos por el resultado en cuanto vuelva; no pagará dos veces.",
  pending: (n) =>
    `Su pago está en camino y aún no se ha confirmado. ${byCount(n, {
      one: `${count(n)} asiento sigue siendo suyo`,
      many: `${count(n)} de asientos siguen siendo suyos`,
      other: `${count(n)} asientos siguen siendo suyos`,
    })} hasta que lo sepamos. No tiene que hacer nada.`,
  release: (seat, currency) => `Liberar ${seatName(seat, currency)}`,
  releaseOne: "Liberar este asiento",
  releaseAll: "Liberar todos",
  expired: "El tiempo para sus asientos se ha acabado, así que se liberaron. Si siguen libres, puede volver a elegirlos.",
  reasons: { payment_expired: "la página de pago terminó antes del pago", payment_cancelled: "usted no pagó", payment_declined: "pago rechazado", unavailable: "pago no disponible", refunded: "devuelta" },
  cancelled: (reason) => `La compra se canceló${reason ? ` (${cancelledFor(reason)})` : ""}. No se le ha cobrado nada.`,
  taken: (seat, why, others) => `${isolate(seat)}: ${why}.${others ? " Los asientos libres más cercanos:" : ""}`,
  holding: (seats, total, until) => `Reservado: ${seats}, ${total} en total, hasta las ${until}.`,
  holdNothing: "Ahora no tiene asientos reservados.",
  released: (seats) => `Liberado: ${seats}.`,
  warning: (seconds) => (seconds >= 60 ? "Queda un minuto para pagar sus asientos." : `Quedan ${count(seconds)} segundos para pagar sus asientos.`),
  sessionWarning: (seconds) => (seconds >= 60 ? "Su tiempo en la venta termina en un minuto." : `Su tiempo en la venta termina en ${count(seconds)} segundos.`),
  minuteMore: "Un minuto más",
  extended: (until) => `Sus asientos están reservados ahora hasta las ${until}.`,
  bar: (seats) => byCount(seats, { one: `${count(seats)} asiento`, many: `${count(seats)} asientos`, other: `${count(seats)} asientos` }),
  barPay: "Pagar",
  barLabel: (seats, total) => `Sus asientos: ${count(seats)}, ${total}. Abrir para pagar.`,
  closeSheet: "Volver a los asientos",
};

/** @param {string} reason */
const cancelledFor = (reason) => cart.reasons?.[reason] ?? reason.replaceAll("_", " ");

/** @type {In<English["done"]>} */
export const done = {
  label: "Compra",
  bought: (seats, total, currency) => `Listo: ${list(seats)}, ${money(total, currency)}`,
  announced: (bought) => `${bought}. Sus entradas están en esta página.`,
  finish: "He terminado, que entre la siguiente persona",
  more: "Comprar más",
  gone: "Ya están vendidos todos los asientos. Sus entradas siguen aquí.",
  goneFinish: "He terminado",
  nextIsIn: "Ya ha entrado la siguiente persona. Sus entradas siguen aquí.",
  full: (ms) => `Tiene todos los asientos que puede tener una persona. En ${countdown(ms)} entrará la siguiente; sus entradas siguen aquí.`,
  next: (ms) => `En ${countdown(ms)} entrará la siguiente persona, salvo que compre más. Sus entradas siguen aquí.`,
};

/** @type {In<English["tickets"]>} */
export const tickets = {
  title: "Sus entradas",
  reading: "Cargando sus entradas…",
  none: "Todavía no tiene entradas.",
  label: (seat) => `Entrada ${isolate(seat)}`,
  qrCode: (seat) => `Código QR del asiento ${isolate(seat)}`,
  shortCode: (code) => `Código corto ${code}`,
  statuses: { valid: "Válida", used: "Usada: ya está dentro", void: "Devuelta: ya no es válida", cancelled: "Evento cancelado: ya no es válida" },
  doors: (when) => `Apertura de puertas: ${when}`,
  section: "Sección",
  row: "Fila",
  category: "Categoría",
  price: "Precio",
  holder: "Nombre",
  showCode: "Mostrar el código",
  codeFor: (seat) => ` del asiento ${isolate(seat)}`,
  brightness: "Suba el brillo de la pantalla y manténgala quieta ante el lector.",
  previousCode: "Anterior",
  nextCode: "Siguiente",
  codeOf: (n, all) => `${count(n)} de ${count(all)}`,
  closeCode: "Cerrar",
  calendar: "Calendario",
  checkedIn: (seats) => `Controlado en la entrada: ${seats}.`,
  offline: (when) => `No se puede acceder a la taquilla desde aquí. Estas son sus entradas tal como estaban el ${when}; sus códigos valen en la entrada.`,
  tryAgain: "Intentar de nuevo",
  print: "Imprimir",
  printAll: (n) => `Imprimir las ${count(n)}`,
  pdf: "PDF",
  pdfAll: (n) => `PDF de las ${count(n)}`,
  printOf: (seat) => ` la entrada ${isolate(seat)}`,
  pdfOf: (seat) => ` de la entrada ${isolate(seat)}`,
  ofAll: " entradas",
  boughtAt: (when, today) => (today ? `hoy a las ${when}` : when),
  bought: (when, seats, price) =>
    `Compra: ${when}, ${byCount(seats, { one: `${count(seats)} asiento`, many: `${count(seats)} de asientos`, other: `${count(seats)} asientos` })}${price && `, ${price}`}`,
  noRefunds: "Las entradas de esta venta no se pueden devolver.",
  otherSale: ["Estas son de otra venta: ", "."],
  openSale: (season) => `abrir ${isolate(season)}`,
  pending: (seats, total, currency) =>
    byCount(seats.length, {
      one: `La compra de ${count(seats.length)} asiento (${list(seats)}) por ${money(total, currency)} aún se está confirmando. El asiento es suyo hasta que lo sepamos.`,
      many: `La compra de ${count(seats.length)} de asientos (${list(seats)}) por ${money(total, currency)} aún se está confirmando. Los asientos son suyos hasta que lo sepamos.`,
      other: `La compra de ${count(seats.length)} asientos (${list(seats)}) por ${money(total, currency)} aún se está confirmando. Los asientos son suyos hasta que lo sepamos.`,
    }),
  giveBack: "Devolver",
  giveBackSeat: (seat) => ` el asiento ${isolate(seat)}`,
  giveBackAll: (n) => `Devolver las ${count(n)}`,
  givingBack: "Devolviendo…",
  keep: "Conservar",
  giveBackTitle: (seats) =>
    byCount(seats.length, { one: `¿Devolver el asiento ${list(seats)}?`, many: `¿Devolver los asientos ${list(seats)}?`, other: `¿Devolver los asientos ${list(seats)}?` }),
  giveBackWhat(n, amount) {
    const back = `Se le devuelve ${amount ?? "lo que pagó"} por el mismo medio de pago. Esto no se puede deshacer.`;
    const several = `Las entradas dejan de ser válidas al momento, también las impresas, y los asientos vuelven a la venta. ${back}`;
    return byCount(n, { one: `La entrada deja de ser válida al momento, también impresa, y el asiento vuelve a la venta. ${back}`, many: several, other: several });
  },
  givenBack(seats) {
    const several = `Se han devuelto los asientos ${list(seats)}. El dinero vuelve por el mismo medio de pago.`;
    return byCount(seats.length, { one: `Se ha devuelto el asiento ${list(seats)}. El dinero vuelve por el mismo medio de pago.`, many: several, other: several });
  },
};

export const returning = {
  go: (/** @type {string} */ host) => `Continuar a ${isolate(host)}`,
  going: (/** @type {string} */ host) => `Ya está dentro. Esta página pasará sola a ${isolate(host)} en un momento.`,
  back: (/** @type {string} */ host) => `${isolate(host)} le ha devuelto aquí. Si vuelve a ocurrir, la tienda no puede leer su sesión: avise al organizador.`,
  stay: "Quedarse aquí",
};

/** @type {In<English["embed"]>} */
export const embed = {
  open: "Abrir la taquilla",
  enter: "Ir y entrar",
  newTab: "en una pestaña nueva",
  inside: "Ya está dentro. Elija sus asientos en la página de la taquilla.",
  onSale: "A la venta ahora",
  unreachable: "No se puede acceder a la taquilla desde aquí. Esta página lo sigue intentando.",
};

/** @type {In<English["leaving"]>} */
export const leaving = {
  stay: "Quedarme",
  leaveLine: { title: "¿Dejar la fila?", yes: "Sí, dejarla" },
  leaveTurn: { title: "¿Renunciar a su turno?", yes: "Sí, renunciar" },
  leaveSale: { title: "¿Salir de la venta?", yes: "Sí, salir" },
  signOut: { title: "¿Cerrar sesión?", yes: "Sí, cerrarla" },
  loss: {
    gathering: (out) => `Participa en el sorteo del orden. ${ifYou(out)}, no entrará en él.`,
    inLine: (out) => `Tiene un puesto en la fila. ${ifYou(out)}, empezará de nuevo al final.`,
    position: (position, out) => `Es el número ${count(position)}. ${ifYou(out)}, empezará de nuevo al final.`,
    turn: (out) => `Es su turno. ${ifYou(out)}, pasará a la siguiente persona y usted empezará de nuevo al final.`,
    paying: () => `Su pago continúa y nada se compra dos veces. ${again}`,
    session: () => `Su tiempo para elegir asientos termina. ${again}`,
    held(seats, out) {
      const names = seats.length > 6 ? byCount(seats.length, { one: `${count(seats.length)} asiento`, many: `${count(seats.length)} de asientos`, other: `${count(seats.length)} asientos` }) : list(seats);
      return `Reservado para usted, sin pagar todavía: ${names}. ${ifYou(out)}, ${byCount(seats.length, {
        one: "el asiento volverá a la venta",
        many: "los asientos volverán a la venta",
        other: "los asientos volverán a la venta",
      })}. ${again}`;
    },
  },
};

const again = "Para volver a entrar, empezará al final de la fila.";
const ifYou = (/** @type {boolean} */ out) => (out ? "Si cierra la sesión" : "Si sale");

/** @type {In<English["roles"]>} */
export const roles = {
  title: "Usted trabaja aquí",
  toGate: "Ir al acceso",
  toDesk: "Ir a la taquilla",
  toAdmin: "Ir a la administración",
  toSale: "Ir a la venta",
  admin: "La administración muestra la venta y la modifica.",
  desk: "La taquilla vende entradas a quienes acuden a ella.",
  gate: "En el acceso se comprueban las entradas.",
  notInLine: "No está en la fila. Para comprar entradas para usted, póngase en ella como todos los demás.",
  missing: {
    gate: { title: "Esta página es para el personal", who: "Solo el personal puede comprobar entradas." },
    desk: { title: "Esta página es para la taquilla", who: "Solo la taquilla puede vender entradas aquí." },
    admin: { title: "Esta página es para organizadores", who: "Solo los organizadores pueden ver y modificar la venta." },
  },
  signedInAs: (who, user) => `${who} Ha iniciado sesión como ${user ? isolate(user) : "otra persona"}.`,
  ask: "¿Debería tener acceso? Pida al organizador que añada su dirección, o cierre la sesión y use otra cuenta.",
};

/** @param {string[]} seats */
const named = (seats) => (seats.length > 6 ? `${list(seats.slice(0, 6))} y ${count(seats.length - 6)} más` : list(seats));

/**
 * @param {string[]} seats
 * @param {string} one
 * @param {string} several
 */
const bySeats = (seats, one, several) => byCount(seats.length, { one, many: several, other: several });

const signedOut = "Ha cerrado la sesión. Iníciela de nuevo, por favor.";
const unavailable = "La taquilla no responde en este momento. No se ha perdido nada; inténtelo de nuevo en un momento.";

/** @type {English["errors"]} */
export const errors = {
  payment_declined: "La tarjeta fue rechazada. No se le ha cobrado nada, y sus asientos siguen siendo suyos hasta que se acabe el tiempo. Pruebe con otra tarjeta.",
  seat_taken: ({ seats }) =>
    seats.length
      ? bySeats(seats, `Otra persona acaba de elegir el asiento ${named(seats)}. Elija de nuevo, por favor.`, `Otras personas acaban de elegir los asientos ${named(seats)}. Elija de nuevo, por favor.`)
      : "Otra persona fue más rápida. Elija de nuevo, por favor.",
  hold_expired: ({ seats }) =>
    seats.length
      ? bySeats(
          seats,
          `Su reserva del asiento ${named(seats)} ha caducado; no se compró ni se cobró nada. Si sigue libre, puede volver a elegirlo.`,
          `Su reserva de los asientos ${named(seats)} ha caducado; no se compró ni se cobró nada. Si siguen libres, puede volver a elegirlos.`,
        )
      : "Su reserva ha caducado; no se compró ni se cobró nada. Elija de nuevo sus asientos, por favor.",
  seat_limit: "Serían más asientos de los que una persona puede reservar y comprar. Devuelva primero uno.",
  no_adjacent_seats: "No hay tantos asientos libres juntos. Pruebe con menos, con otra categoría o con asientos separados.",
  unknown_seat: ({ seats }) =>
    seats.length ? bySeats(seats, `El asiento ${named(seats)} no existe en esta venta.`, `Los asientos ${named(seats)} no existen en esta venta.`) : "Ese asiento no existe en esta venta.",
  challenge_required: "Esta venta pide una comprobación antes de ponerse en la fila. Vuelva a cargar la página para verla.",
  not_admitted: "Su tiempo en la venta ha terminado, así que ya no fue posible. Póngase de nuevo en la fila para continuar.",
  code_required: "Esta parte de la venta necesita un código. Escriba el suyo, o espere a que la venta se abra para todos.",
  code_invalid: "Este código no vale aquí, o ya se ha usado. Compruébelo e inténtelo de nuevo.",
  season_closed: "La venta ha terminado.",
  sold_out: "Está todo agotado. Si se libera un asiento, podrá volver a ponerse en la fila.",
  conflict: "Eso no es posible en este momento.",
  key_reused: "Esta compra ya se hizo con otros asientos. Mire en «Mis entradas» antes de intentarlo de nuevo.",
  unauthenticated: signedOut,
  invalid_credential: signedOut,
  forbidden: "No tiene permiso para hacer eso.",
  rate_limited: ({ seats }) =>
    seats.length
      ? bySeats(
          seats,
          `El asiento ${named(seats)} estuvo en su cesta hasta que se acabó el tiempo. Durante un minuto otros tienen preferencia; elija otro, por favor.`,
          `Los asientos ${named(seats)} estuvieron en su cesta hasta que se acabó el tiempo. Durante un minuto otros tienen preferencia; elija otros, por favor.`,
        )
      : "Eso fue demasiado rápido. Espere un momento e inténtelo de nuevo.",
  unavailable,
  draining: unavailable,
  other: "Algo ha fallado. Inténtelo de nuevo, por favor.",
  disconnected: "La conexión se interrumpió antes de la respuesta. Se está restableciendo; mire sus asientos antes de intentarlo de nuevo.",
};

/** @type {English["expectedWait"]} */
export function expectedWait(eta) {
  return waitInWords(eta, { unknown: "aún no se sabe", soon: "menos de un minuto", about: (span) => `aprox. ${span}`, range: (from, to) => `de ${from} a ${to}` });
}
