// @ts-check
/** Requests over HTTP, and problems as errors with stable codes. */

/** An error of the server, or of the link to the server. */
export class Problem extends Error {
  /**
   * @param {string} code
   * @param {string} detail
   * @param {{status?: number, seats?: string[], errors?: {line: number, column: number, problem: string}[], fields?: {field: string, code: string, problem: string}[], retryAfterMs?: number|null}} [more]
   */
  constructor(code, detail, more = {}) {
    super(detail || code);
    this.name = "Problem";
    /** The stable code: the server's, or one of this client's own (disconnected, cancelled, lapsed, ended, replaced, stopped). */
    this.code = code;
    this.detail = detail;
    /** The HTTP status; 0 when the problem did not come over HTTP. */
    this.status = more.status ?? 0;
    /** The seats that prevent the request, if the code has seats. */
    this.seats = more.seats ?? [];
    this.errors = more.errors ?? [];
    /** The wrong fields of a form, for invalid_request. */
    this.fields = more.fields ?? [];
    /** How long the server asks to wait before the next attempt, in ms; null when it does not say. */
    this.retryAfterMs = more.retryAfterMs ?? null;
  }
}

/**
 * How long an answer may take by default, in ms: a network that drops packets
 * reports no error. An upload has no limit.
 */
const patience = 30_000;

/**
 * @typedef {object} Content
 * @property {unknown} [json] the body, sent as JSON
 * @property {BodyInit} [body] the body as it is
 * @property {string} [type] the content type of body; text/plain if left out
 * @property {number} [patience] how long to wait for the answer, in ms; 0: without limit
 * @property {Record<string, string>} [headers]
 */

/** Sends requests to one server. */
export class Http {
  /**
   * @param {{url?: string, token?: string}} [options] url: the server's, such as https://tickets.example; "" is the page's own server. token: a
   * session token; without it the browser's cookie says who is calling
   */
  constructor({ url = "", token = "" } = {}) {
    this.url = url.replace(/\/+$/, "");
    this.token = token;
  }

  /**
   * @param {string} method
   * @param {string} path with the query
   * @param {Content} [content]
   * @returns {Promise<any>} the answer's JSON; null when it has no body. Rejects with a Problem
   */
  async call(method, path, content = {}) {
    /** @type {Record<string, string>} */
    const headers = { Accept: "application/json", ...content.headers };
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    /** @type {RequestInit} */
    const init = { method, credentials: this.url ? "include" : "same-origin", cache: "no-cache", headers };
    if (content.json !== undefined) {
      init.body = JSON.stringify(content.json);
      headers["Content-Type"] = "application/json";
    } else if (content.body !== undefined) {
      init.body = content.body;
      headers["Content-Type"] = content.type ?? "text/plain";
    }
    // AbortSignal.timeout is missing in browsers of 2022.
    const giveUp = new AbortController();
    const wait = content.patience ?? (content.body === undefined ? patience : 0);
    const timer = wait ? setTimeout(() => giveUp.abort(), wait) : 0;
    init.signal = giveUp.signal;
    let response;
    let text;
    try {
      response = await fetch(this.url + path, init);
      text = await response.text();
    } catch {
      throw new Problem("disconnected", "");
    } finally {
      clearTimeout(timer);
    }
    /** @type {any} */
    let answer = null;
    try {
      answer = text ? JSON.parse(text) : null;
    } catch {
      // The error page of a proxy has no JSON: only the status is known.
    }
    if (!response.ok) {
      throw new Problem(answer?.code ?? codeOf(response.status), answer?.detail ?? "", {
        status: response.status,
        seats: answer?.seats,
        errors: answer?.errors,
        fields: answer?.fields,
        retryAfterMs: retryAfter(response.headers?.get("Retry-After") ?? null),
      });
    }
    return answer;
  }

  /**
   * Asks for an answer that comes bit by bit.
   *
   * @param {string} path
   * @param {AbortSignal} signal ends it
   * @returns {Promise<Response>} once its head is there, whatever its status
   */
  open(path, signal) {
    /** @type {Record<string, string>} */
    const headers = { Accept: "text/event-stream" };
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    return fetch(this.url + path, { credentials: this.url ? "include" : "same-origin", cache: "no-store", headers, signal });
  }

  /**
   * @param {string} path
   * @param {number} [patience] how long to wait for the answer, in ms
   */
  get(path, patience) {
    return this.call("GET", path, { patience });
  }
}

/**
 * The code of an error page without one, as a proxy sends it while no node answers.
 *
 * @param {number} status
 */
function codeOf(status) {
  return status === 502 || status === 503 || status === 504 ? "unavailable" : status === 429 ? "rate_limited" : "internal";
}

/**
 * @param {string|null} header the value of Retry-After: seconds, or a date
 * @returns {number|null} ms; null when it says nothing
 */
export function retryAfter(header) {
  if (!header) return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
