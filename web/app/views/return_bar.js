// @ts-check
import { h, show, text } from "../dom.js";
import { returning as texts } from "../texts/chosen.js";

/** How long a fan who is in may read before the page goes on by itself, in ms. */
const pause = 3000;
/** A shop that sends the fan back within this time, in ms, does not see the session. */
const soon = 60_000;
/** When and where the page went on last. */
const key = "usher.onward";

/** @returns {{to: string, at: number}|null} */
function last() {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * The bar for a fan who came from a shop: once in, the page goes on to the address asked
 * for, by itself after a moment or at a press. It does so by itself once only, and not
 * again when the shop sends the fan straight back, because that would never end.
 *
 * @param {string} address "" for a fan who did not come from a shop
 */
export function returnBar(address) {
  const host = address && new URL(address).host;
  const words = h("p", { role: "status" });
  const go = h("a", { class: "button primary", href: address, onclick: () => left() }, host ? texts.go(host) : "");
  const stay = h("button", { type: "button", class: "button", onclick: () => halt() }, texts.stay);
  const element = h("section", { class: "notice onward", hidden: true, "aria-label": host ? texts.go(host) : "" }, words, h("div", { class: "actions" }, go, stay));
  const before = last();
  const sentBack = before !== null && before.to === address && Date.now() - before.at < soon;
  let halted = sentBack;
  let timer = 0;

  function left() {
    try {
      sessionStorage.setItem(key, JSON.stringify({ to: address, at: Date.now() }));
    } catch {
      // Without storage a loop cannot be seen; the button "stay here" ends it.
    }
  }

  function halt() {
    halted = true;
    clearTimeout(timer);
    timer = 0;
    show(stay, false);
    text(words, sentBack ? texts.back(host) : "");
  }

  return {
    element,
    /** @param {import("../types/app.js").State} state */
    update(state) {
      if (!address) return;
      const isIn = state.phase === "signedIn" && state.status?.state === "active" && state.connection !== "replaced";
      show(element, isIn);
      if (!isIn) {
        clearTimeout(timer);
        timer = 0;
      } else if (halted) halt();
      else if (!timer) {
        text(words, texts.going(host));
        timer = setTimeout(() => {
          left();
          location.assign(address);
        }, pause);
      }
    },
  };
}
