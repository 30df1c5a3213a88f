// @ts-check
import { focus, h, show, text } from "../dom.js";
import { count, money } from "../format.js";
import { explain } from "../explain.js";
import { admin, seatPlan as texts } from "../texts/chosen_work.js";
import * as http from "../http.js";
import { drawPlan } from "./admin_plan_drawing.js";
import { ask } from "./question_dialog.js";

/** @typedef {import("../../../clients/js/wire.js").PlanPreview} PlanPreview */

/**
 * The seat plan: a file is checked and shown first, and published only by a button and
 * an answer.
 *
 * @param {string} base the path of the season
 * @param {() => string} seasonName
 * @param {() => void} published called after a plan was published
 */
export function planView(base, seasonName, published) {
  const input = h("input", { type: "file", id: "seat-plan", accept: ".csv,text/csv", onchange: () => choose() });
  const said = h("p", { class: "note", role: "status", hidden: true });
  const shown = h("div", { class: "plan-preview" });
  const details = h("ul", { class: "fine", "aria-label": texts.warnings });
  let checks = 0;
  /** @type {import("./question_dialog.js").Asked|null} */
  let asked = null;
  let undraw = () => {};

  /** @param {string} words */
  function say(words) {
    show(said, words !== "");
    text(said, words);
  }

  function clear() {
    undraw();
    undraw = () => {};
    shown.replaceChildren();
    details.replaceChildren();
  }

  async function choose() {
    const file = input.files?.[0];
    if (!file) return;
    const check = ++checks;
    clear();
    say(texts.reading);
    let bytes;
    try {
      bytes = await file.arrayBuffer();
    } catch {
      say(texts.cannotRead); // it was moved or changed since it was chosen
      return;
    }
    try {
      /** @type {PlanPreview} */
      const preview = await http.call("POST", `${base}/seats?dryRun=true`, { body: bytes, type: "text/csv" });
      if (check === checks) showPreview(file.name, bytes, preview);
    } catch (problem) {
      if (check === checks) showErrors(file.name, bytes, /** @type {http.Problem} */ (problem));
    }
    // The same file can be chosen again once it is mended.
    if (check === checks) input.value = "";
  }

  /**
   * @param {string} name
   * @param {ArrayBuffer} bytes
   * @param {http.Problem} problem
   */
  function showErrors(name, bytes, problem) {
    if (!problem.errors.length) {
      say(problem.code === "seat_taken" || problem.code === "conflict" || problem.code === "invalid_request" ? problem.detail : explain(problem));
      shown.replaceChildren(h("div", { class: "actions" }, discard()));
      return;
    }
    say(texts.errors(name, problem.errors.length));
    const lines = new TextDecoder().decode(bytes).split(/\r\n|\r|\n/);
    const title = h("h4", null, texts.errorsName);
    shown.replaceChildren(
      title,
      h(
        "div",
        { class: "scroll", tabIndex: 0, role: "group", "aria-label": admin.scrollable(texts.errorsName) },
        h(
          "table",
          { "aria-label": texts.errorsName },
          h("thead", null, h("tr", null, ...texts.errorColumns.map((column) => h("th", { scope: "col" }, column)))),
          h("tbody", null, ...problem.errors.map((error) => h("tr", null, h("th", { scope: "row" }, count(error.line)), h("td", null, count(error.column)), h("td", null, h("bdi", null, error.problem)), h("td", { class: "plan-line", dir: "ltr" }, ...marked(lines[error.line - 1] ?? "", error.column))))),
        ),
      ),
      ...(problem.errors.length >= 100 ? [h("p", { class: "fine" }, texts.firstErrors(problem.errors.length))] : []),
      h("div", { class: "actions" }, discard()),
    );
    focus(title);
  }

  /**
   * @param {string} name
   * @param {ArrayBuffer} bytes
   * @param {PlanPreview} preview
   */
  function showPreview(name, bytes, preview) {
    const differs = preview.version === 0 || preview.added + preview.changed + preview.removed > 0;
    say(texts.good(name, preview.seats));
    details.replaceChildren(...preview.warnings.map((warning) => h("li", null, warning)));
    const price = (/** @type {{from: number, to: number}} */ of) => (of.from === of.to ? money(of.from, preview.currency) : `${money(of.from, preview.currency)} – ${money(of.to, preview.currency)}`);
    const drawing = drawPlan(preview, texts.picture(preview.seats, preview.sections.length));
    undraw = drawing.dispose;
    const publish = h("button", { type: "button", class: "button primary", onclick: () => decide(name, bytes, preview) }, texts.publish(preview.seats));
    shown.replaceChildren(
      h("p", null, preview.version === 0 ? texts.first : differs ? texts.changes(preview.added, preview.changed, preview.removed, preview.begun) : texts.same),
      ...(preview.warnings.length ? [h("h4", null, texts.warnings), details] : []),
      drawing.element,
      h(
        "ul",
        { class: "plan-categories", "aria-label": texts.categories },
        ...preview.categories.map((one, i) => h("li", null, h("span", { class: `plan-swatch plan-category-${i % 6}`, "aria-hidden": "true" }), h("bdi", null, one.category), ` · ${count(one.seats)} · ${price(one)}`, ...one.types.map((type) => h("span", { class: "plan-type" }, " · ", h("bdi", null, type.type), ` ${price(type)}`)))),
      ),
      h(
        "div",
        { class: "scroll", tabIndex: 0, role: "group", "aria-label": admin.scrollable(texts.sections) },
        h(
          "table",
          { "aria-label": texts.sections },
          h("thead", null, h("tr", null, ...texts.sectionColumns.map((column) => h("th", { scope: "col" }, column)))),
          h("tbody", null, ...preview.sections.map((one) => h("tr", null, h("th", { scope: "row" }, h("bdi", null, one.section || texts.noSection)), h("td", null, count(one.rows)), h("td", null, count(one.seats)), h("td", null, count(one.blocked)), h("td", null, price(one))))),
        ),
      ),
      h("div", { class: "actions" }, ...(differs ? [publish] : []), discard()),
    );
    drawing.draw();
  }

  const discard = () =>
    h(
      "button",
      {
        type: "button",
        class: "button quiet",
        onclick: () => {
          checks++;
          clear();
          say("");
          input.focus();
        },
      },
      texts.discard,
    );

  /**
   * @param {string} name
   * @param {ArrayBuffer} bytes
   * @param {PlanPreview} preview
   */
  async function decide(name, bytes, preview) {
    /** @type {http.Problem|null} */
    let problem = null;
    /** @type {{imported: number, version: number, warnings: string[]}|any} */
    let answer = null;
    asked = ask({
      title: texts.question(name, seasonName()),
      what: texts.questionWhat(preview.seats, preview.current, preview.version, preview.begun),
      yes: texts.publishYes,
      no: texts.cancel,
      act: () =>
        http
          .call("POST", `${base}/seats`, { body: bytes, type: "text/csv" })
          .then((given) => (answer = given))
          .catch((thrown) => (problem = thrown)),
    });
    const done = await asked.answer;
    asked = null;
    if (!done) return;
    if (problem) {
      showErrors(name, bytes, problem);
      return;
    }
    clear();
    say(admin.imported(answer.imported, answer.version, answer.warnings.length > 0));
    details.replaceChildren(...answer.warnings.map((/** @type {string} */ warning) => h("li", null, warning)));
    shown.replaceChildren(details);
    published();
    input.focus();
  }

  return {
    element: h("section", { class: "card" }, h("h3", null, texts.title), h("div", { class: "field" }, h("label", { htmlFor: "seat-plan" }, texts.file), input), h("p", { class: "fine" }, texts.format), said, shown),
    dispose() {
      checks++;
      asked?.close();
      undraw();
    },
  };
}

/**
 * A line of the file with the field at a column marked.
 *
 * @param {string} line
 * @param {number} column in bytes, from 1
 * @returns {(Node|string)[]}
 */
function marked(line, column) {
  const bytes = new TextEncoder().encode(line);
  const from = new TextDecoder().decode(bytes.slice(0, column - 1)).length;
  const length = /^("(?:[^"]|"")*"|[^,;\t]*)/.exec(line.slice(from))?.[0].length ?? 0;
  if (length === 0) return [line.slice(0, from), h("mark", { class: "empty" }, " "), line.slice(from)];
  return [line.slice(0, from), h("mark", null, line.slice(from, from + length)), line.slice(from + length)];
}
