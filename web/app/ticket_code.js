// @ts-check
import { verify } from "./ed25519.js";

/**
 * The one place in the page that reads the codes of tickets. A format of codes is an
 * entry of formats: it takes a text apart, and the rest checks the signature.
 *
 * @typedef {object} Claims what a ticket says
 * @property {string} id
 * @property {string} season
 * @property {string} seat
 *
 * @typedef {object} Parts a code, taken apart and not verified
 * @property {string} kind "usher-ticket", or what else was signed
 * @property {string} key which key signed, as the format names it
 * @property {Uint8Array<ArrayBuffer>} message what was signed
 * @property {Uint8Array<ArrayBuffer>} signature
 * @property {any} claims
 *
 * @typedef {object} Format
 * @property {(text: string) => Parts|null} parts null when the text has another format
 * @property {(key: SiteKey, named: string) => boolean} signedBy whether a key has the name that a code gives
 *
 * @typedef {{kid: string, bytes: Uint8Array<ArrayBuffer>}} SiteKey a public key for tickets
 */

/** @param {string} text base64url @returns {Uint8Array<ArrayBuffer>} */
function bytesOf(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new SyntaxError(text);
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
}

/** @param {string} text base64url of JSON */
const jsonOf = (text) => JSON.parse(new TextDecoder().decode(bytesOf(text)));

/** A compact JWS: three parts with dots between. @type {Format} */
const jws = {
  parts(text) {
    const [head, body, signature, ...more] = text.split(".");
    if (!signature || more.length) return null;
    try {
      const header = jsonOf(head);
      if (header.alg !== "EdDSA") return null;
      return {
        kind: String(header.typ ?? ""),
        key: String(header.kid ?? ""),
        message: new TextEncoder().encode(`${head}.${body}`),
        signature: bytesOf(signature),
        claims: jsonOf(body),
      };
    } catch {
      return null;
    }
  },
  signedBy: (key, named) => key.kid === named,
};

const formats = [jws];

/**
 * The keys of a key set (RFC 7517) that sign tickets. Keys of other kinds and uses are
 * passed over.
 *
 * @param {any} set
 * @returns {SiteKey[]}
 */
export function ticketKeys(set) {
  /** @type {SiteKey[]} */
  const keys = [];
  for (const key of Array.isArray(set?.keys) ? set.keys : []) {
    if (key?.kty !== "OKP" || key.crv !== "Ed25519" || key.usher_use !== "ticket") continue;
    keys.push({ kid: String(key.kid), bytes: bytesOf(String(key.x)) });
  }
  return keys;
}

/** Removes what scanners put around a code: spaces, line ends, a byte order mark, quotes, an AIM prefix such as ]Q1. @param {string} scanned */
export function clean(scanned) {
  return scanned
    .replace(/[\p{Cc}\p{Cf}]/gu, "")
    .trim()
    .replace(/^["'`´“”„‟‘’‚‛«»‹›]+|["'`´“”„‟‘’‚‛«»‹›]+$/gu, "")
    .replace(/^\][A-Za-z][0-9]/, "");
}

/** @param {string} text @returns {{format: Format, parts: Parts}|null} */
function takeApart(text) {
  for (const format of formats) {
    const parts = format.parts(text);
    if (parts) return { format, parts };
  }
  return null;
}

/**
 * Reads what a code says of itself, unverified: good for telling staff why the
 * server refused the code, and for nothing else.
 *
 * @param {string} code
 * @returns {{typ: string, season: string}}
 */
export function claimed(code) {
  const parts = takeApart(clean(code))?.parts;
  return { typ: parts?.kind ?? "", season: String(parts?.claims?.season ?? "") };
}

/**
 * What a text is: a ticket of this site; signed by this site, but something else; forged
 * or changed; signed by a key that is not known here; or not a code that can be read.
 *
 * @typedef {{is: "ticket", ticket: Claims}|{is: "other", kind: string}|{is: "forged"}|{is: "unknown_key"}|{is: "unreadable"}} Read
 */

/**
 * Verifies the code of a ticket, or of something else that the site signed for gates.
 *
 * @param {string} scanned
 * @param {SiteKey[]} keys
 * @param {string} [kind]
 * @returns {Promise<{is: "signed", claims: any}|{is: "other", kind: string}|{is: "forged"}|{is: "unknown_key"}|{is: "unreadable"}>}
 */
export async function readSigned(scanned, keys, kind = "usher-ticket") {
  const found = takeApart(clean(scanned));
  if (!found) return { is: "unreadable" };
  const { format, parts } = found;
  if (parts.kind !== kind) return { is: "other", kind: parts.kind };
  const key = keys.find((one) => format.signedBy(one, parts.key));
  if (!key) return { is: "unknown_key" };
  if (!(await verify(key.bytes, parts.signature, parts.message))) return { is: "forged" };
  if (parts.claims?.iss !== "usher" || parts.claims.aud !== "gate") return { is: "forged" };
  return { is: "signed", claims: parts.claims };
}

/**
 * Verifies the code of a ticket.
 *
 * @param {string} scanned
 * @param {SiteKey[]} keys
 * @returns {Promise<Read>} rejects where the browser cannot check signatures
 */
export async function readTicket(scanned, keys) {
  const read = await readSigned(scanned, keys);
  if (read.is !== "signed") return read;
  const { jti, season, seat } = read.claims;
  if (!jti || !season || !seat) return { is: "forged" };
  return { is: "ticket", ticket: { id: String(jti), season: String(season), seat: String(seat) } };
}

const checkSigns = "0123456789ABCDEFGHJKMNPQRTUVWXY";

/**
 * The short code of a ticket's id, for staff to type: its first ten digits and a check
 * sign, which is the sum of the digits, each times its place, modulo 31.
 *
 * @param {string} id
 * @returns {string} such as 66F0-C0FF-EET
 */
export function shortCode(id) {
  const digits = id.slice(0, 10).toUpperCase();
  if (!/^[0-9A-F]{10}$/.test(digits)) return "";
  const sum = [...digits].reduce((all, digit, i) => all + (i + 1) * Number.parseInt(digit, 16), 0);
  return `${digits.slice(0, 4)}-${digits.slice(4, 8)}-${digits.slice(8)}${checkSigns[sum % checkSigns.length]}`;
}

/** @param {string} text @returns {boolean} whether a text has the form of a short code, which only the server can check */
export const looksShort = (text) => /^[0-9A-FILOSZ]{10}[0-9A-Z]$/i.test(text.replace(/[\s\u2010\u2011\u2013-]/g, ""));
