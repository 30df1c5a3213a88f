// @ts-check
import { h, text } from "../dom.js";
import { countdown } from "../format.js";
import { turn as texts } from "../texts/chosen.js";
import * as clock from "../clock.js";
import { interrupt } from "./announcer.js";

/**
 * @param {import("../box_office.js").BoxOffice} office
 * @param {import("./leave_question.js").LeaveQuestion} leaving
 * @returns {import("../types/app.js").View}
 */
export function turnView(office, leaving) {
  const timer = h("p", { class: "place", role: "timer", "aria-label": texts.timeLeft });
  /** @type {string|null} */
  let deadline = null;
  const element = h(
    "section",
    { class: "card turn", "aria-label": texts.title },
    h("h2", { class: "display" }, texts.title),
    h("p", { class: "lead" }, texts.lead),
    timer,
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", class: "button primary large", onclick: () => office.line.enter() }, texts.enter),
      h("button", { type: "button", class: "button quiet", onclick: () => leaving.leave() }, texts.giveUp),
    ),
  );
  interrupt(texts.announced);
  return {
    element,
    update(state) {
      deadline = state.status?.deadline ?? null;
    },
    tick() {
      text(timer, countdown(clock.left(deadline)));
    },
    dispose() {
      interrupt("");
    },
  };
}
