// @ts-check
import { Clock } from "./clock.js";
import { Connection } from "./connection.js";
import { Http, Problem } from "./http.js";
import { Purchase, newKey } from "./purchase.js";
import { withSeason } from "./rest.js";
import { isPassing, retry } from "./retry.js";

export { Clock, Http, Problem, isPassing, newKey, retry };

/**
 * A client of one season for one user: the socket with its events and requests, and
 * the routes that a fan needs. In a browser the session's cookie says who is calling;
 * elsewhere a token does.
 *
 * @typedef {import("../wire.js").ServerMessage} ServerMessage
 * @typedef {import("../wire.js").Status} Status
 * @typedef {import("../wire.js").Cart} Cart
 * @typedef {import("../wire.js").User} User
 * @typedef {import("../wire.js").Transaction} Transaction
 * @typedef {import("../wire.js").Ticket} Ticket
 * @typedef {import("./connection.js").ConnectionState} ConnectionState
 * @typedef {import("./purchase.js").Order} Order
 *
 * @typedef {object} Options
 * @property {string} [url] the server's, such as https://tickets.example; left out: the page's own server
 * @property {string} [season] left out: the server's default season
 * @property {string} [token] a session token; left out: the browser's cookie, or what a sign-in answers. In a browser a
 * client with a token reads a stream instead of a socket, because browsers do not send a token with a socket
 * @property {Clock} [clock] follows the server's clock
 * @property {(url: URL, headers: Record<string, string>) => WebSocket} [openSocket] opens a socket by other means than the global WebSocket
 *
 * The events: every message of the server by its type; and message for all of them, connection for the state of the link, ended
 * when the session is over.
 * @typedef {{[K in ServerMessage["type"]]: Extract<ServerMessage, {type: K}>} & {
 *   message: ServerMessage,
 *   connection: {state: ConnectionState, heardAt: number},
 *   ended: {why: "signedOut"|"signInAgain"},
 * }} EventMap heardAt: when the server was last heard, by Date.now(); signInAgain: the token has expired
 */

/** How long the answer may take to whether the session is alive, in ms. */
const patience = 8000;

/** Where a program can send its own headers with a socket. */
const hasSocketHeaders = /** @type {any} */ (globalThis).process?.versions?.node !== undefined;

export class Usher {
  /** @param {Options} [options] */
  constructor({ url = "", season = "", token = "", clock = new Clock(), openSocket } = {}) {
    this.season = season;
    this.http = new Http({ url, token });
    this.clock = clock;
    /** The last status heard; null before. @type {Status|null} */
    this.status = null;
    /** The cart as last heard; null before. @type {Cart|null} */
    this.cart = null;
    /** @type {User|null} */
    this.user = null;
    /** @type {ConnectionState} */
    this.state = "reconnecting";
    /** @type {Map<string, Set<(event: any) => void>>} */
    this.listeners = new Map();
    /** @type {Set<Purchase<any>>} */
    this.purchases = new Set();
    const canOpen = openSocket || (typeof WebSocket !== "undefined" && (hasSocketHeaders || !token));
    this.connection = new Connection(
      {
        season,
        http: this.http,
        clock,
        openSocket: canOpen ? (address) => (openSocket ?? openGlobal)(address, this.http.token ? { Authorization: `Bearer ${this.http.token}` } : {}) : null,
      },
      {
        message: (message) => this.heard(message),
        state: (state, heardAt) => {
          this.state = state;
          this.emit("connection", { state, heardAt });
        },
        ended: (why) => this.end(why),
        stillSignedIn: () => this.signedIn(),
      },
    );
  }

  /**
   * Calls a function at each event of a type.
   *
   * @template {keyof EventMap} K
   * @param {K} type
   * @param {(event: EventMap[K]) => void} listener
   * @returns {() => void} stops it
   */
  on(type, listener) {
    const all = this.listeners.get(type) ?? new Set();
    this.listeners.set(type, all.add(listener));
    return () => all.delete(listener);
  }

  /**
   * @template {keyof EventMap} K
   * @param {K} type
   * @param {EventMap[K]} event
   */
  emit(type, event) {
    for (const listener of [...(this.listeners.get(type) ?? [])]) listener(event);
  }

  /** Connects, and stays connected until stop. */
  start() {
    this.connection.start();
  }

