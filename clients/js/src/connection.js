// @ts-check
import { afterClose } from "./close_codes.js";
import { fullJitter } from "./backoff.js";
import { EventStream } from "./stream.js";
import { Polling } from "./polling.js";
import { Problem } from "./http.js";
import { Way, canStream } from "./way.js";
import { withSeason } from "./rest.js";

/**
 * The client's one live connection, a socket or a stream: keeps it open, and matches answers to requests.
 *
 * @typedef {object} Link what the connection uses of a WebSocket or an EventStream
 * @property {(text: string) => void} send
 * @property {(code?: number) => void} close
 * @property {((event: any) => void)|null} onmessage
 * @property {((event: any) => void)|null} onclose
 * @property {(() => void)|null} [onheard]
 *
 * @typedef {"live"|"polling"|"reconnecting"|"replaced"} ConnectionState
 *
 * @typedef {object} Options
 * @property {string} season "" for the server's default season
 * @property {import("./http.js").Http} http
 * @property {import("./clock.js").Clock} clock
 * @property {((url: URL) => Link)|null} openSocket null: sockets cannot be opened here
 * @property {boolean} [streams] whether streams can be opened here
 * @property {Pick<Storage, "getItem"|"setItem"|"removeItem">|null} [memory] remembers for the visit that sockets are blocked; left out: the browser's sessionStorage
 *
 * @typedef {object} Events
 * @property {(message: any) => void} message every message of the server, answers too, but for errors that answer a request
 * @property {(state: ConnectionState, heardAt: number) => void} state heardAt: when the server was last heard, by Date.now()
 * @property {(why: "signedOut"|"signInAgain") => void} ended
 * @property {() => Promise<boolean|null>} stillSignedIn null: the server does not answer. Asked when a socket cannot be opened: browsers do not say why
 */

/** How long the answer to a request may take, in ms. */
const answerTimeout = 15_000;

/** How long the answer to a ping may take, in ms: when the link may be dead, and otherwise. */
const doubtfulPing = 2500;
const ordinaryPing = 10_000;

/** How long opening a socket may take, in ms: a network that drops packets reports no error. */
const openTimeout = 10_000;

/** After how long, in ms, a socket that has not opened is taken for blocked, if requests are answered. */
const blockedAfter = 4000;

/** How long, in ms, requests alone must do before a network that cuts live connections is tried again. */
const cutPause = 60_000;

/** How long a socket may be silent before a ping while a turn may come or runs, in ms. */
const attentiveMs = 10_000;

/** How often the client looks at the time, in ms, and after what gap the device must have slept. */
const lookEvery = 1000;
const slept = 4000;

/** From this position on a turn may come soon: a dead link must be found quickly. */
const nearFront = 100;

export class Connection {
  /**
   * @param {Options} options
   * @param {Events} events
   */
  constructor(options, events) {
    this.season = options.season;
    this.http = options.http;
    this.options = options;
    this.openSocket = options.openSocket;
    this.events = events;
    this.way = new Way({ socket: !!options.openSocket, stream: options.streams ?? canStream, memory: options.memory });
    /** @type {Link|null} */
    this.socket = null;
    this.open = false;
    this.attempt = 0;
    this.nextId = 1;
    /** @type {Map<string, {resolve: (m: any) => void, reject: (e: Problem) => void, timer: ReturnType<typeof setTimeout>}>} */
    this.waiting = new Map();
    /** @type {number|null} */
    this.byeAfterMs = null;
    this.retryTimer = 0;
    this.silenceTimer = 0;
    this.openTimer = 0;
    this.blockedTimer = 0;
    this.openedAt = 0;
    /** When a ping must have been answered, by Date.now(); 0: no ping is in flight. */
    this.answerBy = 0;
    this.heartbeatMs = 25_000;
    /** Set while a turn may come or runs: a dead link is found sooner. */
    this.attentive = false;
    /** Whether the link counts as dead until the server is heard again. */
    this.doubted = false;
    this.heardAt = 0;
    this.stopped = true;
    /** Ends the listening to the browser's events. @type {AbortController|null} */
    this.hints = null;
    /** Serves the client until a live connection opens. */
    this.polling = new Polling(options, {
      message: (message) => events.message(message),
      heard: () => {
        this.heardAt = Date.now();
        events.state("polling", this.heardAt);
      },
      lost: () => events.state("reconnecting", this.heardAt),
      ended: (why) => events.ended(why),
    });
  }

