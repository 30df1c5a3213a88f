// @ts-check
import { explain } from "./explain.js";
import { clockTime, isolate } from "./format.js";
import { gate as texts } from "./texts/chosen_work.js";

/**
 * What the gate shows and plays for the answer to a scan.
 *
 * @typedef {import("../../clients/js/wire.js").CheckInResult|"unchecked"} Result
 * @typedef {Pick<import("../../clients/js/wire.js").CheckIn, "result"|"ticket"|"admittedAt"|"gate"> & {byHand?: boolean}} Answer of POST /checkins
 *
 * @typedef {object} Outcome
 * @property {Result} result
 * @property {string} word "Admitted", "Already admitted", "Not valid", or "Not checked"
 * @property {string} detail in lines
 * @property {string} seat "" when the code is not a ticket's
 * @property {boolean} offline whether the server could not be reached
 */

/** A sign beside every word, for people who cannot tell the colours apart. */
export const signs = { admitted: "✓", already_admitted: "‼", invalid: "✕", void: "✕", unchecked: "?" };

/** How long an outcome is shown, in ms. "Admitted" goes first, so that the next person does not walk in under it. @type {Record<Result, number>} */
export const shownFor = { admitted: 7000, already_admitted: 15_000, invalid: 15_000, void: 15_000, unchecked: 15_000 };

/** The tones of an outcome, as [hertz, milliseconds] in their order; 0 hertz is silence. @type {Record<Result, number[][]>} */
export const tones = {
  admitted: [[1320, 140]],
  already_admitted: [[520, 120], [0, 70], [520, 120]],
  invalid: [[190, 480]],
  void: [[190, 480]],
  unchecked: [[330, 110], [0, 60], [330, 110], [0, 60], [330, 110]],
};

/**
 * Reads what a code says of itself, unverified: good for telling staff why the
 * server refused the code, and for nothing else.
 *
 * @param {string} code
 * @returns {{typ: string, season: string}}
 */
export function claimed(code) {
  const [head = "", body = ""] = code.split(".");
  /** @param {string} part */
  const json = (part) => {
    try {
      return JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/")));
    } catch {
      return null;
    }
  };
  return { typ: String(json(head)?.typ ?? ""), season: String(json(body)?.season ?? "") };
}

/**
 * Puts the server's answer to a scan into words.
 *
 * @param {Answer} answer
 * @param {{code: string, season: string, now: number, lost: boolean}} scan lost: an earlier scan here, whose answer was lost, may have been the one that counted
 * @returns {Outcome}
 */
export function outcomeOf(answer, scan) {
  const ticket = answer.ticket;
  const who = ticket ? [ticket.seatNumber, isolate(ticket.category), isolate(ticket.holder)].filter(Boolean).join(" · ") : "";
  const outcome = { result: answer.result, offline: false, seat: ticket?.seatNumber ?? "" };
  switch (answer.result) {
    case "admitted":
      return { ...outcome, word: texts.admitted, detail: answer.byHand ? `${who}\n${texts.checkedInByHand}` : who };
    case "already_admitted": {
      const lines = [texts.firstScan(clockTime(answer.admittedAt ?? "", scan.now), answer.gate ?? "", answer.byHand ?? false), who];
      if (scan.lost) lines.push(texts.ownScan);
      return { ...outcome, word: texts.alreadyAdmitted, detail: lines.join("\n") };
    }
    case "void":
      return { ...outcome, word: texts.notValid, detail: `${who}\n${texts.givenBack}` };
    case "invalid":
      return { ...outcome, word: texts.notValid, detail: whyInvalid(scan) };
    default:
      // A result that this page does not know admits no guest.
      return { ...outcome, result: "unchecked", word: texts.notChecked, detail: texts.unknownAnswer };
  }
}

/** @param {{code: string, season: string}} scan */
function whyInvalid(scan) {
  const { typ, season } = claimed(scan.code);
  if (typ === "usher-ticket" && season && season !== scan.season) return texts.otherSeason(season);
  return typ === "usher-place" ? texts.place : texts.noTicket;
}

/**
 * Puts a failed check into words.
 *
 * @param {{code: string, detail?: string}} problem
 * @returns {Outcome}
 */
export function unchecked(problem) {
  const offline = problem.code === "disconnected";
  const outcome = { result: /** @type {const} */ ("unchecked"), word: texts.notChecked, seat: "", offline };
  // The server says itself why it could not read a code.
  const [, why] = /^Not checked: (.+)$/s.exec(problem.detail ?? "") ?? [];
  if (why) return { ...outcome, detail: `${why[0].toUpperCase()}${why.slice(1)}.`, offline: false };
  if (offline) return { ...outcome, detail: texts.disconnected };
  if (problem.code === "unavailable" || problem.code === "draining") return { ...outcome, detail: texts.unavailable };
  return { ...outcome, detail: texts.failed(explain(problem)) };
}
