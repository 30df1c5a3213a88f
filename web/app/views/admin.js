// @ts-check
import { h, show, text } from "../dom.js";
import { count, countdown, difference, money, timeOfDay, when } from "../format.js";
import * as clock from "../clock.js";
import * as http from "../http.js";
import { explain } from "../explain.js";
import { courseView } from "./course.js";
import { peopleTable } from "./people.js";

const every = 2000;

/** @type {[string, string][]} what is shown of live, and how it is called */
const figures = [
  ["active", "Active"],
  ["waiting", "Waiting"],
  ["admittedPerMinute", "Admitted a minute"],
  ["held", "Held"],
  ["booked", "Sold"],
];

/**
 * The organiser's desk.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("./view.js").View}
 */
export function adminView(office) {
  const base = `/admin/seasons/${encodeURIComponent(office.season)}`;
  const courses = figures.map(([key, name]) => ({ key, view: courseView(name) }));
  const warnings = h("ul", { class: "note", hidden: true });
  const rest = h("p", { class: "fine" });
  const limit = h("input", { type: "number", id: "active-limit", min: "0", required: true });
  const save = h("button", { type: "submit", class: "button primary" }, "Save");
  const pause = h("button", { type: "button", class: "button", onclick: () => change("POST", `${base}/pause`, "Admission is paused.") }, "Pause");
  const resume = h("button", { type: "button", class: "button", onclick: () => change("POST", `${base}/resume`, "Admission goes on.") }, "Resume");
  const plan = h("input", { type: "file", id: "seat-plan", accept: ".csv,text/csv" });
  const said = h("p", { class: "note", role: "status", hidden: true });
  const faults = h("ul", { class: "fine", "aria-label": "Details" });
  const user = (/** @type {string} */ id) => `${base}/users/${encodeURIComponent(id)}`;
  const line = peopleTable({
    name: "In line",
    columns: ["Position", "Number", "Name", "Joined", "Present"],
    extra: [1, 3],
    path: `${base}/waiting`,
    list: "waiting",
    cells: (row) => [count(row.position), count(row.number), row.name, when(row.joinedAt, clock.now()), row.present ? "yes" : "away"],
    where: (row) => `is number ${count(row.position)} in line`,
    user,
  });
  const inside = peopleTable({
    name: "Active",
    columns: ["Name", "State", "Time left", "Until at most"],
    extra: [3],
    path: `${base}/active`,
    list: "active",
    cells: (row) => [row.name, row.state === "turn" ? "has the turn" : "is in", countdown(clock.left(row.deadline)), row.sessionEndsAt ? timeOfDay(Date.parse(row.sessionEndsAt)) : ""],
    where: (row) => (row.state === "turn" ? "has the turn" : "is in the sale"),
    user,
  });
  const changes = h("tbody");
  const sales = h("tbody");
  const status = h("select", { id: "sale-status", onchange: () => readSales() }, ...["all", "completed", "pending", "cancelled"].map((name) => h("option", { value: name === "all" ? "" : name }, name)));
  const older = h("button", { type: "button", class: "button quiet small", hidden: true, onclick: () => readOlder() }, "Older");
  const denied = h("p", { class: "lead", hidden: true }, "This page is for the sale's organisers.");

  /**
   * @param {string} name
   * @param {string[]} columns
   * @param {HTMLElement} body
   * @param {...HTMLElement} above what stands between the heading and the table
   */
  const table = (name, columns, body, ...above) =>
    h(
      "section",
      { class: "card" },
      h("h3", null, name),
      ...above,
      h("div", { class: "scroll", tabIndex: 0, role: "group", "aria-label": `${name}, scrollable` }, h("table", { "aria-label": name }, h("thead", null, h("tr", null, ...columns.map((c) => h("th", { scope: "col" }, c)))), body)),
    );

  const desk = h(
    "div",
    { class: "desk" },
    warnings,
    h("div", { class: "courses" }, ...courses.map((c) => c.view.element)),
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
            change("PUT", base, `The active limit is ${count(wanted)} now.`, { json: { activeLimit: wanted } });
          },
        },
        h("h3", null, "Admission"),
        h("div", { class: "field" }, h("label", { htmlFor: "active-limit" }, "Active limit"), limit),
        h("div", { class: "actions" }, save, pause, resume),
      ),
      h(
        "div",
        { class: "card" },
        h("h3", null, "House"),
        h("div", { class: "field" }, h("label", { htmlFor: "seat-plan" }, "Seat plan"), plan),
        h("p", { class: "fine" }, "A CSV file with the columns seatNumber, category, price, and if you like section, row, x, y, status. All rows are taken, or none."),
      ),
    ),
    line.element,
    inside.element,
    table(
      "Transactions",
      ["When", "Who", "Seats", "Total", "Status"],
      sales,
      h("div", { class: "field" }, h("label", { htmlFor: "sale-status" }, "Status"), status),
      h(
        "div",
        { class: "actions" },
        h("a", { class: "button quiet small", href: `${base}/sold.xlsx`, download: "" }, "Sold seats (Excel)"),
        h("a", { class: "button quiet small", href: `${base}/takings.xlsx`, download: "" }, "Takings (Excel)"),
        h("a", { class: "button quiet small", href: `${base}/sold.csv`, download: "" }, "Sold seats (CSV)"),
        h("a", { class: "button quiet small", href: `${base}/takings.csv`, download: "" }, "Takings (CSV)"),
        older,
      ),
    ),
    table("Changes", ["When", "By", "What", "Before", "After"], changes),
  );
  const element = h("div", { class: "admin" }, h("h2", { class: "display" }, "Admin"), denied, desk);
  let dirty = false;
  /** @type {Set<string>} what this server does not have: asked once, not every two seconds */
  const missing = new Set();
  limit.addEventListener("input", () => (dirty = true));
  plan.addEventListener("change", async () => {
    const file = plan.files?.[0];
    if (!file) return;
    const answer = await change("POST", `${base}/seats`, "", { body: file, type: "text/csv" });
    if (answer) {
      say(`${count(answer.imported)} seats are in the plan now (version ${answer.version}).${answer.warnings?.length ? " Please look at these:" : ""}`);
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
      faults.replaceChildren(...fault.errors.slice(0, 20).map((e) => h("li", null, `Line ${e.line}, column ${e.column}: ${e.problem}`)));
      return null;
    }
  }

  async function read() {
    try {
      const { settings, live, warnings: warned } = await http.get(base);
      for (const { key, view } of courses) view.add(live[key] ?? 0);
      const sockets = (live.nodes ?? []).reduce((/** @type {number} */ n, /** @type {{sockets: number}} */ node) => n + node.sockets, 0);
      text(
        rest,
        `${count(live.available ?? 0)} seats available · ${count(live.turns ?? 0)} with a turn not yet taken · ${count(live.ready ?? 0)} of those waiting are present · ${count(sockets)} sockets on ${count((live.nodes ?? []).length)} ${live.nodes?.length === 1 ? "node" : "nodes"}`,
      );
      if (!dirty && document.activeElement !== limit) limit.value = String(settings.activeLimit);
      show(warnings, (warned ?? []).length > 0);
      warnings.replaceChildren(...(warned ?? []).map((/** @type {string} */ w) => h("li", null, w)));
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
      ...difference(row.before, row.after),
    ]);
  }

  let paged = ""; // where the page of transactions shown begins; "" is the newest
  let beyond = ""; // and where the next one does
  let asks = 0; // of transactions: an answer that comes after a later question is not shown

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
        row.seats.join(", "),
        money(row.total, row.currency),
        row.reason ? `${row.status} (${row.reason})` : row.status,
      ],
      () => ask === asks,
    );
    if (!answer) return;
    beyond = answer.next ?? "";
    show(older, beyond !== "" || paged !== "");
    text(older, beyond !== "" ? "Older" : "Newest");
  }

  /** The next page; after the last one the newest again. */
  const readOlder = () => readSales(beyond);

  /**
   * @param {string} path
   * @param {string[]} names under which the rows may stand
   * @param {HTMLElement} body
   * @param {(row: any) => (string|Node)[]} cells
   * @param {() => boolean} [wanted] whether the answer is still to be shown
   */
  async function readTable(path, names, body, cells, wanted = () => true) {
    // Redrawing under somebody's fingers would take the button away.
    if (missing.has(path) || body.contains(document.activeElement)) return null;
    let answer;
    try {
      answer = await http.get(path);
    } catch (problem) {
      if (/** @type {http.Problem} */ (problem).code === "not_found") {
        missing.add(path);
        body.replaceChildren(h("tr", null, h("td", null, "This server does not tell.")));
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
