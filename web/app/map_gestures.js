// @ts-check

/** A pointer that moves no farther than this many pixels presses; beyond it drags. */
const pressSlack = 6;

/** How far an arrow key moves the map, in pixels. */
const step = 60;

/** Where an arrow key leads. @type {Record<string, [number, number]>} */
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** What one key on the map does to the view. @type {Record<string, (view: import("./viewport.js").Viewport) => void>} */
const keys = {
  "+": (view) => view.zoom(1.4),
  "=": (view) => view.zoom(1.4),
  "-": (view) => view.zoom(1 / 1.4),
  0: (view) => view.showAll(),
};

/**
 * @typedef {object} Point in pixels of the canvas
 * @property {number} x
 * @property {number} y
 *
 * @typedef {object} Gestures
 * @property {() => void} moved the viewport has changed
 * @property {(at: Point) => void} pressed one pointer went down and up in one place
 * @property {(at: Point|null) => void} hovered a mouse without a button is here; null: it has left
 * @property {(dx: number, dy: number) => void} stepped an arrow key was pressed: -1, 0 or 1 in each direction
 * @property {(key: "Enter"|"Escape") => boolean} chosen Enter, Space or Escape was pressed; returns whether that did something
 * @property {() => void} refused the wheel turned without Ctrl over a map that was not pressed before, so the page scrolls
 */

/**
 * Moves a viewport by what pointers, wheel and keys do on a canvas: one pointer
 * drags, two pinch, the wheel zooms where it points, keys move and zoom. Reports
 * presses, arrow keys and the mouse's place; it does not know seats.
 *
 * The wheel zooms with Ctrl or Cmd, or after a press on the map until the mouse leaves
 * it: a page that scrolls under the mouse must not be caught by the map.
 *
 * @param {HTMLElement} canvas
 * @param {import("./viewport.js").Viewport} view
 * @param {Gestures} report
 */
export function mapGestures(canvas, view, report) {
  /** Pointers that are down now, by id. @type {Map<number, Point>} */
  const pointers = new Map();
  let dragged = 0; // pixels since the first pointer went down
  let distance = 0; // between two pointers
  let pressed = false; // the wheel zooms

  /** @param {{clientX: number, clientY: number}} event */
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const between = () => {
    const [a, b] = [...pointers.values()];
    return { distance: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (pointers.size === 0) dragged = 0;
    pointers.set(event.pointerId, place(event));
    canvas.setPointerCapture(event.pointerId);
    if (pointers.size === 2) distance = between().distance;
  });

  canvas.addEventListener("pointermove", (event) => {
    const here = place(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") report.hovered(here);
      return;
    }
    pointers.set(event.pointerId, here);
    if (pointers.size === 2) {
      const pinch = between();
      if (distance > 0 && view.zoom(pinch.distance / distance, pinch.x, pinch.y)) report.moved();
      distance = pinch.distance;
      dragged = Infinity;
      return;
    }
    dragged += Math.hypot(here.x - before.x, here.y - before.y);
    if (dragged > pressSlack) {
      view.pan(here.x - before.x, here.y - before.y);
      report.moved();
    }
  });

  canvas.addEventListener("pointerup", (event) => {
    if (!pointers.delete(event.pointerId)) return;
    pressed = true;
    if (pointers.size === 0 && dragged <= pressSlack) report.pressed(place(event));
  });
  canvas.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => {
    pressed = false;
    report.hovered(null);
  });

  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!pressed && !event.ctrlKey && !event.metaKey) {
        report.refused();
        return;
      }
      const { x, y } = place(event);
      const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1); // 1: the delta is in lines
      const zoomed = view.zoom(Math.exp(-pixels * 0.0018), x, y);
      // At the smallest scale the wheel alone scrolls the page again.
      if (!zoomed && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      if (zoomed) report.moved();
    },
    { passive: false },
  );

  canvas.addEventListener("keydown", (event) => {
    const arrow = Object.prototype.hasOwnProperty.call(arrows, event.key) ? arrows[event.key] : null;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = arrow ? event.shiftKey : Object.prototype.hasOwnProperty.call(keys, event.key);
    if (moves && arrow) view.pan(-arrow[0] * step, -arrow[1] * step);
    else if (moves) keys[event.key](view);
    else if (arrow) report.stepped(...arrow);
    else if (event.key === "Enter" || event.key === " ") report.chosen("Enter");
    else if (event.key !== "Escape" || !report.chosen("Escape")) return;
    event.preventDefault();
    if (moves) report.moved();
  });
}
