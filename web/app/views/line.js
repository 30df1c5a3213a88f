// @ts-check
import { h, show, text } from "../dom.js";
import { count, timeOfDay } from "../format.js";
import { expectedWait, gathering as gatheringTexts, line as texts } from "../texts/chosen.js";
import * as clock from "../clock.js";
import { shown } from "../estimate.js";
import { Falling, standsStill } from "../falling.js";
import { progress } from "../line_memory.js";
import { Milestones, places } from "../milestones.js";
import { announce } from "./announcer.js";
import { waitingText } from "../look.js";
import { callingView } from "./calling.js";
import { gatheringView, openingOf } from "./gathering.js";
import { placeWords } from "./line_words.js";
import { phasesView } from "./phases.js";
import { pauseWords, runs, saleOf } from "./sale_state.js";
import { wishView } from "./wish.js";

/** @typedef {import("../types/app.js").State} State */

/**
 * The expected wait in words, and why it is not known or what it leaves out.
 *
 * @param {State} state
 * @param {number} now ms of the server's clock
 * @returns {[string, string]}
 */
export function waitWords(state, now) {
  const sale = saleOf(state);
  // The wait depends on seats that may never come back.
  if (sale?.stock === "held" || sale?.stock === "gone" || (state.status && state.status.wish)) return [texts.waitOpen, texts.waitSeats];
  const { estimate } = state.memory;
  const wait = shown(estimate, now);
  if (wait) return [expectedWait(wait), runs(sale) ? "" : texts.waitWithoutPause];
  if (estimate) return [texts.waitLonger, texts.waitLongerWhy];
  return [expectedWait(null), runs(sale) ? texts.waitUnknown : texts.waitPaused];
}

/**
 * What becomes of the place when the page is closed, from the season's own times.
 *
 * @param {State} state
 */
export function closingWords(state) {
  const { season, connection } = state;
  if (!season?.forgetSeconds) return texts.closeUnknown;
  if (openingOf(state)) return gatheringTexts.close(season.forgetSeconds);
  // Without a live connection the server cannot know at once that the page is gone.
  if (connection === "polling" && season.absenceSeconds) return texts.closeLater(season.absenceSeconds, season.forgetSeconds);
  return texts.close(season.forgetSeconds);
}

/**
 * What the turn is, before it comes.
 *
 * @param {State} state
 */
export function turnWords({ season }) {
  if (!season?.turnSeconds || !season.sessionSeconds) return texts.turnUnknown;
  return texts.turn(season.turnSeconds, season.sessionSeconds);
}

/**
 * @param {import("../box_office.js").BoxOffice} office
 * @param {import("./leave_question.js").LeaveQuestion} leaving
 * @returns {import("../types/app.js").View}
 */
