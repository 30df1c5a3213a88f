// @ts-check
/** Times of a wall clock in a time zone, for fields that take a date and a time. */

/** @type {Map<string, Intl.DateTimeFormat>} */
const clocks = new Map();

/**
 * @param {number} at ms
 * @param {string} zone a name of the IANA time zone database; RangeError for one that this browser does not know
 * @returns {number} what the zone's wall clock shows, as ms of a clock in UTC
 */
function wall(at, zone) {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat("en-u-ca-iso8601-nu-latn", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    clocks.set(zone, clock);
  }
  /** @type {Record<string, number>} */
  const part = {};
  for (const { type, value } of clock.formatToParts(at)) part[type] = Number(value);
  return Date.UTC(part.year, part.month - 1, part.day, part.hour % 24, part.minute, part.second);
}

/** @param {string} zone */
export function isKnown(zone) {
  try {
    wall(0, zone);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} moment RFC 3339
 * @param {string} zone
 * @returns {string} the value of a field: 2027-05-01T20:00, with seconds unless they are 0
 */
export function wallTime(moment, zone) {
  const text = new Date(wall(Date.parse(moment), zone)).toISOString();
  return text.slice(0, text.slice(17, 19) === "00" ? 16 : 19);
}

/**
 * When a zone's wall clock shows a time. In the hour that is shown twice in autumn the
 * earlier moment counts.
 *
 * @param {string} text as wallTime writes it
 * @param {string} zone
 * @returns {{at: string|null, twice: boolean}} at: RFC 3339 in UTC; null when the clock skips the time
 */
export function momentOf(text, zone) {
  const shown = Date.parse(`${text}Z`);
  const day = 86_400_000;
  const found = new Set();
  for (const near of [shown - day, shown, shown + day]) {
    const at = shown - (wall(near, zone) - Math.floor(near / 1000) * 1000);
    if (wall(at, zone) === shown) found.add(at);
  }
  if (found.size === 0) return { at: null, twice: false };
  return { at: new Date(Math.min(...found)).toISOString().replace(".000Z", "Z"), twice: found.size > 1 };
}
