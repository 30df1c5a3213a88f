// @ts-check
import { h, show, text } from "../dom.js";
import { page as texts } from "../texts/chosen.js";

/**
 * While the page has no connection, what would be sent cannot arrive: elements marked
 * with data-live take no press, and a line at the foot of the window says why. They
 * stay in the order of the Tab key, so that the focus is not lost.
 *
 * @typedef {import("../types/app.js").State} State
 */

/** @param {State} state */
export const isCut = (state) => state.phase === "signedIn" && state.connection === "reconnecting" && state.heardAt > 0;

/**
 * @param {import("../store.js").Store} store
 * @returns {{element: HTMLElement, update: (state: State) => void}}
 */
export function liveActs(store) {
  const element = h("p", { class: "cut-off", id: "cut-off", role: "status", hidden: true });
  document.addEventListener(
    "click",
    (event) => {
      const target = /** @type {Element|null} */ (event.target);
      if (!isCut(store.state) || !target?.closest("[data-live]")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      // Seen again by who looks at the button.
      element.classList.remove("again");
      void element.offsetWidth;
      element.classList.add("again");
    },
    true,
  );
  return {
    element,
    update(state) {
      const cut = isCut(state);
      show(element, cut);
      text(element, cut ? texts.cutOff : "");
      for (const act of document.querySelectorAll("[data-live]")) {
        if (cut === act.hasAttribute("aria-disabled")) continue;
        if (cut) {
          act.setAttribute("aria-disabled", "true");
          act.setAttribute("aria-describedby", element.id);
        } else {
          act.removeAttribute("aria-disabled");
          act.removeAttribute("aria-describedby");
        }
      }
    },
  };
}
