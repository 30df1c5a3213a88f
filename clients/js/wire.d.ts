// Generated from the Go structs of internal/wire: run go generate ./internal/wire. Do not edit.

// The JSON shapes that the server and its clients exchange. A time is text: RFC 3339,
// UTC, milliseconds.

export type LineState = "none" | "gathering" | "waiting" | "turn" | "active";
export type SeatStatus = "available" | "unavailable" | "inTransaction" | "booked";
export type SeatsFormat = "names" | "bitmap";
export type Stock = "available" | "held" | "gone" | "none";
export type TicketStatus = "valid" | "void" | "used";
export type TransactionStatus = "pending" | "completed" | "cancelled";
export type LapseReason = "turn_missed" | "idle" | "session_ended" | "put_out" | "absent" | "season_closed";
export type CheckState = "ok" | "warn" | "FAIL";
export type RehearsalResult = "passed" | "failed" | "interrupted" | "not_run";
export type WaitReason = "not_in_line" | "not_open" | "paused" | "absent" | "no_seat" | "no_place" | "ahead" | "rate";
export type CheckInResult = "admitted" | "already_admitted" | "invalid" | "void";

/**
 * ActiveUser is one user with a turn or an active place, for admins.
 */
export interface ActiveUser {
  userId: string;
  name: string;
  /** turn, active */
  state: string;
  deadline: string;
  /** null with a turn */
  sessionEndsAt: string|null;
}

/**
 * ActiveUsers is one page of users with a turn or an active place.
 */
export interface ActiveUsers {
  /** never null */
  active: ActiveUser[];
  /** null at the end */
  next: string|null;
}

/**
 * AdminLook is a season's look with what follows from it.
 */
export interface AdminLook {
  look: Look;
  /** null: the app's own */
  colors: Colors|null;
  /** what was left out of the logo that the request sent; never null */
  removed: string[];
}

/**
 * AdminSeason is a season for admins. Settings is booking's own JSON.
 */
export interface AdminSeason {
  settings: any;
  live: Live;
  /** never null */
  warnings: string[];
}

/**
 * Allotment is a name with the seats under it.
 */
export interface Allotment {
  name: string;
  count: number;
  /** A-2 before A-10 */
  seats: string[];
}

/**
 * AllotmentChange asks to move seats into an allotment, or on sale.
 */
export interface AllotmentChange {
  /** "": on sale */
  name: string|null;
  seats?: string[];
  areas?: AllotmentPlaces[];
}

/**
 * AllotmentPlaces asks for free places of an area, which the server chooses.
 */
export interface AllotmentPlaces {
  area: string;
  count: number;
}

/**
 * Allotments are the seats of a season that are kept under names, off sale.
 */
export interface Allotments {
  /** sorted by name; never null */
  allotments: Allotment[];
  /** by this request: seats that were elsewhere */
  moved?: number;
}

/**
 * Area is a part of the house without numbered seats, with the places that are left.
 */
export interface Area {
  area: string;
  category: string;
  /** in minor units */
  price: number;
  /** by type, besides the normal price */
  prices?: Record<string, number>;
  /** places for sale, free or not */
  capacity: number;
  available: number;
}

/**
 * AreaChoice asks for places of an area, which the server chooses.
 */
export interface AreaChoice {
  area: string;
  count: number;
  /** of the price; null: the normal price */
  type?: string;
}

/**
 * AuditLog is one page of a season's audit log, newest first.
 */
export interface AuditLog {
  /** never null */
  changes: Change[];
  /** null at the end */
  next: string|null;
}

/**
 * Best is a request for the best available seats.
 */
export interface Best {
  count: number;
  /** "" means any; or, instead, */
  category?: string;
  /** several; none means any */
  categories?: string[];
  /** of the price; "": the normal price */
  type?: string;
  /** the highest price of a seat; null: any */
  upTo?: number;
  adjacent?: boolean;
  /** instead of the seats held now */
  swap?: boolean;
}

/**
 * Bye is sent before a close that the server starts.
 */
export interface Bye {
  type: "bye";
  /** the Reason of a Close */
  reason: string;
  /** 0: no particular wait */
  reconnectAfterMs: number;
}

/**
 * CancelProgress is how far the refunds of a cancelled show are.
 */
export interface CancelProgress {
  season: string;
  /** none, running, done */
  state: string;
  /** null: the show takes place */
  cancelledAt: string|null;
  /** who cancelled it */
  by: string;
  reason: string;
  /** purchases: refunded, left and pending */
  total: number;
  /** also those that were refunded before */
  refunded: number;
  /** to be refunded */
  left: number;
  /** their payment is not decided yet */
  pending: number;
  /** refunds whose money is still to be returned by the provider */
  unreturned: number;
  /** of those, the ones whose last attempt failed; never null, at most 100 */
  failed: FailedReturn[];
}

