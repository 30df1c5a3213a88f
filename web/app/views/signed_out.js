// @ts-check
import { h, show, text } from "../dom.js";
import { when } from "../format.js";
import * as clock from "../clock.js";

/** @returns {import("./view.js").View} */
export function signedOutView() {
  // Back to this very page afterwards, with its season; / is where one lands anyway.
  const here = location.pathname + location.search;
  const signIn = here === "/" ? "/auth/google" : `/auth/google?returnTo=${encodeURIComponent(here)}`;
  const title = h("h1", { class: "display", dir: "auto" });
  const opening = h("p", { class: "lead" });
  const draw = h("p", { class: "fine", hidden: true }, h("a", { href: `/draw${location.search}` }, "How the order is drawn, and how to check it"));
  const element = h(
    "section",
    { class: "welcome" },
    h("p", { class: "eyebrow" }, "Tickets"),
    title,
    opening,
    draw,
    h(
      "a",
      {
        class: "button primary large",
        href: signIn,
      },
      "Continue with Google",
    ),
    h(
      "ol",
      { class: "steps" },
      h("li", null, h("strong", null, "Take your place."), " You join the line when you sign in, and see exactly where you stand."),
      h("li", null, h("strong", null, "Wait anywhere."), " Change trains, change phones: your place stays yours."),
      h("li", null, h("strong", null, "Choose your seats."), " When your turn comes, they are yours to pick in peace."),
    ),
  );
  return {
    element,
    update(state) {
      const season = state.season;
      text(title, season?.name ?? "");
      const opens = season?.opensAt && Date.parse(season.opensAt) > clock.now() ? season.opensAt : null;
      show(draw, Boolean(season?.draw));
      const closed = season?.closesAt && Date.parse(season.closesAt) <= clock.now();
      text(
        opening,
        closed
          ? "The sale is closed."
          : opens
            ? `The sale opens ${when(opens, clock.now())}. Come early: the order of all who are here is drawn then.`
            : "The sale is open. Everybody is shown to their seats in the order they came.",
      );
    },
  };
}
