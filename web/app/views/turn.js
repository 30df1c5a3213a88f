// @ts-check
import { h, text } from "../dom.js";
import { countdown } from "../format.js";
import * as clock from "../clock.js";
import { interrupt } from "./announcer.js";

/**
 * @param {import("../box_office.js").BoxOffice} office
 * @param {import("./leave.js").Leaving} leaving
 * @returns {import("./view.js").View}
 */
export function turnView(office, leaving) {
  const timer = h("p", { class: "place", role: "timer", "aria-label": "Time left to enter" });
  /** @type {string|null} */
  let deadline = null;
  const element = h(
    "section",
    { class: "card turn", "aria-label": "It is your turn" },
    h("h2", { class: "display" }, "It is your turn"),
    h("p", { class: "lead" }, "The house is open for you. Enter before the time runs out, or the next in line gets your turn."),
    timer,
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", class: "button primary large", onclick: () => office.enter() }, "Enter"),
      h("button", { type: "button", class: "button quiet", onclick: () => leaving.leave() }, "Give up the turn"),
    ),
  );
  interrupt("It is your turn. Press the button “Enter” before the time runs out.");
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
