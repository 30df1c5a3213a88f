// @ts-check
import { fullJitter } from "./backoff.js";
import { Problem } from "./http.js";

/** Errors after which the outcome is unknown or the server asks to come later: the same request may succeed. */
const passing = new Set(["disconnected", "unavailable", "draining", "rate_limited", "internal"]);

/**
 * Whether the same request may succeed later, without a change of it.
 *
 * @param {unknown} problem
 * @returns {problem is Problem}
 */
export function isPassing(problem) {
  return passing.has(/** @type {Problem} */ (problem)?.code);
}

/**
 * Repeats a request while it fails for a reason that passes: after the time that the
 * server names (Retry-After), and a random one. For requests that may be repeated,
 * which all of this client's are: holding the same seats again, or buying with the
 * same key, changes nothing more. Only holdBest takes more seats each time.
 *
 * @template T
 * @param {() => Promise<T>} act
 * @param {{attempts?: number, signal?: AbortSignal, wait?: (ms: number) => Promise<void>}} [options] attempts: 8 if left out, which last about half a minute
 * @returns {Promise<T>} rejects with the last problem, or with the first that does not pass
 */
export async function retry(act, { attempts = 8, signal, wait = pause } = {}) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await act();
    } catch (problem) {
      if (!isPassing(problem) || attempt + 1 >= attempts || signal?.aborted) throw problem;
      await wait((problem.retryAfterMs ?? 0) + fullJitter(attempt));
    }
  }
}

/** @param {number} ms @returns {Promise<void>} */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
