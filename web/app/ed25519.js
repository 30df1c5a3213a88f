// @ts-check
/**
 * Checks Ed25519 signatures (RFC 8032). Browsers have it in Web Crypto since 2023 to
 * 2025; devices at a gate are often older, so the arithmetic is here too. It works on
 * public data only, so its time may depend on them.
 */

const p = 2n ** 255n - 19n;
const order = 2n ** 252n + 27742317777372353535851937790883648493n;

/** @param {bigint} a */
const mod = (a) => {
  const rest = a % p;
  return rest < 0n ? rest + p : rest;
};

/**
 * @param {bigint} base
 * @param {bigint} exponent
 */
function power(base, exponent) {
  let result = 1n;
  for (let square = mod(base); exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * square) % p;
    square = (square * square) % p;
  }
  return result;
}

const d = mod(-121665n * power(121666n, p - 2n));
const rootOfMinusOne = power(2n, (p - 1n) / 4n);

/**
 * A point of the curve in extended coordinates: x = X/Z, y = Y/Z, x·y = T/Z.
 *
 * @typedef {{X: bigint, Y: bigint, Z: bigint, T: bigint}} Point
 */

/**
 * @param {Point} a
 * @param {Point} b
 * @returns {Point}
 */
function add(a, b) {
  const A = mod((a.Y - a.X) * (b.Y - b.X));
  const B = mod((a.Y + a.X) * (b.Y + b.X));
  const C = mod(2n * a.T * d * b.T);
  const D = mod(2n * a.Z * b.Z);
  const E = B - A;
  const F = D - C;
  const G = D + C;
  const H = B + A;
  return { X: mod(E * F), Y: mod(G * H), Z: mod(F * G), T: mod(E * H) };
}

/** @type {Point} */
const zero = { X: 0n, Y: 1n, Z: 1n, T: 0n };

/** @param {Uint8Array} bytes little-endian */
function number(bytes) {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  return value;
}

/**
 * @param {bigint} y
 * @param {bigint} odd the lowest bit of x
 * @returns {Point|null}
 */
function pointAt(y, odd) {
  if (y >= p) return null;
  const u = mod(y * y - 1n);
  const v = mod(d * y * y + 1n);
  let x = mod(u * power(v, 3n) * power(u * power(v, 7n), (p - 5n) / 8n));
  const check = mod(v * x * x);
  if (check === mod(-u)) x = mod(x * rootOfMinusOne);
  else if (check !== u) return null;
  if (x === 0n && odd === 1n) return null;
  if ((x & 1n) !== odd) x = p - x;
  return { X: x, Y: y, Z: 1n, T: mod(x * y) };
}

/** @param {Uint8Array} bytes 32 */
function decode(bytes) {
  const all = number(bytes);
  return pointAt(all & (2n ** 255n - 1n), all >> 255n);
}

const base = /** @type {Point} */ (pointAt(mod(4n * power(5n, p - 2n)), 0n));

/**
 * @param {bigint} s
 * @param {bigint} h
 * @param {Point} a
 * @returns {Point} s·base + h·a
 */
function combine(s, h, a) {
  const both = add(base, a);
  let sum = zero;
  for (let bit = 255n; bit >= 0n; bit--) {
    sum = add(sum, sum);
    const one = (s >> bit) & 1n;
    const two = (h >> bit) & 1n;
    if (one && two) sum = add(sum, both);
    else if (one) sum = add(sum, base);
    else if (two) sum = add(sum, a);
  }
  return sum;
}

/**
 * Checks a signature by the arithmetic above. Needs a secure context, for SHA-512.
 *
 * @param {Uint8Array} key 32 bytes
 * @param {Uint8Array} signature 64 bytes
 * @param {Uint8Array} message
 * @returns {Promise<boolean>}
 */
export async function verifyHere(key, signature, message) {
  if (key.length !== 32 || signature.length !== 64) return false;
  const a = decode(key);
  const s = number(signature.subarray(32));
  if (!a || s >= order) return false;
  const hashed = new Uint8Array(64 + message.length);
  hashed.set(signature.subarray(0, 32));
  hashed.set(key, 32);
  hashed.set(message, 64);
  const h = number(new Uint8Array(await crypto.subtle.digest("SHA-512", hashed))) % order;
  const minusA = { X: mod(-a.X), Y: a.Y, Z: a.Z, T: mod(-a.T) };
  const r = combine(s, h, minusA);
  const inverse = power(r.Z, p - 2n);
  const y = mod(r.Y * inverse);
  const written = y | ((mod(r.X * inverse) & 1n) << 255n);
  return written === number(signature.subarray(0, 32));
}

/** Whether Web Crypto has Ed25519; null until it was tried. @type {boolean|null} */
let native = null;

/**
 * Checks a signature, by the browser's own code where it has it.
 *
 * @param {Uint8Array<ArrayBuffer>} key 32 bytes
 * @param {Uint8Array<ArrayBuffer>} signature
 * @param {Uint8Array<ArrayBuffer>} message
 * @returns {Promise<boolean>} rejects where the page has no Web Crypto: it needs https, or localhost
 */
export async function verify(key, signature, message) {
  if (native !== false) {
    try {
      const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
      native = true;
      return await crypto.subtle.verify("Ed25519", imported, signature, message);
    } catch (thrown) {
      if (native || !globalThis.crypto?.subtle) throw thrown;
      native = false;
    }
  }
  return verifyHere(key, signature, message);
}
