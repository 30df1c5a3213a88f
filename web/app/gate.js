// @ts-check
import { explain } from "./explain.js";
import { isolate } from "./format.js";

/**
 * What a scan at the gate comes to, and in which order scans are checked. No
 * view: the page /gate shows it.
 *
 * @typedef {"admitted"|"already_admitted"|"invalid"|"void"|"unchecked"} Result
 *
 * @typedef {object} Answer of POST /checkins
 * @property {Result} result
 * @property {import("./types/wire.js").Ticket|null} ticket
 * @property {string|null} admittedAt
 * @property {string|null} gate
 * @property {boolean} [byHand] whether staff looked the ticket up
 *
 * @typedef {object} Verdict
 * @property {Result} result
 * @property {string} word "Admitted", "Already admitted", "Not valid", or "Not checked"
 * @property {string} detail in lines
 * @property {string} seat "" when the code is no ticket's
 * @property {boolean} offline whether the server could not be reached
 */

/** A sign beside every word, for whoever cannot tell the colours apart. */
export const signs = { admitted: "✓", already_admitted: "‼", invalid: "✕", void: "✕", unchecked: "?" };

/** How long a result is shown, in ms. What lets somebody in goes first, lest the next person walks in under it. @type {Record<Result, number>} */
export const shownFor = { admitted: 7000, already_admitted: 15_000, invalid: 15_000, void: 15_000, unchecked: 15_000 };

/** What is heard, as [hertz, milliseconds] one after another, 0 being silence. @type {Record<Result, number[][]>} */
export const tones = {
  admitted: [[1320, 140]],
  already_admitted: [[520, 120], [0, 70], [520, 120]],
  invalid: [[190, 480]],
  void: [[190, 480]],
  unchecked: [[330, 110], [0, 60], [330, 110], [0, 60], [330, 110]],
};

/**
 * @param {string} moment
 * @param {number} now ms
 * @returns {string} the time of day to the second, with the date unless that is today
 */
export function clockTime(moment, now) {
  const at = new Date(moment);
  const sameDay = at.toDateString() === new Date(now).toDateString();
  return new Intl.DateTimeFormat("en-GB", sameDay ? { timeStyle: "medium" } : { dateStyle: "medium", timeStyle: "medium" }).format(at);
}

/**
 * What a code says of itself. Nobody has verified it: good for telling staff why
 * the server refused it, and for nothing else.
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
 * @param {Answer} answer
 * @param {{code: string, season: string, now: number, lost: boolean}} scan lost: an earlier scan here may have been the one that counted
 * @returns {Verdict}
 */
export function verdictOf(answer, scan) {
  const ticket = answer.ticket;
  const who = ticket ? [ticket.seatNumber, isolate(ticket.category), isolate(ticket.holder)].filter(Boolean).join(" · ") : "";
  const verdict = { result: answer.result, offline: false, seat: ticket?.seatNumber ?? "" };
  switch (answer.result) {
    case "admitted":
      return { ...verdict, word: "Admitted", detail: answer.byHand ? `${who}\nChecked in by hand.` : who };
    case "already_admitted": {
      const lines = [`at ${clockTime(answer.admittedAt ?? "", scan.now)}, gate ${isolate(answer.gate ?? "")}${answer.byHand ? ", by hand" : ""}`, who];
      if (scan.lost) lines.push("This was most likely your own scan of a moment ago, whose answer was lost.");
      return { ...verdict, word: "Already admitted", detail: lines.join("\n") };
    }
    case "void":
      return { ...verdict, word: "Not valid", detail: `${who}\nThis ticket was given back.` };
    case "invalid": {
      const says = claimed(scan.code);
      let why = "This is no ticket of this season.";
      if (says.typ === "usher-ticket" && says.season && says.season !== scan.season) why = `This says it is a ticket of another season: ${says.season}.`;
      else if (says.typ === "usher-place") why = "This is a place in the line, not a ticket.";
      return { ...verdict, word: "Not valid", detail: why };
    }
    default:
      // A word this page does not know lets nobody in.
      return { ...verdict, result: "unchecked", word: "Not checked", detail: "The server's answer is not understood. Reload this page." };
  }
}