  /**
   * A phone that wakes up or changes networks often has a dead socket that looks
   * open. These events of the browser are the earliest hints.
   */
  listen() {
    if (this.hints || typeof document === "undefined") return;
    this.hints = new AbortController();
    const { signal } = this.hints;
    addEventListener("offline", () => this.doubt(), { signal });
    addEventListener("online", () => this.check(), { signal });
    addEventListener("pageshow", () => this.check(), { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.check(), { signal });
    document.addEventListener("resume", () => this.check(), { signal });
    // A laptop that was closed tells a visible page nothing.
    let looked = Date.now();
    const watch = setInterval(() => {
      const gap = Date.now() - looked;
      looked += gap;
      if (gap > slept && document.visibilityState === "visible") this.check();
    }, lookEvery);
    signal.addEventListener("abort", () => clearInterval(watch));
  }

  /** Takes the link for dead, because the browser says that the network is gone. An answer to a ping disproves it. */
  doubt() {
    if (!this.open) return;
    this.doubted = true;
    this.events.state("reconnecting", this.heardAt);
    this.ping(doubtfulPing);
  }

  /** Finds out at once whether the link works: the network may be back, or the page was asleep. */
  check() {
    if (this.stopped) return;
    if (!this.open) {
      this.attempt = 0;
      if (this.retryTimer) this.retry(fullJitter(0));
      else if (this.socket && Date.now() - this.openedAt > doubtfulPing) this.drop(this.socket);
      return;
    }
    // After a sleep the page shows old data until the server is heard.
    if (Date.now() - this.heardAt > this.heartbeatMs + doubtfulPing) this.doubt();
    else this.ping(doubtfulPing);
  }

  /** Connects, unless it is connected or connecting already. */
  start() {
    this.stopped = false;
    this.listen();
    if (!this.way.possible) this.polling.start();
    else if (!this.socket) this.connect();
  }

  stop() {
    this.stopped = true;
    this.hints?.abort();
    this.hints = null;
    clearTimeout(this.retryTimer);
    this.retryTimer = 0;
    clearTimeout(this.silenceTimer);
    clearTimeout(this.blockedTimer);
    clearTimeout(this.openTimer);
    this.polling.stop();
    const socket = this.socket;
    if (!socket) return;
    socket.close(1000);
    // The close handshake may take a minute on a dead link. Nothing waits for it.
    this.closed(socket, 1000);
  }

  connect() {
    clearTimeout(this.retryTimer);
    this.retryTimer = 0;
    if (!this.way.possible) return;
    this.byeAfterMs = null;
    const socket = this.openLink();
    this.socket = socket;
    this.openedAt = Date.now();
    clearTimeout(this.openTimer);
    this.openTimer = setTimeout(() => socket === this.socket && !this.open && this.drop(socket), openTimeout);
    if (!this.polling.running) {
      clearTimeout(this.blockedTimer);
      this.blockedTimer = setTimeout(() => this.blocked(socket), blockedAfter);
    }
    socket.onmessage = (event) => this.received(socket, event);
    socket.onclose = (event) => this.closed(socket, event.code, event.retryAfterMs);
    socket.onheard = () => socket === this.socket && this.heard();
  }

  /** @returns {Link} */
  openLink() {
    if (this.way.now === "stream" || !this.openSocket) return new EventStream(this.options);
    const url = new URL(`${this.http.url}${withSeason("/ws", this.season)}`, globalThis.location?.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return this.openSocket(url);
  }

  /**
   * Changes over from a socket or stream that does not open, if requests are answered.
   *
   * @param {Link} socket
   */
  async blocked(socket) {
    const waits = () => socket === this.socket && !this.open && !this.stopped;
    if (!waits() || !(await this.events.stillSignedIn()) || !waits()) return;
    if (!this.way.change()) {
      this.polling.start(); // and this one may still open
      return;
    }
    this.socket = null;
    socket.close();
    this.connect();
  }

  /**
   * @param {Link} socket
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
    const place = message.status ?? (message.type === "position" ? { state: "waiting", position: message.position } : null);
    if (place) {
      this.attentive = place.state === "turn" || place.state === "active" || (place.position !== null && place.position <= nearFront);
      this.heard();
    }
    if (message.type === "welcome") {
      this.open = true;
      this.openedAt = Date.now();
      this.way.opened(socket instanceof EventStream);
      this.doubted = false;
      clearTimeout(this.blockedTimer);
      this.polling.stop();
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
        request.reject(new Problem(message.code, message.detail ?? "", { seats: message.seats, retryAfterMs: message.retryAfterMs }));
        return;
      }
      // The state changes first, then the caller that waits for the answer goes on.
      this.events.message(message);
      request.resolve(message);
      return;
    }
    this.events.message(message);
  }

  /**
   * Notes that the server was heard, and plans a ping for the next silence. A
   * script does not see the server's own pings. If no answer comes, the link is dead, even
   * if TCP has not noticed.
   */
  heard() {
    this.heardAt = Date.now();
    this.answerBy = 0;
    clearTimeout(this.silenceTimer);
    const quiet = this.attentive ? Math.min(this.heartbeatMs, attentiveMs) : this.heartbeatMs;
    this.silenceTimer = setTimeout(() => this.ping(this.attentive ? ordinaryPing / 2 : ordinaryPing), quiet);
  }

  /** @param {number} patience how long the answer may take, in ms */
  ping(patience) {
    const socket = this.socket;
    if (!this.open || !socket) return;
    const by = Date.now() + patience;
    // A later ping does not give an earlier one more time.
    if (this.answerBy && this.answerBy <= by) return;
    this.answerBy = by;
    socket.send('{"type":"ping"}');
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => this.drop(socket), patience);
  }

  /** Gives a socket up without waiting for its close handshake, which takes a minute on a dead link. @param {Link} socket */
  drop(socket) {
    socket.close();
    this.closed(socket, 1006);
  }

  /**
   * @param {Link} socket
   * @param {number} code
   * @param {number|null} [retryAfterMs] what a refusal asked to wait
   */
  async closed(socket, code, retryAfterMs = null) {
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

    const broken = code === 1006 && this.byeAfterMs === null;
    this.byeAfterMs ??= retryAfterMs;
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
    if (!this.polling.running) this.events.state("reconnecting", this.heardAt);
    const blocked = this.way.ended(wasOpen ? Math.max(1, Date.now() - this.openedAt) : 0, broken);
    const signedIn = wasOpen && !blocked ? true : await this.events.stillSignedIn();
    if (signedIn === false) {
      this.events.ended("signInAgain");
      return;
    }
    if (this.stopped || this.socket) return;
    if (signedIn === null) this.way.refused = 0; // nothing is answered: that says nothing about sockets
    // While requests alone must do, both ways are tried in turn.
    if (this.polling.running) this.way.change();
    else if (blocked && signedIn) {
      if (this.way.change()) {
        this.attempt = 0;
        this.retry(0);
        return;
      }
      this.polling.start();
      if (wasOpen) {
        this.retry(cutPause);
        return;
      }
    }
    // The network may have come back while we asked: then attempt is 0 again.
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
    return this.open || this.polling.running;
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
    if (!socket || !this.open) return this.polling.running ? this.polling.request(type, fields) : Promise.reject(new Problem("disconnected", ""));
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
