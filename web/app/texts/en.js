// @ts-check
import { count, countdown, duration, isolate, list, money, plural, seatName, waitInWords } from "../format.js";

/**
 * Every text that a fan, a member of staff or an organiser reads, grouped by where
 * it stands. A text with a number or a name in it is a function. Each other language
 * is a file with the same names, such as de.js; a test says what one lacks. A file of
 * a language is read through chosen.js only. Names of people and things are set apart
 * by isolate or list, forms of a plural chosen by byCount.
 *
 * @typedef {import("../../../clients/js/wire.js").Ticket} Ticket
 */

/** How numbers and dates are written. */
export const locale = { numbers: "en", dates: "en-GB" };

export const page = {
  language: "Language",
  moment: "One moment…",
  unreachable: "The box office cannot be reached from here. This page keeps trying. A place in the line is kept for a while.",
  unnamed: "Usher",
  dismiss: "Dismiss",
  signOut: "Sign out",
  navigation: { main: "Main", seats: "Seats", tickets: "My tickets", gate: "Gate", desk: "Box office", admin: "Admin" },
  connection: "Connection",
  connections: { live: "Live", polling: "Live, every few seconds", reconnecting: "Reconnecting", replaced: "Open elsewhere" },
  blocked: "This network blocks live connections. Your place is kept, and this page asks for news every few seconds. Another network is quicker.",
  cutOff: "Reconnecting. What you press now would not arrive, so some buttons wait.",
  yourTurn: "It is your turn. ",
  goAndEnter: "Go and enter",
  /** The browser tab's titles. */
  titles: {
    turn: (/** @type {string} */ season) => `Your turn · ${season}`,
    replaced: (/** @type {string} */ season) => `Open elsewhere · ${season}`,
    gathering: (/** @type {string} */ season) => `You are in · ${season}`,
    line: (/** @type {string} */ season) => `In line · ${season}`,
    position: (/** @type {number} */ position, /** @type {string} */ season) => `${position} in line · ${season}`,
    hall: (/** @type {string} */ season) => `Seats · ${season}`,
    tickets: (/** @type {string} */ season) => `My tickets · ${season}`,
    gate: (/** @type {string} */ season) => `Gate · ${season}`,
    desk: (/** @type {string} */ season) => `Box office · ${season}`,
    admin: (/** @type {string} */ season) => `Admin · ${season}`,
  },
};

export const signIn = {
  eyebrow: "Tickets",
  google: "Continue with Google",
  provider: (/** @type {string} */ name) => `Continue with ${name}`,
  guest: "Continue as a guest",
  guestWhat: "As a guest you have one place in line in this browser. Your tickets stay in it too: print them. With an account you see tickets on every device.",
  guestFailed: "Signing in as a guest did not work. Please try once more.",
  failed: "Signing in did not work. Please try once more.",
  expired: "Your sign-in has expired. Please sign in again; your place in the line is kept for a while.",
  signedOut: "You are signed out.",
  noSeason: "There is no such season on sale here.",
  /** Three steps: what each begins with, and the rest. @type {[string, string][]} */
  steps: [
    ["Take your place.", " You join the line when you sign in, and see exactly where you stand."],
    ["Wait anywhere.", " Change trains, change phones: your place stays yours."],
    ["Choose your seats.", " When your turn comes, they are yours to pick in peace."],
  ],
  closed: "The sale is closed.",
  open: "The sale is open. Fans choose their seats in the order in which they came.",
  gone: "Every seat is sold. Look here again: a seat may be given back.",
  opens: (/** @type {string} */ when) => `The sale opens ${when}. Come early: the order of all who are here is drawn then.`,
};

/** Where a fan is signed in. */
export const sessions = {
  title: "Where you are signed in",
  open: ": where you are signed in",
  what: "A sign-in lasts twelve hours. End those that you do not know or do not need; your place in the line and your tickets stay.",
  reading: "Reading your sign-ins…",
  since: (/** @type {string} */ when) => `Signed in: ${when}`,
  here: "This browser",
  seen: (/** @type {string} */ when) => `Last used: ${when}`,
  end: "End",
  endOf: (/** @type {string} */ when) => `End the sign-in of ${when}`,
  endOthers: "End all others",
};

/** A challenge that joining may need. */
export const challenge = {
  title: "One more step",
  what: "This sale checks that people join, not programs. Your place in the line begins when the check is done.",
  again: "That answer was not accepted. Please try once more.",
  failed: "The check does not work just now. Try again, or turn off what blocks it in your browser.",
  retry: "Try again",
};

