// @ts-check
import { blank } from "./line_memory.js";

/**
 * What the page keeps in the browser. Storage may be full, forbidden or broken: the
 * page then works without it and forgets more.
 *
 * @typedef {import("./line_memory.js").LineMemory} LineMemory
 * @typedef {import("./types/app.js").Purchase} Purchase
 */

/**
 * @param {Storage} storage
 * @param {string} key
 * @returns {any}
 */
function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {Storage} storage
 * @param {string} key
 * @param {unknown} value null removes
 */
function write(storage, key, value) {
  try {
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify(value));
  } catch {
    // A private window may refuse; see above.
  }
}

/**
 * @param {string} season
 * @param {string} user
 */
const lineKey = (season, user) => `usher.standing.${season}.${user}`;

/**
 * @param {string} season
 * @param {string} user
 * @returns {LineMemory}
 */
export function line(season, user) {
  return { ...blank, ...read(localStorage, lineKey(season, user)) };
}

/**
 * @param {string} season
 * @param {string} user
 * @param {LineMemory} memory
 */
export function keepLine(season, user, memory) {
  write(localStorage, lineKey(season, user), memory);
}

/** Forgets every place in line: the next sign-in joins at the end. */
export function forgetLines() {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith("usher.standing.")) localStorage.removeItem(key);
    }
  } catch {
    // Storage is forbidden: nothing was kept.
  }
}

const callingKey = "usher.calling";

/** How a fan wants to be called, on this device. @typedef {{notify: boolean, screen: boolean}} Calling */

/** @returns {Calling} */
export function calling() {
  return { notify: false, screen: false, ...read(localStorage, callingKey) };
}

/** @param {Calling} calling */
export function keepCalling(calling) {
  write(localStorage, callingKey, calling);
}

const purchaseKey = "usher.purchase";

/**
 * @param {string} season
 * @param {string} user
 * @returns {Purchase|null} the purchase that may not be settled yet
 */
export function purchase(season, user) {
  const kept = read(sessionStorage, purchaseKey);
  return kept && kept.season === season && kept.user === user ? kept : null;
}

/** @param {Purchase|null} kept */
export function keepPurchase(kept) {
  write(sessionStorage, purchaseKey, kept);
}

const doneKey = "usher.done";

/**
 * @param {string} season
 * @param {string} user
 * @returns {import("./types/app.js").Done|null} what was bought last in this tab's visit
 */
export function done(season, user) {
  const kept = read(sessionStorage, doneKey);
  return kept && kept.season === season && kept.user === user ? kept.done : null;
}

/**
 * @param {string} season
 * @param {string} user
 * @param {import("./types/app.js").Done|null} done
 */
export function keepDone(season, user, done) {
  write(sessionStorage, doneKey, done && { season, user, done });
}

/**
 * What this browser saw of a draw before its order could be known. gathered is the
 * hash of the fans who had gathered, with a slash and the beacon's round if there
 * is one.
 *
 * @typedef {{commitment: string, gathered: string}} NotedDraw
 */

/** @param {string} season */
const drawKey = (season) => `usher.draw.${season}`;

/**
 * @param {string} season
 * @returns {NotedDraw}
 */
export function drawNoted(season) {
  return { commitment: "", gathered: "", ...read(localStorage, drawKey(season)) };
}

/**
 * Notes what is seen first; a note is never replaced.
 *
 * @param {string} season
 * @param {NotedDraw} seen
 */
export function noteDraw(season, seen) {
  const before = drawNoted(season);
  write(localStorage, drawKey(season), { commitment: before.commitment || seen.commitment, gathered: before.gathered || seen.gathered });
}
