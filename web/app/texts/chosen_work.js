// @ts-check
/**
 * The texts of the pages for work and for checking in the language of this page; see
 * chosen.js. start.js loads them on these pages only: /gate, /desk, /admin and /draw.
 */

/** @typedef {typeof import("./en_work.js")} Texts */

/** @type {Texts["gate"]} */ export let gate;
/** @type {Texts["desk"]} */ export let desk;
/** @type {Texts["admin"]} */ export let admin;
/** @type {Texts["look"]} */ export let look;
/** @type {Texts["phasePlan"]} */ export let phasePlan;
/** @type {Texts["codes"]} */ export let codes;
/** @type {Texts["allotments"]} */ export let allotments;
/** @type {Texts["cancelShow"]} */ export let cancelShow;
/** @type {Texts["check"]} */ export let check;
/** @type {Texts["rehearsals"]} */ export let rehearsals;
/** @type {Texts["draw"]} */ export let draw;
/** @type {Texts["season"]} */ export let season;
/** @type {Texts["seatPlan"]} */ export let seatPlan;
/** @type {Texts["fan"]} */ export let fan;

/** @param {Texts} texts one language's */
export function use(texts) {
  ({ gate, desk, admin, look, phasePlan, codes, allotments, cancelShow, check, rehearsals, draw, season, seatPlan, fan } = texts);
}
