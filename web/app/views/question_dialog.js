// @ts-check
import { h, text } from "../dom.js";
import { leaving, page } from "../texts/chosen.js";

/**
 * One question before something is lost. The harmless answer has the focus, and
 * Escape gives that answer.
 *
 * @typedef {object} Question
 * @property {string} title
 * @property {string} what says what is lost
 * @property {Node} [more] what stands below the text
 * @property {string} yes the button that does it
 * @property {string} [no] the button that does not; "Stay" by default
 * @property {() => Promise<unknown>} [act] done before the dialog closes
 * @property {string} [acting] what the button says during act
 * @property {HTMLElement} [urgent] stands below the words of a question that cannot wait; the answer that does it has the focus
 *
 * @typedef {{answer: Promise<boolean>, close: () => void}} Asked
 */

/**
 * @param {Question} question
 * @returns {Asked} the answer, and how to close the question, which means no
 */
export function ask(question) {
  const before = document.activeElement;
  const title = h("h2", { id: "ask-title" }, question.title);
  const what = h("p", { class: "lead", id: "ask-what" }, question.what);
  const { urgent } = question;
  const no = h("button", { type: "button", class: `button${urgent ? "" : " primary"}`, onclick: () => close(false) }, question.no ?? leaving.stay);
  const yes = h("button", { type: "button", class: `button${urgent ? " primary" : ""}`, "data-live": "", onclick: agree }, question.yes);
  const names = { "aria-labelledby": title.id, "aria-describedby": what.id, ...(urgent ? { role: "alertdialog" } : {}) };
  const inside = [title, what, question.more ?? null, urgent ?? null, h("div", { class: "actions" }, ...(urgent ? [yes, no] : [no, yes]))].filter((part) => part !== null);
  // Safari before 15.4 has no modal dialogs.
  const native = typeof HTMLDialogElement === "function" && typeof HTMLDialogElement.prototype.showModal === "function";
  const dialog = native ? h("dialog", { class: "card ask", ...names }, ...inside) : null;
  const element = dialog ?? h("div", { class: "veil" }, h("div", { class: "card ask", role: "dialog", "aria-modal": "true", ...names }, ...inside));
  let busy = false;
  let open = true;
  /** @type {(answer: boolean) => void} */
  let resolve;
  /** @type {Promise<boolean>} */
  const answer = new Promise((given) => (resolve = given));

  /** @param {boolean} given */
  function close(given) {
    if (!open) return;
    open = false;
    element.remove();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
    resolve(given);
  }

  async function agree() {
    if (question.act) {
      busy = yes.disabled = no.disabled = true;
      text(yes, question.acting ?? page.moment);
      await question.act();
    }
    close(true);
  }

  /** @param {KeyboardEvent} event */
  function keep(event) {
    if (event.key === "Escape" && !busy) close(false);
    if (event.key !== "Tab") return;
    event.preventDefault();
    (document.activeElement === no ? yes : no).focus();
  }

  document.body.append(element);
  if (dialog) {
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      // During act Escape would only hide the outcome.
      if (!busy) close(false);
    });
    dialog.addEventListener("close", () => close(false));
    dialog.showModal();
  } else element.addEventListener("keydown", (event) => keep(/** @type {KeyboardEvent} */ (event)));
  (urgent ? yes : no).focus();
  return { answer, close: () => close(false) };
}