/**
 * Cart lists the seats that a caller holds.
 */
export interface Cart {
  /** never null */
  seats: CartSeat[];
  total: number;
  currency: string;
  /** null when empty */
  expiresAt: string|null;
  /** whether extend gives it more time */
  canExtend: boolean;
}

/**
 * CartMessage announces a change of the cart, or answers hold and release.
 */
export interface CartMessage {
  type: "cart";
  re?: string|number;
  cart: Cart;
  /** expired */
  reason?: string;
}

/**
 * CartSeat is one held seat. Price is in minor units.
 */
export interface CartSeat {
  seatNumber: string;
  category: string;
  /** of the type: what is paid for the seat, with all fees */
  price: number;
  /** of the price; null: the normal price */
  type: string|null;
}

/**
 * Change is one row of a season's audit log.
 */
export interface Change {
  at: string;
  by: string;
  /** settings, pause, resume, notice, logo, plan, put_out, codes, refund, move, cancel, desk_sale, tickets_shown */
  action: string;
  /** null: there was no earlier value */
  before: any;
  after: any;
  /** of the user whom the change is about; "": none, or not known */
  name: string;
}

/**
 * Changes are the seats whose status changed, with their status at Version. With
 * Plan the seat plan has changed: there may be new seats and prices.
 */
export interface Changes {
  type: "changes";
  version: number;
  /** the plan's version */
  plan?: number;
  /** never null */
  seats: Record<string, SeatStatus>;
  /** of which a count or the offer changed */
  areas?: Area[];
}

/**
 * CheckIn answers a scan at the gate. Fields that a result does not have are null.
 */
export interface CheckIn {
  /** admitted, already_admitted, invalid, void */
  result: CheckInResult;
  ticket: Ticket|null;
  /** of the first scan */
  admittedAt: string|null;
  /** of the first scan */
  gate: string|null;
  /** staff admitted the ticket by hand, without a scan */
  byHand: boolean;
  /** the first scan has the id that this request sent: this is a repeat of it */
  sameScan: boolean;
}

/**
 * CheckLine is one finding of a check.
 */
export interface CheckLine {
  /** of the subject, such as redis-memory; several lines may have one name */
  name: string;
  state: CheckState;
  /** sentences for people */
  found: string;
  /** what to do; "": nothing */
  do: string;
}

/**
 * CheckReport is what a check of everything that a sale needs has found.
 */
export interface CheckReport {
  season: string;
  /** the crowd that was reckoned with; 0: unknown */
  fans: number;
  startedAt: string;
  finishedAt: string;
  /** no line says FAIL */
  ok: boolean;
  /** never null */
  lines: CheckLine[];
}

/**
 * ColorScheme are the colors of light or of dark pages.
 */
export interface ColorScheme {
  accent: string;
  /** of a button under the pointer */
  strong: string;
  /** of text on the accent */
  on: string;
  /** of areas behind text */
  tint: string;
  /** the least contrast of the accent with what it stands on */
  contrast: number;
}

/**
 * Colors are the colors that were derived from an accent.
 */
export interface Colors {
  light: ColorScheme;
  dark: ColorScheme;
}

/**
 * Course is how a sale went in the last hour, oldest first.
 */
export interface Course {
  stepSeconds: number;
  /** never null */
  samples: CourseSample[];
}

/**
 * CourseSample is the figures of a sale at one moment.
 */
export interface CourseSample {
  at: string;
  waiting: number;
  /** users who entered */
  active: number;
  turns: number;
  admittedPerMinute: number;
  held: number;
  booked: number;
}

/**
 * DeskAllotment is an allotment and how many seats are in it.
 */
export interface DeskAllotment {
  name: string;
  seats: number;
}

/**
 * DeskChange is a purchase after a change by the box office.
 */
export interface DeskChange {
  id: string;
  season: string;
  /** pending, completed, cancelled */
  status: TransactionStatus;
  seats: string[];
  /** of the seats; never null */
  lines: CartSeat[];
  total: number;
  currency: string;
  createdAt: string;
  completedAt: string|null;
  /** why it was cancelled; else "" */
  reason: string;
  /** never null */
  tickets: Ticket[];
  next?: Next;
  /** of a sale at the desk: a user who cannot sign in */
  userId: string;
  /** the buyer's name at the time of purchase; "": none */
  holder: string;
  /** of the buyer at the desk; null: none, or a user bought */
  email: string|null;
  /** null: a user bought */
  desk: DeskSale|null;
  /** of the total, over all refunds and moves of the purchase */
  refunded: number;
  /** of refunded: what this request returned, or the one that it repeats under its key */
  returned: number;
  /** the seats that it refunded or moved; empty: that was done before; never null */
  changed: string[];
}

