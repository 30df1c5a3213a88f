// @ts-check
import { h } from "../dom.js";
import { replaced as texts } from "../texts/chosen.js";

/**
 * For a window whose place another window of the same fan has taken over.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function replacedView(office) {
  return {
    element: h(
      "section",
      { class: "card outside" },
      h("h2", { class: "display" }, texts.title),
      h("p", { class: "lead" }, texts.lead),
      h("div", { class: "actions" }, h("button", { type: "button", class: "button primary large", onclick: () => office.useThisWindow() }, texts.use)),
    ),
    update() {},
  };
}
