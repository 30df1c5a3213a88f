// @ts-check
import { h, text } from "../dom.js";
import { count, timeOfDay } from "../format.js";
import { admin as texts } from "../texts/chosen_work.js";
import { beginOf, pathOf, topOf } from "../course.js";

const namespace = "http://www.w3.org/2000/svg";
const minute = 60_000;

/**
 * The figures of a chart.
 *
 * @typedef {"active"|"waiting"|"admittedPerMinute"|"held"|"booked"} Figure
 * @typedef {{at: number} & Record<Figure, number>} Sample at: ms
 */

/** @type {Figure[]} */
export const figures = ["active", "waiting", "admittedPerMinute", "held", "booked"];

/**
 * The figures now, each with a chart of the last hour, and the same as a table.
 * The course comes from the server, so a reload shows it too.
 */
export function coursesView() {
  const charts = figures.map((key) => ({ key, view: chart(key) }));
  const body = h("tbody");
  const columns = [texts.course.time, ...figures.map((key) => texts.figures[key])];
  const table = h(
    "details",
    { class: "course-table", ontoggle: () => fillTable() },
    h("summary", null, texts.course.table),
    h(
      "div",
      { class: "scroll", tabIndex: 0, role: "group", "aria-label": texts.scrollable(texts.course.title) },
      h("table", { "aria-label": texts.course.title }, h("thead", null, h("tr", null, ...columns.map((name) => h("th", { scope: "col" }, name)))), body),
    ),
  );
  const element = h("section", { class: "courses-part", "aria-label": texts.course.title }, h("div", { class: "courses" }, ...charts.map(({ view }) => view.element)), table);
  /** @type {Sample[]} */
  let past = [];
  /** @type {Sample|null} */
  let present = null;

  function draw() {
    const all = present ? [...past.filter((one) => one.at < /** @type {Sample} */ (present).at), present] : past;
    const now = all[all.length - 1]?.at ?? Date.now();
    for (const { key, view } of charts) view.draw(all.map((one) => ({ at: one.at, value: one[key] })), now);
    fillTable();
  }

  /** One row for each minute, newest first; made only while it is open. */
  function fillTable() {
    if (!table.open || body.contains(document.activeElement)) return;
    /** @type {Map<number, Sample>} */
    const minutes = new Map();
    for (const one of past) minutes.set(Math.floor(one.at / minute), one);
    const rows = [...minutes.values()].reverse();
    body.replaceChildren(...rows.map((one) => h("tr", null, h("th", { scope: "row" }, timeOfDay(one.at)), ...figures.map((key) => h("td", null, count(one[key]))))));
  }

  return {
    element,
    /** @param {import("../../../clients/js/wire.js").Course} course */
    course(course) {
      past = course.samples.map((one) => ({ ...one, at: Date.parse(one.at) }));
      draw();
    },
    /** @param {Sample} sample the figures now */
    add(sample) {
      present = sample;
      draw();
    },
  };
}

/** @param {Figure} key */
function chart(key) {
  const name = texts.figures[key];
  const value = h("output", { class: "course-value", "aria-label": name, "aria-live": "off" });
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 100 100");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  const grid = document.createElementNS(namespace, "path");
  grid.setAttribute("class", "course-grid");
  grid.setAttribute("d", "M0 0H100M0 50H100M0 100H100");
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("class", "course-line");
  svg.append(grid, path);
  const top = h("span");
  const half = h("span");
  const from = h("span");
  const to = h("span");
  const element = h(
    "figure",
    { class: "course" },
    h("figcaption", null, name, " ", h("span", { class: "course-unit" }, `(${texts.course.units[key]})`)),
    value,
    h("div", { class: "course-plot", dir: "ltr" }, h("div", { class: "course-scale", "aria-hidden": "true" }, top, half, h("span", null, count(0))), h("div", { class: "course-box" })),
    h("div", { class: "course-times", "aria-hidden": "true", dir: "ltr" }, from, to),
  );
  /** @type {HTMLElement} */ (element.querySelector(".course-box")).append(svg);
  return {
    element,
    /**
     * @param {import("../course.js").Point[]} points oldest first
     * @param {number} now ms
     */
    draw(points, now) {
      const last = points[points.length - 1];
      text(value, last ? count(Math.round(last.value)) : "–");
      const begin = beginOf(points, now);
      const seen = points.filter((point) => point.at >= begin).map((point) => point.value);
      const highest = topOf(Math.max(0, ...seen));
      text(top, count(highest));
      text(half, count(highest / 2));
      text(from, short(begin));
      text(to, texts.course.now);
      path.setAttribute("d", pathOf(points, begin, now, highest));
      const says = last
        ? texts.course.says(name, count(Math.round(last.value)), count(Math.min(...seen)), count(Math.max(...seen)), short(Math.max(begin, points[0].at)))
        : texts.course.empty(name);
      if (svg.getAttribute("aria-label") !== says) svg.setAttribute("aria-label", says);
    },
  };
}

/** @param {number} at ms */
const short = (at) => timeOfDay(at).slice(0, 5);
