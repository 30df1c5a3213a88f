// @ts-check
import { draw as texts } from "./texts/chosen_work.js";

/**
 * Checks a draw with the browser's own WebCrypto, so that a fan need not trust the
 * server. docs/draw.md has the rule in words.
 *
 * @typedef {object} Account what GET /waitingList/draw answers
 * @property {string} season
 * @property {number} [number] of the draw in its season; left out by a server of the version before
 * @property {string} commitment
 * @property {string} committedAt
 * @property {{name: string, opensAt: string, closesAt?: string, access: string}[]} [phases] of the season at the commitment
 * @property {string} seed
 * @property {{source: string, genesis: number, period: number, round: number, value: string}|null} beacon
 * @property {string} [beaconNote]
 * @property {string} [beaconPromised]
 * @property {string} gathered
 * @property {string} frozenAt
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

/**
 * @param {string} seed hex
 * @param {NonNullable<Account["phases"]>} [phases]
 * @param {number} [number] of the draw in its season
 */
export async function commit(seed, phases = [], number = 1) {
  const lines = phases.map(({ name, opensAt, closesAt, access }) => `${opensAt}\t${closesAt ?? "-"}\t${access}\t${name}\n`);
  if (number > 1) lines.push(`draw\t${number}\n`);
  return hex(await crypto.subtle.digest("SHA-256", new Uint8Array([...bytes(seed), ...text.encode(lines.join(""))])));
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

const lead = 5000; // ms from the record to the earliest round that counts

/**
 * The round that follows from the time at which the gathered were recorded.
 *
 * @param {{genesis: number, period: number}} beacon in seconds
 * @param {string} frozenAt
 */
export function roundFor(beacon, frozenAt) {
  const from = Math.ceil((Date.parse(frozenAt) + lead) / 1000);
  return from <= beacon.genesis ? 1 : Math.ceil((from - beacon.genesis) / beacon.period) + 1;
}

/**
 * Checks a draw, and the rank of one user.
 *
 * @param {Account} account
 * @param {string[]} marks the list, in order
 * @param {string} user "": no rank is checked
 * @param {string} noted the commitment as noted before the opening; "": not noted
 * @param {string} recorded the hash of the gathered and, after a slash, the round, as noted before the beacon's value was out; "": not noted
 * @returns {Promise<{findings: Finding[], rank: number|null}>}
 */
export async function check(account, marks, user, noted, recorded) {
  /** @type {Finding[]} */
  const findings = [];
  const { findings: f } = texts;
  /** @type {(right: boolean, texts: string[]) => void} */
  const find = (right, [yes, no]) => void findings.push({ right, text: right ? yes : no });
  find((await commit(account.seed, account.phases, account.number)) === account.commitment, f.seed);
  if (noted) find(noted === account.commitment, f.commitment);
  const [hash, round] = recorded.split("/");
  if (hash) find(hash === account.gathered, f.gathered);
  if (account.beacon) {
    find(account.beacon.source === account.beaconPromised, f.beacon);
    if (round) find(round === String(account.beacon.round), f.notedRound);
    find(account.beacon.round === roundFor(account.beacon, account.frozenAt), f.round);
  } else if (account.beaconPromised) {
    find(false, ["", f.noBeacon]);
  }
  find(marks.length === account.count, [f.length, f.lengthIs(marks.length, account.count)]);
  const ascending = marks.every((mark, i) => /^[0-9a-f]{64}$/.test(mark) && (i === 0 || marks[i - 1] < mark));
  find(ascending, f.order);
  if (!user) return { findings, rank: null };
  const rank = marks.indexOf(await markOf(account.seed, account.beacon?.value ?? null, user)) + 1;
  if (account.you?.user === user) find((account.you.rank ?? 0) === rank, [f.rank, f.rankIs(account.you.rank, rank)]);
  return { findings, rank: rank || null };
}
