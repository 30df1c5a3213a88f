// @ts-check
import { h, show } from "../dom.js";
import { desk as texts } from "../texts/chosen_work.js";
import * as http from "../http.js";

/**
 * The choice of the season, when there are several.
 *
 * @param {string} season the one that is sold now
 */
export function deskSeason(season) {
  const choice = h("select", { id: "desk-season" });
  const element = h(
    "form",
    {
      class: "desk-row",
      hidden: true,
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        location.assign(`/desk?season=${encodeURIComponent(choice.value)}`);
      },
    },
    h("div", { class: "field" }, h("label", { htmlFor: "desk-season" }, texts.season), choice),
    h("button", { type: "submit", class: "button" }, texts.toSeason),
  );
  http.get("/seasons").then(
    ({ seasons }) => {
      choice.replaceChildren(...seasons.map((/** @type {import("../types/app.js").Season} */ one) => h("option", { value: one.id, selected: one.id === season }, one.name)));
      show(element, seasons.length > 1);
    },
    () => {}, // the page sells this season all the while
  );
  return element;
}
