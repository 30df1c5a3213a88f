// @ts-check
import { h, text } from "../dom.js";
import { sale as texts } from "../texts/chosen.js";

/**
 * For a fan while the show is cancelled: there is no line and no seat any more. The
 * tickets are a page of their own.
 *
 * @returns {import("../types/app.js").View}
 */
export function showCancelledView() {
  const name = h("h2", { class: "display" });
  return {
    element: h("section", { class: "card outside" }, name, h("p", { class: "lead" }, texts.cancelled)),
    update(state) {
      text(name, state.season?.name ?? "");
    },
  };
}
