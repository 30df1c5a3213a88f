// @ts-check
/** How numbers, times and names are written. The words are in texts/. */

/** How the page's language writes numbers and dates, and the forms of its plurals. */
let numbers = "en";
let dates = "en-GB";
let rightToLeftPage = false;
let integers = new Intl.NumberFormat(numbers);
let pluralRules = new Intl.PluralRules(numbers);

/** @type {Map<string, Intl.NumberFormat>} */
const currencies = new Map();

/**
 * Chooses how everything below is written.
 *
 * @param {{numbers: string, dates: string}} locale BCP 47 tags
 */
export function setLocale(locale) {
  ({ numbers, dates } = locale);
  rightToLeftPage = numbers.startsWith("ar");
  integers = new Intl.NumberFormat(numbers);
  pluralRules = new Intl.PluralRules(numbers);
  currencies.clear();
}

/**
 * How many digits the minor unit of a currency has, by ISO 4217. A browser's own
 * count is how prices are usually written: it drops the minor unit of some, and
 * prices in forints would be a hundred times too high.
 *
 * @param {string} currency
 */
export function minorDigits(currency) {
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
    format = new Intl.NumberFormat(numbers, { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits });
    currencies.set(currency, format);
  }
  return format.format(minor / 10 ** digits);
}

/** @param {number} n */
export function count(n) {
  return integers.format(n);
}

/**
 * Plural forms that a text lacked, for the tests and for who translates.
 *
 * @type {Set<string>}
 */
export const lackingForms = new Set();

/**
 * Chooses the form of a text for a number.
 *
 * @param {number} n
 * @param {Partial<Record<Intl.LDMLPluralRule, string>> & {other: string}} forms every form that CLDR has for the language
 */
export function byCount(n, forms) {
  const category = pluralRules.select(n);
  if (forms[category] === undefined) lackingForms.add(`${category}: ${forms.other}`);
  return forms[category] ?? forms.other;
}

/**
 * A number and its noun, in a language with two forms.
 *
 * @param {number} n
 * @param {string} one
 * @param {string} other
 */
export function plural(n, one, other) {
  return `${count(n)} ${byCount(n, { one, other })}`;
}

/**
 * Names in one line, such as those of seats.
 *
 * @param {string[]} names
 */
export function list(names) {
  return names.map(isolate).join(rightToLeftPage ? "، " : ", ");
}

/**
 * A seat's accessible name. Tests and assistive tools rely on its form.
 *
 * @param {{seatNumber: string, category: string, price: number}} seat
 * @param {string} currency
 */
export function seatName(seat, currency) {
  return list([seat.seatNumber, seat.category, money(seat.price, currency)]);
}

/**
 * The expected wait in words.
 *
 * @param {import("../../clients/js/wire.js").ETA|null} eta seconds
 * @param {{unknown: string, soon: string, about: (span: string) => string, range: (from: string, to: string) => string}} words
 */
export function waitInWords(eta, words) {
  if (!eta) return words.unknown;
  if (eta.p90 < 60) return words.soon;
  const from = rounded(Math.max(60, eta.p50));
  const to = rounded(Math.max(eta.p50, eta.p90));
  if (from.unit !== to.unit) return words.range(span(from), span(to));
  if (from.n === to.n) return words.about(span(to));
  return words.range(count(from.n), span(to));
}

/** @param {number} seconds */
function rounded(seconds) {
  if (seconds < 60) return { n: Math.max(1, Math.round(seconds / 10) * 10), unit: "second" };
  if (seconds < 100 * 60) return { n: Math.round(seconds / 60), unit: "minute" };
  return { n: Math.round(seconds / 360) / 10, unit: "hour" };
}

/** @param {{n: number, unit: string}} time for example 5 minutes */
function span({ n, unit }) {
  return new Intl.NumberFormat(numbers, { style: "unit", unit, unitDisplay: "long" }).format(n);
}

/**
 * @param {number} seconds
 * @returns {string} a length of time in words: 45 seconds, 15 minutes, 2.5 hours
 */
