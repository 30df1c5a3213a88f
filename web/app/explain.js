// @ts-check
import { errors, outside } from "./texts/chosen.js";

/**
 * Puts an error's code into words for the person who reads it. A code without a
 * text of its own is shown by its detail, which is in English, on English pages.
 *
 * @param {{code: string, detail?: string, seats?: string[]}} fault
 * @returns {string}
 */
export function explain(fault) {
  const text = errors[Object.prototype.hasOwnProperty.call(errors, fault.code) ? fault.code : "other"];
  return typeof text === "string" ? text : text({ detail: fault.detail ?? "", seats: fault.seats ?? [] });
}

/**
 * Says why the fan is out of the line.
 *
 * @param {string} reason lapsed's reason, or this page's own: finished, left, ended
 */
export function explainOut(reason) {
  return Object.prototype.hasOwnProperty.call(outside.reasons, reason) ? outside.reasons[reason] : outside.reasons.ended;
}