export const sale = {
  title: "The sale",
  cancelled: "This show is cancelled. Every ticket that was paid for is refunded; you need do nothing.",
  categories: "Seats left and prices by category",
  paused: "Admission is paused for the moment.",
  pausedWhy: (/** @type {string} */ why) => `Admission is paused: ${why}`,
  available: (/** @type {number} */ seats, /** @type {number} */ total) => `${count(seats)} of ${count(total)} seats ${seats === 1 ? "is" : "are"} left`,
  held: (/** @type {number} */ seats) => `All seats are taken; ${count(seats)} may still come back`,
  gone: "Sold out",
  left: (/** @type {number} */ seats) => (seats === 0 ? "none left" : `${count(seats)} left`),
  range: (/** @type {string} */ from, /** @type {string} */ to) => `${from}–${to}`,
};

export const line = {
  title: "Your place in line",
  waiting: "People waiting",
  expectedWait: "Expected wait",
  rebuilding: "The line is being restored. All fans keep their places; this takes a moment.",
  paused: (/** @type {string} */ paused) => `Your place is safe. ${paused}`,
  behind: "Behind you",
  held: "No seat is free just now: all are in carts or being paid for. Admission waits. When one comes back, the next in line is called in.",
  gone: "Every seat is sold. If one is given back, the next in line is called in. That may not happen: you can wait for it, or leave the line.",
  goneReturns: "Every seat is sold. This line is for seats that are given back: each goes to the next in line. There may be none, and you can leave at any time.",
  progress: "Your way through the line",
  come: (/** @type {number} */ first, /** @type {number} */ places) => `You joined as number ${count(first)}${places > 0 ? ` and have moved up ${plural(places, "place", "places")}` : ""}.`,
  waitOpen: "not known",
  waitSeats: "It depends on seats that come back.",
  waitUnknown: "It is worked out once the first fans are through.",
  waitPaused: "It cannot be worked out while admission is paused.",
  waitWithoutPause: "not counting the pause",
  waitLonger: "longer than we thought",
  waitLongerWhy: "A new estimate comes when more fans are through.",
  turnTitle: "When it is your turn",
  turn: (/** @type {number} */ turn, /** @type {number} */ session) =>
    `You have ${duration(turn)} to press “Enter”, and then ${duration(session)} to choose and pay. If you miss your turn, the next in line gets it and your place is gone: you would start again at the end.`,
  turnUnknown: "You have a short time to press “Enter”. If you miss your turn, the next in line gets it and your place is gone: you would start again at the end.",
  closeTitle: "If you close this page",
  close: (/** @type {number} */ forget) =>
    `Your place is kept for ${duration(forget)}, here and on your other devices. While you are away you are not called; others go first. When you come back in time, you are called before all who came after you.`,
  closeLater: (/** @type {number} */ absence, /** @type {number} */ forget) =>
    `For ${duration(absence)} you count as being here, and a turn that comes then is lost unless you enter. After that you are not called, and your place is kept for another ${duration(forget)}.`,
  closeUnknown: "Your place is kept for a while, here and on your other devices. While you are away you are not called.",
  phoneTitle: "On a phone",
  phone: "Nothing can call a phone that sleeps. When the screen goes dark, this page may lose its connection; that counts as closing it. Keep the screen on and this page in front.",
  leave: "Leave the line",
  draw: "How the order is drawn, and how to check it",
  asOf: (/** @type {string} */ time) => `as of ${time}`,
  next: "You are next.",
  nextWish: "You are first in line. Your turn comes when your wish can be met.",
  inLine: "You are in the line.",
  ahead: (/** @type {number} */ people) => `${plural(people, "person is", "people are")} in front of you.`,
  announced: (/** @type {number} */ position, /** @type {string} */ wait) => `You are number ${count(position)} in line.${wait && ` Expected wait: ${wait}.`}`,
  movedToEnd: "Your earlier place had ended, so you are in the line again at its end.",
};

/** The phases of a sale, and their codes. */
export const wish = {
  title: "A wish for returned seats",
  lead: "You may wait for certain seats only. Your turn then comes when they are free, and until then others may go before you. You keep your place in line, and a turn reserves no seats.",
  count: "How many seats",
  category: "Category",
  any: "Any category",
  upTo: "Price of each, at most",
  anyPrice: "Any price",
  leave: "Leave a wish",
  save: "Save the wish",
  change: "Change the wish",
  remove: "Remove the wish",
  keep: "Close without saving",
  saved: "Your wish is saved. You keep your place in line.",
  removed: "Your wish is removed. You keep your place in line.",
  passed: "You were passed over for your wish: a fan who came later has had a turn, because seats for your wish were not free. You keep your place. With a smaller wish, or without one, your turn may come sooner.",
  yours: (/** @type {number} */ seats, /** @type {string|null} */ category, /** @type {string|null} */ price) => `Your wish: ${count(seats)} × ${category ?? "Any category"}${price ? `, at most ${price} each` : ""}`,
};