export function duration(seconds) {
  if (seconds < 120 && seconds % 60) return span({ n: seconds, unit: "second" });
  return span(seconds < 120 * 60 ? { n: Math.round(seconds / 60), unit: "minute" } : { n: Math.round(seconds / 360) / 10, unit: "hour" });
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

/**
 * @param {string} moment
 * @param {number} now ms
 */
export function isToday(moment, now) {
  return new Date(moment).toDateString() === new Date(now).toDateString();
}

/**
 * @param {string} moment
 * @param {number} now ms
 * @returns {string} the time of day, with the date unless that is today
 */
export function when(moment, now) {
  const at = new Date(moment);
  const sameDay = isToday(moment, now);
  return new Intl.DateTimeFormat(
    dates,
    sameDay ? { timeStyle: "short" } : { dateStyle: "full", timeStyle: "short" },
  ).format(at);
}

/**
 * @param {number} at ms
 * @returns {string} the time of day to the second: 12:58:03
 */
export function timeOfDay(at) {
  return new Intl.DateTimeFormat(dates, { timeStyle: "medium" }).format(at);
}

/**
 * @param {string} moment
 * @param {number} now ms
 * @returns {string} the time of day to the second, with the date unless that is today
 */
export function clockTime(moment, now) {
  const at = new Date(moment);
  const sameDay = isToday(moment, now);
  return new Intl.DateTimeFormat(dates, sameDay ? { timeStyle: "medium" } : { dateStyle: "medium", timeStyle: "medium" }).format(at);
}

/** @param {number} at ms @returns {string} the date and the time of day */
export function dateTime(at) {
  return new Intl.DateTimeFormat(dates, { dateStyle: "full", timeStyle: "short" }).format(at);
}

/**
 * A moment as the clocks at the event show it, with the name of their time zone.
 *
 * @param {string} moment
 * @param {string} zone a name of the IANA time zone database
 * @param {string|null} [beside] a moment that stands beside it: the date is left out if it is the same
 */
export function inZone(moment, zone, beside) {
  const write = (/** @type {string} */ at, /** @type {Intl.DateTimeFormatOptions} */ how) => {
    try {
      return [new Intl.DateTimeFormat(dates, { ...how, timeZone: zone }).format(new Date(at)), zone];
    } catch {
      // A browser that does not know the zone yet.
      return [new Intl.DateTimeFormat(dates, { ...how, timeZone: "UTC" }).format(new Date(at)), "UTC"];
    }
  };
  const sameDay = beside && write(moment, { dateStyle: "short" })[0] === write(beside, { dateStyle: "short" })[0];
  const [time, name] = write(moment, sameDay ? { timeStyle: "short" } : { dateStyle: "full", timeStyle: "short" });
  return `${time} (${name})`;
}

const natural = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/**
 * Orders seat numbers and rows in natural order: A-2 before A-14, in every language
 * the same.
 *
 * @param {string} a
 * @param {string} b
 */
export function byName(a, b) {
  return natural.compare(a, b);
}

/**
 * Describes a change in two texts, before and after: only what differs, each as
 * "name: value".
 *
 * @param {Record<string, unknown>|null} before
 * @param {Record<string, unknown>|null} after
 * @param {string} none stands for null
 * @returns {[string, string]}
 */
export function difference(before, after, none) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter(
    (name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]),
  );
  /** @param {Record<string, unknown>|null} side */
  const text = (side) =>
    names
      .filter((name) => side !== null && name in side)
      .map((name) => `${name}: ${isolate(String(side?.[name] ?? none))}`)
      .join(", ");
  return [text(before), text(after)];
}

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/**
 * Isolates a name for a sentence of plain text, so that a name written from right
 * to left does not reorder the words around it, and on a page written from right to
 * left no other name does. In HTML, `bdi` does the same.
 *
 * @param {string} name
 */
export function isolate(name) {
  return rightToLeftPage || rightToLeft.test(name) ? `\u2068${name}\u2069` : name;
}
