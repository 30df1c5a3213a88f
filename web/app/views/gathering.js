// @ts-check
import { h, show, text } from "../dom.js";
import { countdown, when } from "../format.js";
import { gathering as texts, line } from "../texts/chosen.js";
import * as clock from "../clock.js";
import { Milestones, seconds } from "../milestones.js";
import { addressOfDraw, comingDraw } from "../draws.js";
import { phaseAt } from "../phases.js";
import { announce } from "./announcer.js";
import { saleOf } from "./sale_state.js";

/** @typedef {import("../types/app.js").State} State */

/** The phase for which fans gather, if it is not the first. @param {State} state */
function laterPhase(state) {
  const phases = state.season?.phases;
  const phase = phaseAt(phases, clock.now());
  return phase && phase !== phases?.[0] ? phase : null;
}

/**
 * When the sale opens, for a fan who has gathered for it: null once it has opened, or
 * while a line is restored.
 *
 * @param {State} state
 * @returns {string|null}
 */
export function openingOf(state) {
  if (state.status?.state !== "gathering") return null;
  // Who had a position is in a line that is being restored.
  if (state.lastPosition !== null) return null;
  // The first opening is the sale's. Those of later phases are not.
  const later = laterPhase(state);
  if (later) return later.opensAt;
  const sale = saleOf(state);
  return (sale ? sale.opensAt : state.status.opensAt) ?? state.status.opensAt;
}

/**
 * For a fan who has gathered: is in, until when, with how many, and what happens then.
 *
 * @returns {import("../types/app.js").View}
 */
export function gatheringView() {
  const opens = h("p", { class: "lead" });
  const timer = h("p", { class: "place", role: "timer", "aria-label": texts.timeLeft });
  const together = h("p", { class: "together" });
  const what = h("p", { class: "draw-told" });
  const link = h("a", { class: "alone", target: "_blank" }, line.draw);
  const draw = h("p", { class: "fine" }, link);
  const element = h("div", { class: "gathering" }, h("p", { class: "display" }, texts.youAreIn), opens, timer, together, what, draw);
  const milestones = new Milestones(seconds);
  let told = false;
  /** @type {string|null} */
  let opensAt = null;
  return {
    element,
    update(state) {
      opensAt = openingOf(state);
      if (!opensAt) return;
      const coming = comingDraw(state.season);
      show(draw, coming !== null);
      if (coming) link.href = addressOfDraw(coming.number);
      // Before a later phase the count has those who wait from before, who are not drawn.
      const later = laterPhase(state) !== null;
      show(together, !later);
      text(together, texts.together(state.status?.waiting ?? 0));
      text(what, later ? texts.drawLater : texts.draw);
      this.tick?.();
      if (told) return;
      told = true;
      milestones.reached(clock.left(opensAt) / 1000, clock.now());
      announce(texts.announced(Math.round(clock.left(opensAt) / 1000)));
    },
    tick() {
      if (!opensAt) return;
      const left = clock.left(opensAt);
      show(timer, left > 0);
      text(timer, countdown(left));
      text(opens, left > 0 ? texts.opens(when(opensAt, clock.now())) : texts.drawing);
      if (told && left > 0 && milestones.reached(left / 1000, clock.now())) announce(texts.soon(Math.round(left / 1000)));
    },
  };
}