export const phases = {
  title: "When the sale is",
  label: "Your code",
  join: "Join with the code",
  need: "This part of the sale is for fans with a code.",
  hint: "Capital and small letters make no difference.",
  now: "now",
  withCode: "with a code",
  forAll: "for everyone",
  next: (/** @type {string} */ name, /** @type {string} */ when) => `${name} opens ${when}, for everyone. Fans who wait from before keep their places in front.`,
  nextCode: (/** @type {string} */ name, /** @type {string} */ when) => `${name} opens ${when}, with a code. Fans who wait from before keep their places in front.`,
  between: (/** @type {string} */ name, /** @type {string} */ when) => `No one is called in until then: ${name} opens ${when}. Your place stays.`,
  span: (/** @type {string} */ opens, /** @type {string} */ closes) => `${opens} to ${closes}`,
  since: (/** @type {string} */ opens) => `from ${opens}`,
};

/** Before a scheduled opening. */
export const gathering = {
  youAreIn: "You are in",
  opens: (/** @type {string} */ when) => `The sale opens: ${when}`,
  timeLeft: "Time until the sale opens",
  together: (/** @type {number} */ people) => `${plural(people, "person is", "people are")} here for it, you among them.`,
  draw: "At the opening the order of all who are here is drawn by lot. Coming earlier gives no better place; who comes later stands behind.",
  drawLater: "At the opening the order of all who have come since the last part of the sale is drawn by lot, behind the fans who wait from before. Coming earlier gives no better place; who comes later stands behind.",
  drawing: "The order is being drawn. This takes a moment.",
  close: (/** @type {number} */ forget) =>
    `You stay in for ${duration(forget)}, here and on your other devices; after that you are out. Come back before the opening and you are in again, with the same chance.`,
  announced: (/** @type {number} */ seconds) => `You are in. The sale opens in ${duration(seconds)}. Then the order of all who are here is drawn by lot.`,
  soon: (/** @type {number} */ seconds) => `The sale opens in ${duration(seconds)}.`,
};

/** How the fan wants to be called. */
export const calling = {
  notify: "Notify me",
  stop: "Stop notifying me",
  trial: "Try it",
  screen: "Keep the screen on",
  screenOn: "The screen stays on while you wait, as long as this page is in front.",
  screenRefused: "The screen cannot be kept on now; a low battery may be the reason.",
};

/** What a button to notify the fan has come to. */
export const notifications = {
  off: "",
  on: "We will call you with a notification and a chime when it is your turn, as long as this page is open.",
  quiet: "We will call you with a notification when it is your turn, as long as this page is open. It chimes too, once you have pressed anything on this page.",
  refused: "Your browser does not allow notifications from this site. The tab's title and icon will still tell you.",
  sound: "This browser shows no notifications. Keep this page in front with the sound on: it chimes when it is your turn. On an iPhone, notifications work once this page is on the home screen.",
  press: "This browser shows no notifications. Keep this page in front, and press anything on it once: then it chimes when it is your turn.",
  silent: "This browser can neither notify you nor make a sound here. Keep this page in front and look at it now and then.",
  trial: { title: "Usher", body: "You will be called like this." },
  turn: "Your turn",
  turnBody: (/** @type {string} */ season) => `${season || "The sale"} is open for you. Enter before your time runs out.`,
};

export const turn = {
  title: "It is your turn",
  lead: "Enter before the time runs out. If you miss it, the next in line gets your turn, and you start again at the end.",
  timeLeft: "Time left to enter",
  enter: "Enter",
  giveUp: "Give up the turn",
  notNow: "Not now",
  inside: (/** @type {number} */ session, /** @type {number} */ hold) => `Inside you have ${duration(session)} to choose and pay. A seat that you take is held for you for ${duration(hold)}.`,
  announced: (/** @type {number} */ seconds) => `It is your turn. You have ${duration(seconds)} to press “Enter”.`,
  late: (/** @type {number} */ seconds) => `${duration(seconds)} left to enter.`,
};

