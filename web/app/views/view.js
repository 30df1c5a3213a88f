// @ts-check
/**
 * What every view is: an element, made once; update draws a state into it; tick
 * moves its timers, four times a second; dispose lets go of what it listens to.
 *
 * @typedef {object} View
 * @property {HTMLElement} element
 * @property {(state: import("../types/app.js").State) => void} update
 * @property {() => void} [tick]
 * @property {() => void} [dispose]
 */
export {};
