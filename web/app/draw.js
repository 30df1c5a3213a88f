// @ts-check
/**
 * The arithmetic of a draw, in the browser's own WebCrypto, so that a fan need
 * not believe the server. docs/draw.md has the rule in words.
 *
 * @typedef {object} Account what GET /waitingList/draw answers
 * @property {string} season
 * @property {string} commitment
 * @property {string} committedAt
 * @property {string} seed
 * @property {{source: string, round: number, value: string}|null} beacon
 * @property {string} [beaconNote]
 * @property {string} gathered
 * @property {number} count
 * @property {string} rule
 * @property {string} list
 * @property {{user: string, mark: string, rank: number|null}|null} you
 *
 * @typedef {object} Finding
 * @property {boolean} right
 * @property {string} text
 */

const text = new TextEncoder();

/**
 * @param {string} hex
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function bytes(hex) {
  const out = new Uint8Array(hex.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return out;
}

/** @param {ArrayBuffer} buffer */
export function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} seed hex */
export async function commit(seed) {
  return hex(await crypto.subtle.digest("SHA-256", bytes(seed)));
}

/**
 * @param {Uint8Array<ArrayBuffer>} key
 * @param {Uint8Array<ArrayBuffer>} message
 */
async function hmac(key, message) {
  const made = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return crypto.subtle.sign("HMAC", made, message);
}

/**
 * @param {string} seed hex
 * @param {string|null} beacon the round's value, hex; null: drawn without
 * @param {string} user
 * @returns {Promise<string>} the user's mark, hex
 */
export async function markOf(seed, beacon, user) {
  const key = beacon ? new Uint8Array(await hmac(bytes(seed), bytes(beacon))) : bytes(seed);
  return hex(await hmac(key, text.encode(user)));
}

/**
 * Checks a draw, and a user's own rank in it.
 *
 * @param {Account} account
 * @param {string[]} marks the list, in order
 * @param {string} user "": nobody's rank
 * @param {string} noted the commitment as noted before the opening; "": not noted
 * @returns {Promise<{findings: Finding[], rank: number|null}>}
 */
export async function check(account, marks, user, noted) {
  /** @type {Finding[]} */
  const findings = [];
  /** @type {(right: boolean, yes: string, no: string) => void} */
  const find = (right, yes, no) => void findings.push({ right, text: right ? yes : no });
  find((await commit(account.seed)) === account.commitment, "The seed is the one that was committed to.", "The seed is not the one that was committed to.");
  if (noted) find(noted === account.commitment, "The commitment is the one you noted.", "The commitment is another than the one you noted.");
  find(marks.length === account.count, "The list is as long as it should be.", `The list has ${marks.length} marks, but ${account.count} had gathered.`);
  const ascending = marks.every((mark, i) => /^[0-9a-f]{64}$/.test(mark) && (i === 0 || marks[i - 1] < mark));
  find(ascending, "The marks ascend, and none occurs twice.", "The marks do not ascend.");
  if (!user) return { findings, rank: null };
  const rank = marks.indexOf(await markOf(account.seed, account.beacon?.value ?? null, user)) + 1;
  if (account.you?.user === user) {
    find((account.you.rank ?? 0) === rank, "The rank the server names is the one worked out here.", `The server names rank ${account.you.rank ?? "none"}, but it is ${rank || "none"}.`);
  }
  return { findings, rank: rank || null };
}
