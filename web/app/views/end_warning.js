// @ts-check
import { h, show, text } from "../dom.js";
import * as clock from "../clock.js";
import { TimeWarning, warnings } from "../time_warning.js";
import { announceTime } from "./announcer.js";

/**
 * The warning that a time ends: visible in its last minute, spoken politely twice.
 *
 * @param {(seconds: number) => string} words
 * @param {(HTMLElement|null)[]} inside what may be done about it
 * @param {boolean} spoken whether this one speaks; of two on one page only one does
 */
export function endWarning(words, inside = [], spoken = true) {
  const said = h("p");
  const element = h("div", { class: "end-warning note", hidden: true }, said, ...inside);
  const warning = new TimeWarning();
  /** @type {string|null} */
  let end = null;
  return {
    element,
    /** @param {string|null} next when the time ends; null: it does not run */
    set(next) {
      end = next;
      this.tick();
    },
    tick() {
      const left = end === null ? 0 : clock.left(end);
      show(element, left > 0 && left <= warnings[0] * 1000);
      const seconds = warnings.filter((at) => left <= at * 1000).pop();
      if (seconds) text(said, words(seconds));
      const due = warning.due(end, left);
      if (due && spoken) announceTime(words(due));
    },
  };
}
