// @ts-check
import { h, show, text } from "../dom.js";
import { explain } from "../explain.js";
import { shownZone } from "../season_settings.js";
import { phasePlan as texts } from "../texts/chosen_work.js";
import { momentOf, wallTime } from "../zone.js";
import * as clock from "../clock.js";
import * as http from "../http.js";
import { phasesView } from "./phases.js";
import { ask } from "./question_dialog.js";

/**
 * @typedef {{name: string, opensAt: string|null, closesAt?: string|null, access: string}} Phase
 * @typedef {{row: HTMLElement, name: HTMLInputElement, opensAt: HTMLInputElement, closesAt: HTMLInputElement, access: HTMLSelectElement, wrong: Record<string, HTMLElement>}} Row
 */

/** As many phases as a season may have. */
const most = 10;

const parts = /** @type {const} */ (["name", "opensAt", "closesAt", "access"]);

/**
 * What fans will see, and how each phase decides the order.
 *
 * @param {Phase[]} phases
 */
function fansSee(phases) {
  if (phases.length === 0) return h("p", { class: "review" }, texts.none);
  const seen = phasesView();
  seen.update(/** @type {import("../types/app.js").State} */ ({ season: { phases } }));
  const orders = phases.map((phase, i) => {
    const at = Date.parse(phase.opensAt ?? "");
    if (at <= clock.now()) return texts.order.open(phase.name);
    return i > 0 && Date.parse(phases[i - 1].closesAt ?? "") >= at ? texts.order.arrival(phase.name) : texts.order.drawn(phase.name);
  });
  return h("div", { class: "review" }, seen.element, h("h3", { class: "caption" }, texts.order.title), h("ul", { class: "phase-orders" }, ...orders.map((words) => h("li", null, words))));
}

/**
 * The phases of a sale as rows: add, remove, move, times, who may join. What fans will see is
 * shown before it is applied, and what the server refuses stands beside its field.
 *
 * @param {string} base the path of the season
 * @param {() => void} applied called after a change
 */
