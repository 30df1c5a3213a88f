// @ts-check
import { afterClose } from "./close_codes.js";
import { fullJitter } from "./backoff.js";
import { Polling } from "./polling.js";
import { Problem } from "./http.js";

/**
 * The page's one socket: opens it, keeps it open, matches answers to requests.
 * It knows frames, not what they mean.
 *
 * @typedef {object} Events
 * @property {(message: any) => void} message every frame that is no answer, and welcome
 * @property {(state: "live"|"polling"|"reconnecting"|"replaced", heardAt: number) => void} state heardAt: when the server was last heard, by Date.now()
 * @property {(why: "signedOut"|"signInAgain") => void} ended
 * @property {() => Promise<boolean|null>} stillSignedIn null: the server does not answer; asked when an upgrade fails, for a browser does not say why it did
 */

const answerTimeout = 15_000;

/** How long a ping may stay unanswered, in ms: when there is reason for doubt, and in the ordinary course. */
const doubtful = 2500;
const ordinary = 10_000;

/** How long opening a socket may take, in ms: a network that swallows bytes refuses nothing. */
const openTimeout = 10_000;

/**
 * When a network seems to let no socket pass, though it lets requests: after so
 * many refusals in a row, or so many ms.
 */
const refusals = 2;
const blockedAfter = 4000;

/** How long a socket may be silent before a ping while seconds count, in ms. */
const attentiveMs = 10_000;