export const outside = {
  title: "You are not in the line",
  finished: "Your purchase is complete",
  join: "Join the line",
  lead: "Join it, and you will see at once how long it takes.",
  gone: "Sold out",
  closed: "The sale is closed",
  closedLead: "The line takes no more fans. Your tickets are under “My tickets”.",
  goneLead: "Every seat is sold. Should a seat be given back, the line opens again, and this page says so.",
  returnsLead: "Every seat is sold. Join the line to wait for seats that are given back.",
  opens: (/** @type {string} */ when) => `The sale opens ${when}.`,
  /** Why a fan is out of the line, by the reason of lapsed, and by this page's own: finished, left, ended. @type {Record<string, string>} */
  reasons: {
    turn_missed: "Your turn came, but it was not taken in time, so the next in line got it.",
    idle: "We did not hear from you for a while, so your place went to the next in line.",
    session_ended: "Your time in the sale is over. Seats you had not paid for were given back.",
    put_out: "The organiser has taken you out of the sale.",
    absent: "You were away for too long, so your place in the line was given up.",
    season_closed: "This show is cancelled, and the line has ended.",
    finished: "You have bought, and the next person was let in. Your tickets are under “My tickets”. To buy more, join the line again.",
    left: "You have left. You can join the line again at its end.",
    ended: "You are not in the line any more: your place has ended, or was given up elsewhere.",
  },
};

export const replaced = {
  title: "You are here twice",
  lead: "This sale is open in another window or on another device of yours. Your place is safe there; nothing is lost.",
  use: "Use this window",
};

/** The seats: their map, their list, and the search for the best. */
export const seats = {
  title: "Choose your seats",
  loading: "Loading the seats…",
  sessionLeft: "You are in for another ",
  leave: "Leave",
  map: "Seat map",
  canvas: "Map of the seats. Arrow keys go from seat to seat, Enter holds or releases the seat. Plus and minus zoom, Shift with an arrow key moves the map. Every seat is in the list of seats too.",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  showAll: "Show all seats",
  legend: { mine: "Yours", inTransaction: "Held by another fan", booked: "Sold or not for sale", dimmed: "Dearer than you want to see" },
  yours: "yours",
  all: "All seats",
  list: "Seats",
  unnamedSection: "Seats",
  row: (/** @type {string} */ row) => `Row ${row}`,
  rowLabel: (/** @type {string} */ section, /** @type {string} */ row) => `${section} ${row ? `row ${row}` : ""}`.trim() || "Seats",
  free: (/** @type {number} */ free, /** @type {number} */ size) => `${count(free)} of ${count(size)} free`,
  beingPaid: "Being paid for",
  /** Why a seat cannot be had. */
  reasons: { available: "", booked: "Sold", inTransaction: "Another fan is holding this seat; it may come free again", unavailable: "Not for sale" },
  best: "Best seats",
  bestCount: "How many",
  category: "Category",
  categories: { any: "Any" },
  adjacent: "Side by side",
  find: "Find seats",
  stage: "Stage",
  card: "The seat you pressed",
  closeCard: "Close",
  whereIs: (/** @type {string} */ section, /** @type {string} */ row) => [section, row && `Row ${isolate(row)}`].filter(Boolean).join(" · "),
  isFree: "free",
  isYours: "You hold this seat.",
  /** A seat as screen readers say it, from its number to its status. */
  spoken: (/** @type {string} */ seat, /** @type {string} */ section, /** @type {string} */ row, /** @type {string} */ category, /** @type {string} */ price, /** @type {string} */ status) =>
    list([seat, section, row && `row ${row}`, category, price, status].filter(Boolean)),
  hold: "Hold",
  release: "Release",
  holdSeat: (/** @type {string} */ seat) => `Hold seat ${isolate(seat)}`,
  releaseSeat: (/** @type {string} */ seat) => `Release seat ${isolate(seat)}`,
  showNearest: "Show the nearest free seats",
  /** A free seat that is offered instead of another: its number, category and price. */
  holdInstead: (/** @type {string} */ seat) => `Hold ${seat}`,
  wheel: "To zoom, press Ctrl or Cmd while you turn the wheel, or click the map first.",
  mapRole: "seat map",
  sectionSpoken: (/** @type {string} */ section, /** @type {number} */ free, /** @type {number} */ size) => `${isolate(section)}: ${count(free)} of ${count(size)} free. Enter shows its seats.`,
  /** On the shape of a section: what is free in it; the shorter one where there is little room. */
  freeShort: (/** @type {number} */ free) => `${count(free)} free`,
  freeShortest: (/** @type {number} */ free) => count(free),
  price: "Price",
  anyPrice: "Any price",
  upTo: (/** @type {string} */ price) => `Up to ${price}`,
  skip: { label: "Skip to", cart: "Skip to your seats", map: "Skip to the seat map", list: "Skip to the list of seats" },
  swap: (/** @type {number} */ mine, /** @type {number} */ wanted) => `Swap my ${plural(mine, "seat", "seats")} for ${wanted === 1 ? "1 better one" : `${count(wanted)} better ones`}?`,
  swapYes: "Swap",
  addMore: (/** @type {number} */ more) => `Add ${count(more)} more`,
  swapNo: "Keep mine",
  full: "You have as many seats as one person may have.",
};

