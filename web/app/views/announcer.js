// @ts-check
import { h, text } from "../dom.js";

/** Live regions: what screen readers announce without an action of the user. */
const polite = h("div", { class: "unseen", "aria-live": "polite" });
// A region of its own: the place in line, said at the same moment, must not replace these words.
const ofSale = h("div", { class: "unseen", "aria-live": "polite" });
// A warning that a time ends must not be replaced by what a press came to.
const ofTime = h("div", { class: "unseen", "aria-live": "polite" });
const assertive = h("div", { class: "unseen", "aria-live": "assertive" });

/** @returns {HTMLElement[]} to be put into the page once, before anything is announced */
export function announcers() {
  return [polite, ofSale, ofTime, assertive];
}

/** @param {string} words */
export function announce(words) {
  text(polite, words);
}

/** @param {string} words */
export function announceSale(words) {
  text(ofSale, words);
}

/** @param {string} words */
export function announceTime(words) {
  text(ofTime, words);
}

/** @param {string} words */
export function interrupt(words) {
  text(assertive, words);
}
