// node verify.mjs KEYS.json SEASON reads a code a line and prints "valid SEAT ID" or "invalid".
import { createHash, createPublicKey, verify as signedBy } from "node:crypto";
import { readFileSync } from "node:fs";

const keys = new Map();
for (const key of JSON.parse(readFileSync(process.argv[2], "utf8")).keys.filter((key) => key.usher_use === "ticket")) {
  keys.set(createHash("sha256").update(key.x, "base64url").digest("hex").slice(0, 8), createPublicKey({ key, format: "jwk" }));
}

// Season, seat and id of a genuine ticket, or null. A gate also admits each id once.
function verify(code) {
  const bytes = [];
  for (const group of code.slice(3).match(/.{1,3}/gs) ?? []) {
    const digits = [...group].map((c) => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".indexOf(c));
    const value = digits.reduceRight((sum, digit) => sum * 45 + digit, 0);
    if (digits.includes(-1) || digits.length < 2 || value >= 256 ** (digits.length - 1)) return null;
    bytes.push(...(digits.length === 3 ? [value >> 8, value & 255] : [value]));
  }
  const data = Buffer.from(bytes);
  const body = data.subarray(0, -64);
  const key = keys.get(body.toString("hex", 0, 4));
  if (!code.startsWith("UT1") || data.length < 86 || !key) return null;
  if (!signedBy(null, Buffer.concat([Buffer.from("usher-ticket/v1 "), body]), key, data.subarray(-64))) return null;
  const end = 21 + body[20]; // of the season, after 20 bytes and its length
  return { season: body.toString("utf8", 21, end), seat: body.toString("utf8", end + 1), id: body.toString("hex", 8, 20) };
}

for (const code of readFileSync(0, "utf8").split("\n").slice(0, -1)) {
  const ticket = verify(code);
  console.log(ticket?.season === process.argv[3] ? `valid ${ticket.seat} ${ticket.id}` : "invalid");
}
