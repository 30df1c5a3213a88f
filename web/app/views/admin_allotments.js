// @ts-check
import { h, show } from "../dom.js";
import { count } from "../format.js";
import { admin, allotments as texts } from "../texts/chosen_work.js";
import * as http from "../http.js";
import { answerNote, readOnce } from "./admin_answer.js";
import { ask } from "./question_dialog.js";

/** @typedef {import("../../../clients/js/wire.js").Allotments} Allotments */
/** @typedef {import("../../../clients/js/wire.js").Allotment} Allotment */

/**
 * Seats that are off sale under a name: how many, and which; putting them on sale; taking
 * more off sale, by their numbers or by a file.
 *
 * @param {string} base the path of the season
 */
export function allotmentsView(base) {
  const path = `${base}/allotments`;
  const names = h("datalist", { id: "allotment-names" });
  const name = h("input", { type: "text", id: "allotment-name", maxLength: 32, required: true, autocomplete: "off", "aria-describedby": "allotment-name-hint" });
  name.setAttribute("list", names.id);
  const seats = h("textarea", { id: "allotment-seats", rows: 3, required: true, spellcheck: false, "aria-describedby": "allotment-seats-hint" });
  const file = h("input", { type: "file", id: "allotment-file", accept: ".csv,text/csv", "aria-describedby": "allotment-file-hint", onchange: () => upload() });
  const body = h("tbody");
  const none = h("p", { class: "lead", hidden: true }, texts.none);
  const table = h(
    "div",
    { class: "scroll", tabIndex: 0, role: "group", "aria-label": admin.scrollable(texts.title), hidden: true },
    h("table", { "aria-label": texts.title }, h("thead", null, h("tr", null, ...texts.columns.map((column) => h("th", { scope: "col" }, column)))), body),
  );
  const note = answerNote(texts.row);
  const element = h(
    "section",
    { class: "card", id: "allotments" },
    h("h3", null, texts.title),
    h("p", { class: "fine" }, texts.what),
    none,
    table,
    h(
      "form",
      {
        class: "allotment-form",
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          move(name.value.trim(), numbers(seats.value));
        },
      },
      h("div", { class: "field" }, h("label", { htmlFor: name.id }, texts.name), name, names, h("p", { class: "fine", id: "allotment-name-hint" }, texts.nameHint)),
      h("div", { class: "field" }, h("label", { htmlFor: seats.id }, texts.seats), seats, h("p", { class: "fine", id: "allotment-seats-hint" }, texts.seatsHint)),
      h(
        "div",
        { class: "actions" },
        h("button", { type: "submit", class: "button primary" }, texts.keep),
        h("button", { type: "button", class: "button", onclick: () => release(numbers(seats.value), texts.theseSeats) }, texts.release),
      ),
    ),
    h("div", { class: "field" }, h("label", { htmlFor: file.id }, texts.file), file, h("p", { class: "fine", id: "allotment-file-hint" }, texts.fileHint)),
    h(
      "div",
      { class: "actions" },
      h("a", { class: "button quiet small", href: `${path}.csv`, download: "" }, texts.csv),
      h("a", { class: "button quiet small", href: `${path}.xlsx`, download: "" }, texts.excel),
    ),
    ...note.elements,
  );
  let busy = false;
  readOnce(path, tell);
  return { element };

  /** @param {Allotments} now */
  function tell(now) {
    const had = document.activeElement instanceof HTMLElement && body.contains(document.activeElement);
    show(none, now.allotments.length === 0);
    show(table, now.allotments.length > 0);
    names.replaceChildren(...now.allotments.map((one) => h("option", { value: one.name })));
    body.replaceChildren(...now.allotments.map(row));
    if (had) name.focus(); // its button is gone
  }

  /** @param {Allotment} one */
  function row(one) {
    return h(
      "tr",
      null,
      h("th", { scope: "row" }, h("bdi", null, one.name)),
      h("td", { class: "number" }, count(one.count)),
      h("td", null, h("details", null, h("summary", { "aria-label": texts.showOf(one.name) }, texts.showSeats), h("p", { class: "fine" }, one.seats.join(", ")))),
      h(
        "td",
        null,
        h("button", { type: "button", class: "button quiet small", "aria-label": texts.releaseOf(one.name), onclick: () => release(one.seats, texts.allOf(one.name)) }, texts.release),
      ),
    );
  }

  /**
   * @param {string[]} which
   * @param {string} words names them
   */
  async function release(which, words) {
    if (which.length === 0) {
      note.say(texts.noSeats);
      seats.focus();
      return;
    }
    const asked = ask({ title: texts.question(which.length), what: texts.consequence(words), yes: texts.release, no: admin.cancel });
    if (await asked.answer) await move("", which);
  }

  /**
   * @param {string} to
   * @param {string[]} which
   */
  async function move(to, which) {
    if (busy) return; // a disabled button would lose the focus
    await send(() => http.call("PUT", path, { json: { name: to, seats: which } }), which.length, to === "");
  }

  async function upload() {
    const chosen = file.files?.[0];
    if (!chosen) return;
    note.say(texts.reading);
    const content = await chosen.arrayBuffer();
    await send(() => http.call("POST", path, { body: content, type: "text/csv" }));
    file.value = "";
  }

  /**
   * @param {() => Promise<Allotments>} request
   * @param {number} [asked] how many seats it names; 0: unknown
   * @param {boolean} [onSale] whether they are to go on sale
   */
  async function send(request, asked = 0, onSale = false) {
    busy = true;
    try {
      const now = await request();
      tell(now);
      seats.value = "";
      note.say(texts.moved(now.moved ?? 0, asked, onSale));
    } catch (problem) {
      note.refuse(problem);
    } finally {
      busy = false;
    }
  }
}

/**
 * The seat numbers of a text; they are apart by commas, semicolons, tabs or line ends, because
 * a seat number may have spaces.
 *
 * @param {string} pasted
 */
export function numbers(pasted) {
  const all = pasted.split(/[,;\t\r\n]+/).map((part) => part.trim()).filter((part) => part !== "");
  return [...new Set(all)];
}
