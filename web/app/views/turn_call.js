// @ts-check
import { h, show, text } from "../dom.js";
import { countdown } from "../format.js";
import { page, turn as texts } from "../texts/chosen.js";
import * as clock from "../clock.js";
import * as notify from "../notify.js";
import { interrupt } from "./announcer.js";
import { ask } from "./question_dialog.js";

/** @typedef {import("../types/app.js").State} State */

/** How long before the end of the turn it is said once more, in ms. */
const late = 20_000;

/** Whether it is this window's turn. @param {State} state */
export const hasTurn = (state) => state.status?.state === "turn" && state.phase === "signedIn" && state.connection !== "replaced";

/**
 * Calls the fan on every page when the turn has come: a dialog where another view is
 * shown, a bar once that was put aside, and words for screen readers. The gate has the
 * bar only: a scanner types there, and its Enter key would take the turn.
 */
export class TurnCall {
  /** @param {import("../box_office.js").BoxOffice} office */
  constructor(office) {
    this.office = office;
    this.barTime = h("span", { class: "timer" });
    this.bar = h("p", { class: "turn-call", hidden: true }, h("strong", null, page.yourTurn), this.barTime, h("a", { href: `/${location.search}#seats` }, page.goAndEnter));
    this.timer = h("p", { class: "place", role: "timer", "aria-label": texts.timeLeft });
    this.hurry = h("p", { class: "unseen", role: "alert" });
    /** The end of the turn that was announced. @type {string|null} */
    this.deadline = null;
    this.saidLate = false;
    /** @type {import("./question_dialog.js").Asked|null} */
    this.asked = null;
  }

  /**
   * @param {State} state
   * @param {string} view the one that is shown
   */
  update(state, view) {
    const here = hasTurn(state);
    show(this.bar, here && view !== "turn");
    if (!here || view === "turn") this.asked?.close();
    if (!here) {
      if (this.deadline) interrupt("");
      this.deadline = null;
      return;
    }
    const deadline = state.status?.deadline ?? "";
    if (this.deadline === deadline) return;
    this.deadline = deadline;
    this.saidLate = false;
    interrupt(texts.announced(Math.round(clock.left(deadline) / 1000)));
    if (view !== "turn" && view !== "gate") this.call();
    this.tick();
  }

  async call() {
    this.tick();
    text(this.hurry, "");
    this.asked?.close();
    const asked = ask({ title: texts.title, what: texts.lead, yes: texts.enter, no: texts.notNow, urgent: h("div", { class: "urgent" }, this.timer, this.hurry) });
    this.asked = asked;
    const enters = await asked.answer;
    if (this.asked === asked) this.asked = null;
    if (!enters || !hasTurn(this.office.store.state)) return;
    if (location.pathname !== "/") location.assign(`/${location.search}#seats`);
    else {
      location.hash = "#seats";
      this.office.line.enter();
    }
  }

  tick() {
    if (!this.deadline) return;
    const left = clock.left(this.deadline);
    text(this.timer, countdown(left));
    text(this.barTime, countdown(left));
    this.timer.classList.toggle("late", left < late);
    if (left >= late || left === 0 || this.saidLate) return;
    this.saidLate = true;
    const words = texts.late(Math.round(left / 1000));
    // A region outside an open dialog is not read out.
    if (this.asked) text(this.hurry, words);
    else interrupt(words);
    notify.again();
  }
}
