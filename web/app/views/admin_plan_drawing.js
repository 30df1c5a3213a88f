// @ts-check
import { h } from "../dom.js";
import { seatPlan as texts } from "../texts/chosen_work.js";

/** The least height and the most, as parts of the width. */
const flattest = 0.25;
const tallest = 0.75;

/**
 * A map of a plan that is not published. Each seat is a mark: its colour says the
 * category, and its form what would change.
 *
 * @param {import("../../../clients/js/wire.js").PlanPreview} preview
 * @param {string} name says what the map shows
 */
export function drawPlan(preview, name) {
  const { x, y, category, state } = preview.layout;
  const canvas = h("canvas", { role: "img", "aria-label": name });
  const box = h("div", { class: "plan-map" }, canvas);
  const edges = x.reduce((to, _, i) => ({ left: Math.min(to.left, x[i]), right: Math.max(to.right, x[i]), top: Math.min(to.top, y[i]), bottom: Math.max(to.bottom, y[i]) }), {
    left: Infinity,
    right: -Infinity,
    top: Infinity,
    bottom: -Infinity,
  });
  const wide = edges.right - edges.left + 2;
  const high = edges.bottom - edges.top + 2;

  function draw() {
    const width = box.clientWidth;
    if (width === 0) return;
    const height = Math.round(width * Math.min(tallest, Math.max(flattest, high / wide)));
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.height = `${height}px`;
    const pen = canvas.getContext("2d");
    if (!pen) return;
    pen.scale(ratio, ratio);
    const unit = Math.min(width / wide, height / high);
    const left = (width - unit * wide) / 2;
    const top = (height - unit * high) / 2;
    const style = getComputedStyle(box);
    const colours = preview.categories.map((_, i) => style.getPropertyValue(`--plan-${i % 6}`));
    const ink = style.getPropertyValue("--ink");
    const soft = style.getPropertyValue("--line-strong");
    const size = Math.max(1, unit * 0.78);
    for (let i = 0; i < x.length; i++) {
      const at = left + (x[i] - edges.left + 1) * unit - size / 2;
      const down = top + (y[i] - edges.top + 1) * unit - size / 2;
      if (state[i] === "b") {
        pen.strokeStyle = soft;
        pen.lineWidth = Math.min(1, size / 4);
        pen.strokeRect(at, down, size, size);
        continue;
      }
      pen.fillStyle = colours[category[i]];
      if (state[i] === "a") {
        pen.beginPath();
        pen.arc(at + size / 2, down + size / 2, size / 2, 0, 7);
        pen.fill();
      } else pen.fillRect(at, down, size, size);
      if (state[i] === "c") {
        pen.strokeStyle = ink;
        pen.lineWidth = Math.max(1, size / 6);
        pen.strokeRect(at, down, size, size);
      }
    }
  }

  const watch = typeof ResizeObserver === "function" ? new ResizeObserver(draw) : null;
  watch?.observe(box);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", draw);
  const marks = /** @type {const} */ (["same", "added", "changed", "blocked"]);
  const letters = { same: "s", added: "a", changed: "c", blocked: "b" };
  return {
    element: h("figure", { class: "plan-figure" }, box, h("figcaption", { class: "plan-legend" }, ...marks.filter((mark) => state.includes(letters[mark])).map((mark) => h("span", null, h("span", { class: `plan-mark plan-mark-${mark}`, "aria-hidden": "true" }), texts.legend[mark])))),
    draw,
    dispose() {
      watch?.disconnect();
      scheme.removeEventListener("change", draw);
    },
  };
}
