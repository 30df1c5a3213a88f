import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { test } from "node:test";
import { verify, verifyHere } from "../ed25519.js";
import { claimed, clean, looksShort, readSigned, readTicket, shortCode, ticketKeys } from "../ticket_code.js";

/** A site with a key for tickets. */
function site(use = "ticket") {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: `kid-${use}`, use: "sig", usher_use: use };
  const raw = new Uint8Array(Buffer.from(jwk.x, "base64url"));
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return {
    jwk,
    raw,
    privateKey,
    code(claims, head = {}) {
      const text = `${part({ alg: "EdDSA", kid: jwk.kid, typ: "usher-ticket", ...head })}.${part({ iss: "usher", aud: "gate", ...claims })}`;
      return `${text}.${sign(null, Buffer.from(text), privateKey).toString("base64url")}`;
    },
  };
}

const base45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** @param {Buffer} data */
function toBase45(data) {
  let text = "";
  for (let i = 0; i < data.length; i += 2) {
    const pair = i + 1 < data.length;
    let n = pair ? data.readUInt16BE(i) : data[i];
    for (let left = pair ? 3 : 2; left > 0; left--, n = Math.floor(n / 45)) text += base45[n % 45];
  }
  return text;
}

/** A compact code of a ticket, written as docs/gate.md says. */
function compactCode(site, { id = "66f0c0ffee00000000000001", season = "demo", seat = "A-14", rest = "", prefix = "usher-ticket/v1 " } = {}) {
  const field = (value) => Buffer.concat([Buffer.from([Buffer.byteLength(value)]), Buffer.from(value)]);
  const time = Buffer.alloc(4);
  time.writeUInt32BE(1_800_000_000);
  const key = createHash("sha256").update(site.raw).digest().subarray(0, 4);
  const body = Buffer.concat([key, time, Buffer.from(id, "hex"), field(season), field(seat), Buffer.from(rest)]);
  return `UT1${toBase45(Buffer.concat([body, sign(null, Buffer.concat([Buffer.from(prefix), body]), site.privateKey)]))}`;
}

const bytes = (hex) => new Uint8Array(Buffer.from(hex, "hex"));

