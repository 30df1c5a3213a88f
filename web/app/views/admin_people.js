// @ts-check
import { h, show, text } from "../dom.js";
import { explain } from "../explain.js";
import { admin as texts } from "../texts/chosen_work.js";
import * as http from "../http.js";
import { ask } from "./question_dialog.js";

/**
 * A table of people that stays still under the pointer. A row belongs to one user
 * and is updated in place. While the pointer or the focus is in the table, no row
 * moves or goes away; a user who has left is marked.
 *
 * @typedef {object} People
 * @property {string} name
 * @property {string[]} columns all but the last, which has the button
 * @property {number[]} extra the columns that a phone has no room for
 * @property {string} path of the list
 * @property {string} list its name in the answer
 * @property {(row: any) => string[]} cells
 * @property {(row: any) => string} where says where the person is, for the question
 * @property {(userId: string) => string} user the path of one user
 * @property {{words: string, name: (name: string) => string, open: (userId: string) => void}} details a button that says more of one user
 *
 * @typedef {{element: HTMLTableRowElement, cells: HTMLTableCellElement[], end: HTMLTableCellElement, button: HTMLButtonElement, more: HTMLButtonElement, data: any, gone: boolean}} Row
 */

/** How many rows a page has. */
const size = 100;

/** A search costs the server more, so it is repeated in only one of so many rounds. */
const searchEvery = 5;

