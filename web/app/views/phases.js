// @ts-check
import { h, show, text } from "../dom.js";
import { isolate, when } from "../format.js";
import { phases as texts } from "../texts/chosen.js";
import * as clock from "../clock.js";
import { isBetween, isOpen, nextPhase, phaseAt } from "../phases.js";

/**
 * The phases of a sale with their times, which one it is, and what happens at the next
 * one. Hidden for a season without phases.
 *
 * @returns {import("../types/app.js").View}
 */
export function phasesView() {
  const list = h("ul", { class: "phases", "aria-label": texts.title });
  const next = h("p", { class: "fine" });
  const element = h("div", { class: "phase-plan", hidden: true }, h("h3", { class: "caption" }, texts.title), list, next);
  let drawn = "";
  /** @type {import("../types/app.js").State["season"]|undefined} */
  let season;

  function draw() {
    const now = clock.now();
    const phases = season?.phases;
    show(element, Boolean(phases?.length));
    if (!phases?.length) return;
    const current = phaseAt(phases, now);
    const rows = phases.map((phase) => {
      const opens = when(phase.opensAt ?? "", now);
      const span = phase.closesAt ? texts.span(opens, when(phase.closesAt, now)) : texts.since(opens);
      const access = phase.access === "code" ? texts.withCode : texts.forAll;
      return { name: phase.name, words: `${span}, ${access}`, here: phase === current && isOpen(phase, now) };
    });
    const key = JSON.stringify(rows);
    if (key !== drawn) {
      drawn = key;
      list.replaceChildren(
        ...rows.map(({ name, words, here }) =>
          h("li", here ? { "aria-current": "step" } : null, h("strong", null, h("bdi", null, name)), here ? h("span", { class: "phase-now" }, texts.now) : null, h("span", { class: "phase-when" }, words)),
        ),
      );
    }
    const coming = nextPhase(phases, now);
    show(next, coming !== null && coming !== phases[0]);
    if (!coming?.opensAt) return;
    const words = isBetween(phases, now) ? texts.between : coming.access === "code" ? texts.nextCode : texts.next;
    text(next, words(isolate(coming.name), when(coming.opensAt, now)));
  }

  return {
    element,
    update(state) {
      season = state.season;
      draw();
    },
    tick: draw,
  };
}