/** Prices of a seat besides the normal one. */
export const priceTypes = {
  title: "Type of price",
  normal: "Normal price",
  names: /** @type {Record<string, string>} */ ({ child: "Child", student: "Student", senior: "Senior", member: "Member", reduced: "Reduced" }),
  label: (/** @type {string} */ seat) => `Price for seat ${isolate(seat)}`,
  allIn: "All fees are included: the price shown is the price you pay.",
};

/** Parts of the house without numbered seats. */
export const areas = {
  card: "The area you pressed",
  count: "How many places",
  fewer: "One place fewer",
  more: "One place more",
  hold: (/** @type {number} */ places, /** @type {string} */ price) => `Hold ${count(places)}, ${price}`,
  yours: (/** @type {number} */ places) => `You hold ${plural(places, "place", "places")} here.`,
  yoursShort: (/** @type {number} */ places) => `${count(places)} yours`,
  none: "No place is free here now.",
  few: (/** @type {string} */ area, /** @type {number} */ free) => `${isolate(area)}: ${free === 0 ? "no place is" : `only ${plural(free, "place is", "places are")}`} free now. Nothing was held.`,
  priceIn: (/** @type {string} */ area) => `Price in ${isolate(area)}`,
  spoken: (/** @type {string} */ area, /** @type {string} */ category, /** @type {string} */ price, /** @type {number} */ free, /** @type {number} */ size) => `${list([area, category, price])}: ${count(free)} of ${count(size)} free. No numbered seats.`,
  /** Places of one area in the cart. */
  line: (/** @type {string} */ area, /** @type {number} */ places) => `${isolate(area)} × ${count(places)}`,
  moreIn: (/** @type {string} */ line) => `One place more: ${line}`,
  fewerIn: (/** @type {string} */ line) => `One place fewer: ${line}`,
  releaseIn: (/** @type {string} */ line) => `Release all: ${line}`,
};

export const cart = {
  title: "Your seats",
  empty: "No seats yet. Pick them from the map or the list, or let us find the best.",
  lines: "Seats you hold",
  heldFor: "Held for you for ",
  total: "Total",
  card: "Test card",
  /** Names of the test cards, by the token that is sent. */
  cards: {
    tok_ok: "A card that pays",
    tok_declined: "A card that is declined",
    tok_slow: "A card that takes two seconds",
    tok_3ds: "A card that asks you to approve",
    tok_unknown: "A card whose answer gets lost",
    page: "Stripe’s payment page",
    pm_card_visa: "A card that pays",
    pm_card_chargeDeclined: "A card that is declined",
    pm_card_authenticationRequired: "A card that wants a second step",
  },
  payOnPage: "You pay on the page of our payment provider, and come back here with your tickets.",
  payPage: "Your payment continues on a payment page. Your seats stay yours while it is open.",
  pageEnds: "It ends in ",
  goToPage: "Go to the payment page",
  giveUp: "Do not pay",
  gaveUp: "The payment was ended. You have not been charged, and your seats are still held if the time allows.",
  noPayment: "Paying is not set up for this sale yet.",
  pay: (/** @type {number} */ total, /** @type {string} */ currency) => `Pay ${money(total, currency)}`,
  paying: "Paying…",
  disconnected: "The connection broke while you were paying. We ask for the outcome as soon as it is back; you will not pay twice.",
  pending: (/** @type {number} */ n) =>
    `Your payment is on its way and not confirmed yet. ${plural(n, "seat stays", "seats stay")} yours until we know. You need not do anything.`,
  release: (/** @type {{seatNumber: string, category: string, price: number}} */ seat, /** @type {string} */ currency) => `Release ${seatName(seat, currency)}`,
  releaseOne: "Release this seat",
  releaseAll: "Release all",
  expired: "The time for your seats has run out, so they were given back. If still free, you can take them again.",
  /** Why a purchase was cancelled, by the server's word. @type {Record<string, string>} */
  reasons: { payment_expired: "the payment page ended before it was paid", payment_cancelled: "you did not pay", payment_declined: "payment declined", unavailable: "the payment was not available", refunded: "given back" },
  cancelled: (/** @type {string} */ reason) => `The purchase was cancelled${reason ? ` (${cancelledFor(reason)})` : ""}. You have not been charged.`,
  taken: (/** @type {string} */ seat, /** @type {string} */ why, /** @type {number} */ others) => `${isolate(seat)}: ${why}.${others ? " The nearest free seats:" : ""}`,
  /** What screen readers hear after a hold or a release. */
  holding: (/** @type {string} */ seats, /** @type {string} */ total, /** @type {string} */ until) => `Held: ${seats}, ${total} in all, until ${until}.`,
  holdNothing: "You hold no seats now.",
  released: (/** @type {string} */ seats) => `Released: ${seats}.`,
  /** Said, and shown, a minute and twenty seconds before the end. */
  warning: (/** @type {number} */ seconds) => (seconds >= 60 ? "One minute left to pay for your seats." : `${count(seconds)} seconds left to pay for your seats.`),
  sessionWarning: (/** @type {number} */ seconds) => (seconds >= 60 ? "One minute left in the sale." : `${count(seconds)} seconds left in the sale.`),
  minuteMore: "One minute more",
  extended: (/** @type {string} */ until) => `Your seats are held until ${until} now.`,
  /** The bar at the bottom of a phone. */
  bar: (/** @type {number} */ seats) => plural(seats, "seat", "seats"),
  barPay: "Pay",
  barLabel: (/** @type {number} */ seats, /** @type {string} */ total) => `Your seats: ${plural(seats, "seat", "seats")}, ${total}. Open them to pay.`,
  closeSheet: "Back to the seats",
};

