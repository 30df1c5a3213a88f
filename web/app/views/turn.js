// @ts-check
import { h, show, text } from "../dom.js";
import { countdown } from "../format.js";
import { turn as texts } from "../texts/chosen.js";
import * as clock from "../clock.js";
import { insideWords } from "./line_words.js";

/**
 * @param {import("../box_office.js").BoxOffice} office
 * @param {import("./leave_question.js").LeaveQuestion} leaving
 * @returns {import("../types/app.js").View}
 */
export function turnView(office, leaving) {
  const timer = h("p", { class: "place", role: "timer", "aria-label": texts.timeLeft });
  const inside = h("p", { class: "fine" });
  /** @type {string|null} */
  let deadline = null;
  const element = h(
    "section",
    { class: "card turn", "aria-label": texts.title },
    h("h2", { class: "display" }, texts.title),
    timer,
    h("p", { class: "lead" }, texts.lead),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", class: "button primary large", "data-live": "", onclick: () => office.line.enter() }, texts.enter),
      h("button", { type: "button", class: "button quiet", "data-live": "", onclick: () => leaving.leave() }, texts.giveUp),
    ),
    inside,
  );
  return {
    element,
    update(state) {
      deadline = state.status?.deadline ?? null;
      const words = state.season ? insideWords(state.season) : "";
      show(inside, words !== "");
      text(inside, words);
    },
    tick() {
      const left = clock.left(deadline);
      text(timer, countdown(left));
      timer.classList.toggle("late", left < 20_000);
    },
  };
}
