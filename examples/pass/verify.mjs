// node verify.mjs KEYS.json AUDIENCE NOW reads a pass a line and prints "valid USER" or "invalid".
import { createPublicKey, verify as signedBy } from "node:crypto";
import { readFileSync } from "node:fs";

const [path, audience, now] = process.argv.slice(2);
const keys = new Map(JSON.parse(readFileSync(path, "utf8")).keys.map((key) => [key.kid, createPublicKey({ key, format: "jwk" })]));

// The user of a valid pass, or null. A shop also redeems it once, or another could use it too.
function verify(pass) {
  try {
    const parts = pass.split(".");
    if (parts.length !== 3 || !parts.every((part) => /^[\w-]+$/.test(part))) return null;
    const [head, claims] = parts.slice(0, 2).map((part) => JSON.parse(Buffer.from(part, "base64url").toString()));
    const key = keys.get(head.kid);
    if (head.typ !== "usher-pass" || head.alg !== "EdDSA" || !key) return null;
    if (!signedBy(null, Buffer.from(`${parts[0]}.${parts[1]}`), key, Buffer.from(parts[2], "base64url"))) return null;
    return claims.iss === "usher" && claims.aud === audience && Number(now) < claims.exp ? claims.sub : null;
  } catch {
    return null;
  }
}

for (const pass of readFileSync(0, "utf8").split("\n").slice(0, -1)) {
  const user = verify(pass);
  console.log(user ? `valid ${user}` : "invalid");
}