export function phasePlanView(base, applied) {
  const list = h("ol", { class: "phase-rows" });
  const zoneNote = h("p", { class: "fine" });
  const said = h("p", { class: "note", role: "status", hidden: true });
  const add = h("button", { type: "button", class: "button quiet", onclick: () => append() }, texts.add);
  const reset = h("button", { type: "button", class: "button quiet", onclick: () => known && begin(known, zone) }, texts.reset);
  const element = h(
    "form",
    {
      class: "card season phase-editor",
      noValidate: true,
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        review();
      },
    },
    h("h3", null, texts.title),
    h("p", { class: "fine" }, texts.what),
    zoneNote,
    list,
    said,
    h("div", { class: "actions" }, h("button", { type: "submit", class: "button primary" }, texts.review), add, reset),
  );
  /** @type {Row[]} */
  let rows = [];
  /** @type {Phase[]|null} the phases from which the rows began */
  let known = null;
  let began = "";
  let zone = "UTC";
  let made = 0;
  let busy = false;
  /** @type {import("./question_dialog.js").Asked|null} */
  let asked = null;

  /** @param {string} words */
  function say(words) {
    show(said, words !== "");
    text(said, words);
  }

  /** @param {Phase} phase @returns {Row} */
  function rowOf(phase) {
    const id = `phase-${made++}`;
    /** @type {Record<string, HTMLElement>} */
    const wrong = {};
    for (const part of parts) wrong[part] = h("p", { class: "wrong", id: `${id}-${part}-wrong`, hidden: true });
    /** @param {typeof parts[number]} part */
    const common = (part) => ({ id: `${id}-${part}`, "aria-describedby": `${id}-${part}-wrong`, autocomplete: "off" });
    const time = (/** @type {string|null|undefined} */ at) => (at ? wallTime(at, zone) : "");
    const name = h("input", { ...common("name"), type: "text", maxLength: 60, dir: "auto", value: phase.name });
    const opensAt = h("input", { ...common("opensAt"), type: "datetime-local", step: "any", value: time(phase.opensAt) });
    const closesAt = h("input", { ...common("closesAt"), type: "datetime-local", step: "any", value: time(phase.closesAt) });
    const access = h("select", common("access"), h("option", { value: "code" }, texts.access.code), h("option", { value: "open" }, texts.access.open));
    access.value = phase.access;
    /** @param {typeof parts[number]} part @param {HTMLElement} input */
    const field = (part, input) => h("div", { class: "field" }, h("label", { htmlFor: input.id }, texts.fields[part]), input, wrong[part]);
    const press = (/** @type {string} */ words, /** @type {() => void} */ act) => h("button", { type: "button", class: "button quiet small", onclick: act }, words);
    const element = h(
      "li",
      null,
      h("fieldset", null, h("legend", null), h("div", { class: "season-fields" }, field("name", name), field("opensAt", opensAt), field("closesAt", closesAt), field("access", access)), h("div", { class: "actions" }, press(texts.up, () => move(row, -1)), press(texts.down, () => move(row, 1)), press(texts.remove, () => remove(row)))),
    );
    /** @type {Row} */
    const row = { row: element, name, opensAt, closesAt, access, wrong };
    return row;
  }

  function draw() {
    list.replaceChildren(...rows.map(({ row }) => row));
    rows.forEach(({ row }, i) => {
      text(/** @type {HTMLElement} */ (row.querySelector("legend")), texts.nth(i + 1));
      const [up, down, gone] = row.querySelectorAll("button");
      up.setAttribute("aria-label", texts.upOf(i + 1));
      down.setAttribute("aria-label", texts.downOf(i + 1));
      gone.setAttribute("aria-label", texts.removeOf(i + 1));
      up.hidden = i === 0;
      down.hidden = i === rows.length - 1;
    });
    add.hidden = rows.length >= most;
  }

  /** @param {Row} row @param {number} by */
  function move(row, by) {
    const at = rows.indexOf(row);
    rows.splice(at, 1);
    rows.splice(at + by, 0, row);
    draw();
    row.name.focus();
  }

  /** @param {Row} row */
  function remove(row) {
    const at = rows.indexOf(row);
    rows.splice(at, 1);
    draw();
    (rows[Math.min(at, rows.length - 1)]?.name ?? add).focus();
  }

  function append() {
    const last = rows[rows.length - 1];
    const row = rowOf({ name: "", opensAt: null, closesAt: null, access: rows.length === 0 ? "code" : "open" });
    if (last) row.opensAt.value = last.closesAt.value;
    rows.push(row);
    draw();
    row.name.focus();
  }

  const typed = () => JSON.stringify(rows.map((row) => parts.map((part) => row[part].value)));

  /** @param {Phase[]} phases @param {string} of the zone of the season */
  function begin(phases, of) {
    known = phases;
    zone = of;
    rows = phases.map(rowOf);
    began = typed();
    say("");
    text(zoneNote, texts.zone(zone));
    draw();
  }

  function clear() {
    for (const row of rows) {
      for (const part of parts) {
        show(row.wrong[part], false);
        row[part].removeAttribute("aria-invalid");
      }
    }
  }

  /** @param {{field: string, problem?: string}[]} wrong */
  function refuse(wrong) {
    /** @type {HTMLElement|null} */
    let first = null;
    /** @type {string[]} */
    const others = [];
    for (const { field, problem } of wrong) {
      const [, at, part] = /^phases\[(\d+)\]\.(\w+)$/.exec(field) ?? [];
      const row = rows[Number(at)];
      if (!part || !row?.wrong[part]) {
        others.push(problem ?? field);
        continue;
      }
      text(row.wrong[part], problem ?? "");
      show(row.wrong[part], true);
      const input = row[/** @type {typeof parts[number]} */ (part)];
      input.setAttribute("aria-invalid", "true");
      first ??= input;
    }
    say([texts.refused, ...others].join(" "));
    first?.focus();
  }

  async function review() {
    if (busy || !known) return; // a disabled button would lose the focus
    clear();
    /** @type {{field: string, problem: string}[]} */
    const wrong = [];
    const phases = rows.map((row, i) => {
      const moment = (/** @type {"opensAt"|"closesAt"} */ part) => {
        if (row[part].value === "") return null;
        const { at } = momentOf(row[part].value, zone);
        if (at === null) wrong.push({ field: `phases[${i}].${part}`, problem: texts.skipped });
        return at;
      };
      return { name: row.name.value.trim(), opensAt: moment("opensAt"), closesAt: moment("closesAt"), access: row.access.value };
    });
    if (wrong.length) return refuse(wrong);
    busy = true;
    try {
      const preview = await http.call("PUT", `${base}?dryRun=true`, { json: { phases } });
      const next = preview.settings.phases ?? [];
      if (JSON.stringify(next) === JSON.stringify(known)) return say(texts.nothing);
      say("");
      /** @type {http.Problem|null} */
      let problem = null;
      asked = ask({
        title: texts.reviewTitle,
        what: texts.reviewWhat,
        more: fansSee(next),
        yes: texts.save,
        no: texts.keep,
        act: () =>
          http
            .call("PUT", base, { json: { phases } })
            .then((answer) => begin(answer.settings.phases ?? [], shownZone(answer.settings.timeZone ?? "UTC")))
            .catch((thrown) => (problem = thrown)),
      });
      const done = await asked.answer;
      asked = null;
      if (problem) throw problem;
      if (!done) return;
      say(phases.length ? texts.saved : texts.none);
      applied();
    } catch (problem) {
      const fault = /** @type {http.Problem} */ (problem);
      if (fault.fields?.length) refuse(fault.fields);
      else say(fault.code === "invalid_request" || fault.code === "conflict" ? fault.detail : explain(fault));
    } finally {
      busy = false;
    }
  }

  return {
    element,
    /** Follows what the server says, also of other admins; what is typed stays. @param {{phases?: Phase[], timeZone?: string}} settings */
    update({ phases = [], timeZone = "UTC" }) {
      const of = shownZone(timeZone);
      if (known && (busy || (JSON.stringify(phases) === JSON.stringify(known) && of === zone))) return;
      if (known && typed() !== began) return say(texts.other);
      if (known && element.contains(document.activeElement)) return;
      begin(phases, of);
    },
    dispose: () => asked?.close(),
  };
}
