// @ts-check
import { h, show, text } from "../dom.js";
import { isolate, list, money, when } from "../format.js";
import { changed, fields } from "../season_settings.js";
import { admin as texts, season } from "../texts/chosen_work.js";
import * as clock from "../clock.js";
import * as http from "../http.js";
import { settingText } from "./admin_season.js";

/**
 * A list in pages, newest first. It is read again by `read` while its newest page is
 * shown and nothing in it has the focus.
 *
 * @param {object} o
 * @param {string} o.name
 * @param {string[]} o.columns
 * @param {string} o.list the list's name in the answer
 * @param {(cursor: string) => string} o.path
 * @param {(row: any) => (string|Node)[]} o.cells
 * @param {HTMLElement[]} o.above what stands between the heading and the table
 */
export function pagedList(o) {
  const body = h("tbody");
  const older = h("button", { type: "button", class: "button quiet small", hidden: true, onclick: () => read(beyond, true) }, texts.older);
  let paged = ""; // where the shown page begins; "": the newest
  let beyond = ""; // where the next page begins
  let asks = 0; // the answer to an older request is not shown
  let missing = false;

  /**
   * @param {string} [cursor]
   * @param {boolean} [asked] by the user, not by the timer
   */
  async function read(cursor = "", asked = false) {
    // Redrawing would remove a control that has the focus.
    if (missing || (!asked && (paged !== "" || body.contains(document.activeElement)))) return;
    const ask = ++asks;
    let answer;
    try {
      answer = await http.get(o.path(cursor));
    } catch (problem) {
      if (/** @type {http.Problem} */ (problem).code !== "not_found") return;
      missing = true;
      body.replaceChildren(h("tr", null, h("td", null, texts.notHere)));
      return;
    }
    if (ask !== asks) return;
    paged = cursor;
    beyond = answer.next ?? "";
    body.replaceChildren(...answer[o.list].map((/** @type {any} */ row) => h("tr", null, ...o.cells(row).map((cell) => h("td", null, typeof cell === "string" ? h("bdi", null, cell) : cell)))));
    show(older, beyond !== "" || paged !== "");
    text(older, beyond !== "" ? texts.older : texts.newest);
  }

  const element = h(
    "section",
    { class: "card" },
    h("h3", null, o.name),
    ...o.above,
    h("div", { class: "scroll", tabIndex: 0, role: "group", "aria-label": texts.scrollable(o.name) }, h("table", { "aria-label": o.name }, h("thead", null, h("tr", null, ...o.columns.map((c) => h("th", { scope: "col" }, c)))), body)),
    h("div", { class: "actions" }, older),
  );
  return { element, read };
}

/**
 * The season's purchases.
 *
 * @param {string} id of the season
 * @param {string} base the path of the season
 */
export function salesList(id, base) {
  const status = h("select", { id: "sale-status", onchange: () => sales.read("", true) }, ...Object.entries(texts.statuses).map(([value, name]) => h("option", { value: value === "all" ? "" : value }, name)));
  const sales = pagedList({
    name: texts.transactions,
    columns: texts.transactionColumns,
    list: "transactions",
    path: (cursor) => `/admin/transactions?season=${encodeURIComponent(id)}&status=${encodeURIComponent(status.value)}&cursor=${encodeURIComponent(cursor)}`,
    cells: (row) => {
      const state = texts.statuses[/** @type {"completed"} */ (row.status)] ?? row.status;
      return [when(row.createdAt, clock.now()), row.holder, list(row.seats), money(row.total, row.currency), row.reason ? `${state} (${row.reason})` : state];
    },
    above: [
      h("div", { class: "field" }, h("label", { htmlFor: "sale-status" }, texts.status), status),
      h(
        "div",
        { class: "actions" },
        h("a", { class: "button quiet small", href: `${base}/sold.xlsx`, download: "" }, texts.soldExcel),
        h("a", { class: "button quiet small", href: `${base}/takings.xlsx`, download: "" }, texts.takingsExcel),
        h("a", { class: "button quiet small", href: `${base}/sold.csv`, download: "" }, texts.soldCSV),
        h("a", { class: "button quiet small", href: `${base}/takings.csv`, download: "" }, texts.takingsCSV),
      ),
    ],
  });
  return sales;
}

/** Who changed what, in words and names. @param {string} id of the season */
export function changesList(id) {
  return pagedList({
    name: texts.changes,
    columns: texts.changeColumns,
    list: "changes",
    path: (cursor) => `/admin/audit-log?season=${encodeURIComponent(id)}&cursor=${encodeURIComponent(cursor)}`,
    cells: (row) => [when(row.at, clock.now()), row.by, texts.actions[row.action] ?? row.action, ...differenceOf(row)],
    above: [],
  });
}

/**
 * What a row of the audit log changed: before and after.
 *
 * @param {import("../../../clients/js/wire.js").Change} row
 * @returns {[string, string]}
 */
export function differenceOf(row) {
  const before = /** @type {Record<string, any>|null} */ (row.before);
  const after = /** @type {Record<string, any>|null} */ (row.after);
  const settings = changed(before ?? {}, after ?? {});
  const own = new Set(fields.map((field) => field.name.split(".")[0]));
  const others = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter((name) => !own.has(name) && name !== "id" && JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]));
  /** @param {Record<string, any>|null} side */
  const side = (side) =>
    side === null
      ? ""
      : [
          ...settings.map((field) => `${season.fields[field.name]}: ${settingText(side, field)}`),
          ...others.filter((name) => name in side).map((name) => `${texts.changed[name] ?? name}: ${valueText(name === "user" && row.name ? row.name : side[name])}`),
        ].join(", ");
  return [side(before), side(after)];
}

/** @param {unknown} value */
function valueText(value) {
  if (value === null || value === undefined || value === "") return texts.noValue;
  if (typeof value === "boolean") return value ? season.yes : season.no;
  return isolate(String(value));
}