/**
 * DeskOffer is what a sale at the desk would sell.
 */
export interface DeskOffer {
  /** never null */
  seats: CartSeat[];
  total: number;
  /** as in DeskSale */
  listTotal: number;
  currency: string;
}

/**
 * DeskSale is what the books say about a sale at the desk.
 */
export interface DeskSale {
  /** who sold */
  by: string;
  /** cash, invoice, free */
  method: string;
  /** null: none */
  reference: string|null;
  /** whose seats were sold; null: seats on sale */
  allotment: string|null;
  /** what the seats cost that were given away; else 0 */
  listTotal: number;
}

/**
 * DeskStock is what the desk may sell besides numbered seats on sale.
 */
export interface DeskStock {
  /** with the places that are free; never null */
  areas: Area[];
  /** sorted by name; never null */
  allotments: DeskAllotment[];
}

/**
 * DeskTransaction is a purchase or a sale at the desk, with its buyer.
 */
export interface DeskTransaction {
  id: string;
  season: string;
  /** pending, completed, cancelled */
  status: TransactionStatus;
  seats: string[];
  /** of the seats; never null */
  lines: CartSeat[];
  total: number;
  currency: string;
  createdAt: string;
  completedAt: string|null;
  /** why it was cancelled; else "" */
  reason: string;
  /** never null */
  tickets: Ticket[];
  next?: Next;
  /** of a sale at the desk: a user who cannot sign in */
  userId: string;
  /** the buyer's name at the time of purchase; "": none */
  holder: string;
  /** of the buyer at the desk; null: none, or a user bought */
  email: string|null;
  /** null: a user bought */
  desk: DeskSale|null;
  /** of the total, over all refunds and moves of the purchase */
  refunded: number;
}

/**
 * DeskTransactions is one page of a season's purchases, newest first.
 */
export interface DeskTransactions {
  /** never null */
  transactions: DeskTransaction[];
  /** null at the end */
  next: string|null;
}

/**
 * ETA is the expected wait in seconds.
 */
export interface ETA {
  p50: number;
  p90: number;
}

/**
 * EndedPlace is how one place of a user ended.
 */
export interface EndedPlace {
  /** waiting, turn, active */
  was: string;
  /** turn_missed, idle, session_ended, put_out, absent, season_closed, left */
  reason: string;
  number: number;
  joinedAt: string|null;
  admittedAt: string|null;
  endedAt: string;
}

/**
 * Error says why a request was refused. The socket stays open.
 */
export interface Error {
  type: "error";
  re?: string|number;
  code: string;
  detail: string;
  /** the seats that prevent the request, if the code has seats */
  seats?: string[];
}

/**
 * FailedReturn is a refund whose money was not returned at the last attempt.
 */
export interface FailedReturn {
  transaction: string;
  amount: number;
  currency: string;
  error: string;
}

/**
 * Feed is a page of the transactions feed, oldest first.
 */
export interface Feed {
  /** never null; the same bodies as webhooks have */
  events: unknown[];
  /** the value of ?after= for the next request */
  next: string;
  /** whether there are more events */
  more: boolean;
}

/**
 * FoundUser is one user whom an admin searched.
 */
export interface FoundUser {
  userId: string;
  name: string;
  state: LineState;
  /** 0 unless waiting */
  position: number;
  present: boolean;
}

/**
 * FoundUsers is what a search of users found.
 */
export interface FoundUsers {
  /** never null */
  users: FoundUser[];
  /** there are more than these */
  more: boolean;
}

/**
 * FrozenDraw is the part of a draw that is fixed before the order is known.
 */
export interface FrozenDraw {
  /** hex: the hash of the set */
  gathered: string;
  count: number;
  at: string;
  /** the beacon's round */
  round?: number;
  /** when the round's value is published */
  due?: string;
}

/**
 * GateTicket is a ticket without its code.
 */
export interface GateTicket {
  id: string;
  season: string;
  seatNumber: string;
  category: string;
  holder: string;
  /** valid, void, used */
  status: TicketStatus;
  /** null unless used */
  admittedAt: string|null;
  gate: string|null;
  byHand: boolean;
}

/**
 * Health answers /healthz and /readyz when all is well.
 */
export interface Health {
  status: string;
}

/**
 * Help answers help.
 */
export interface Help {
  type: "help";
  re?: string|number;
  types: HelpType[];
}

/**
 * HelpType is one type of request. The examples are plain JSON in the frame, so
 * that they can be copied from a terminal and sent.
 */
export interface HelpType {
  type: string;
  /** its fields except type and id; never null */
  with: string[];
  answer: string;
  example: ClientRequest;
  /** a second example, if one does not show every field */
  another?: ClientRequest;
}

/**
 * Lapsed announces that a place or a turn was lost, and why.
 */
