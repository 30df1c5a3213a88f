// @ts-check
import { h, show, text } from "../dom.js";
import { count, when } from "../format.js";
import { line, outside as texts, phases as phaseTexts } from "../texts/chosen.js";
import * as clock from "../clock.js";
import { explainOut } from "../explain.js";
import { needsCode } from "../phases.js";
import { phasesView } from "./phases.js";
import { canJoin, isClosed, saleOf } from "./sale_state.js";

/**
 * For a fan who is signed in, but not in the line.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function outsideView(office) {
  const title = h("h2", { class: "display" });
  const reason = h("p", { class: "lead" });
  const shut = h("p", { class: "note" });
  const waiting = h("dd");
  const opens = h("p", { class: "fine" });
  const join = h("button", { type: "submit", class: "button primary large", "data-live": "" }, texts.join);
  const code = h("input", { type: "text", id: "phase-code", name: "code", maxLength: 64, dir: "ltr", autocomplete: "off", autocapitalize: "characters", spellcheck: false, "aria-describedby": ["phase-code-wrong", "phase-code-hint"].join(" "), oninput: () => refused && office.notices.dismiss() });
  const wrong = h("p", { class: "wrong", id: "phase-code-wrong" });
  const asked = h(
    "div",
    { class: "field phase-code", hidden: true },
    h("p", null, phaseTexts.need),
    h("label", { htmlFor: "phase-code" }, phaseTexts.label),
    code,
    // The live region stands in the page before it has anything to say.
    h("div", { role: "alert" }, wrong),
    h("p", { class: "fine", id: "phase-code-hint" }, phaseTexts.hint),
  );
  const phases = phasesView();
  const form = h(
    "form",
    {
      class: "join-form",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        office.line.join(asked.hidden ? "" : code.value.trim());
      },
    },
    asked,
    h("div", { class: "actions" }, join),
  );
  const element = h(
    "section",
    { class: "card outside" },
    title,
    reason,
    shut,
    opens,
    h("dl", { class: "figures" }, h("div", null, h("dt", null, line.waiting), waiting)),
    form,
    phases.element,
  );
  /** @type {import("../types/app.js").State|null} */
  let last = null;
  /** What was said about the code, until it is typed again. @type {import("../types/app.js").Notice|null} */
  let refused = null;

  /** @param {import("../types/app.js").Notice|null} notice */
  function refuse(notice) {
    if (notice === refused) return;
    refused = notice;
    text(wrong, notice?.text ?? "");
    if (!notice) return code.removeAttribute("aria-invalid");
    code.setAttribute("aria-invalid", "true");
    if (code.value === "") code.value = office.line.code ?? ""; // a challenge was in between
    code.focus();
    code.select();
  }

  /** Shows the field for a code while the phase needs one. */
  function ask() {
    if (!last) return;
    const needed = needsCode(last.season?.phases, clock.now());
    show(asked, needed && canJoin(last, clock.now()));
    text(join, needed ? phaseTexts.join : texts.join);
  }

  return {
    element,
    update(state) {
      last = state;
      phases.update(state);
      ask();
      refuse(state.notice?.place === "code" ? state.notice : null);
      const gone = saleOf(state)?.stock === "gone";
      const closed = isClosed(state, clock.now());
      text(title, state.out === "finished" ? texts.finished : closed ? texts.closed : gone && !state.out ? texts.gone : texts.title);
      const situation = closed ? texts.closedLead : !gone ? texts.lead : state.season?.returns ? texts.returnsLead : texts.goneLead;
      text(reason, state.out ? explainOut(state.out) : situation);
      // A reason for being out does not say that the way back is shut.
      show(shut, state.out !== null && !canJoin(state, clock.now()));
      text(shut, situation);
      show(join, canJoin(state, clock.now()));
      text(waiting, count(state.status?.waiting ?? 0));
      const at = state.season?.opensAt;
      const ahead = at && Date.parse(at) > clock.now();
      show(opens, Boolean(ahead));
      if (ahead) text(opens, texts.opens(when(at, clock.now())));
    },
    tick() {
      phases.tick?.();
      ask();
    },
  };
}
