// @ts-check
import { Rest } from "./rest.js";
import { retryAfter } from "./http.js";
import { StreamOrder } from "./stream_order.js";

/**
 * A live connection for networks that let no WebSocket pass: the server's messages come
 * as a stream of events (GET /events), and requests go over HTTP. It has the shape of a
 * WebSocket as far as the connection uses one.
 *
 * It is read by fetch and not by EventSource: fetch shows the status of a refusal and the
 * comments, sends a token, and does not come back by itself after the server's bye.
 */

/** The close codes that a socket would have, by the reason of the server's bye. @type {Record<string, number>} */
const closeCodes = { replaced: 4001, logged_out: 4002, expired: 4003, too_slow: 4008, flooding: 4009, restarting: 1012, internal: 1011 };

/** How long a stream may be silent beyond two heartbeats, in ms. */
const slack = 5000;

/** The pause, in ms, before an answer to a comment is sent again. */
const again = 2000;

/** How long the server may take over an answer to a comment, in ms. */
const patience = 8000;

export class EventStream {
  /** @param {{season: string, http: import("./http.js").Http}} options */
  constructor({ season, http }) {
    this.http = http;
    this.rest = new Rest({ season, http });
    this.order = new StreamOrder((message) => this.onmessage?.({ data: JSON.stringify(message) }));
    /** @type {((event: {data: string}) => void)|null} */
    this.onmessage = null;
    /** @type {((event: {code: number, retryAfterMs?: number|null}) => void)|null} */
    this.onclose = null;
    /** Called at a comment: the stream flows. @type {(() => void)|null} */
    this.onheard = null;
    this.ended = false;
    this.code = 1006;
    this.heartbeatMs = 25_000;
    /** @type {ReturnType<typeof setTimeout>|number} */
    this.silence = 0;
    /** @type {ReturnType<typeof setTimeout>|number} */
    this.answering = 0;
    this.giveUp = new AbortController();
    this.read();
  }

  async read() {
    /** @type {number|null} */
    let retryAfterMs = null;
    try {
      const answer = await this.http.open(this.rest.path("/events"), this.giveUp.signal);
      const body = answer.ok && answer.headers.get("Content-Type")?.startsWith("text/event-stream") ? answer.body : null;
      if (body) await this.lines(body.getReader());
      else {
        if (answer.status === 401) this.code = 4003;
        retryAfterMs = retryAfter(answer.headers.get("Retry-After"));
        this.giveUp.abort(); // the rest of the answer is not wanted
      }
    } catch {
      // The link broke, or close was called.
    }
    this.end(retryAfterMs);
  }

  /** @param {ReadableStreamDefaultReader<Uint8Array>} reader */
  async lines(reader) {
    const text = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.ended) return;
      this.watch();
      rest += text.decode(value, { stream: true });
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.line(line);
    }
  }

  /** Takes a stream for dead that has brought nothing for two heartbeats: the server sends a comment in each. */
  watch() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.close(), 2 * this.heartbeatMs + slack);
  }

  /** @param {string} line */
  line(line) {
    if (line.startsWith(":")) {
      if (line.trim() === ":") this.answer();
      if (line.trim() === ": pong") this.onmessage?.({ data: '{"type":"pong"}' });
      else this.onheard?.();
      return;
    }
    if (!line.startsWith("data:") || this.ended) return;
    let message;
    try {
      message = JSON.parse(line.slice(5));
    } catch {
      return;
    }
    if (message.type === "welcome") this.heartbeatMs = (message.heartbeatSeconds || 25) * 1000;
    if (message.type === "bye") this.code = closeCodes[message.reason] ?? 1006;
    this.order.heard(message);
  }

  /**
   * Tells the server that this client lives, which a proxy in between hides: any node
   * takes the answer to a comment.
   *
   * @param {boolean} [echo] asks for the comment ": pong"
   */
  async answer(echo = false) {
    clearTimeout(this.answering);
    try {
      const path = this.rest.path("/events/answer");
      await this.http.call("POST", echo ? `${path}${path.includes("?") ? "&" : "?"}echo=true` : path, { patience });
    } catch {
      // Until the next comment it is not too late.
      if (!this.ended) this.answering = setTimeout(() => this.answer(), again);
    }
  }

  /**
   * Sends a request of the socket's protocol over HTTP; its answer comes as a message.
   *
   * @param {string} text
   */
  async send(text) {
    const { type, id, ...fields } = JSON.parse(text);
    if (type === "ping") {
      this.answer(true);
      return;
    }
    try {
      const answer = await this.order.during(type, fields, () => this.rest.request(type, fields));
      if (this.ended) return;
      this.onmessage?.({ data: JSON.stringify({ ...answer, re: id }) });
      this.order.answered(answer);
    } catch (thrown) {
      const { code, detail, seats, retryAfterMs } = /** @type {import("./http.js").Problem} */ (thrown);
      if (!this.ended) this.onmessage?.({ data: JSON.stringify({ type: "error", re: id, code: code ?? "internal", detail, seats, retryAfterMs }) });
      this.order.failed(type);
    }
  }

  close() {
    this.giveUp.abort();
    this.end(null);
  }

  /** @param {number|null} retryAfterMs */
  end(retryAfterMs) {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.silence);
    clearTimeout(this.answering);
    this.order.stop();
    this.onclose?.({ code: this.code, retryAfterMs });
  }
}