/** @param {string} reason */
const cancelledFor = (reason) => cart.reasons[reason] ?? reason.replaceAll("_", " ");

export const done = {
  label: "Bought",
  bought: (/** @type {string[]} */ seats, /** @type {number} */ total, /** @type {string} */ currency) => `Done: ${list(seats)}, ${money(total, currency)}`,
  announced: (/** @type {string} */ bought) => `${bought}. Your tickets are on this page.`,
  finish: "I am finished, let the next person in",
  more: "Buy more",
  gone: "Every seat is sold now. Your tickets stay here.",
  goneFinish: "I am finished",
  nextIsIn: "The next person has been let in. Your tickets stay here.",
  full: (/** @type {number} */ ms) => `You have as many seats as one person may have. In ${countdown(ms)} the next person is let in; your tickets stay here.`,
  next: (/** @type {number} */ ms) => `In ${countdown(ms)} the next person is let in, unless you buy more. Your tickets stay here.`,
};

export const tickets = {
  title: "Your tickets",
  reading: "Reading your tickets…",
  none: "You have no tickets yet.",
  label: (/** @type {string} */ seat) => `Ticket ${seat}`,
  qrCode: (/** @type {string} */ seat) => `QR code for seat ${seat}`,
  shortCode: (/** @type {string} */ code) => `Short code ${code}`,
  statuses: { valid: "Valid", used: "Used: you are in", void: "Given back: not valid any more", cancelled: "Show cancelled: not valid any more" },
  doors: (/** @type {string} */ when) => `Doors ${when}`,
  section: "Section",
  row: "Row",
  category: "Category",
  price: "Price",
  holder: "Name",
  showCode: "Show code",
  codeFor: (/** @type {string} */ seat) => ` for seat ${seat}`,
  brightness: "Turn the brightness of the screen up, and hold it still before the scanner.",
  previousCode: "Previous",
  nextCode: "Next",
  codeOf: (/** @type {number} */ n, /** @type {number} */ all) => `${count(n)} of ${count(all)}`,
  closeCode: "Close",
  calendar: "Calendar",
  checkedIn: (/** @type {string} */ seats) => `Checked in at the gate: ${seats}.`,
  offline: (/** @type {string} */ when) => `The box office cannot be reached from here. These are your tickets as of ${when}; their codes are valid at the gate.`,
  tryAgain: "Try again",
  print: "Print",
  printAll: (/** @type {number} */ n) => `Print all ${n}`,
  pdf: "PDF",
  pdfAll: (/** @type {number} */ n) => `PDF of all ${n}`,
  /** What a link to paper is for, read out after its name. */
  printOf: (/** @type {string} */ seat) => ` ticket ${seat}`,
  pdfOf: (/** @type {string} */ seat) => ` of ticket ${seat}`,
  ofAll: " tickets",
  boughtAt: (/** @type {string} */ when, /** @type {boolean} */ today) => (today ? `today at ${when}` : when),
  bought: (/** @type {string} */ when, /** @type {number} */ seats, /** @type {string} */ price) => `Bought ${when}: ${plural(seats, "seat", "seats")}${price && `, ${price}`}`,
  noRefunds: "Tickets of this sale cannot be given back.",
  otherSale: ["These are for another sale: ", "."],
  openSale: (/** @type {string} */ season) => `open ${season}`,
  pending: (/** @type {string[]} */ seats, /** @type {number} */ total, /** @type {string} */ currency) =>
    `A purchase of ${plural(seats.length, "seat", "seats")} (${list(seats)}) for ${money(total, currency)} is still being confirmed. The seats are yours until we know.`,
  giveBack: "Give back",
  giveBackSeat: (/** @type {string} */ seat) => ` seat ${seat}`,
  giveBackAll: (/** @type {number} */ n) => `Give back all ${n}`,
  givingBack: "Giving back…",
  keep: "Keep",
  giveBackTitle: (/** @type {string[]} */ seats) => `Give back ${seats.length === 1 ? "seat" : "seats"} ${list(seats)}?`,
  giveBackWhat(/** @type {number} */ n, /** @type {string|null} */ amount) {
    const one = n === 1;
    return (
      `${one ? "The ticket stops" : "The tickets stop"} being valid at once, also printed ones, and the ${one ? "seat goes" : "seats go"} on sale again. ` +
      `You get ${amount ?? `what you paid for ${one ? "it" : "them"}`} back the way you paid. This cannot be undone.`
    );
  },
  givenBack: (/** @type {string[]} */ seats) =>
    `${seats.length === 1 ? "Seat" : "Seats"} ${list(seats)} ${seats.length === 1 ? "was" : "were"} given back. The money goes back the way it was paid.`,
};

