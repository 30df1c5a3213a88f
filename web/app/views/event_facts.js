// @ts-check
import { h, show } from "../dom.js";
import { inZone } from "../format.js";
import { tickets as texts } from "../texts/chosen.js";

/** @typedef {import("../types/app.js").KnownSeason} KnownSeason */

/**
 * When and where the event of a season is, as far as the organiser has said: in the
 * event's own time zone, with its name.
 *
 * @param {KnownSeason} season
 * @returns {string[]}
 */
export function eventLines(season) {
  const { startsAt, doorsAt, timeZone, venue } = season;
  const zone = timeZone ?? "UTC";
  const place = venue ? [venue.name, venue.address].filter(Boolean).join(", ") : "";
  return [startsAt ? inZone(startsAt, zone) : "", doorsAt ? texts.doors(inZone(doorsAt, zone, startsAt)) : "", place].filter(Boolean);
}

/**
 * The same as an element that follows the season.
 *
 * @param {string} className
 */
export function eventFacts(className) {
  const element = h("p", { class: `event-facts ${className}`, hidden: true });
  let drawn = "";
  return {
    element,
    /** @param {KnownSeason|null|undefined} season */
    update(season) {
      const lines = season ? eventLines(season) : [];
      const next = lines.join("\n");
      if (next === drawn) return;
      drawn = next;
      element.replaceChildren(...lines.map((line) => h("bdi", null, line)));
      show(element, lines.length > 0);
    },
  };
}