/** @param {People} o */
export function peopleTable(o) {
  const extra = (/** @type {number} */ column) => (o.extra.includes(column) ? "extra" : null);
  const body = h("tbody");
  const id = `find-${o.list}`;
  const find = h("input", { type: "search", id, autocomplete: "off", spellcheck: false, maxLength: 100, oninput: () => search() });
  const earlier = h("button", { type: "button", class: "button quiet small", onclick: () => turn(-1) }, texts.previous);
  const later = h("button", { type: "button", class: "button quiet small", onclick: () => turn(1) }, texts.next);
  const said = h("p", { class: "fine", role: "status" });
  const scroll = h(
    "div",
    { class: "scroll", tabIndex: 0, role: "group", "aria-label": texts.scrollable(o.name) },
    h("table", { class: "people", "aria-label": o.name }, h("thead", null, h("tr", null, ...[...o.columns, ""].map((c, i) => h("th", { scope: "col", class: extra(i) }, c || h("span", { class: "unseen" }, texts.details))))), body),
  );
  const element = h(
    "section",
    { class: "card" },
    h("h3", null, o.name),
    h("div", { class: "people-tools" }, h("div", { class: "field" }, h("label", { htmlFor: id }, texts.find), find), h("div", { class: "actions" }, earlier, later)),
    said,
    scroll,
  );
  /** @type {Map<string, Row>} */
  const rows = new Map();
  /** The cursors of the pages up to the shown one. */
  let cursors = [""];
  /** @type {string|null} */
  let next = null;
  let asks = 0;
  let skipped = 0;
  let pointed = false;
  let timer = 0;
  /** @type {any[]} the rows as they should be, once they may move */
  let wanted = [];
  /** @type {import("./question_dialog.js").Asked|null} */
  let asked = null;

  body.addEventListener("pointerenter", (event) => (pointed = event.pointerType === "mouse"));
  body.addEventListener("pointerleave", () => {
    pointed = false;
    settle();
  });
  body.addEventListener("focusout", () => setTimeout(settle));

  const still = () => pointed || asked !== null || body.contains(document.activeElement);

  function search() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      cursors = [""];
      read(true);
    }, 300);
  }

  /** @param {1|-1} way */
  function turn(way) {
    if (way > 0 && next) cursors.push(next);
    else if (way < 0 && cursors.length > 1) cursors.pop();
    scroll.scrollTop = 0;
    read(true);
  }

  /** @param {boolean} [now] asked by the user, not by the timer */
  async function read(now = false) {
    const q = find.value.trim();
    if (q && !now && ++skipped < searchEvery) return;
    skipped = 0;
    const ask = ++asks;
    if (q.length === 1) {
      text(said, texts.twoCharacters);
      return;
    }
    let answer;
    try {
      answer = await http.get(`${o.path}?limit=${size}&${q ? `q=${encodeURIComponent(q)}` : `cursor=${encodeURIComponent(cursors[cursors.length - 1])}`}`, 8000);
    } catch (problem) {
      if (ask === asks) text(said, explain(/** @type {http.Problem} */ (problem)));
      return;
    }
    // The answer to an older request is not shown.
    if (ask !== asks) return;
    wanted = answer[o.list];
    next = q ? null : answer.next;
    earlier.disabled = q !== "" || cursors.length === 1;
    later.disabled = next === null;
    show(earlier, !earlier.disabled || !later.disabled);
    show(later, !earlier.disabled || !later.disabled);
    text(said, wanted.length ? "" : q ? texts.notInList : texts.emptyList);
    if (now) {
      rows.clear();
      body.replaceChildren();
    }
    draw();
  }

  /** Updates the rows where they are. */
  function draw() {
    const there = new Set();
    for (const data of wanted) {
      there.add(data.userId);
      const row = rows.get(data.userId);
      if (row) fill(row, data);
    }
    for (const [user, row] of rows) if (!there.has(user)) leave(row);
    if (!still()) settle();
  }

  /** Sorts the rows, removes users who have left and adds new ones. */
  function settle() {
    if (still()) return;
    const there = new Set(wanted.map((data) => data.userId));
    for (const [user, row] of rows) {
      if (there.has(user)) continue;
      row.element.remove();
      rows.delete(user);
    }
    /** @type {Element|null} */
    let before = body.firstElementChild;
    for (const data of wanted) {
      let row = rows.get(data.userId);
      if (!row) rows.set(data.userId, (row = make(data)));
      if (row.element === before) before = before.nextElementSibling;
      else body.insertBefore(row.element, before);
    }
  }

  /**
   * @param {any} data
   * @returns {Row}
   */
  function make(data) {
    const cells = o.columns.map((_, i) => h("td", { class: extra(i), dir: "auto" }));
    const button = h("button", { type: "button", class: "button quiet small", "aria-label": texts.putOutName(data.name) }, texts.putOut);
    const more = h("button", { type: "button", class: "button quiet small", "aria-label": o.details.name(data.name), onclick: () => o.details.open(data.userId) }, o.details.words);
    const end = h("td", null, more, " ", button);
    const row = { element: h("tr", null, ...cells, end), cells, end, more, button, data, gone: false };
    button.addEventListener("click", () => putOut(row));
    fill(row, data);
    return row;
  }

  /**
   * @param {Row} row
   * @param {any} data
   */
  function fill(row, data) {
    row.data = data;
    if (row.gone) {
      row.gone = false;
      row.element.classList.remove("gone");
      const focused = row.end.contains(document.activeElement);
      row.end.replaceChildren(row.more, " ", row.button);
      if (focused) row.button.focus();
    }
    for (const [i, words] of o.cells(data).entries()) text(row.cells[i], words);
  }

  /** @param {Row} row */
  function leave(row) {
    if (row.gone) return;
    answerIn(row, texts.gone);
  }

  /**
   * Shows the answer in place of the button.
   *
   * @param {Row} row
   * @param {string} words
   */
  function answerIn(row, words) {
    row.gone = true;
    row.element.classList.add("gone");
    const focused = row.end.contains(document.activeElement);
    const note = h("span", { role: "status", tabIndex: -1 });
    row.end.replaceChildren(row.more, " ", note);
    text(note, words);
    if (focused) note.focus();
  }

  /** @param {Row} row */
  async function putOut(row) {
    // The row's data may change while the question is open; its user does not.
    const { userId, name } = row.data;
    /** @type {http.Problem|null} */
    let problem = null;
    asked = ask({
      title: texts.putOutTitle(name),
      what: texts.putOutWhat(o.where(row.data)),
      yes: texts.putOutYes,
      no: texts.cancel,
      act: () => http.call("DELETE", o.user(userId), { patience: 15_000 }).catch((thrown) => (problem = thrown)),
    });
    const done = await asked.answer;
    asked = null;
    if (!done) return;
    if (problem) {
      const note = h("p", { class: "fine", role: "alert" });
      row.end.append(note);
      text(note, explain(problem));
      setTimeout(() => note.remove(), 8000);
      return;
    }
    asks++; // a list on its way may still have the user
    wanted = wanted.filter((data) => data.userId !== userId);
    answerIn(row, texts.putOut);
    /** @type {HTMLElement|null} */ (row.end.querySelector('[role="status"]'))?.focus();
  }

  return {
    element,
    read,
    dispose() {
      clearTimeout(timer);
      asked?.close();
    },
  };
}
