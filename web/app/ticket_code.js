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
 * @typedef {{kid: string, id: string, bytes: Uint8Array<ArrayBuffer>}} SiteKey a public key for tickets; id is the first four bytes of its SHA-256 in hexadecimal digits
 */

/** @param {string} text base64url @returns {Uint8Array<ArrayBuffer>} */
function bytesOf(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new SyntaxError(text);
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
}

/** @param {string} text base64url of JSON */
const jsonOf = (text) => JSON.parse(new TextDecoder().decode(bytesOf(text)));

/** The code of a ticket of an older version, and lists of refunds: a compact JWS, three parts with dots between. @type {Format} */
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

const base45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** @param {string} text base45 (RFC 9285) @returns {Uint8Array<ArrayBuffer>} */
function bytesOfBase45(text) {
  const wrong = () => new SyntaxError(text);
  if (text.length % 3 === 1) throw wrong();
  const bytes = new Uint8Array(Math.floor((text.length * 2) / 3));
  for (let from = 0, to = 0; from < text.length; from += 3) {
    const [low, middle, high = 0] = Array.from(text.slice(from, from + 3), (c) => base45.indexOf(c));
    const isPair = from + 2 === text.length;
    const value = low + middle * 45 + high * 2025;
    if (low < 0 || middle < 0 || high < 0 || value > (isPair ? 0xff : 0xffff)) throw wrong();
    if (!isPair) bytes[to++] = value >> 8;
    bytes[to++] = value & 0xff;
  }
  return bytes;
}

/** @param {Uint8Array} bytes */
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const signatureBytes = 64;

/**
 * The code of a ticket: UT1 and in base45 the key's id, the time of issue, the ticket's
 * id, season, seat and signature. internal/ticket/compact.go lists the bytes. Scanners may
 * be set to type small letters; the code has capitals only.
 *
 * @type {Format}
 */
const compact = {
  parts(text) {
    if (text.slice(0, 3).toUpperCase() !== "UT1") return null;
    try {
      const data = bytesOfBase45(text.slice(3).toUpperCase());
      const body = data.slice(0, -signatureBytes);
      let at = 20;
      const field = () => {
        const end = at + 1 + body[at];
        const value = body.slice(at + 1, end);
        if (!value.length || end > body.length) throw new SyntaxError(text);
        at = end;
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value);
      };
      const season = field();
      const seat = field();
      if (at !== body.length) return null;
      return {
        kind: "usher-ticket",
        key: hex(body.slice(0, 4)),
        message: new Uint8Array([...new TextEncoder().encode("usher-ticket/v1 "), ...body]),
        signature: data.slice(-signatureBytes),
        claims: { iss: "usher", aud: "gate", jti: hex(body.slice(8, 20)), season, seat },
      };
    } catch {
      return null;
    }
  },
  signedBy: (key, named) => key.id === named,
};

const formats = [compact, jws];

/**
 * The keys of a key set (RFC 7517) that sign tickets. Keys of other kinds and uses are
 * passed over.
 *
 * @param {any} set
 * @returns {Promise<SiteKey[]>} rejects where the browser has no Web Crypto
 */
export async function ticketKeys(set) {
  /** @type {SiteKey[]} */
  const keys = [];
  for (const key of Array.isArray(set?.keys) ? set.keys : []) {
    if (key?.kty !== "OKP" || key.crv !== "Ed25519" || key.usher_use !== "ticket") continue;
    const bytes = bytesOf(String(key.x));
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    keys.push({ kid: String(key.kid), id: hex(hash.slice(0, 4)), bytes });
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
