// @ts-check
import { h, show, text } from "../dom.js";
import { explain } from "../explain.js";
import * as http from "../http.js";
import { ask } from "./ask.js";

/**
 * A table of people that stays still under the pointer: a row belongs to one
 * user and is brought up to date in place. While the pointer or the focus is in
 * the table, rows neither move nor go; who has gone is marked.
 *
 * @typedef {object} People
 * @property {string} name
 * @property {string[]} columns but the last, which has the button
 * @property {number[]} extra those that a phone has no room for
 * @property {string} path of the list
 * @property {string} list its name in the answer
 * @property {(row: any) => string[]} cells
 * @property {(row: any) => string} where the person stands, for the question
 * @property {(userId: string) => string} user the path of one user
 *
 * @typedef {{element: HTMLTableRowElement, cells: HTMLTableCellElement[], end: HTMLTableCellElement, button: HTMLButtonElement, data: any, gone: boolean}} Row
 */

/** Rows a page. */
const size = 100;

/** A search reads every user's name: its result is asked for again this much less often. */
const searchEvery = 5;

/** @param {People} o */
export function peopleTable(o) {
  const extra = (/** @type {number} */ column) => (o.extra.includes(column) ? "extra" : null);
  const body = h("tbody");
  const id = `find-${o.list}`;
  const find = h("input", { type: "search", id, autocomplete: "off", spellcheck: false, maxLength: 100, oninput: () => search() });
  const earlier = h("button", { type: "button", class: "button quiet small", onclick: () => turn(-1) }, "Previous");
  const later = h("button", { type: "button", class: "button quiet small", onclick: () => turn(1) }, "Next");
  const said = h("p", { class: "fine", role: "status" });
  const scroll = h(
    "div",
    { class: "scroll", tabIndex: 0, role: "group", "aria-label": `${o.name}, scrollable` },
    h("table", { class: "people", "aria-label": o.name }, h("thead", null, h("tr", null, ...[...o.columns, ""].map((c, i) => h("th", { scope: "col", class: extra(i) }, c)))), body),
  );
  const element = h(
    "section",
    { class: "card" },
    h("h3", null, o.name),
    h("div", { class: "people-tools" }, h("div", { class: "field" }, h("label", { htmlFor: id }, "Find by name, e-mail address or id"), find), h("div", { class: "actions" }, earlier, later)),
    said,
    scroll,
  );
  /** @type {Map<string, Row>} */
  const rows = new Map();
  /** Where the pages begin that were turned to. */
  let cursors = [""];
  /** @type {string|null} */
  let next = null;
  let asks = 0;
  let skipped = 0;
  let pointed = false;
  let timer = 0;
  /** @type {any[]} what the rows should be, once they may move */
  let wanted = [];
  /** @type {import("./ask.js").Asked|null} */
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

  /** @param {boolean} [now] by a press, not by time */
  async function read(now = false) {
    const q = find.value.trim();
    if (q && !now && ++skipped < searchEvery) return;
    skipped = 0;
    const ask = ++asks;
    if (q.length === 1) {
      text(said, "Two characters at least.");
      return;
    }
    let answer;
    try {
      answer = await http.get(`${o.path}?limit=${size}&${q ? `q=${encodeURIComponent(q)}` : `cursor=${encodeURIComponent(cursors[cursors.length - 1])}`}`, 8000);
    } catch (problem) {
      if (ask === asks) text(said, explain(/** @type {http.Problem} */ (problem)));
      return;
    }
    // An answer that comes after a later question is not shown.
    if (ask !== asks) return;
    wanted = answer[o.list];
    next = q ? null : answer.next;
    earlier.disabled = q !== "" || cursors.length === 1;
    later.disabled = next === null;
    show(earlier, !earlier.disabled || !later.disabled);
    show(later, !earlier.disabled || !later.disabled);
    text(said, wanted.length ? "" : q ? "Not in this list." : "The list is empty.");
    if (now) {
      rows.clear();
      body.replaceChildren();
    }
    draw();
  }

  /** Brings the rows up to date where they are. */
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

  /** Puts the rows in order, takes away who has gone and adds who has come. */
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
    const button = h("button", { type: "button", class: "button quiet small", "aria-label": `Put out ${data.name}` }, "Put out");
    const end = h("td", null, button);
    const row = { element: h("tr", null, ...cells, end), cells, end, button, data, gone: false };
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
      row.end.replaceChildren(row.button);
    }
    for (const [i, words] of o.cells(data).entries()) text(row.cells[i], words);
  }

  /** @param {Row} row */
  function leave(row) {
    if (row.gone) return;
    answerIn(row, "Not here any more");
  }

  /**
   * The answer stands where the press was.
   *
   * @param {Row} row
   * @param {string} words
   */
  function answerIn(row, words) {
    row.gone = true;
    row.element.classList.add("gone");
    const focused = row.end.contains(document.activeElement);
    const note = h("span", { role: "status", tabIndex: -1 });
    row.end.replaceChildren(note);
    text(note, words);
    if (focused) note.focus();
  }

  /** @param {Row} row */
  async function putOut(row) {
    // The row may be another's state by the time the question is answered, but never another person's.
    const { userId, name } = row.data;
    /** @type {http.Problem|null} */
    let problem = null;
    asked = ask({
      title: `Put out ${name}?`,
      what: `${name} ${o.where(row.data)}. Held seats go back on sale. To come in again, the person joins at the end of the line.`,
      yes: "Yes, put out",
      no: "Cancel",
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
    wanted = wanted.filter((data) => data.userId !== userId);
    answerIn(row, "Put out");
    /** @type {HTMLElement|null} */ (row.end.firstElementChild)?.focus();
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
