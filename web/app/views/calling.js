// @ts-check
import { h, show, text } from "../dom.js";
import { calls, rehearse } from "../notify.js";
import { calling as texts, notifications } from "../texts/chosen.js";

/**
 * How the fan is called when the turn comes, and what a phone can do.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function callingView(office) {
  const notify = h("button", { type: "button", class: "button", onclick: () => office.toggleNotify() });
  const trial = h("button", { type: "button", class: "button quiet", onclick: () => rehearse() }, texts.trial);
  const screen = h("button", { type: "button", class: "button", onclick: () => office.screen.toggle() }, texts.screen);
  const note = h("p", { class: "fine", role: "status" });
  const screenNote = h("p", { class: "fine", role: "status" });
  const element = h("div", { class: "calling" }, h("div", { class: "actions" }, notify, screen, trial), note, screenNote);
  return {
    element,
    update(state) {
      const called = calls(state.notify);
      show(notify, state.notify !== "silent");
      text(notify, called ? texts.stop : texts.notify);
      show(trial, called);
      text(note, notifications[state.notify]);
      show(note, notifications[state.notify] !== "");
      show(screen, state.screen !== "none");
      screen.setAttribute("aria-pressed", String(state.screen === "on"));
      text(screenNote, state.screen === "on" ? texts.screenOn : state.screen === "refused" ? texts.screenRefused : "");
      show(screenNote, state.screen === "on" || state.screen === "refused");
    },
  };
}
