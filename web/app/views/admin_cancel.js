// @ts-check
import { h, show, text } from "../dom.js";
import { explain } from "../explain.js";
import { count, money } from "../format.js";
import { admin, cancelShow as texts } from "../texts/chosen_work.js";
import * as http from "../http.js";

/** @typedef {import("../../../clients/js/wire.js").CancelProgress} CancelProgress */

/** How long the page waits before it reads the progress again, in ms. */
const pause = 2000;

/**
 * Cancels the whole show, for good: a reason, the name of the season as typed by the
 * person, then how far the refunds are.
 *
 * @param {string} base the path of the season
 * @param {() => string} name the name of the season
 */
export function cancelView(base, name) {
  const path = `${base}/cancel`;
  const reason = h("input", { type: "text", id: "cancel-reason", maxLength: 280, required: true, autocomplete: "off", "aria-describedby": "cancel-reason-hint" });
  const typed = h("input", { type: "text", id: "cancel-name", required: true, autocomplete: "off", spellcheck: false });
  const label = h("label", { htmlFor: typed.id }, "");
  const button = h("button", { type: "submit", class: "button" }, texts.cancel);
  const form = h(
    "form",
    {
      hidden: true,
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        cancel();
      },
    },
    h("div", { class: "field" }, h("label", { htmlFor: reason.id }, texts.reason), reason, h("p", { class: "fine", id: "cancel-reason-hint" }, texts.reasonHint)),
    h("div", { class: "field" }, label, typed),
    h("div", { class: "actions" }, button),
  );
  const bar = h("progress", { "aria-label": texts.progress, hidden: true });
  const said = h("p", { class: "note", role: "status", hidden: true, tabIndex: -1 });
  const again = h("button", { type: "button", class: "button", hidden: true, onclick: () => send({}) }, texts.again);
  const failed = h("ul", { class: "fine", "aria-label": admin.details });
  const element = h("section", { class: "card", id: "cancel-show" }, h("h3", null, texts.title), h("p", { class: "fine" }, texts.what), form, bar, said, failed, again);
  let busy = false;
  read();
  return {
    element,
    /** The name of the season may be known, or have changed. */
    named() {
      text(label, texts.type(name()));
    },
  };

  /** @param {string} words */
  function say(words) {
    show(said, words !== "");
    text(said, words);
  }

  async function read() {
    try {
      tell(await http.call("GET", path));
    } catch (problem) {
      if (/** @type {http.Problem} */ (problem).code === "forbidden") return;
      say(explain(/** @type {http.Problem} */ (problem)));
      later();
    }
  }

  function later() {
    setTimeout(() => {
      if (element.isConnected) read();
    }, pause);
  }

  function cancel() {
    if (busy) return; // a disabled button would lose the focus
    if (typed.value.trim() !== name().trim()) {
      say(texts.otherName);
      typed.focus();
      return;
    }
    say(texts.cancelling);
    send({ reason: reason.value.trim() });
  }

  /** Cancels, or tries failed refunds again. @param {{reason?: string}} json */
  async function send(json) {
    if (busy) return;
    busy = true;
    try {
      tell(await http.call("POST", path, { json }));
    } catch (problem) {
      say(explain(/** @type {http.Problem} */ (problem)));
    } finally {
      busy = false;
    }
  }

  /** @param {CancelProgress} now */
  function tell(now) {
    const had = form.contains(document.activeElement);
    show(form, now.state === "none");
    show(bar, now.state === "running");
    if (now.state === "none") return;
    bar.max = Math.max(now.total, 1);
    bar.value = now.refunded;
    say(progressWords(now));
    if (again === document.activeElement && !now.failed.length) said.focus();
    show(again, now.failed.length > 0);
    failed.replaceChildren(...now.failed.map((one) => h("li", null, texts.failed(one.transaction, money(one.amount, one.currency), one.error))));
    if (had) {
      said.focus(); // the form is gone
    }
    if (now.state === "running" || now.unreturned > 0) later();
  }
}

/**
 * How far the refunds are, in words.
 *
 * @param {CancelProgress} now
 */
export function progressWords(now) {
  const words = [now.state === "done" ? texts.done(now.refunded) : texts.running(now.refunded, now.total)];
  if (now.pending > 0) words.push(texts.pending(now.pending));
  if (now.unreturned > 0) words.push(texts.unreturned(count(now.unreturned)));
  words.push(texts.by(now.by, now.reason));
  return words.join(" ");
}