export interface Lapsed {
  type: "lapsed";
  /** turn_missed, idle, session_ended, put_out, absent, season_closed */
  reason: LapseReason;
  status: Status;
}

/**
 * Line is one page of a season's line.
 */
export interface Line {
  /** never null */
  waiting: LineRow[];
  /** null at the end */
  next: string|null;
}

/**
 * LineRow is one user in line, for admins.
 */
export interface LineRow {
  userId: string;
  name: string;
  number: number;
  position: number;
  joinedAt: string;
  present: boolean;
}

/**
 * LineUser is all that is known about one user in a season. Times that do not apply, or are
 * not known, are null.
 */
export interface LineUser {
  userId: string;
  /** "": the user has not signed in here */
  name: string;
  state: LineState;
  /** of the present place; 0: none */
  number: number;
  /** 0 unless waiting */
  position: number;
  /** users in line */
  waiting: number;
  /** users before this one who are present */
  ahead: number;
  present: boolean;
  /** has a socket or a stream */
  connected: boolean;
  joinedAt: string|null;
  /** when the turn came, or when the user came straight in */
  admittedAt: string|null;
  /** present by a request */
  presentUntil: string|null;
  /** absent: when the place is given up */
  forgottenAt: string|null;
  /** of the turn, or of the lease */
  deadline: string|null;
  /** in the sale at most until then */
  sessionEndsAt: string|null;
  /** when the line opens */
  opensAt: string|null;
  pauseReason: string|null;
  /** users with a place */
  active: number;
  limit: number;
  /** why the user is not in, the strongest first; never null */
  reasons: WaitReason[];
  /** the last places that ended, oldest first; never null */
  ended: EndedPlace[];
  /** what is recorded for good about the user's numbers, newest first; never null */
  numbers: SpentNumber[];
  /** numbers could not be read */
  numbersUnread: boolean;
  now: string;
}

/**
 * Live are a season's figures for admins.
 */
export interface Live {
  waiting: number;
  /** waiting and present */
  ready: number;
  /** users who entered */
  active: number;
  /** users with a turn */
  turns: number;
  held: number;
  booked: number;
  available: number;
  admittedPerMinute: number;
  /** never null */
  nodes: Node[];
}

/**
 * Logo is an organizer's logo.
 */
export interface Logo {
  /** a path of this site; the picture below it never changes */
  url: string;
  width: number;
  height: number;
  /** "": it shows nothing that the name of the season does not say */
  alt: string;
}

/**
 * Look is how an organizer's pages differ from the app's own. Null fields: the app's own.
 */
export interface Look {
  /** a color like "#5b3fa8" */
  accent: string|null;
  /** on the waiting page; plain text of several lines */
  text: string|null;
  /** null: none */
  logo: Logo|null;
  /** the path of a style sheet with the colors */
  stylesheet: string|null;
}

/**
 * LookedUp answers a look-up by ticket id or seat. It shows the holder, but not the
 * code that admits.
 */
export interface LookedUp {
  /** never null */
  tickets: GateTicket[];
}

/**
 * Next is what the buyer has to do before a pending purchase can be settled: pay or
 * approve the payment on a page. Left out when there is nothing to do.
 */
export interface Next {
  url: string;
  /** the end of the page */
  expiresAt: string;
}

/**
 * Node is a live node and the number of its sockets.
 */
export interface Node {
  id: string;
  sockets: number;
}

/**
 * Notice answers a change of the organizer's notice.
 */
export interface Notice {
  /** null: removed */
  notice: string|null;
}

/**
 * Pass is an admission pass for a shop behind the line.
 */
export interface Pass {
  /** a JWS of typ usher-pass */
  pass: string;
  expiresAt: string;
}

/**
 * Payment is how a purchase is paid.
 */
export interface Payment {
  method: string;
  /** left out for a method that has a page of its own */
  token?: string;
}

/**
 * Phase is a part of a sale with a rule of its own about who may join.
 */
export interface Phase {
  name: string;
  opensAt: string|null;
  /** null: stays open; only of the last phase */
  closesAt: string|null;
  /** open, or code: joining needs a code */
  access: string;
}

/**
 * PlanPreview is what importing a seat plan would publish. Nothing is written. The seats
 * of Layout are those of the version that would follow, in the order of their indexes.
 */
export interface PlanPreview {
  /** of the file */
  seats: number;
  /** seats of the plan in force */
  current: number;
  /** of the plan in force; 0: none */
  version: number;
  /** a purchase has begun: seats that the file lacks go off sale */
  begun: boolean;
  /** seats that the plan in force lacks */
  added: number;
  /** seats that the file lacks; while Begun they go off sale */
  removed: number;
  /** seats with another price, category, place or status */
  changed: number;
  /** for the organiser to check; never null */
  warnings: string[];
  currency: string;
  /** in the order of the file; never null */
  categories: PreviewCategory[];
  /** in the order of the file; never null */
  sections: PreviewSection[];
  layout: PreviewLayout;
}

