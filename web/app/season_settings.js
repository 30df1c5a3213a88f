// @ts-check
import { isKnown, momentOf, wallTime } from "./zone.js";

/**
 * The settings of a season as fields of a form: what a field shows, and the change that
 * the fields together make.
 *
 * @typedef {"text"|"number"|"time"|"zone"|"duration"|"flag"} Kind
 * @typedef {{name: string, kind: Kind, least?: number, most?: number}} Field name: of the setting; a part of it stands behind a dot
 * @typedef {Record<string, any>} Settings
 * @typedef {Record<string, string|boolean>} Values by the name of the field: the text of a control
 */

/** @type {{name: "event"|"sale"|"admission", fields: Field[]}[]} */
export const groups = [
  {
    name: "event",
    fields: [
      { name: "name", kind: "text", most: 200 },
      { name: "startsAt", kind: "time" },
      { name: "doorsAt", kind: "time" },
      { name: "timeZone", kind: "zone" },
      { name: "venue.name", kind: "text", most: 200 },
      { name: "venue.address", kind: "text", most: 300 },
    ],
  },
  {
    name: "sale",
    fields: [
      { name: "opensAt", kind: "time" },
      { name: "closesAt", kind: "time" },
      { name: "currency", kind: "text", most: 3 },
      { name: "maxSeats", kind: "number", least: 1, most: 64 },
      { name: "hold", kind: "duration" },
      { name: "refunds", kind: "flag" },
      { name: "returns", kind: "flag" },
      { name: "challenge", kind: "flag" },
      { name: "guests", kind: "flag" },
    ],
  },
  {
    name: "admission",
    fields: [
      { name: "activeLimit", kind: "number", least: 1, most: 1_000_000 },
      { name: "admitPerMinute", kind: "number", least: 0, most: 1_000_000 },
      { name: "turnWindow", kind: "duration" },
      { name: "lease", kind: "duration" },
      { name: "session", kind: "duration" },
      { name: "absence", kind: "duration" },
      { name: "forget", kind: "duration" },
    ],
  },
];

/** Every field. */
export const fields = groups.flatMap((group) => group.fields);

/**
 * @param {Settings} settings
 * @param {string} name
 */
export function settingOf(settings, name) {
  const [whole, part] = name.split(".");
  return part ? (settings[whole]?.[part] ?? null) : (settings[whole] ?? null);
}

/** The zone in which times are shown: UTC where this browser does not know the zone. @param {string} zone */
export const shownZone = (zone) => (isKnown(zone) ? zone : "UTC");

/**
 * @param {Settings} settings
 * @returns {Values}
 */
export function valuesOf(settings) {
  const zone = shownZone(settings.timeZone);
  /** @type {Values} */
  const values = {};
  for (const { name, kind } of fields) {
    const is = settingOf(settings, name);
    values[name] = kind === "flag" ? Boolean(is) : is === null ? "" : kind === "time" ? wallTime(is, zone) : String(is);
  }
  return values;
}

/**
 * The settings that the fields change. Times are of the wall clock of the season's zone,
 * and stay so when the zone changes.
 *
 * @param {Settings} base the settings from which the fields began
 * @param {Values} values
 * @returns {{patch: Settings, wrong: {field: string, code: string}[], twice: string[]}} wrong: what cannot be sent; twice: times that the clock
 * shows twice, of which the earlier is meant
 */
export function changeOf(base, values) {
  const was = valuesOf(base);
  /** @type {Settings} */
  const patch = {};
  const wrong = [];
  const twice = [];
  const zone = String(values.timeZone).trim();
  const moved = zone !== base.timeZone;
  for (const { name, kind } of fields) {
    const value = values[name];
    const same = value === was[name];
    if (name.includes(".") || (same && !(kind === "time" && moved && value !== ""))) continue;
    switch (kind) {
      case "flag":
        patch[name] = value;
        break;
      case "number":
        patch[name] = value === "" ? null : Number(value);
        break;
      case "time": {
        if (value === "") {
          patch[name] = null;
          break;
        }
        if (!isKnown(zone)) break; // the server refuses the zone, or knows one that this browser does not
        const moment = momentOf(String(value), zone);
        if (moment.at === null) wrong.push({ field: name, code: "skipped" });
        else if (moment.at !== settingOf(base, name)) patch[name] = moment.at;
        if (moment.twice) twice.push(name);
        break;
      }
      default:
        patch[name] = kind === "text" ? value : String(value).trim();
    }
  }
  const house = String(values["venue.name"]);
  const address = String(values["venue.address"]);
  if (house !== was["venue.name"] || address !== was["venue.address"]) patch.venue = house === "" && address === "" ? null : { name: house, address };
  return { patch, wrong, twice };
}

/** The units of durations, in ms, as Go writes them. */
export const units = /** @type {const} */ ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 });

/**
 * @param {string} text a duration as Go writes it: 90s, 1m30s, 500ms
 * @returns {{count: number, unit: keyof typeof units}} in the largest unit in which it is whole
 */
export function durationOf(text) {
  let ms = 0;
  for (const [, n, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)) ms += Number(n) * units[/** @type {keyof typeof units} */ (unit)];
  // Go writes minutes and hours only from two of them on, and so do people.
  for (const unit of /** @type {const} */ (["h", "m", "s"])) if (ms % units[unit] === 0 && ms >= (unit === "s" ? 1 : 2) * units[unit]) return { count: ms / units[unit], unit };
  return { count: ms, unit: "ms" };
}

/**
 * The settings that differ, in the order of the form.
 *
 * @param {Settings} before
 * @param {Settings} after
 * @returns {Field[]}
 */
export function changed(before, after) {
  // No venue and a venue without an address have the same address.
  const value = (/** @type {Settings} */ of, /** @type {string} */ name) => (settingOf(of, name) === "" ? null : settingOf(of, name));
  return fields.filter(({ name }) => value(before, name) !== value(after, name));
}
