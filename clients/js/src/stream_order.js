// @ts-check
/**
 * Puts what comes over the stream and what answers requests over HTTP into one order. A
 * socket needs none of this, because it brings both. The answers may come from another
 * node than the stream, up to a second ahead of it or behind.
 *
 * - Of two states the one with the later serverTime counts.
 * - The stream says the fan's own changes again. A cart is passed on when the stream has
 *   been quiet about carts for a moment after a request, and a purchase once.
 * - The statuses of all seats come on the stream by themselves. They are kept, and answer
 *   the request for them; later changes follow it.
 */

/** How long, in ms, the stream may repeat the carts of a request. */
const settle = 700;

/** How long, in ms, the seats may take to come after the fan's place. */
const seatsPatience = 10_000;

/** How many outcomes of purchases are remembered. */
const outcomesKept = 8;

export class StreamOrder {
  /** @param {(message: any) => void} pass gets each message in its turn */
  constructor(pass) {
    this.pass = pass;
    /** The server's time of the newest state, in ms. */
    this.stateAt = 0;
    this.state = "none";
    /** Requests under way, by what they change. */
    this.carts = 0;
    this.purchases = 0;
    /** The last cart that the stream brought and that waits. @type {any} */
    this.cart = null;
    this.quietUntil = 0;
    /** @type {ReturnType<typeof setTimeout>|number} */
    this.cartTimer = 0;
    /** Transactions that wait for the answer to a purchase. @type {any[]} */
    this.waiting = [];
    /** Outcomes that were passed on. @type {string[]} */
    this.outcomes = [];
    /** The statuses of all seats as they last came, and the changes since. @type {any} */
    this.seats = null;
    /** @type {{version: number, plan?: number, seats: Record<string, string>, areas?: import("../wire.js").Area[]}|null} */
    this.changes = null;
    /** Whether the page has asked for the seats on this stream. */
    this.seatsAsked = false;
    /** Who waits for the seats. @type {Set<() => void>} */
    this.seatsWanted = new Set();
  }

  /** @param {any} message one of the stream */
  heard(message) {
    switch (message.type) {
      case "status":
      case "turn":
        if (this.older(message.status)) return;
        break;
      case "position":
        if (this.state !== "waiting" && this.state !== "gathering") return;
        break;
      case "cart":
        if (message.reason === undefined && (this.carts > 0 || Date.now() < this.quietUntil)) {
          this.cart = message;
          this.cartLater();
          return;
        }
        this.cart = null;
        break;
      case "transaction":
        if (this.purchases > 0) {
          this.waiting.push(message);
          return;
        }
        if (this.known(message.transaction)) return;
        break;
      case "seats":
        this.seats = message;
        this.changes = null;
        for (const wanted of this.seatsWanted) wanted();
        if (!this.seatsAsked) return;
        break;
      case "changes":
        this.changes = {
          version: message.version,
          ...(message.plan || this.changes?.plan ? { plan: message.plan ?? this.changes?.plan } : {}),
          seats: { ...this.changes?.seats, ...message.seats },
          ...(message.areas || this.changes?.areas ? { areas: newest(this.changes?.areas, message.areas) } : {}),
        };
        if (!this.seatsAsked) return;
    }
    this.note(message);
    this.pass(message);
  }

  /**
   * Runs a request.
   *
   * @param {string} type
   * @param {Record<string, any>} fields
   * @param {() => Promise<any>} ask
   * @returns {Promise<any>} its answer
   */
  async during(type, fields, ask) {
    if (type === "seats") return (fields.format === "bitmap" && (await this.bitmaps())) || this.atLeast(ask);
    if (isCart(type)) this.carts++;
    if (type === "purchase") this.purchases++;
    return ask();
  }

  /** The stream's own statuses; null when they do not come. */
  async bitmaps() {
    if (!this.seats) {
      await new Promise((resolve) => {
        const wanted = () => {
          clearTimeout(timer);
          this.seatsWanted.delete(wanted);
          resolve(undefined);
        };
        const timer = setTimeout(wanted, seatsPatience);
        this.seatsWanted.add(wanted);
      });
    }
    return this.seats && { ...this.seats };
  }

  /**
   * Asks again while the node that answers is behind the stream.
   *
   * @param {() => Promise<any>} ask
   */
  async atLeast(ask) {
    for (let tries = 0; ; tries++) {
      const answer = await ask();
      if (!this.seats || answer.version >= this.seats.version || tries === 5) return answer;
      await new Promise((resolve) => setTimeout(resolve, settle));
    }
  }

  /** Goes on after an answer was passed on. @param {any} answer */
  answered(answer) {
    this.note(answer);
    switch (answer.type) {
      case "cart":
        this.carts--;
        this.quietUntil = Date.now() + settle;
        this.cartLater();
        return;
      case "transaction":
        this.purchases--;
        this.passWaiting();
        return;
      case "seats":
        this.seatsAsked = true;
        if (this.changes && this.changes.version > answer.version) this.pass({ type: "changes", ...this.changes });
    }
  }

  /** @param {string} type of a request that failed */
  failed(type) {
    if (isCart(type)) {
      this.carts--;
      this.cartLater();
    }
    if (type === "purchase") {
      this.purchases--;
      this.passWaiting();
    }
  }

  /** Passes the last cart on when no request can be the reason for it any more. */
  cartLater() {
    clearTimeout(this.cartTimer);
    if (!this.cart || this.carts > 0) return;
    this.cartTimer = setTimeout(
      () => {
        const { cart } = this;
        this.cart = null;
        if (cart) this.pass(cart);
      },
      Math.max(0, this.quietUntil - Date.now()),
    );
  }

  passWaiting() {
    if (this.purchases > 0) return;
    const { waiting } = this;
    this.waiting = [];
    for (const message of waiting) this.heard(message);
  }

  /** @param {any} message one that is passed on, or answers */
  note(message) {
    if (message.status) {
      this.stateAt = Math.max(this.stateAt, Date.parse(message.status.serverTime) || 0);
      this.state = message.status.state;
      if (this.state !== "active") this.seats = this.changes = null;
    }
    if (message.type === "transaction" && !this.known(message.transaction)) {
      this.outcomes = [...this.outcomes, outcomeOf(message.transaction)].slice(-outcomesKept);
    }
  }

  /** @param {import("../wire.js").Status} status */
  older(status) {
    return Date.parse(status.serverTime) < this.stateAt;
  }

  /** @param {import("../wire.js").Transaction} transaction */
  known(transaction) {
    return this.outcomes.includes(outcomeOf(transaction));
  }

  stop() {
    clearTimeout(this.cartTimer);
  }
}

/** @param {string} type of a request */
function isCart(type) {
  return type === "hold" || type === "release" || type === "extend";
}

/** A purchase with everything about it that may change. @param {import("../wire.js").Transaction} transaction */
function outcomeOf(transaction) {
  return [transaction.id, transaction.status, ...(transaction.tickets ?? []).map((ticket) => ticket.status)].join(" ");
}

/**
 * @param {import("../wire.js").Area[]|undefined} earlier
 * @param {import("../wire.js").Area[]|undefined} later
 * @returns {import("../wire.js").Area[]} each area as it was last
 */
function newest(earlier = [], later = []) {
  return [...earlier.filter((one) => !later.some((other) => other.area === one.area)), ...later];
}
