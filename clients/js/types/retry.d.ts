/**
 * Whether the same request may succeed later, without a change of it.
 *
 * @param {unknown} problem
 * @returns {problem is Problem}
 */
export function isPassing(problem: unknown): problem is Problem;
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
export function retry<T>(act: () => Promise<T>, { attempts, signal, wait }?: {
    attempts?: number;
    signal?: AbortSignal;
    wait?: (ms: number) => Promise<void>;
}): Promise<T>;
import { Problem } from "./http.js";
