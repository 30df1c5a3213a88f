// @ts-check
import { fullJitter } from "./backoff.js";

/**
 * What the client does after a socket was closed (docs/protocol.md).
 *
 * @typedef {{then: "reconnect", afterMs: number} | {then: "replaced"} | {then: "signedOut"} | {then: "signInAgain"}} Next
 */

const flooding = 30_000;

/**
 * @param {number} code the close code; 1006 when the link simply broke
 * @param {number|null} byeAfterMs what the server's bye said, if it said so
 * @param {number} attempt how many attempts in a row have failed
 * @param {() => number} [random]
 * @returns {Next}
 */
export function afterClose(code, byeAfterMs, attempt, random = Math.random) {
  switch (code) {
    case 4001:
      return { then: "replaced" };
    case 4002:
      return { then: "signedOut" };
    case 4003:
      return { then: "signInAgain" };
    case 4009:
      return { then: "reconnect", afterMs: flooding };
  }
  // The server has spread its clients over an interval already: no jitter is added.
  if (byeAfterMs !== null && attempt === 0) return { then: "reconnect", afterMs: byeAfterMs };
  return { then: "reconnect", afterMs: fullJitter(attempt, random) };
}
