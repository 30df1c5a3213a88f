// @ts-check
import { h, show, text } from "../dom.js";
import { count, countdown, difference, list, money, timeOfDay, when } from "../format.js";
import { admin as texts } from "../texts/chosen_work.js";
import * as clock from "../clock.js";
import * as http from "../http.js";
import { explain } from "../explain.js";
import { chartView } from "./admin_chart.js";
import { checkView } from "./admin_check.js";
import { peopleTable } from "./admin_people.js";
import { rehearsalsView } from "./admin_rehearsals.js";

/** How often the page reads its figures and lists, in ms. */
const every = 2000;

/** The figures of live that have a chart. */
const figures = /** @type {const} */ (["active", "waiting", "admittedPerMinute", "held", "booked"]);

/**
 * The organiser's page: figures, settings, the line, the sales.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function adminView(office) {
  const base = `/admin/seasons/${encodeURIComponent(office.season)}`;
  const charts = figures.map((key) => ({ key, view: chartView(texts.figures[key]) }));
  const warnings = h("ul", { class: "note", hidden: true, lang: "en", dir: "ltr" });
  const rest = h("p", { class: "fine" });
  const limit = h("input", { type: "number", id: "active-limit", min: "0", required: true });
  const save = h("button", { type: "submit", class: "button primary" }, texts.save);
  const reason = h("input", { type: "text", id: "pause-reason", maxLength: 280, autocomplete: "off" });
  const notice = h("input", { type: "text", id: "sale-notice", maxLength: 280, autocomplete: "off", "aria-describedby": "sale-notice-hint" });
  const pause = h("button", { type: "submit", class: "button" }, texts.pause);
  const resume = h("button", { type: "button", class: "button", onclick: () => change("POST", `${base}/resume`, texts.resumed) }, texts.resume);
  const plan = h("input", { type: "file", id: "seat-plan", accept: ".csv,text/csv" });
  const said = h("p", { class: "note", role: "status", hidden: true });
  const faults = h("ul", { class: "fine", "aria-label": texts.details });
  const user = (/** @type {string} */ id) => `${base}/users/${encodeURIComponent(id)}`;
  const line = peopleTable({
    name: texts.line,
    columns: texts.lineColumns,
    extra: [1, 3],
    path: `${base}/waiting`,
    list: "waiting",
    cells: (row) => [count(row.position), count(row.number), row.name, when(row.joinedAt, clock.now()), row.present ? texts.present : texts.away],
    where: (row) => texts.inLineAt(row.name, row.position),
    user,
  });
  const inside = peopleTable({
    name: texts.active,
    columns: texts.activeColumns,
    extra: [3],
    path: `${base}/active`,
    list: "active",
    cells: (row) => [row.name, row.state === "turn" ? texts.hasTurn : texts.isIn, countdown(clock.left(row.deadline)), row.sessionEndsAt ? timeOfDay(Date.parse(row.sessionEndsAt)) : ""],
    where: (row) => (row.state === "turn" ? texts.withTurn(row.name) : texts.inSale(row.name)),
    user,
  });
  const changes = h("tbody", { lang: "en", dir: "ltr" }); // names and values of settings, as programs read them
  const sales = h("tbody");
  const status = h("select", { id: "sale-status", onchange: () => readSales() }, ...Object.entries(texts.statuses).map(([value, name]) => h("option", { value: value === "all" ? "" : value }, name)));
  const older = h("button", { type: "button", class: "button quiet small", hidden: true, onclick: () => readOlder() }, texts.older);
  const denied = h("p", { class: "lead", hidden: true }, texts.denied);

  /**
   * @param {string} name
   * @param {string[]} columns
   * @param {HTMLElement} body
   * @param {...HTMLElement} above the elements between the heading and the table
   */
  const table = (name, columns, body, ...above) =>
    h(
      "section",
      { class: "card" },
      h("h3", null, name),
      ...above,
      h("div", { class: "scroll", tabIndex: 0, role: "group", "aria-label": texts.scrollable(name) }, h("table", { "aria-label": name }, h("thead", null, h("tr", null, ...columns.map((c) => h("th", { scope: "col" }, c)))), body)),
    );

  const desk = h(
    "div",
    { class: "desk" },
    warnings,
    h("div", { class: "courses" }, ...charts.map((chart) => chart.view.element)),
    rest,
    said,
    faults,
    h(
      "div",
      { class: "desk-forms" },
      h(
        "form",
        {
          class: "card",
          onsubmit: (/** @type {Event} */ event) => {
            event.preventDefault();
            const wanted = Number(limit.value);
            dirty = false;
            change("PUT", base, texts.limitIs(wanted), { json: { activeLimit: wanted } });
          },
        },
        h("h3", null, texts.admission),
        h("div", { class: "field" }, h("label", { htmlFor: "active-limit" }, texts.activeLimit), limit),
        h("div", { class: "actions" }, save),
      ),
      h(
        "form",
        {
          class: "card",
          onsubmit: (/** @type {Event} */ event) => {
            event.preventDefault();
            reasonDirty = false;
            change("POST", `${base}/pause`, texts.paused, reason.value.trim() ? { json: { reason: reason.value } } : undefined);
          },
        },
        h("h3", null, texts.pauseTitle),
        h("div", { class: "field" }, h("label", { htmlFor: "pause-reason" }, texts.pauseReason), reason),
        h("div", { class: "actions" }, pause, resume),
      ),
      h(
        "form",
        {
          class: "card",
          onsubmit: (/** @type {Event} */ event) => {
            event.preventDefault();
            noticeDirty = false;
            change("PUT", `${base}/notice`, texts.noticeSaved, { json: { text: notice.value } });
          },
        },
        h("h3", null, texts.noticeTitle),
        h("div", { class: "field" }, h("label", { htmlFor: "sale-notice" }, texts.notice), notice),
        h("p", { class: "fine", id: "sale-notice-hint" }, texts.noticeHint),
        h("div", { class: "actions" }, h("button", { type: "submit", class: "button" }, texts.saveNotice)),
      ),
      h(
        "div",
        { class: "card" },
        h("h3", null, texts.seats),
        h("div", { class: "field" }, h("label", { htmlFor: "seat-plan" }, texts.plan), plan),
        h("p", { class: "fine" }, texts.planFormat),
      ),
    ),
    checkView(base),
    rehearsalsView(base),
    line.element,
    inside.element,
    table(
      texts.transactions,
      texts.transactionColumns,
      sales,
      h("div", { class: "field" }, h("label", { htmlFor: "sale-status" }, texts.status), status),
      h(
        "div",
        { class: "actions" },
        h("a", { class: "button quiet small", href: `${base}/sold.xlsx`, download: "" }, texts.soldExcel),
        h("a", { class: "button quiet small", href: `${base}/takings.xlsx`, download: "" }, texts.takingsExcel),
        h("a", { class: "button quiet small", href: `${base}/sold.csv`, download: "" }, texts.soldCSV),
        h("a", { class: "button quiet small", href: `${base}/takings.csv`, download: "" }, texts.takingsCSV),
        older,
      ),
    ),
    table(texts.changes, texts.changeColumns, changes),
  );
  const element = h("div", { class: "admin" }, h("h2", { class: "display" }, texts.title), denied, desk);
  let dirty = false;
  let noticeDirty = false;
  let reasonDirty = false;
  /** @type {Set<string>} paths that this server does not have: read once only */
  const missing = new Set();
  limit.addEventListener("input", () => (dirty = true));
  notice.addEventListener("input", () => (noticeDirty = true));
  reason.addEventListener("input", () => (reasonDirty = true));
  plan.addEventListener("change", async () => {
    const file = plan.files?.[0];
    if (!file) return;
    const answer = await change("POST", `${base}/seats`, "", { body: file, type: "text/csv" });
    if (answer) {
      say(texts.imported(answer.imported, answer.version, Boolean(answer.warnings?.length)));
      faults.replaceChildren(...(answer.warnings ?? []).map((/** @type {string} */ warning) => h("li", null, warning)));
    }
    plan.value = "";
  });

  /** @param {string} words */
  function say(words) {
    show(said, words !== "");
    text(said, words);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {string} done
   * @param {{json?: unknown, body?: BodyInit, type?: string}} [content]
   */
  async function change(method, path, done, content) {
    faults.replaceChildren();
    try {
      const answer = await http.call(method, path, content);
      say(done);
      read();
      return answer;
    } catch (problem) {
      const fault = /** @type {http.Problem} */ (problem);
      say(fault.detail || explain(fault));
      faults.replaceChildren(...fault.errors.slice(0, 20).map((e) => h("li", null, texts.fault(e))));
      return null;
    }
  }

  async function read() {
    try {
      /** @type {import("../../../clients/js/wire.js").AdminSeason} */
      const { settings, live, warnings: warned } = await http.get(base);
      for (const { key, view } of charts) view.add(live[key] ?? 0);
      const sockets = (live.nodes ?? []).reduce((n, node) => n + node.sockets, 0);
      text(rest, texts.rest(live, sockets));
      if (!dirty && document.activeElement !== limit) limit.value = String(settings.activeLimit);
      if (!noticeDirty && document.activeElement !== notice) notice.value = office.store.state.sale?.notice ?? "";
      if (!reasonDirty && document.activeElement !== reason) reason.value = office.store.state.sale?.pauseReason ?? "";
      show(warnings, (warned ?? []).length > 0);
      warnings.replaceChildren(...(warned ?? []).map((w) => h("li", null, w)));
      show(denied, false);
      show(desk, true);
    } catch (problem) {
      const fault = /** @type {http.Problem} */ (problem);
      if (fault.code === "forbidden" || fault.status === 401) {
        show(denied, true);
        show(desk, false);
        clearInterval(timer);
      } else say(explain(fault));
      return;
    }
    line.read();
    inside.read();
    if (paged === "") readSales();
    readTable(`/admin/audit-log?season=${encodeURIComponent(office.season)}`, ["changes"], changes, (row) => [
      when(row.at, clock.now()),
      row.by,
      row.action,
      ...difference(row.before, row.after, texts.noValue),
    ]);
  }

  let paged = ""; // where the shown page of transactions begins; "": the newest
  let beyond = ""; // where the next page begins
  let asks = 0; // requests for transactions: the answer to an older one is not shown

  async function readSales(after = "") {
    const asked = `status=${encodeURIComponent(status.value)}&cursor=${encodeURIComponent(after)}`;
    const ask = ++asks;
    paged = after;
    const answer = await readTable(
      `/admin/transactions?season=${encodeURIComponent(office.season)}&${asked}`,
      ["transactions"],
      sales,
      (row) => [
        when(row.createdAt, clock.now()),
        row.holder,
        list(row.seats),
        money(row.total, row.currency),
        (texts.statuses[/** @type {"completed"} */ (row.status)] ?? row.status) + (row.reason ? ` (${row.reason})` : ""),
      ],
      () => ask === asks,
    );
    if (!answer) return;
    beyond = answer.next ?? "";
    show(older, beyond !== "" || paged !== "");
    text(older, beyond !== "" ? texts.older : texts.newest);
  }

  /** The next page; after the last one the newest again. */
  const readOlder = () => readSales(beyond);

  /**
   * @param {string} path
   * @param {string[]} names the names that the rows may have in the answer
   * @param {HTMLElement} body
   * @param {(row: any) => (string|Node)[]} cells
   * @param {() => boolean} [wanted] whether to show the answer
   */
  async function readTable(path, names, body, cells, wanted = () => true) {
    // Redrawing would remove a button that has the focus.
    if (missing.has(path) || body.contains(document.activeElement)) return null;
    let answer;
    try {
      answer = await http.get(path);
    } catch (problem) {
      if (/** @type {http.Problem} */ (problem).code === "not_found") {
        missing.add(path);
        body.replaceChildren(h("tr", null, h("td", null, texts.notHere)));
      }
      return null;
    }
    if (!wanted()) return null;
    const rows = names.map((name) => answer[name]).find(Array.isArray) ?? Object.values(answer).find(Array.isArray) ?? [];
    body.replaceChildren(...rows.map((/** @type {any} */ row) => h("tr", null, ...cells(row).map((cell) => h("td", null, typeof cell === "string" ? h("bdi", null, cell) : cell)))));
    return answer;
  }

  const timer = setInterval(read, every);
  function dispose() {
    clearInterval(timer);
    line.dispose();
    inside.dispose();
  }
  read();
  return { element, update() {}, dispose };
}