/** For a fan who came from a shop and goes on there once in. */
export const returning = {
  go: (/** @type {string} */ host) => `Continue to ${isolate(host)}`,
  going: (/** @type {string} */ host) => `You are in. This page goes to ${isolate(host)} by itself in a moment.`,
  back: (/** @type {string} */ host) => `${isolate(host)} sent you back here. If that happens again, the shop cannot read your session: tell the organiser.`,
  stay: "Stay here",
};

/** The sale in a frame on another site's page. */
export const embed = {
  open: "Open the ticket page",
  enter: "Go and enter",
  newTab: "in a new tab",
  inside: "You are in. Choose your seats on the ticket page.",
  onSale: "On sale now",
  unreachable: "The box office cannot be reached from here. This page keeps trying.",
};

/** Questions before a place is given up. */
export const leaving = {
  stay: "Stay",
  leaveLine: { title: "Leave the line?", yes: "Yes, leave" },
  leaveTurn: { title: "Give up your turn?", yes: "Yes, give it up" },
  leaveSale: { title: "Leave the sale?", yes: "Yes, leave" },
  signOut: { title: "Sign out?", yes: "Yes, sign out" },
  /** What a fan loses by leaving or signing out. */
  loss: {
    gathering: (/** @type {boolean} */ out) => `You are in for the draw of the order. ${ifYou(out)}, you are not drawn.`,
    inLine: (/** @type {boolean} */ out) => `You have a place in the line. ${ifYou(out)}, you start again at the end.`,
    position: (/** @type {number} */ position, /** @type {boolean} */ out) => `You are number ${count(position)}. ${ifYou(out)}, you start again at the end.`,
    turn: (/** @type {boolean} */ out) => `It is your turn. ${ifYou(out)}, the next in line gets it, and you start again at the end.`,
    paying: () => `Your payment goes on, and nothing is bought twice. ${again}`,
    session: () => `Your time to choose seats ends. ${again}`,
    held(/** @type {string[]} */ seats, /** @type {boolean} */ out) {
      const names = seats.length > 6 ? plural(seats.length, "seat", "seats") : list(seats);
      return `You hold ${names}, not paid yet. ${ifYou(out)}, ${seats.length === 1 ? "the seat goes" : "the seats go"} back on sale. ${again}`;
    },
  },
};

const again = "To come in again, you start at the end of the line.";
const ifYou = (/** @type {boolean} */ out) => (out ? "If you sign out" : "If you leave");

