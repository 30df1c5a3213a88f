// @ts-check
/** How numbers, times and names are written. English throughout. */

const locale = "en";

/** @type {Map<string, Intl.NumberFormat>} */
const currencies = new Map();

/**
 * How many digits of a currency are its minor unit: those of ISO 4217 that are not
 * 2. A browser's own idea is how prices are usually written, and of some it drops
 * the minor unit: forints would be a hundred times too dear.
 *
 * @param {string} currency
 */
function minorDigits(currency) {
  if (/^(BIF|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|UYI|VND|VUV|XAF|XOF|XPF)$/.test(currency)) return 0;
  if (/^(BHD|IQD|JOD|KWD|LYD|OMR|TND)$/.test(currency)) return 3;
  return /^(CLF|UYW)$/.test(currency) ? 4 : 2;
}

/**
 * @param {number} minor an amount in minor units
 * @param {string} currency ISO 4217
 * @returns {string} for example €45.00
 */
export function money(minor, currency) {
  let format = currencies.get(currency);
  const digits = minorDigits(currency);
  if (!format) {
    format = new Intl.NumberFormat(locale, { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits });
    currencies.set(currency, format);
  }
  return format.format(minor / 10 ** digits);
}

/** @param {number} n */
export function count(n) {
  return new Intl.NumberFormat(locale).format(n);
}

/**
 * @param {number} n
 * @param {string} one
 * @param {string} many
 */
export function plural(n, one, many) {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/**
 * A seat's accessible name. Tests and assistive tools rely on its form.
 *
 * @param {{seatNumber: string, category: string, price: number}} seat
 * @param {string} currency
 */
export function seatName(seat, currency) {
  return `${seat.seatNumber}, ${seat.category}, ${money(seat.price, currency)}`;
}

/**
 * @param {number} ms
 * @returns {string} a countdown: 4:07, or 1:02:09 with hours
 */
export function countdown(ms) {
  const s = Math.max(0, Math.ceil(ms / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const hours = Math.floor(s / 3600);
  const minutes = Math.floor(s / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** @param {number} seconds */
function span(seconds) {
  if (seconds < 60) return { n: Math.max(1, Math.round(seconds / 10) * 10), unit: "second" };
  if (seconds < 100 * 60) return { n: Math.round(seconds / 60), unit: "minute" };
  return { n: Math.round(seconds / 360) / 10, unit: "hour" };
}

/**
 * @param {{p50: number, p90: number}|null} eta seconds
 * @returns {string} the expected wait in words
 */
export function wait(eta) {
  if (!eta) return "not known yet";
  if (eta.p90 < 60) return "less than a minute";
  const from = span(Math.max(60, eta.p50));
  const to = span(Math.max(eta.p50, eta.p90));
  const units = (/** @type {{n: number, unit: string}} */ s) => `${s.n} ${s.unit}${s.n === 1 ? "" : "s"}`;
  if (from.unit !== to.unit) return `${units(from)} to ${units(to)}`;
  if (from.n === to.n) return `about ${units(to)}`;
  return `${from.n} to ${units(to)}`;
}

/**
 * @param {string} moment
 * @param {number} now ms
 * @returns {string} the time of day, with the date unless that is today
 */
export function when(moment, now) {
  const at = new Date(moment);
  const sameDay = at.toDateString() === new Date(now).toDateString();
  return new Intl.DateTimeFormat(
    "en-GB",
    sameDay ? { timeStyle: "short" } : { dateStyle: "full", timeStyle: "short" },
  ).format(at);
}

/**
 * @param {number} at ms
 * @returns {string} the time of day to the second: 12:58:03
 */
export function timeOfDay(at) {
  return new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" }).format(at);
}

const natural = new Intl.Collator(locale, { numeric: true, sensitivity: "base" });

/**
 * Orders seat numbers and rows as people count: A-2 before A-14.
 *
 * @param {string} a
 * @param {string} b
 */
export function byName(a, b) {
  return natural.compare(a, b);
}

/**
 * What a change was, in two texts for people: only what differs, one "name:
 * value" after another.
 * @param {Record<string, unknown>|null} before
 * @param {Record<string, unknown>|null} after
 * @returns {[string, string]}
 */
export function difference(before, after) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter(
    (name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]),
  );
  /** @param {Record<string, unknown>|null} side */
  const text = (side) =>
    names
      .filter((name) => side !== null && name in side)
      .map((name) => `${name}: ${isolate(String(side?.[name] ?? "none"))}`)
      .join(", ");
  return [text(before), text(after)];
}

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/**
 * A name that people wrote, for a sentence in plain text: one written from right to
 * left turns nothing around it. Where there are elements, `bdi` does the same.
 *
 * @param {string} name
 */
export function isolate(name) {
  return rightToLeft.test(name) ? `\u2068${name}\u2069` : name;
}