  /** Disconnects. Keeps the place in line as long as the server keeps it for a fan who is away. */
  stop() {
    this.connection.stop();
    for (const purchase of this.purchases) purchase.stop();
    this.purchases.clear();
  }

  /** How the client reaches the server, or tries to: by a socket, a stream of events, or by asking every few seconds. @returns {"socket"|"stream"|"polling"} */
  get way() {
    return this.connection.polling.running ? "polling" : this.connection.way.now;
  }

  /** Whether requests can be sent now. */
  get usable() {
    return this.connection.usable;
  }

  /** @param {"signedOut"|"signInAgain"} why */
  end(why) {
    this.stop();
    this.emit("ended", { why });
  }

  /**
   * Follows a message of the server.
   *
   * @param {ServerMessage} message
   */
  heard(message) {
    switch (message.type) {
      case "welcome":
        this.user = message.user;
        this.cart = message.cart;
        break;
      case "cart":
        this.cart = message.cart;
        break;
      case "position":
        if (this.status) this.status = { ...this.status, position: message.position, waiting: message.waiting, etaSeconds: message.etaSeconds };
        break;
      case "waiting":
        if (this.status) this.status = { ...this.status, waiting: message.waiting };
    }
    if ("status" in message) {
      this.status = message.status;
      this.clock.set(message.status.serverTime);
    }
    this.emit("message", message);
    this.emit(message.type, /** @type {any} */ (message));
    for (const purchase of this.purchases) {
      if (message.type === "welcome") purchase.ask();
      // The purchase that sent a request takes its answer itself.
      else if (message.type === "transaction" && message.re === undefined) purchase.heard(message.transaction);
    }
  }

  /**
   * Sends a request of the socket's protocol, over HTTP while no socket can be opened.
   *
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   * @returns {Promise<any>} the answering message; rejects with a Problem, at once with disconnected while there is no link
   */
  request(type, fields) {
    return this.connection.request(type, fields);
  }

  /** @returns {Promise<boolean|null>} whether the session is alive; null when the server does not answer */
  async signedIn() {
    try {
      await this.http.get("/auth/me", patience);
      return true;
    } catch (problem) {
      const { status } = /** @type {Problem} */ (problem);
      return status === 401 ? false : status ? true : null;
    }
  }

  /**
   * Signs in with what Google's sign-in gave, and joins the season.
   *
   * @param {{credential: string} | {code: string, codeVerifier: string, redirectUri: string}} credential
   * @returns {Promise<import("../wire.js").SignIn>}
   */
  signIn(credential) {
    return this.signInAt("/auth/google", credential);
  }

  /**
   * Signs in at usher-dev, which asks for no proof, and joins the season.
   *
   * @param {{email: string, name: string}} user
   * @returns {Promise<import("../wire.js").SignIn>}
   */
  signInDev(user) {
    return this.signInAt("/auth/dev", user);
  }

  /**
   * @param {string} path
   * @param {unknown} json
   */
  async signInAt(path, json) {
    const answer = await this.http.call("POST", withSeason(path, this.season), { json });
    // A browser has the session as a cookie, which also opens sockets.
    if (hasSocketHeaders) this.http.token = answer.token;
    return answer;
  }

  /** Ends the session: leaves the line, gives the seats back and signs out. */
  async signOut() {
    await this.http.call("POST", withSeason("/auth/logout", this.season));
    this.stop();
    this.http.token = "";
  }

  /**
   * Joins the line. Repeating it changes nothing.
   *
   * @param {{place?: string}} [options] place: the signed place of an earlier status, in case the server has lost it
   * @returns {Promise<Status>}
   */
  async join(options = {}) {
    return (await this.request("join", options)).status;
  }

  /** Takes the turn. @returns {Promise<Status>} rejects with conflict when there is no turn */
  async enter() {
    return (await this.request("enter")).status;
  }

  /** Gives the place, the turn or the seats up. @returns {Promise<Status>} */
  async leave() {
    return (await this.request("leave")).status;
  }

  /** @param {import("../wire.js").WishedSeats} seats that come back; the turn comes when they are free @returns {Promise<Status>} */
  async wish(seats) {
    return (await this.request("wish", { ...seats })).status;
  }

  /** Removes the wish, which keeps the place. @returns {Promise<Status>} */
  async unwish() {
    return (await this.request("unwish")).status;
  }

