// @ts-check
/**
 * A part of the page. The element is made once; update draws a state into it; tick
 * moves its timers, four times a second; dispose ends its timers and listeners.
 *
 * @typedef {object} View
 * @property {HTMLElement} element
 * @property {(state: import("../types/app.js").State) => void} update
 * @property {() => void} [tick]
 * @property {() => void} [dispose]
 */
export {};
