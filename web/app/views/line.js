// @ts-check
import { h, show, text } from "../dom.js";
import { count, countdown, plural, timeOfDay, wait, when } from "../format.js";
import * as clock from "../clock.js";
import { announce } from "./announcer.js";

/** A screen reader hears of the place at most this often; near the front at once. */
const announceEvery = 30_000;

/** @type {Record<import("../notify.js").Standing, string>} */
const notifyWords = {
  off: "",
  on: "We will call you when it is your turn. Keep this page open; a phone that sleeps may not be reached.",
  refused: "Your browser does not allow notifications from this site. The tab's title will still tell you.",
  sound: "This browser shows no notifications. Keep this page in front with the sound on: it chimes when it is your turn.",
  silent: "This browser can neither notify you nor make a sound here. Keep this page in front and look at it now and then.",
};

/**
 * @param {import("../box_office.js").BoxOffice} office
 * @param {import("./leave.js").Leaving} leaving
 * @returns {import("./view.js").View}
 */
export function lineView(office, leaving) {
  // Spoken by the announcer instead, which takes its time.
  const place = h("output", { class: "place", "aria-live": "off" });
  const asOf = h("p", { class: "fine as-of", hidden: true });
  const lead = h("p", { class: "lead" });
  const opens = h("p", { class: "timer", role: "timer" });
  const waiting = h("dd");
  const expected = h("dd");
  const rebuilding = h("p", { class: "note" }, "The line is being put together again. Everybody keeps their place; this takes a moment.");
  const paused = h("p", { class: "note" }, "Admission is paused for the moment. Your place is safe.");
  const notify = h("button", { type: "button", class: "button", onclick: () => office.allowNotify() }, "Notify me");
  const notifyNote = h("p", { class: "fine", role: "status" });
  const figures = h("dl", { class: "figures" }, h("div", null, h("dt", null, "People waiting"), waiting), h("div", null, h("dt", null, "Expected wait"), expected));
  const draw = h("p", { class: "fine", hidden: true }, h("a", { href: `/draw${location.search}` }, "How the order is drawn, and how to check it"));
  const caption = h("h2", { class: "caption" }, "Your place in line");
  const element = h(
    "section",
    { class: "card line", "aria-label": "Your place in line" },
    caption,
    place,
    asOf,
    lead,
    opens,
    figures,
    rebuilding,
    paused,
    h("div", { class: "actions" }, notify, h("button", { type: "button", class: "button quiet", onclick: () => leaving.leave() }, "Leave the line")),
    notifyNote,
    draw,
    h("p", { class: "fine" }, "Lost the network, or moving to your phone? Your place stays yours for a while, and this page finds it again."),
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
      const putTogether = !opensAt && status.position === null;
      text(place, position === null ? "" : String(position));
      show(place, position !== null && !opensAt);
      show(asOf, state.connection === "reconnecting" && state.heardAt > 0);
      text(asOf, `as of ${timeOfDay(state.heardAt)}`);
      text(
        lead,
        opensAt
          ? `The sale opens ${when(opensAt, clock.now())}. You are in: then the order of everybody who is here is drawn, so there is no need to hurry.`
          : position === 1
            ? "You are next."
            : position === null
              ? "You are in the line."
              : `${plural(position - 1, "person is", "people are")} in front of you.`,
      );
      show(opens, opensAt !== null);
      show(draw, Boolean(state.season?.draw));
      text(waiting, count(status.waiting));
      text(expected, wait(status.etaSeconds));
      show(rebuilding, putTogether);
      show(paused, status.paused);
      show(notify, state.notify === "off" || state.notify === "refused");
      text(notifyNote, notifyWords[state.notify]);
      if (position !== null && position !== announced && (position <= 5 || clock.now() - announcedAt >= announceEvery)) {
        announced = position;
        announcedAt = clock.now();
        announce(`You are number ${position} in line.`);
      }
    },
    tick() {
      if (opensAt) text(opens, `Opens in ${countdown(clock.left(opensAt))}`);
    },
    dispose() {
      announce("");
    },
  };
}