  /**
   * Waits for the turn.
   *
   * @returns {Promise<Status>} with the state turn or active; rejects with the code lapsed when the place is lost (detail: the reason), with ended
   * when the session is over, and with replaced when a newer connection of this user has taken over
   */
  turn() {
    return new Promise((resolve, reject) => {
      /** @type {(() => void)[]} */
      const off = [];
      const done = (/** @type {() => void} */ settle) => {
        for (const stop of off) stop();
        settle();
      };
      const look = () => {
        const { status } = this;
        if (status?.state === "turn" || status?.state === "active") done(() => resolve(status));
      };
      off.push(
        this.on("lapsed", ({ reason }) => done(() => reject(new Problem("lapsed", reason)))),
        this.on("ended", ({ why }) => done(() => reject(new Problem("ended", why)))),
        this.on("connection", ({ state }) => state === "replaced" && done(() => reject(new Problem("replaced", "")))),
        this.on("message", (message) => {
          if (message.type === "lapsed") return;
          if (message.type !== "position" && "status" in message && message.status.state === "none") done(() => reject(new Problem("lapsed", "")));
          else look();
        }),
      );
      look();
    });
  }

  /** @param {string[]} seats @returns {Promise<Cart>} all of them or none: seat_taken names the ones in the way */
  async hold(seats) {
    return (await this.request("hold", { seats })).cart;
  }

  /** @param {import("../wire.js").Best} best @returns {Promise<Cart>} */
  async holdBest(best) {
    return (await this.request("hold", { best })).cart;
  }

  /** @param {string[]} [seats] none: all @returns {Promise<Cart>} */
  async release(seats) {
    return (await this.request("release", seats ? { seats } : {})).cart;
  }

  /** Asks for a minute more for the cart, which it gets once. @returns {Promise<Cart>} see canExtend of a cart */
  async extend() {
    return (await this.request("extend")).cart;
  }

  /**
   * Buys held seats, and sends the purchase again with the same key until it is settled, over lost answers and new
   * connections. The client must be started; replaced by a newer connection, it continues when it is started again.
   *
   * @template {Order} O
   * @param {O} order from newOrder, or one that was kept
   * @param {{keep?: (order: O|null) => void, next?: (next: import("../wire.js").Next, transaction: Transaction) => void}} [options] next
   * sends the buyer to next.url, where the payment is made or approved: without it such a purchase is cancelled when the page ends. keep stores the order, so that a restarted program can buy it again
   * unchanged; null: it is settled
   * @returns {Promise<Transaction>} the completed one; rejects with a Problem: payment_declined, or cancelled with the reason, or stopped after stop
   */
  buy(order, { keep = () => {}, next } = {}) {
    const purchase = new Purchase(
      {
        request: (type, fields) => this.request(type, fields),
        transaction: (id) => this.transaction(id),
        usable: () => this.usable,
      },
      order,
      (kept) => {
        if (!kept) this.purchases.delete(purchase);
        keep(kept);
      },
      next,
    );
    this.purchases.add(purchase);
    purchase.ask();
    return purchase.result;
  }

  /** @param {string} id @returns {Promise<Transaction>} */
  transaction(id) {
    return this.http.get(`/transactions/${encodeURIComponent(id)}`);
  }

  /** Every seat of the plan with its status. @returns {Promise<import("../wire.js").Seats>} */
  seats() {
    return this.http.get(withSeason("/seats", this.season));
  }

  /** The caller's tickets, page by page. @returns {Promise<Ticket[]>} newest first */
  async tickets() {
    const all = [];
    let cursor = "";
    do {
      const path = withSeason("/tickets", this.season);
      const page = await this.http.get(cursor ? `${path}${this.season ? "&" : "?"}cursor=${encodeURIComponent(cursor)}` : path);
      all.push(...page.tickets);
      cursor = page.next ?? "";
    } while (cursor);
    return all;
  }
}

/**
 * @param {URL} url
 * @param {Record<string, string>} headers
 */
function openGlobal(url, headers) {
  if (!hasSocketHeaders) return new WebSocket(url, "usher.v1");
  // Node's own form: the second argument may have headers.
  return new WebSocket(url, /** @type {any} */ ({ protocols: ["usher.v1"], headers }));
}

/**
 * A purchase with a key of its own.
 *
 * @param {string[]} seats held ones
 * @param {import("../wire.js").Payment} payment
 * @returns {Order}
 */
export function newOrder(seats, payment) {
  return { key: newKey(), seats, payment, transaction: null };
}
