// @ts-check
/**
 * Which way a live connection goes: by a WebSocket, or by a stream of events where the
 * network lets no WebSocket pass. What was found out is remembered for the visit, which
 * ends with the browser's tab; the next visit tries the socket again.
 */

/**
 * After so many refusals in a row, or so many connections that were cut soon after they
 * opened, the other way is taken.
 */
const refusals = 2;
/** A connection that breaks before it is so old, in ms, was cut by the network, if it is not the first. */
const young = 60_000;

const key = "usher.way";

/** Whether this program can read an answer bit by bit. */
export const canStream = typeof ReadableStream !== "undefined" && typeof TextDecoder !== "undefined";

export class Way {
  /** @param {{socket: boolean, stream: boolean, memory?: Pick<Storage, "getItem"|"setItem"|"removeItem">|null}} can which ways there are */
  constructor({ socket, stream, memory = visit() }) {
    this.can = { socket, stream };
    this.memory = memory;
    /** @type {"socket"|"stream"} */
    this.now = socket && !(stream && this.remembered()) ? "socket" : "stream";
    this.refused = 0;
    this.cuts = 0;
  }

  /** Whether there is any live connection to try. */
  get possible() {
    return this.can.socket || this.can.stream;
  }

  remembered() {
    try {
      return this.memory?.getItem(key) === "stream";
    } catch {
      return false; // storage is forbidden here
    }
  }

  /** Notes that a connection has opened. @param {boolean} stream whether it is a stream */
  opened(stream) {
    this.now = stream ? "stream" : "socket";
    this.refused = 0;
    try {
      if (stream && this.can.socket) this.memory?.setItem(key, "stream");
      else this.memory?.removeItem(key);
    } catch {
      // Storage is forbidden or full: the next page finds it out again.
    }
  }

  /**
   * Notes that a connection has ended.
   *
   * @param {number} lived how long it was open, in ms; 0: it never opened
   * @param {boolean} broken whether it ended without a word of the server
   * @returns {boolean} whether the network seems to be the reason
   */
  ended(lived, broken) {
    if (lived === 0) return ++this.refused >= refusals;
    if (!broken || lived >= young) this.cuts = 0;
    else this.cuts++;
    return this.cuts >= refusals;
  }

  /**
   * Takes the other way.
   *
   * @returns {boolean} false when the network has been found to block that as well, or there is none: what is left is asking again and again
   */
  change() {
    const before = this.now;
    this.refused = this.cuts = 0;
    if (this.can.socket && this.can.stream) this.now = before === "socket" ? "stream" : "socket";
    return before === "socket" && this.now === "stream";
  }
}

/** The browser's storage for this visit; null where there is none. */
function visit() {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}
