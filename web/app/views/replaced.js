// @ts-check
import { h } from "../dom.js";

/**
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("./view.js").View}
 */
export function replacedView(office) {
  return {
    element: h(
      "section",
      { class: "card outside" },
      h("h2", { class: "display" }, "You are here twice"),
      h("p", { class: "lead" }, "This sale is open in another window or on another device of yours. Your place is safe there; nothing is lost."),
      h("div", { class: "actions" }, h("button", { type: "button", class: "button primary large", onclick: () => office.useThisWindow() }, "Use this window")),
    ),
    update() {},
  };
}
