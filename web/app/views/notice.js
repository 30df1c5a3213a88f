// @ts-check
import { h, show } from "../dom.js";
import { page as texts } from "../texts/chosen.js";

/**
 * Shows what the page has to say: at the place of the press that it answers, else at
 * the foot of the window. It moves nothing on the page and leaves the focus where it
 * is; screen readers read it out. Escape puts it aside.
 *
 * @typedef {import("../types/app.js").State} State
 */

/** How long after a press a notice counts as its answer, in ms. */
const answering = 20_000;
/** How long a notice stays that needs no act, in ms. */
const stays = 12_000;
/** The distance to the press and to the window's edge, in px. */
const gap = 8;

/**
 * @param {import("../notices.js").Notices} notices
 * @returns {{element: HTMLElement, update: (state: State) => void}}
 */
export function noticeView(notices) {
  const words = h("p");
  const close = h("button", { type: "button", class: "icon", "aria-label": texts.dismiss, onclick: () => notices.dismiss() }, "×");
  const box = h("div", { class: "notice", hidden: true }, words, close);
  const element = h("div", { role: "alert" }, box);
  /** @type {{element: Element, at: number}|null} */
  let press = null;
  /** @type {import("../types/app.js").Notice|null} */
  let drawn = null;
  let timer = 0;

  document.addEventListener(
    "click",
    (event) => {
      const pressed = /** @type {Element|null} */ (event.target)?.closest?.("button, input, a, canvas, summary");
      if (pressed && !box.contains(pressed)) press = { element: pressed, at: Date.now() };
    },
    true,
  );
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drawn && !document.querySelector("dialog[open], .veil")) notices.dismiss();
  });

  /** Puts the box below the pressed element, or above it where there is no room. */
  function place() {
    box.classList.remove("anchored");
    box.removeAttribute("style");
    const by = press && Date.now() - press.at < answering && press.element.isConnected ? press.element.getBoundingClientRect() : null;
    if (drawn?.kind !== "error" || !by || by.bottom < 0 || by.top > innerHeight || by.width === 0 || by.height > innerHeight / 2) return;
    box.classList.add("anchored");
    const { width, height } = box.getBoundingClientRect();
    const left = Math.min(Math.max(gap, by.left + by.width / 2 - width / 2), document.documentElement.clientWidth - width - gap);
    const below = by.bottom + gap + height < innerHeight;
    box.style.left = `${left + scrollX}px`;
    box.style.top = `${(below ? by.bottom + gap : Math.max(gap, by.top - gap - height)) + scrollY}px`;
  }

  return {
    element,
    update(state) {
      if (state.notice === drawn) return;
      drawn = state.notice;
      clearTimeout(timer);
      // Emptied first, so that screen readers announce the same words again.
      words.textContent = "";
      show(box, drawn !== null);
      if (!drawn) return;
      box.dataset.kind = drawn.kind;
      words.textContent = drawn.text;
      place();
      if (drawn.kind === "info") timer = setTimeout(() => notices.dismiss(), stays);
    },
  };
}