/**
 * @param {{code: string, detail?: string}} problem
 * @returns {Verdict}
 */
export function unchecked(problem) {
  const offline = problem.code === "disconnected";
  // The server's own words of a code that it could not read.
  const [, why] = /^Not checked: (.+)$/s.exec(problem.detail ?? "") ?? [];
  if (why) return { result: "unchecked", word: "Not checked", detail: `${why[0].toUpperCase()}${why.slice(1)}.`, seat: "", offline: false };
  const away = offline || problem.code === "unavailable" || problem.code === "draining";
  const detail = offline
    ? "No connection. This ticket was not checked: scan it again."
    : away
      ? "The server does not answer. This ticket was not checked: scan it again."
      : `${explain(problem)} This ticket was not checked.`;
  return { result: "unchecked", word: "Not checked", detail, seat: "", offline };
}

/**
 * Checks scans one after another, in the order in which they came: a hand scanner
 * is quicker than a bad network, and each answer belongs to one person.
 */
export class Scans {
  /**
   * @param {object} o
   * @param {(code: string, gate: string) => Promise<Answer>} o.send
   * @param {() => number} o.now the server's time in ms
   * @param {string} o.season
   * @param {(code: string, waiting: number) => void} o.begun
   * @param {(verdict: Verdict, code: string) => void} o.done
   */
  constructor(o) {
    this.o = o;
    /** @type {{code: string, gate: string}[]} */
    this.queue = [];
    this.busy = false;
    /** When codes were first sent whose answer never came, by code and gate. @type {Map<string, number>} */
    this.unanswered = new Map();
  }

  /**
   * @param {string} code
   * @param {string} gate
   */
  add(code, gate) {
    code = code.trim();
    if (!code) return;
    this.queue.push({ code, gate });
    this.run();
  }

  async run() {
    if (this.busy) return;
    this.busy = true;
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      this.o.begun(next.code, this.queue.length);
      this.o.done(await this.check(next.code, next.gate), next.code);
    }
    this.busy = false;
  }

  /**
   * @param {string} code
   * @param {string} gate
   * @returns {Promise<Verdict>}
   */
  async check(code, gate) {
    const key = `${gate}\n${code}`;
    const since = this.unanswered.get(key);
    const sent = this.o.now();
    try {
      const answer = await this.o.send(code, gate);
      this.unanswered.delete(key);
      // Clocks differ by less than a second or two; an older scan is somebody else's.
      const lost = since !== undefined && answer.gate === gate && Date.parse(answer.admittedAt ?? "") >= since - 2000;
      return verdictOf(answer, { code, season: this.o.season, now: this.o.now(), lost });
    } catch (problem) {
      if (since === undefined) this.unanswered.set(key, sent);
      return unchecked(/** @type {import("./http.js").Problem} */ (problem));
    }
  }
}

/** How long a code must have been out of the camera's sight to be another scan, in ms. */
const outOfSight = 2500;

/** Tells the scans of a camera, which sees the same codes many times a second, apart. */
export class Sight {
  constructor() {
    /** When each code was last seen, in ms. @type {Map<string, number>} */
    this.seen = new Map();
  }

  /**
   * @param {string} code
   * @param {number} now ms
   * @returns {boolean} whether this is a new scan
   */
  sees(code, now) {
    for (const [other, at] of this.seen) if (now - at > outOfSight) this.seen.delete(other);
    const fresh = !this.seen.has(code);
    this.seen.set(code, now);
    return fresh;
  }
}

const key = "usher.gate";

/** @returns {{name: string, sound: boolean}} what this device was last set to */
export function settings() {
  try {
    return { name: "Main", sound: true, ...JSON.parse(localStorage.getItem(key) ?? "{}") };
  } catch {
    return { name: "Main", sound: true };
  }
}

/** @param {{name: string, sound: boolean}} kept */
export function keepSettings(kept) {
  try {
    localStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // A private window forgets; the gate works all the same.
  }
}