test("the page's own arithmetic agrees with RFC 8032", async () => {
  const key = bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const signature = bytes("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  assert.equal(await verifyHere(key, signature, bytes("72")), true);
  assert.equal(await verifyHere(key, signature, bytes("73")), false);
  const empty = bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  assert.equal(await verifyHere(empty, bytes("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"), bytes("")), true);
});

test("the page's own arithmetic agrees with the browser's, whatever is changed", async () => {
  const { raw, privateKey } = site();
  for (let i = 0; i < 12; i++) {
    const message = new Uint8Array(randomBytes(i * 17));
    const signature = new Uint8Array(sign(null, message, privateKey));
    assert.equal(await verifyHere(raw, signature, message), true);
    assert.equal(await verify(raw, signature, message), true);
    const changed = signature.slice();
    changed[(i * 5) % 64] ^= 1 << (i % 8);
    assert.equal(await verifyHere(raw, changed, message), false, `bit ${i % 8} of byte ${(i * 5) % 64}`);
  }
  const message = new Uint8Array(3);
  const signature = new Uint8Array(sign(null, message, privateKey));
  // The same signature with a larger number s: a second spelling.
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  let s = 0n;
  for (let i = 63; i >= 32; i--) s = (s << 8n) | BigInt(signature[i]);
  const other = signature.slice();
  for (let i = 32, rest = s + order; i < 64; i++, rest >>= 8n) other[i] = Number(rest & 255n);
  assert.equal(await verifyHere(raw, other, message), false);
  assert.equal(await verifyHere(raw, signature.slice(1), message), false);
  assert.equal(await verifyHere(bytes("ff".repeat(32)), signature, message), false, "no point of the curve");
});

test("a ticket is read only when this site's ticket key signed it", async () => {
  const ours = site();
  const theirs = site();
  const session = site("session");
  const keys = await ticketKeys({ keys: [{ kty: "RSA" }, null, session.jwk, ours.jwk] });
  assert.deepEqual(keys.map((key) => key.kid), ["kid-ticket"]);
  const claims = { jti: "66f0c0ffee00000000000001", season: "demo", seat: "A-14" };
  const good = ours.code(claims);
  const ticket = { is: "ticket", ticket: { id: claims.jti, season: "demo", seat: "A-14" } };
  for (const scanned of [good, `]Q1${good}`, `\ufeff"${good}"\r\n`, ` ${good}\t`]) assert.deepEqual(await readTicket(scanned, keys), ticket);
  const [head, body, signature] = good.split(".");
  const [, otherBody] = ours.code({ ...claims, seat: "A-1" }).split(".");
  for (const [name, code, is] of [
    ["another body", `${head}.${otherBody}.${signature}`, "forged"],
    ["a forger with our key's name", theirs.code(claims), "forged"],
    ["no signature", `${head}.${body}.`, "unreadable"],
    ["a session's key", session.code(claims), "unknown_key"],
    ["alg none", ours.code(claims, { alg: "none" }), "unreadable"],
    ["a place in the line", ours.code(claims, { typ: "usher-place" }), "other"],
    ["another audience", ours.code({ ...claims, aud: "fan" }), "forged"],
    ["no seat", ours.code({ ...claims, seat: undefined }), "forged"],
    ["four parts", `${good}.x`, "unreadable"],
    ["words", "hello", "unreadable"],
    ["nothing", "", "unreadable"],
    ["not base64", "eyJ!.eyJ!.x", "unreadable"],
  ])
    assert.equal((await readTicket(code, keys)).is, is, name);
  const list = ours.code({ voids: [] }, { typ: "usher-voids" });
  assert.equal((await readSigned(list, keys, "usher-voids")).is, "signed");
  assert.equal((await readTicket(list, keys)).is, "other", "a list of refunds is no ticket");
});

test("a compact code is read only when this site's ticket key signed it", async () => {
  const ours = site();
  const session = site("session");
  const keys = await ticketKeys({ keys: [session.jwk, site().jwk, ours.jwk] });
  const good = compactCode(ours);
  const ticket = { is: "ticket", ticket: { id: "66f0c0ffee00000000000001", season: "demo", seat: "A-14" } };
  for (const scanned of [good, `]Q1${good}`, `\ufeff"${good}"\r\n`, ` ${good}\t`, good.toLowerCase()]) assert.deepEqual(await readTicket(scanned, keys), ticket);
  assert.deepEqual(await readTicket(compactCode(ours, { seat: "\ufeffÄ-1" }), keys), { is: "ticket", ticket: { ...ticket.ticket, seat: "\ufeffÄ-1" } });
  for (const [name, code, is] of [
    ["another site's", compactCode(site()), "unknown_key"],
    ["a session's key", compactCode(session), "unknown_key"],
    ["signed for another use", compactCode(ours, { prefix: "" }), "forged"],
    ["a byte more", compactCode(ours, { rest: "x" }), "unreadable"],
    ["no season", compactCode(ours, { season: "" }), "unreadable"],
    ["no seat", compactCode(ours, { seat: "" }), "unreadable"],
    ["cut", good.slice(0, -3), "unreadable"],
    ["longer", `${good}000`, "unreadable"],
    ["one character more", `${good}0`, "unreadable"],
    ["another version", `UT2${good.slice(3)}`, "unreadable"],
    ["no base45", `${good.slice(0, 50)}_${good.slice(51)}`, "unreadable"],
    ["more than two bytes", `UT1:::${good.slice(6)}`, "unreadable"],
    ["the prefix alone", "UT1", "unreadable"],
  ])
    assert.equal((await readTicket(code, keys)).is, is, name);
  for (let i = 3; i < good.length; i++) {
    const bent = `${good.slice(0, i)}${good[i] === "0" ? "1" : "0"}${good.slice(i + 1)}`;
    assert.notEqual((await readTicket(bent, keys)).is, "ticket", `character ${i}`);
  }
  assert.deepEqual(claimed(good), { typ: "usher-ticket", season: "demo" });
  assert.equal((await readSigned(good, keys, "usher-voids")).is, "other", "a ticket is no list of refunds");
});

test("a short code is as the server writes it", () => {
  assert.equal(shortCode("65f1c0ffee65f1c0ffee0002"), "65F1-C0FF-EEV");
  assert.equal(shortCode(""), "");
  for (const text of ["65F1-C0FF-EEV", "65f1 c0ff eev", "65F1C0FFEEV", "65FI-COFF-EEV"]) assert.ok(looksShort(text), text);
  for (const text of ["A-14", "65F1-C0FF-EE", "eyJhbGciOiJF", "65f1c0ffee65f1c0ffee0002"]) assert.ok(!looksShort(text), text);
  assert.equal(clean("«x»"), "x");
});
