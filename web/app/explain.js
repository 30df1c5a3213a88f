// @ts-check
import { errors, outside, unknownError } from "./texts/chosen.js";

/**
 * Puts an error's code into words for the person who reads it. A code without a
 * text of its own is shown by its detail.
 *
 * @param {{code: string, detail?: string, seats?: string[]}} fault
 * @returns {string}
 */
export function explain(fault) {
  const detail = fault.detail ?? "";
  const text = Object.prototype.hasOwnProperty.call(errors, fault.code) ? errors[fault.code] : detail || unknownError;
  return typeof text === "string" ? text : text({ detail, seats: fault.seats ?? [] });
}

/**
 * Says why the fan is out of the line.
 *
 * @param {string} reason lapsed's reason, or this page's own: finished, left, ended
 */
export function explainOut(reason) {
  return Object.prototype.hasOwnProperty.call(outside.reasons, reason) ? outside.reasons[reason] : outside.reasons.ended;
}
