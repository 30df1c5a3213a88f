// @ts-check
import { explain } from "./explain.js";
import { clockTime, isolate } from "./format.js";
import { gate as texts } from "./texts/chosen_work.js";
import { claimed } from "./ticket_code.js";

/**
 * What the gate shows and plays for the answer to a scan.
 *
 * @typedef {import("../../clients/js/wire.js").CheckInResult|"offline"|"unchecked"} Result offline: admitted by this device, without the server
 * @typedef {Pick<import("../../clients/js/wire.js").CheckIn, "result"|"ticket"|"admittedAt"|"gate"> & {byHand?: boolean}} Answer of POST /checkins
 *
 * @typedef {object} Outcome
 * @property {Result} result
 * @property {string} word "Admitted", "Admitted offline", "Already admitted", "Not valid", or "Not checked"
 * @property {string} detail in lines
 * @property {string} seat "" when the code is not a ticket's
 * @property {boolean} offline whether the server could not be reached
 */

/** A sign beside every word, for people who cannot tell the colours apart. */
export const signs = { admitted: "✓", offline: "✓", already_admitted: "‼", invalid: "✕", void: "✕", unchecked: "?" };

/** How long an outcome is shown, in ms. "Admitted" goes first, so that the next person does not walk in under it. @type {Record<Result, number>} */
export const shownFor = { admitted: 7000, offline: 7000, already_admitted: 15_000, invalid: 15_000, void: 15_000, unchecked: 15_000 };

/** The tones of an outcome, as [hertz, milliseconds] in their order; 0 hertz is silence. @type {Record<Result, number[][]>} */
export const tones = {
  admitted: [[1320, 140]],
  offline: [[1320, 90], [0, 60], [1320, 90]],
  already_admitted: [[520, 120], [0, 70], [520, 120]],
  invalid: [[190, 480]],
  void: [[190, 480]],
  unchecked: [[330, 110], [0, 60], [330, 110], [0, 60], [330, 110]],
};

/**
 * Puts the server's answer to a scan into words.
 *
 * @param {Answer} answer
 * @param {{code: string, season: string, now: number, lost: boolean}} scan lost: an earlier scan here, whose answer was lost, may have been the one that counted
 * @returns {Outcome}
 */
export function outcomeOf(answer, scan) {
  const ticket = answer.ticket;
  const who = ticket ? [ticket.seatNumber, isolate(ticket.category), ticket.type && isolate(ticket.type), isolate(ticket.holder)].filter(Boolean).join(" · ") : "";
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
 * Puts the answer of a gate that checked by itself into words.
 *
 * @param {import("./gate_offline.js").OfflineAnswer} answer
 * @param {number} now the server's time in ms
 * @returns {Outcome}
 */
export function offlineOutcome(answer, now) {
  const seat = answer.ticket?.seatNumber ?? "";
  const outcome = { offline: true, seat };
  switch (answer.result) {
    case "admitted":
      return { ...outcome, result: "offline", word: texts.admittedOffline, detail: `${seat}\n${texts.checkedHere}` };
    case "already_admitted":
      return { ...outcome, result: answer.result, word: texts.alreadyAdmitted, detail: [texts.firstScan(clockTime(answer.admittedAt ?? "", now), answer.gate ?? "", false), seat].join("\n") };
    case "void":
      return { ...outcome, result: answer.result, word: texts.notValid, detail: `${seat}\n${texts.givenBack}` };
    case "invalid":
      return { ...outcome, result: answer.result, word: texts.notValid, detail: whyRefused(answer) };
    default:
      return { ...outcome, result: "unchecked", word: texts.notChecked, detail: /** @type {Record<string, string>} */ (texts.offlineWhy)[answer.why ?? ""] ?? texts.disconnected };
  }
}

/** @param {import("./gate_offline.js").OfflineAnswer} answer */
function whyRefused(answer) {
  if (answer.why === "season") return texts.otherSeason(answer.season ?? "");
  if (answer.why === "forged") return texts.forged;
  return answer.kind === "usher-place" ? texts.place : texts.noTicket;
}

/**
 * Says what was wrong with a guest whom this gate let in without the server.
 *
 * @param {import("./gate_store.js").KeptScan} scan a conflict
 * @param {number} now the server's time in ms
 * @returns {string}
 */
export function conflictText(scan, now) {
  const here = texts.letIn(scan.seat, clockTime(new Date(scan.at).toISOString(), now), scan.gate);
  const answer = scan.answer;
  switch (answer?.result) {
    case "already_admitted":
      return `${here} ${texts.wasAdmitted(clockTime(answer.admittedAt ?? "", now), answer.gate ?? "")}`;
    case "void":
      return `${here} ${texts.wasGivenBack}`;
    case "invalid":
      return `${here} ${texts.wasUnknown}`;
    default:
      return `${here} ${texts.wasRefused(explain({ code: answer?.why ?? "internal" }))}`;
  }
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
