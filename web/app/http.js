// @ts-check
/** Requests over HTTP, and problems as errors with stable codes. */

export class Problem extends Error {
  /**
   * @param {string} code
   * @param {string} detail
   * @param {{status?: number, seats?: string[], errors?: {line: number, column: number, problem: string}[]}} [more]
   */
  constructor(code, detail, more = {}) {
    super(detail || code);
    this.code = code;
    this.detail = detail;
    this.status = more.status ?? 0;
    this.seats = more.seats ?? [];
    this.errors = more.errors ?? [];
  }
}

/**
 * How long an answer may take by default, in ms: a network that drops packets
 * reports no error. An upload has no limit.
 */
const patience = 30_000;

/**
 * @param {string} method
 * @param {string} path
 * @param {{json?: unknown, body?: BodyInit, type?: string, patience?: number, headers?: Record<string, string>}} [content] patience: how long to wait for the answer, in ms
 * @returns {Promise<any>} the answer's JSON; null when it has no body
 */
export async function call(method, path, content = {}) {
  /** @type {RequestInit} */
  const init = { method, credentials: "same-origin", cache: "no-cache", headers: { Accept: "application/json", ...content.headers } };
  if (content.json !== undefined) {
    init.body = JSON.stringify(content.json);
    init.headers = { ...init.headers, "Content-Type": "application/json" };
  } else if (content.body !== undefined) {
    init.body = content.body;
    init.headers = { ...init.headers, "Content-Type": content.type ?? "text/plain" };
  }
  // AbortSignal.timeout is missing in browsers of 2022.
  const giveUp = new AbortController();
  const wait = content.patience ?? (content.body === undefined ? patience : 0);
  const timer = wait ? setTimeout(() => giveUp.abort(), wait) : 0;
  init.signal = giveUp.signal;
  let response;
  let text;
  try {
    response = await fetch(path, init);
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
    throw new Problem(answer?.code ?? "internal", answer?.detail ?? "", {
      status: response.status,
      seats: answer?.seats,
      errors: answer?.errors,
    });
  }
  return answer;
}

/**
 * @param {string} path
 * @param {number} [patience] how long to wait for the answer, in ms
 */
export const get = (path, patience) => call("GET", path, { patience });
