// @ts-check
import { h, show, text } from "../dom.js";
import { count, timeOfDay, when } from "../format.js";
import { expectedWait, line as texts, notifications } from "../texts/chosen.js";
import * as clock from "../clock.js";
import { announce } from "./announcer.js";
import { pauseWords, saleOf } from "./sale_state.js";

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
  const behind = h("dd");
  const expected = h("dd");
  const rebuilding = h("p", { class: "note" }, texts.rebuilding);
  const paused = h("p", { class: "note", dir: "auto" });
  const soldOut = h("p", { class: "note" });
  const notify = h("button", { type: "button", class: "button", onclick: () => office.allowNotify() }, texts.notify);
  const notifyNote = h("p", { class: "fine", role: "status" });
  const behindYou = h("div", null, h("dt", null, texts.behind), behind);
  const wait = h("div", null, h("dt", null, texts.expectedWait), expected);
  const figures = h("dl", { class: "figures" }, h("div", null, h("dt", null, texts.waiting), waiting), behindYou, wait);
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
    soldOut,
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
      show(behindYou, status.position !== null);
      text(behind, count(Math.max(0, status.waiting - (status.position ?? 0))));
      text(expected, expectedWait(status.etaSeconds));
      const sale = saleOf(state);
      const none = sale?.stock === "held" || sale?.stock === "gone";
      // The wait depends on seats that may never come back.
      show(wait, !none);
      show(soldOut, none);
      text(soldOut, sale?.stock === "gone" ? texts.gone : texts.held);
      show(rebuilding, isBeingRebuilt);
      // A status comes when the own place changes, the state of the sale at each change.
      show(paused, sale?.paused ?? status.paused);
      text(paused, texts.paused(pauseWords(sale)));
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