/** For staff and organisers, and for pages of another role. */
export const roles = {
  title: "You work here",
  toGate: "Go to the gate",
  toDesk: "Go to the box office",
  toAdmin: "Go to the admin page",
  toSale: "Go to the sale",
  admin: "The admin page shows the sale and changes it.",
  desk: "The box office sells tickets to people who come to it.",
  gate: "The gate checks tickets in.",
  notInLine: "You are not in the line. To buy tickets for yourself, join it like any fan.",
  missing: {
    gate: { title: "This page is for staff", who: "Only staff can check tickets in." },
    desk: { title: "This page is for the box office", who: "Only the box office can sell tickets here." },
    admin: { title: "This page is for organisers", who: "Only organisers can see and change the sale." },
  },
  signedInAs: (/** @type {string} */ who, /** @type {string} */ user) => `${who} You are signed in as ${user || "another person"}.`,
  ask: "Should that be you? Ask the organiser to add your address, or sign out and use another account.",
};

/** @param {string[]} seats */
function named(seats) {
  const shown = list(seats.slice(0, 6));
  return seats.length > 6 ? `${shown} and ${seats.length - 6} more` : shown;
}

/** @param {string[]} seats */
const seatsNamed = (seats) => `${seats.length === 1 ? "Seat" : "Seats"} ${named(seats)}`;

const signedOut = "You are signed out. Please sign in again.";
const unavailable = "The box office does not answer just now. Nothing is lost; try again in a moment.";

/**
 * What each error code means for the person who reads it. The codes are those of
 * docs/protocol.md, and the page's own: disconnected.
 *
 * @type {Record<string, string|((fault: {detail: string, seats: string[]}) => string)>}
 */
export const errors = {
  payment_declined: "The card was declined. You have not been charged, and your seats are still yours until the timer runs out. Try another card.",
  seat_taken: ({ seats }) =>
    seats.length ? `${seatsNamed(seats)} ${seats.length === 1 ? "has" : "have"} just been taken by another fan. Please choose again.` : "Another fan was quicker. Please choose again.",
  hold_expired: ({ seats }) =>
    seats.length
      ? `Your hold on ${seats.length === 1 ? "seat" : "seats"} ${named(seats)} has run out, so nothing was bought and nothing charged. If still free, you can take ${seats.length === 1 ? "it" : "them"} again.`
      : "Your hold has run out, so nothing was bought and nothing charged. Please choose your seats again.",
  seat_limit: "That would be more seats than one person may have, held and bought together. Give one back first.",
  no_adjacent_seats: "There are not that many free seats side by side. Try fewer, another category, or seats apart.",
  unknown_seat: ({ seats }) => (seats.length ? `${seatsNamed(seats)} ${seats.length === 1 ? "does" : "do"} not exist in this sale.` : "There is no such seat in this sale."),
  challenge_required: "This sale asks you to pass a check before you join. Reload the page to see it.",
  not_admitted: "Your time in the sale is over, so this could not be done. Join the line again to go on.",
  code_required: "This part of the sale needs a code. Enter yours, or wait until the sale opens for everyone.",
  code_invalid: "This code is not valid here, or it has been used already. Check it, and try again.",
  season_closed: "The sale is closed.",
  sold_out: "Everything is sold out. Should a seat come back, you can join the line again.",
  conflict: ({ detail }) => detail || "That is not possible just now.",
  key_reused: "This purchase was already made with other seats. Look into “My tickets” before you try again.",
  unauthenticated: signedOut,
  invalid_credential: signedOut,
  forbidden: "You may not do that.",
  rate_limited: ({ detail, seats }) => {
    if (seats.length) return `${seatsNamed(seats)} stayed in your cart until its time was over. Others come first for a minute; please choose other seats.`;
    // A detail about Retry-After is for programs.
    return !detail || detail.includes("Retry-After") ? "That was too quick. Wait a moment and try again." : `Not now: ${detail}.`;
  },
  unavailable,
  draining: unavailable,
  /** For a code that has no text of its own. Details are in English. */
  other: ({ detail }) => detail || "Something went wrong. Please try again.",
  disconnected: "The connection broke before an answer came. It is being restored; look at your seats before you try again.",
};

/**
 * The expected wait in words.
 *
 * @param {import("../../../clients/js/wire.js").ETA|null} eta seconds
 */
export function expectedWait(eta) {
  return waitInWords(eta, { unknown: "not known yet", soon: "less than a minute", about: (span) => `about ${span}`, range: (from, to) => `${from} to ${to}` });
}
