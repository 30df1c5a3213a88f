// @ts-check
import { h, show, text } from "../dom.js";
import { when } from "../format.js";
import { call } from "../http.js";
import { line, signIn as texts } from "../texts/chosen.js";
import * as clock from "../clock.js";
import { addressOfDraw, comingDraw } from "../draws.js";
import { logo } from "../look.js";
import { isBetween, nextPhase } from "../phases.js";
import { eventFacts } from "./event_facts.js";
import { phasesView } from "./phases.js";
import { saleOf, saleStateView } from "./sale_state.js";

/**
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function signedOutView(office) {
  // A sign-in leads back to this page, with its season; without a path it leads to /.
  const here = location.pathname + location.search;
  const { signIns, season: seasonID } = office.store.state.config;
  const back = here === "/" ? "" : `?returnTo=${encodeURIComponent(here)}`;
  const guest = h("button", { type: "button", class: "button large", onclick: enterAsGuest }, texts.guest);
  const failed = h("p", { class: "note", role: "alert", hidden: true }, texts.guestFailed);
  const asGuest = h("div", { class: "guest", hidden: true }, guest, h("p", { class: "fine" }, texts.guestWhat), failed);

  async function enterAsGuest() {
    guest.disabled = true;
    show(failed, false);
    try {
      await call("POST", `/auth/guest?season=${encodeURIComponent(seasonID)}`, { json: {} });
      location.reload(); // the page begins with its session, as after any sign-in
    } catch {
      guest.disabled = false;
      show(failed, true);
    }
  }
  const title = h("h1", { class: "display", dir: "auto" });
  const opening = h("p", { class: "lead" });
  const event = eventFacts("lead");
  const saleState = saleStateView();
  const phases = phasesView();
  const drawLink = h("a", { class: "alone" }, line.draw);
  const draw = h("p", { class: "fine", hidden: true }, drawLink);
  const element = h(
    "section",
    { class: "welcome" },
    logo(),
    h("p", { class: "eyebrow" }, texts.eyebrow),
    title,
    event.element,
    opening,
    saleState.element,
    phases.element,
    draw,
    ...signIns.map(([path, name], i) =>
      h("a", { class: `button large${i === 0 ? " primary" : ""}`, href: path + back }, name === null ? texts.google : texts.provider(name)),
    ),
    asGuest,
    h(
      "ol",
      { class: "steps" },
      ...texts.steps.map(([begin, rest]) => h("li", null, h("strong", null, begin), rest)),
    ),
  );
  return {
    element,
    update(state) {
      const season = state.season;
      saleState.update(state);
      phases.update(state);
      show(asGuest, Boolean(season?.guests));
      text(title, season?.name ?? "");
      event.update(season);
      const ahead = season?.opensAt && Date.parse(season.opensAt) > clock.now() ? season.opensAt : null;
      const opens = ahead ?? (isBetween(season?.phases, clock.now()) ? (nextPhase(season?.phases, clock.now())?.opensAt ?? null) : null);
      const coming = comingDraw(season);
      show(draw, coming !== null);
      if (coming) drawLink.href = addressOfDraw(coming.number);
      const closed = season?.closesAt && Date.parse(season.closesAt) <= clock.now();
      text(
        opening,
        closed
          ? texts.closed
          : opens
            ? texts.opens(when(opens, clock.now()))
            : saleOf(state)?.stock === "gone"
              ? texts.gone
              : texts.open,
      );
    },
    tick: () => phases.tick?.(),
  };
}