export function lineView(office, leaving) {
  // Screen readers are told the milestones instead.
  const place = h("output", { class: "place", "aria-live": "off" });
  const falling = new Falling((n) => text(place, String(n)), standsStill);
  const asOf = h("p", { class: "fine as-of" });
  const lead = h("p", { class: "lead" });
  const bar = h("span");
  const course = h("div", { class: "course-line", role: "progressbar", "aria-label": texts.progress, "aria-valuemin": "0", "aria-valuemax": "100" }, bar);
  const come = h("p", { class: "fine" });
  const way = h("div", { class: "way" }, course, come);
  const waiting = h("dd");
  const behind = h("dd");
  const expected = h("dd");
  const why = h("dd", { class: "fine why" });
  const rebuilding = h("p", { class: "note" }, texts.rebuilding);
  const paused = h("p", { class: "note", dir: "auto" });
  const soldOut = h("p", { class: "note" });
  const wait = h("div", { class: "wait" }, h("dt", null, texts.expectedWait), expected, why);
  const behindYou = h("div", null, h("dt", null, texts.behind), behind);
  const figures = h("dl", { class: "figures" }, h("div", null, h("dt", null, texts.waiting), waiting), behindYou, wait);
  const gathering = gatheringView();
  const phases = phasesView();
  const calling = callingView(office);
  const wish = wishView(office);
  const closing = h("dd");
  const turn = h("dd");
  const draw = h("p", { class: "fine" }, h("a", { class: "alone", href: `/draw${location.search}`, target: "_blank" }, texts.draw));
  const told = h(
    "dl",
    { class: "told" },
    h("div", null, h("dt", null, texts.turnTitle), turn),
    h("div", null, h("dt", null, texts.closeTitle), closing),
    h("div", { class: "phone" }, h("dt", null, texts.phoneTitle), h("dd", null, texts.phone)),
  );
  const leave = h("button", { type: "button", class: "button quiet", "data-live": "", onclick: () => leaving.leave() }, texts.leave);
  const inLine = h("div", { class: "in-line" }, h("div", { class: "place-at" }, place, asOf), lead, way, figures);
  const element = h(
    "section",
    { class: "card line", "aria-label": texts.title },
    h("h2", { class: "caption" }, texts.title),
    gathering.element,
    inLine,
    waitingText(),
    rebuilding,
    soldOut,
    wish.element,
    paused,
    phases.element,
    calling.element,
    told,
    draw,
    leave,
  );
  const milestones = new Milestones(places);
  /** @type {number|null} */
  let position = null;
  /** @type {State|null} */
  let last = null;

  /** @param {State} state */
  function drawWait(state) {
    const [words, reason] = waitWords(state, clock.now());
    text(expected, words);
    text(why, reason);
    show(why, reason !== "");
  }

  function tell() {
    if (position === null || !last || !milestones.reached(position, clock.now())) return;
    const wait = runs(saleOf(last)) ? shown(last.memory.estimate, clock.now()) : null;
    announce(texts.announced(position, wait ? expectedWait(wait) : ""));
  }

  return {
    element,
    update(state) {
      const status = state.status;
      if (!status) return;
      const opening = openingOf(state) !== null;
      const { first } = state.memory;
      if (state.memory.number !== last?.memory.number) milestones.reset();
      last = state;
      position = status.state === "waiting" ? state.lastPosition : null;
      gathering.update(state);
      calling.update(state);
      wish.update(state);
      phases.update(state);
      show(gathering.element, opening);
      show(inLine, !opening);
      if (state.lastPosition === null) text(place, "");
      else falling.set(state.lastPosition);
      show(place, state.lastPosition !== null);
      show(asOf, state.connection === "reconnecting" && state.heardAt > 0);
      text(asOf, texts.asOf(timeOfDay(state.heardAt)));
      text(lead, placeWords(state));
      const share = progress(state.memory);
      show(way, first !== null && first > 1);
      bar.style.inlineSize = `${share * 100}%`;
      course.setAttribute("aria-valuenow", String(Math.round(share * 100)));
      if (first !== null && state.lastPosition !== null) text(come, texts.come(first, first - state.lastPosition));
      text(waiting, count(status.waiting));
      show(behindYou, status.position !== null);
      text(behind, count(Math.max(0, status.waiting - (status.position ?? 0))));
      drawWait(state);
      const sale = saleOf(state);
      show(soldOut, !opening && (sale?.stock === "held" || sale?.stock === "gone"));
      text(soldOut, sale?.stock !== "gone" ? texts.held : state.season?.returns ? texts.goneReturns : texts.gone);
      show(rebuilding, !opening && status.position === null);
      // A status comes when the own place changes, the state of the sale at each change.
      show(paused, sale?.paused ?? status.paused);
      text(paused, texts.paused(pauseWords(sale)));
      text(closing, closingWords(state));
      text(turn, turnWords(state));
      show(draw, !opening && Boolean(state.season?.draw));
      tell();
    },
    tick() {
      gathering.tick?.();
      phases.tick?.();
      if (!last) return;
      drawWait(last);
      tell();
    },
    dispose() {
      falling.stop();
      announce("");
    },
  };
}
