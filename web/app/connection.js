// @ts-check
import { afterClose } from "./close_codes.js";
import { fullJitter } from "./backoff.js";
import { Problem } from "./http.js";

/**
 * The page's one socket: opens it, keeps it open, matches answers to requests.
 * It knows frames, not what they mean.
 *
 * @typedef {object} Events
 * @property {(message: any) => void} message every frame that is no answer, and welcome
 * @property {(state: "live"|"reconnecting"|"replaced") => void} state
 * @property {(why: "signedOut"|"signInAgain") => void} ended
 * @property {() => Promise<boolean>} stillSignedIn asked when an upgrade fails, for a browser does not say why it did
 */

const answerTimeout = 15_000;

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
    this.heartbeatMs = 25_000;
    this.stopped = false;

    // A woken laptop or a returned network should not sit out a long backoff.
    const hurry = () => {
      if (this.retryTimer && document.visibilityState === "visible") this.retry(fullJitter(0));
    };
    addEventListener("online", hurry);
    document.addEventListener("visibilitychange", hurry);
  }

  start() {
    this.stopped = false;
    this.connect();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.retryTimer);
    this.retryTimer = 0;
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
      this.attempt = 0;
      this.heartbeatMs = (message.heartbeatSeconds || 25) * 1000;
      this.heard();
      this.events.state("live");
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
      // The state first, then whoever waited for it.
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
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => {
      const socket = this.socket;
      if (!this.open || !socket) return;
      socket.send('{"type":"ping"}');
      this.silenceTimer = setTimeout(() => {
        socket.close();
        // A dead link's close handshake takes a minute: do not wait for it.
        this.closed(socket, 1006);
      }, 10_000);
    }, this.heartbeatMs);
  }

  /**
   * @param {WebSocket} socket
   * @param {number} code
   */
  async closed(socket, code) {
    if (socket !== this.socket) return;
    this.socket = null;
    clearTimeout(this.silenceTimer);
    const wasOpen = this.open;
    this.open = false;
    for (const request of this.waiting.values()) {
      clearTimeout(request.timer);
      request.reject(new Problem("disconnected", ""));
    }
    this.waiting.clear();
    if (this.stopped) return;

    const next = afterClose(code, this.byeAfterMs, this.attempt);
    switch (next.then) {
      case "replaced":
        this.events.state("replaced");
        return;
      case "signedOut":
      case "signInAgain":
        this.events.ended(next.then);
        return;
    }
    this.events.state("reconnecting");
    if (!wasOpen && !(await this.events.stillSignedIn())) {
      this.events.ended("signInAgain");
      return;
    }
    if (this.stopped || this.socket) return;
    this.attempt++;
    this.retry(next.afterMs);
  }

  /** @param {number} afterMs */
  retry(afterMs) {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.connect(), afterMs);
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
    if (!socket || !this.open) return Promise.reject(new Problem("disconnected", ""));
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