/**
 * Pong answers ping.
 */
export interface Pong {
  type: "pong";
  re?: string|number;
}

/**
 * Position announces a waiting user's position, counted from 1.
 */
export interface Position {
  type: "position";
  position: number;
  waiting: number;
  /** null while no rate is known */
  etaSeconds: ETA|null;
}

/**
 * PresaleCodes are the figures of a season's codes. The codes themselves are stored as
 * keyed hashes only.
 */
export interface PresaleCodes {
  codes: number;
  /** how often all codes may be used in all */
  uses: number;
  /** how often codes were used */
  used: number;
  /** by this upload: codes that were not known */
  added?: number;
}

/**
 * PreviewCategory sums up the seats of one category. Prices are in minor units.
 */
export interface PreviewCategory {
  category: string;
  /** for sale */
  seats: number;
  /** of the normal prices */
  from: number;
  to: number;
  /** the prices of other types, sorted by type; never null */
  types: SaleType[];
}

/**
 * PreviewLayout lists the seats in columns, so that a large plan stays small.
 */
export interface PreviewLayout {
  /** seat widths */
  x: number[];
  y: number[];
  /** places in Categories */
  category: number[];
  /** one letter a seat: s same, a added, c changed, b blocked */
  state: string;
}

/**
 * PreviewSection sums up the seats of one section.
 */
export interface PreviewSection {
  /** "": seats without one */
  section: string;
  rows: number;
  /** for sale */
  seats: number;
  blocked: number;
  /** prices, in minor units */
  from: number;
  to: number;
}

/**
 * Problem is an HTTP error (RFC 9457).
 */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  seats?: string[];
  errors?: any;
  /** the wrong fields of a form */
  fields?: ProblemField[];
}

/**
 * ProblemField is one wrong field of a form.
 */
export interface ProblemField {
  /** its name; a part of it stands behind a dot: venue.name */
  field: string;
  /** unknown, twice, missing, type, format, range, text, order, fixed */
  code: string;
  problem: string;
}

/**
 * Redemption is the answer to a pass that a shop redeems. Season and User are null for a
 * pass that is not genuine; RedeemedAt is null for a pass that was never redeemed.
 */
export interface Redemption {
  /** redeemed, already_redeemed, expired, invalid, ended */
  result: string;
  season: string|null;
  user: string|null;
  redeemedAt: string|null;
}

/**
 * Rehearsal is the report of a crowd of simulated fans on a copy of a season. The counts
 * are of fans, unless said otherwise.
 */
export interface Rehearsal {
  startedAt: string;
  finishedAt: string;
  /** who ran it */
  by: string;
  /** were to come */
  fans: number;
  nodes: number;
  result: RehearsalResult;
  /** what failed, in sentences; never null */
  problems: string[];
  /** why requests failed, with counts; "": none did */
  refusals: string;
  came: number;
  connected: number;
  admitted: number;
  bought: number;
  /** left because every seat was sold */
  soldOut: number;
  /** payments */
  declined: number;
  /** sockets that ended and should not have */
  dropped: number;
  /** refused requests and missing answers */
  errors: number;
  positionErrors: number;
  outOfOrder: number;
  /** sales of a seat that was sold already */
  soldTwice: number;
  /** that the audit found */
  violations: number;
  connectMs: RehearsalTimes;
  /** a place freed → the next fan's turn */
  turnMs: RehearsalTimes;
  holdMs: RehearsalTimes;
  purchaseMs: RehearsalTimes;
}

/**
 * RehearsalTimes are the percentiles of a duration in milliseconds; all 0 when nothing was
 * measured.
 */
