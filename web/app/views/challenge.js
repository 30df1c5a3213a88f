// @ts-check
import { focus, h, show, text } from "../dom.js";
import { challenge as texts } from "../texts/chosen.js";

/**
 * The widget's interface, which Turnstile, hCaptcha and reCAPTCHA share.
 *
 * @typedef {object} Widget
 * @property {(element: HTMLElement, options: Record<string, unknown>) => unknown} render
 * @property {(ready: () => void) => void} [ready]
 */

/** @returns {{widget: Widget, waits: boolean}|null} waits: it must be asked when it is ready */
function found() {
  const { turnstile, hcaptcha, grecaptcha } = /** @type {Record<string, Widget|undefined>} */ (/** @type {unknown} */ (window));
  if (turnstile) return { widget: turnstile, waits: false }; // refuses to be asked after it was loaded like this
  const other = hcaptcha ?? grecaptcha;
  return other ? { widget: other, waits: typeof other.ready === "function" } : null;
}

/**
 * Loads the script of the widget, once.
 *
 * @param {string} address
 * @returns {Promise<Widget>}
 */
function load(address) {
  return new Promise((resolve, reject) => {
    const use = () => {
      const it = found();
      if (!it) reject(new Error());
      else if (it.waits) it.widget.ready?.(() => resolve(it.widget));
      else resolve(it.widget);
    };
    if (found()) use();
    else document.head.append(h("script", { src: address, onload: use, onerror: () => reject(new Error()) }));
  });
}

/**
 * Asks the fan to solve the challenge, and joins with its token. The widget's script is
 * loaded here and nowhere else.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function challengeView(office) {
  const again = h("p", { class: "note", role: "status", hidden: true }, texts.again);
  const failed = h("p", { class: "note", role: "alert", hidden: true }, texts.failed);
  const retry = h("button", { type: "button", class: "button", hidden: true, onclick: draw }, texts.retry);
  const place = h("div", { class: "challenge" });
  const heading = h("h2", { class: "display" }, texts.title);
  const element = h("section", { class: "card outside" }, heading, h("p", { class: "lead" }, texts.what), again, place, failed, h("div", { class: "actions" }, retry));
  /** @type {import("../types/app.js").State["challenge"]} */
  let asked = null;

  /** @param {boolean} is */
  function broken(is) {
    show(failed, is);
    show(retry, is);
  }

  async function draw() {
    broken(false);
    const box = h("div");
    place.replaceChildren(box);
    const { challenge } = office.store.state.config;
    if (!challenge) return;
    try {
      const widget = await load(challenge.script);
      if (!box.isConnected) return;
      widget.render(box, {
        sitekey: challenge.siteKey,
        callback: (/** @type {string} */ token) => office.line.joinSolved(token),
        "expired-callback": () => broken(true),
        "error-callback": () => broken(true),
      });
    } catch {
      broken(true);
    }
  }

  return {
    element,
    update(state) {
      if (state.challenge === asked) return;
      asked = state.challenge;
      if (!asked) return;
      show(again, asked.again);
      text(again, texts.again);
      draw();
      if (asked.again) focus(heading);
    },
  };
}
