// @ts-check
import { h, show, text } from "../dom.js";
import { count, timeOfDay, when } from "../format.js";
import { expectedWait, line as texts, notifications } from "../texts/en.js";
import * as clock from "../clock.js";
import { announce } from "./announcer.js";

/** How often screen readers announce the place at most, in ms; near the front at once. */
const announceEvery = 30_000;

/**
 * @param {import("../box_office.js").BoxOffice} office
 * @param {import("./leave_question.js").LeaveQuestion} leaving
 * @returns {import("../types/app.js").View}
 */
export function lineView(office, leaving) {
  // The announcer says it instead, less often.
  const place = h("output", { class: "place", "aria-live": "off" });
  const asOf = h("p", { class: "fine as-of", hidden: true });
  const lead = h("p", { class: "lead" });
  const opens = h("p", { class: "timer", role: "timer" });
  const waiting = h("dd");
  const expected = h("dd");
  const rebuilding = h("p", { class: "note" }, texts.rebuilding);
  const paused = h("p", { class: "note" }, texts.paused);
  const notify = h("button", { type: "button", class: "button", onclick: () => office.allowNotify() }, texts.notify);
  const notifyNote = h("p", { class: "fine", role: "status" });
  const figures = h("dl", { class: "figures" }, h("div", null, h("dt", null, texts.waiting), waiting), h("div", null, h("dt", null, texts.expectedWait), expected));
  const draw = h("p", { class: "fine", hidden: true }, h("a", { href: `/draw${location.search}` }, texts.draw));
  const caption = h("h2", { class: "caption" }, texts.title);
  const element = h(
    "section",
    { class: "card line", "aria-label": texts.title },
    caption,
    place,
    asOf,
    lead,
    opens,
    figures,
    rebuilding,
    paused,
    h("div", { class: "actions" }, notify, h("button", { type: "button", class: "button quiet", onclick: () => leaving.leave() }, texts.leave)),
    notifyNote,
    draw,
    h("p", { class: "fine" }, texts.keptPlace),
  );
  let announcedAt = 0;
  /** @type {number|null} */
  let announced = null;
  /** @type {string|null} */
  let opensAt = null;

  return {
    element,
    update(state) {
      const status = state.status;
      if (!status) return;
      const position = state.lastPosition;
      opensAt = status.state === "gathering" && status.opensAt && Date.parse(status.opensAt) > clock.now() ? status.opensAt : null;
      const isBeingRebuilt = !opensAt && status.position === null;
      text(place, position === null ? "" : String(position));
      show(place, position !== null && !opensAt);
      show(asOf, state.connection === "reconnecting" && state.heardAt > 0);
      text(asOf, texts.asOf(timeOfDay(state.heardAt)));
      text(
        lead,
        opensAt
          ? texts.opens(when(opensAt, clock.now()))
          : position === 1
            ? texts.next
            : position === null
              ? texts.inLine
              : texts.ahead(position - 1),
      );
      show(opens, opensAt !== null);
      show(draw, Boolean(state.season?.draw));
      text(waiting, count(status.waiting));
      text(expected, expectedWait(status.etaSeconds));
      show(rebuilding, isBeingRebuilt);
      show(paused, status.paused);
      show(notify, state.notify === "off" || state.notify === "refused");
      text(notifyNote, notifications[state.notify]);
      if (position !== null && position !== announced && (position <= 5 || clock.now() - announcedAt >= announceEvery)) {
        announced = position;
        announcedAt = clock.now();
        announce(texts.announced(position));
      }
    },
    tick() {
      if (opensAt) text(opens, texts.opensIn(clock.left(opensAt)));
    },
    dispose() {
      announce("");
    },
  };
}