export interface RehearsalTimes {
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/**
 * Rehearsals are the last rehearsals of a season, newest first.
 */
export interface Rehearsals {
  /** never null */
  rehearsals: Rehearsal[];
}

/**
 * Sale is the public state of a sale: the same for everyone in a season.
 */
export interface Sale {
  paused: boolean;
  /** null: not paused, or the organizer gives none */
  pauseReason: string|null;
  /** the show does not take place; left out while it does */
  cancelled?: boolean;
  opensAt: string|null;
  closesAt: string|null;
  /** of the organizer, plain text */
  notice: string|null;
  /** available, held, gone, none */
  stock: Stock;
  available: number;
  /** in carts or being bought */
  held: number;
  /** for sale */
  total: number;
  currency: string;
  /** in the order of the seat plan; never null */
  categories: SaleCategory[];
  /** grows with every change */
  version: number;
}

/**
 * SaleCategory is the stock and the range of normal prices of one category. Prices are what
 * is paid, with all fees.
 */
export interface SaleCategory {
  category: string;
  available: number;
  held: number;
  total: number;
  /** the lowest price, in minor units */
  from: number;
  /** the highest price */
  to: number;
  /** the prices of other types, sorted by type; never null */
  types: SaleType[];
}

/**
 * SaleMessage announces a change of the sale's public state, to every socket of the
 * season.
 */
export interface SaleMessage {
  type: "sale";
  sale: Sale;
}

/**
 * SaleType is the range of the prices of one type in a category, in minor units.
 */
export interface SaleType {
  type: string;
  from: number;
  to: number;
}

/**
 * Scanned answers an image from a camera.
 */
export interface Scanned {
  /** the text of the QR code; null when the image shows none */
  code: string|null;
}

/**
 * Season is the public part of a season.
 */
export interface Season {
  id: string;
  name: string;
  currency: string;
  opensAt: string|null;
  closesAt: string|null;
  maxSeats: number;
  holdSeconds: number;
  /** to enter when the turn comes */
  turnSeconds: number;
  /** the longest a user may stay active */
  sessionSeconds: number;
  /** without a sign of life an active user is out after this time */
  leaseSeconds: number;
  /** how long a request makes a waiting user without a live connection count as present */
  absenceSeconds: number;
  /** how long a waiting user who is absent keeps the place */
  forgetSeconds: number;
  /** whether purchases can be refunded */
  refunds: boolean;
  /** category → status → seats */
  counts: Record<string, Record<string, number>>;
  /** the first draw; only with a scheduled opening */
  draw?: SeasonDraw;
  /** whether users may wait for returned seats once every seat is sold */
  returns: boolean;
  /** whether joining needs the token of a solved challenge */
  challenge: boolean;
  /** whether browsers without an account may take part */
  guests: boolean;
  /** of the event */
  startsAt: string|null;
  doorsAt: string|null;
  /** a name of the IANA time zone database */
  timeZone: string;
  venue: Venue|null;
  look: Look;
  /** null while this node has not read the seats */
  sale: Sale|null;
  /** null while there is none, or this node has not read it */
  plan: SeasonPlan|null;
  /** of the sale, in order; left out without phases */
  phases?: Phase[];
  /** all draws, by number; left out without any */
  draws?: SeasonDraw[];
}

/**
 * SeasonDraw is the public commitment to draw the order at an opening.
 */
export interface SeasonDraw {
  /** from 1; that of the phase, unless the phases were changed */
  number: number;
  /** hex: the SHA-256 of the secret seed */
  commitment: string;
  committedAt: string;
  /** the beacon that will be mixed in; "": none */
  beacon?: string;
  /** after the gathering has ended */
  frozen?: FrozenDraw;
  held: boolean;
}

/**
 * SeasonPlan says where the seat plan in force can be read. The address changes with
 * the plan, and what it answers never does.
 */
export interface SeasonPlan {
  version: number;
  seats: number;
  /** a path */
  url: string;
}

/**
 * SeasonPreview is what a change of settings would make of a season. Settings is booking's
 * own JSON.
 */
export interface SeasonPreview {
  settings: any;
  /** false: the season would be new */
  exists: boolean;
}

/**
 * Seasons lists the seasons.
 */
export interface Seasons {
  /** never null */
  seasons: Season[];
}

/**
 * Seat is one seat of the plan with its status now.
 */
export interface Seat {
  id: string;
  seatNumber: string;
  category: string;
  /** available, unavailable, inTransaction, booked */
  status: SeatStatus;
  price: number;
  /** other prices of the seat, by type; left out: none */
  prices?: Record<string, number>;
  section: string;
  row: string;
  /** in seat widths */
  x: number;
  y: number;
  /** its bit in the bitmaps */
  index: number;
}

/**
 * SeatBitmaps answers seats in the format bitmap: a bit per index of the plan,
 * base64; bit 7 of byte 0 is index 0. A seat in no bitmap is available. A bitmap
 * may end before Count: missing bits are 0.
 */
export interface SeatBitmaps {
  type: "seats";
  re?: string|number;
  version: number;
  /** seats in the plan */
  count: number;
  unavailable: string;
  inTransaction: string;
  booked: string;
  areas?: Area[];
}

/**
 * SeatChoices are the seats of a hold or a purchase. In JSON a seat is its number, or an
 * object with its number and the type of its price: ["A-1",{"seatNumber":"A-2","type":"child"}].
 */
export interface SeatChoices {
  /** in the order of the request */
  seats: string[];
  /** seat number → type, "" for null: the normal price; only of seats with a type */
  types: Record<string, string>;
}

/**
 * SeatNames answers seats in the format names: every seat that is not available,
 * with its status.
 */
export interface SeatNames {
  type: "seats";
  re?: string|number;
  version: number;
  /** never null */
  seats: Record<string, SeatStatus>;
  areas?: Area[];
}

/**
 * SeatPlan is a seat plan in columns, in the order of the seats' indexes. A column of
 * runs alternates between a value and how many seats in a row have it. A column of
 * differences has an entry a seat: what to add to the entry before, 0 before the first.
 */
export interface SeatPlan {
  season: string;
  version: number;
  count: number;
  categories: string[];
  prices: number[];
  sections: string[];
  rows: string[];
  /** of seat numbers: what stands before their last digits */
  prefixes: string[];
  /** runs of indexes in categories */
  category: number[];
  /** runs of indexes in prices */
  price: number[];
  /** runs of indexes in sections */
  section: number[];
  /** runs of indexes in rows */
  row: number[];
  /** runs of indexes in prefixes */
  prefix: number[];
  /** differences: the digits after the prefix; -1: none */
  number: number[];
  /** differences: in thousandths of a seat width */
  x: number[];
  y: number[];
  /** lists of prices by type; {} is a seat with its normal price alone */
  lists?: Record<string, number>[];
  /** runs of indexes in lists */
  list?: number[];
  /** names */
  areas?: string[];
  /** runs: 0 is a numbered seat, n a place of areas[n-1] */
  area?: number[];
}

/**
 * Seats is a season's seats at one version.
 */
export interface Seats {
  season: string;
  version: number;
  /** never null */
  seats: Seat[];
  /** never null */
  areas: Area[];
  /** indexes of the plan: of all its seats and of all places of areas */
  count: number;
}

/**
 * Session is one of a user's live sessions.
 */
export interface Session {
  id: string;
  createdAt: string;
  lastSeenAt: string;
  current: boolean;
}

/**
 * Sessions is the answer of GET /auth/sessions.
 */
export interface Sessions {
  sessions: Session[];
}

/**
 * SignIn answers a successful sign-in.
 */
export interface SignIn {
  token: string;
  expiresAt: string;
  user: User;
  status: Status;
}

/**
 * SpentNumber is a record about one number of a user.
 */
export interface SpentNumber {
  number: number;
  what: string;
  at: string;
}

/**
 * Status is a caller's state in a season. HTTP and the socket share it.
 */
export interface Status {
  season: string;
  /** none, gathering, waiting, turn, active */
  state: LineState;
  number: number|null;
  /** from 1 */
  position: number|null;
  waiting: number;
  active: number;
  limit: number;
  paused: boolean;
  opensAt: string|null;
  etaSeconds: ETA|null;
  place: string|null;
  deadline: string|null;
  sessionEndsAt: string|null;
  /** null unless in line with a wish */
  wish: Wish|null;
  serverTime: string;
}

/**
 * StatusMessage announces a change of state, or answers status, join, enter, leave.
 */
export interface StatusMessage {
  type: "status";
  re?: string|number;
  status: Status;
}

/**
 * Ticket is one seat sold to one user.
 */
export interface Ticket {
  id: string;
  transactionId: string;
  season: string;
  seatNumber: string;
  /** of a place of an area; left out for a numbered seat */
  area?: string;
  /** "": the plan has none */
  section: string;
  /** the same */
  row: string;
  category: string;
  /** in minor units */
  price: number;
  /** of the price; null: the normal price */
  type: string|null;
  /** "": the price is not known, because an older version issued the ticket */
  currency: string;
  holder: string;
  qrCode: string;
  /** valid, void, used */
  status: TicketStatus;
  issuedAt: string;
}

/**
 * Tickets is one page of a caller's tickets.
 */
export interface Tickets {
  /** never null */
  tickets: Ticket[];
  /** null: this is the last page */
  next: string|null;
}

/**
 * Transaction is one purchase.
 */
export interface Transaction {
  id: string;
  season: string;
  /** pending, completed, cancelled */
  status: TransactionStatus;
  seats: string[];
  /** of the seats; never null */
  lines: CartSeat[];
  total: number;
  currency: string;
  createdAt: string;
  completedAt: string|null;
  /** why it was cancelled; else "" */
  reason: string;
  /** never null */
  tickets: Ticket[];
  next?: Next;
}

/**
 * TransactionMessage answers purchase, or announces the outcome of a purchase.
 */
export interface TransactionMessage {
  type: "transaction";
  re?: string|number;
  transaction: Transaction;
}

/**
 * Transactions is one page of a caller's purchases.
 */
export interface Transactions {
  /** never null */
  transactions: Transaction[];
  /** null at the end */
  next: string|null;
}

/**
 * Turn announces the user's turn: enter before the status' deadline.
 */
export interface Turn {
  type: "turn";
  status: Status;
}

/**
 * User is a signed-in user.
 */
export interface User {
  id: string;
  email: string;
  name: string;
  /** never null */
  roles: string[];
}

/**
 * Venue is where an event takes place.
 */
export interface Venue {
  name: string;
  /** may be "" */
  address: string;
}

/**
 * Voids are a season's refunded tickets, for gates without a network. Signed
 * contains the same as a compact JWS, typ usher-voids.
 */
export interface Voids {
  season: string;
  asOf: string;
  /** ticket ids, sorted; never null */
  voids: string[];
  signed: string;
}

/**
 * Waiting announces how many are in line, or have gathered for the opening: to every
 * socket of the season.
 */
export interface Waiting {
  type: "waiting";
  waiting: number;
}

/**
 * Welcome is the first frame: everything that a page shows, so that a client
 * resumes by reconnecting.
 */
export interface Welcome {
  type: "welcome";
  status: Status;
  cart: Cart;
  user: User;
  season: string;
  protocol: string;
  /** between two pings of the server */
  heartbeatSeconds: number;
  /** null while this node has not read the seats */
  sale: Sale|null;
}

/**
 * Wish says which seats a user in line waits for.
 */
export interface Wish {
  seats: number;
  /** never null; empty: every category */
  categories: string[];
  /** the most that one seat may cost, in minor units; null: any price */
  upTo: number|null;
  /** a user who came later got a turn since */
  passedOver: boolean;
}

/**
 * WishedSeats is what a user in line asks to wait for.
 */
export interface WishedSeats {
  /** how many, at least 1 */
  seats: number;
  /** any of these; none means every category */
  categories?: string[];
  /** the most that one seat may cost, in minor units; left out: any price */
  upTo?: number;
}

/**
 * StatusRequest is a frame that a client sends; the answer is status.
 */
export interface StatusRequest {
  type: "status";
  /** comes back as re */
  id?: string|number;
}

/**
 * JoinRequest is a frame that a client sends; the answer is status.
 */
export interface JoinRequest {
  type: "join";
  /** comes back as re */
  id?: string|number;
  place?: string;
  code?: string;
  challenge?: string;
}

/**
 * EnterRequest is a frame that a client sends; the answer is status.
 */
export interface EnterRequest {
  type: "enter";
  /** comes back as re */
  id?: string|number;
}

/**
 * LeaveRequest is a frame that a client sends; the answer is status.
 */
export interface LeaveRequest {
  type: "leave";
  /** comes back as re */
  id?: string|number;
}

/**
 * SeatsRequest is a frame that a client sends; the answer is seats.
 */
export interface SeatsRequest {
  type: "seats";
  /** comes back as re */
  id?: string|number;
  format?: SeatsFormat;
}

/**
 * HoldRequest is a frame that a client sends; the answer is cart.
 */
export interface HoldRequest {
  type: "hold";
  /** comes back as re */
  id?: string|number;
  seats?: string[];
  areas?: AreaChoice[];
  best?: Best;
}

/**
 * ReleaseRequest is a frame that a client sends; the answer is cart.
 */
export interface ReleaseRequest {
  type: "release";
  /** comes back as re */
  id?: string|number;
  seats?: string[];
}

/**
 * PurchaseRequest is a frame that a client sends; the answer is transaction.
 */
export interface PurchaseRequest {
  type: "purchase";
  /** comes back as re */
  id?: string|number;
  seats: string[];
  key: string;
  payment: Payment;
}

/**
 * ExtendRequest is a frame that a client sends; the answer is cart.
 */
export interface ExtendRequest {
  type: "extend";
  /** comes back as re */
  id?: string|number;
}

/**
 * WishRequest is a frame that a client sends; the answer is status.
 */
export interface WishRequest {
  type: "wish";
  /** comes back as re */
  id?: string|number;
  seats: number;
  categories?: string[];
  upTo?: number;
}

/**
 * UnwishRequest is a frame that a client sends; the answer is status.
 */
export interface UnwishRequest {
  type: "unwish";
  /** comes back as re */
  id?: string|number;
}

/**
 * PingRequest is a frame that a client sends; the answer is pong.
 */
export interface PingRequest {
  type: "ping";
  /** comes back as re */
  id?: string|number;
}

/**
 * HelpRequest is a frame that a client sends; the answer is help.
 */
export interface HelpRequest {
  type: "help";
  /** comes back as re */
  id?: string|number;
}

/** Every frame that the server sends. */
export type ServerMessage = Bye | CartMessage | Changes | Error | Help | Lapsed | Pong | Position | SaleMessage | SeatBitmaps | SeatNames | StatusMessage | TransactionMessage | Turn | Waiting | Welcome;

/** Every frame that a client sends. */
export type ClientRequest = StatusRequest | JoinRequest | EnterRequest | LeaveRequest | SeatsRequest | HoldRequest | ReleaseRequest | PurchaseRequest | ExtendRequest | WishRequest | UnwishRequest | PingRequest | HelpRequest;

