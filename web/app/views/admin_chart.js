// @ts-check
import { h, text } from "../dom.js";
import { count } from "../format.js";

/** How many values are kept: five minutes, two seconds apart. */
const kept = 150;
const namespace = "http://www.w3.org/2000/svg";

/**
 * One figure and a chart of its last minutes.
 *
 * @param {string} name
 */
export function chartView(name) {
  const value = h("output", { class: "course-value", "aria-label": name, "aria-live": "off" });
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", `0 0 ${kept - 1} 40`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(namespace, "path");
  svg.append(path);
  const element = h("figure", { class: "course" }, h("figcaption", null, name), value);
  element.append(svg);
  /** @type {number[]} */
  const values = [];
  return {
    element,
    /** @param {number} n */
    add(n) {
      values.push(n);
      if (values.length > kept) values.shift();
      text(value, count(Math.round(n)));
      const top = Math.max(1, ...values);
      path.setAttribute("d", values.map((v, i) => `${i ? "L" : "M"}${kept - values.length + i} ${(38 - (v / top) * 36).toFixed(1)}`).join(""));
    },
  };
}