export class Connection {
  /**
   * @param {string} season
   * @param {Events} events
   */
  constructor(season, events) {
    this.season = season;
    this.events = events;
    /** @type {WebSocket|null} */
    this.socket = null;
    this.open = false;
    this.attempt = 0;
    this.nextId = 1;
    /** @type {Map<string, {resolve: (m: any) => void, reject: (e: Problem) => void, timer: number}>} */
    this.waiting = new Map();
    /** @type {number|null} */
    this.byeAfterMs = null;
    this.retryTimer = 0;
    this.silenceTimer = 0;
    this.openTimer = 0;
    this.blockedTimer = 0;
    this.openedAt = 0;
    /** When a ping must have been answered, by Date.now(); 0 while none is under way. */
    this.answerBy = 0;
    this.heartbeatMs = 25_000;
    /** Set while a turn may come or is there: a dead link is found sooner. */
    this.attentive = false;
    /** Whether the link is believed dead until the server is heard again. */
    this.doubted = false;
    this.heardAt = 0;
    this.stopped = false;
    /** What serves the page until a socket opens. */
    this.standIn = new Polling(season, {
      message: (message) => events.message(message),
      heard: () => {
        this.heardAt = Date.now();
        events.state("polling", this.heardAt);
      },
      lost: () => events.state("reconnecting", this.heardAt),
      ended: (why) => events.ended(why),
    });

    // A phone that wakes up or changes networks often has a dead socket that
    // looks open. The browser's own signs are the first to tell.
    addEventListener("offline", () => this.doubt());
    addEventListener("online", () => this.check());
    addEventListener("pageshow", () => this.check());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.check());
  }

  /** The browser says that the network is gone. The answer to a ping would prove it wrong. */
  doubt() {
    if (!this.open) return;
    this.doubted = true;
    this.events.state("reconnecting", this.heardAt);
    this.ping(doubtful);
  }

  /** The network may be back, or the page was asleep: finds out at once whether the link lives. */
  check() {
    if (this.stopped) return;
    if (!this.open) {
      this.attempt = 0;
      if (this.retryTimer) this.retry(fullJitter(0));
      else if (this.socket && Date.now() - this.openedAt > doubtful) this.drop(this.socket);
      return;
    }
    // After a sleep what the page shows is old until the server is heard.
    if (Date.now() - this.heardAt > this.heartbeatMs + doubtful) this.doubt();
    else this.ping(doubtful);
  }

  start() {
    this.stopped = false;
    this.connect();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.retryTimer);
    this.retryTimer = 0;
    clearTimeout(this.silenceTimer);
    clearTimeout(this.blockedTimer);
    this.standIn.stop();
    this.socket?.close(1000);
  }

  connect() {
    clearTimeout(this.retryTimer);
    this.retryTimer = 0;
    this.byeAfterMs = null;
    const url = new URL(`/ws?season=${encodeURIComponent(this.season)}`, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url, "usher.v1");
    this.socket = socket;
    this.openedAt = Date.now();
    clearTimeout(this.openTimer);
    this.openTimer = setTimeout(() => socket === this.socket && !this.open && this.drop(socket), openTimeout);
    if (!this.standIn.running) {
      clearTimeout(this.blockedTimer);
      this.blockedTimer = setTimeout(() => socket === this.socket && !this.open && this.standIn.start(), blockedAfter);
    }
    socket.onmessage = (event) => this.received(socket, event);
    socket.onclose = (event) => this.closed(socket, event.code);
  }

  /**
   * @param {WebSocket} socket
   * @param {MessageEvent} event
   */
  received(socket, event) {
    if (socket !== this.socket) return;
    this.heard();
    let message;
    try {
      message = JSON.parse(event.data);
    } catch {
      return;
    }
    if (message.type === "welcome") {
      this.open = true;
      this.doubted = false;
      clearTimeout(this.blockedTimer);
      this.standIn.stop();
      this.attempt = 0;
      this.heartbeatMs = (message.heartbeatSeconds || 25) * 1000;
      this.heard();
      this.events.state("live", this.heardAt);
    } else if (this.doubted && this.open) {
      this.doubted = false;
      this.events.state("live", this.heardAt);
    }
    if (message.type === "bye" && Number.isFinite(message.reconnectAfterMs)) this.byeAfterMs = message.reconnectAfterMs;
    const request = message.re === undefined ? undefined : this.waiting.get(String(message.re));
    if (request) {
      this.waiting.delete(String(message.re));
      clearTimeout(request.timer);
      if (message.type === "error") {
        request.reject(new Problem(message.code, message.detail ?? "", { seats: message.seats }));
        return;
      }
      // The state first, then the caller who waits for it.
      this.events.message(message);
      request.resolve(message);
      return;
    }
    this.events.message(message);
  }

  /**
   * The server's pings are invisible to a page, so silence is broken by one of
   * our own; no answer to that means that the link is dead, whatever TCP thinks.
   */
  heard() {
    this.heardAt = Date.now();
    this.answerBy = 0;
    clearTimeout(this.silenceTimer);
    const quiet = this.attentive ? Math.min(this.heartbeatMs, attentiveMs) : this.heartbeatMs;
    this.silenceTimer = setTimeout(() => this.ping(this.attentive ? ordinary / 2 : ordinary), quiet);
  }

  /** @param {number} patience how long the answer may take, in ms */
  ping(patience) {
    const socket = this.socket;
    if (!this.open || !socket) return;
    const by = Date.now() + patience;
    // A second doubt gives the first one's ping no more time.
    if (this.answerBy && this.answerBy <= by) return;
    this.answerBy = by;
    socket.send('{"type":"ping"}');
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => this.drop(socket), patience);
  }

  /** Gives a socket up. A dead link's close handshake takes a minute: nothing waits for it. @param {WebSocket} socket */
  drop(socket) {
    socket.close();
    this.closed(socket, 1006);
  }

  /**
   * @param {WebSocket} socket
   * @param {number} code
   */
  async closed(socket, code) {
    if (socket !== this.socket) return;
    this.socket = null;
    clearTimeout(this.silenceTimer);
    clearTimeout(this.openTimer);
    const wasOpen = this.open;
    this.open = this.doubted = false;
    this.answerBy = 0;
    for (const request of this.waiting.values()) {
      clearTimeout(request.timer);
      request.reject(new Problem("disconnected", ""));
    }
    this.waiting.clear();
    if (this.stopped) return;

    const next = afterClose(code, this.byeAfterMs, this.attempt);
    switch (next.then) {
      case "replaced":
        this.events.state("replaced", this.heardAt);
        return;
      case "signedOut":
      case "signInAgain":
        this.events.ended(next.then);
        return;
    }
    if (!this.standIn.running) this.events.state("reconnecting", this.heardAt);
    const signedIn = wasOpen || (await this.events.stillSignedIn());
    if (signedIn === false) {
      this.events.ended("signInAgain");
      return;
    }
    if (this.stopped || this.socket) return;
    if (!wasOpen && signedIn && this.attempt + 1 >= refusals) this.standIn.start();
    // The network may have come back since: then there is no reason to wait longer.
    const again = afterClose(code, this.byeAfterMs, this.attempt);
    this.attempt++;
    this.retry(again.then === "reconnect" ? again.afterMs : 0);
  }

  /** @param {number} afterMs */
  retry(afterMs) {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.connect(), afterMs);
  }

  /** Whether requests can be sent. */
  get usable() {
    return this.open || this.standIn.running;
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   * @returns {Promise<any>} the answering message; rejects with a Problem
   */
  request(type, fields = {}) {
    const socket = this.socket;
    if (!socket || !this.open) return this.standIn.running ? this.standIn.request(type, fields) : Promise.reject(new Problem("disconnected", ""));
    const id = `q${this.nextId++}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Problem("disconnected", ""));
      }, answerTimeout);
      this.waiting.set(id, { resolve, reject, timer });
      socket.send(JSON.stringify({ ...fields, type, id }));
    });
  }
}
