// @ts-check
import { h, text } from "../dom.js";

/** What screen readers hear of things that nobody pressed a button for. */
const polite = h("div", { class: "unseen", "aria-live": "polite" });
const assertive = h("div", { class: "unseen", "aria-live": "assertive" });

/** @returns {HTMLElement[]} to be put into the page once, before anything is said */
export function announcers() {
  return [polite, assertive];
}

/** @param {string} words */
export function announce(words) {
  text(polite, words);
}

/** @param {string} words */
export function interrupt(words) {
  text(assertive, words);
}
