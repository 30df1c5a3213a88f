// @ts-check
import { h, text } from "../dom.js";
import { seatName } from "../format.js";
import { reason } from "../seat_book.js";
import { Viewport } from "../viewport.js";
import { SeatDrawing } from "./seat_drawing.js";

/** Below this many pixels a seat is too small to be meant: a press zooms in. */
const pressable = 8;

/**
 * The house as a drawing. What it shows stands in the list of seats too, which
 * is what assistive technology uses.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("./view.js").View}
 */
export function seatMapView(office) {
  const canvas = h("canvas", {
    class: "house",
    tabIndex: 0,
    role: "img",
    "aria-label": "Plan of the house. Arrow keys move it, plus and minus zoom. Every seat is in the list of seats too.",
  });
  const tip = h("p", { class: "tip", hidden: true, "aria-hidden": "true" });
  /**
   * @param {string} sign
   * @param {string} name
   * @param {() => void} onclick
   */
  const tool = (sign, name, onclick) => h("button", { type: "button", class: "icon", "aria-label": name, title: name, onclick }, sign);
  const element = h(
    "section",
    { class: "card seat-map", "aria-label": "Seat map" },
    h(
      "div",
      { class: "map-frame" },
      canvas,
      tip,
      h(
        "div",
        { class: "map-tools" },
        tool("+", "Zoom in", () => zoom(1.6)),
        tool("−", "Zoom out", () => zoom(1 / 1.6)),
        tool("⤢", "Show the whole house", () => {
          view.touched = false;
          view.fit();
          moved();
        }),
      ),
    ),
    h(
      "ul",
      { class: "legend", "aria-hidden": "true" },
      ...[
        ["vip", "VIP"],
        ["regular", "Regular"],
        ["mine", "Yours"],
        ["inTransaction", "Held by somebody"],
        ["booked", "Sold or not for sale"],
      ].map(([look, words]) => h("li", null, h("i", { class: `swatch ${look}` }), words)),
    ),
  );

  const view = new Viewport();
  const drawing = new SeatDrawing(/** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")), view, lookOf);
  let state = office.store.state;
  /** @type {Set<string>} */
  let mine = held(state);
  let frame = 0;
  let hovered = -1;

  function readColours() {
    drawing.readColours();
    paint();
  }

  function readPlan() {
    drawing.setPlan(office.house.book.plan);
    paint();
  }

  /** @param {number} index */
  function lookOf(index) {
    const seat = office.house.book.plan[index];
    if (state.asking.has(seat.seatNumber)) return "asking";
    if (mine.has(seat.seatNumber)) return "mine";
    const status = office.house.book.status(index);
    return status === "available" ? (seat.category === "VIP" ? "vip" : "regular") : status;
  }

  function paint() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      drawing.draw(hovered);
    });
  }

  function moved() {
    // At the smallest scale a finger scrolls the page, else it moves the house.
    canvas.classList.toggle("zoomed", view.scale > view.fitScale);
    hover(-1);
    paint();
  }

  /**
   * @param {number} factor
   * @param {number} [px]
   * @param {number} [py]
   */
  function zoom(factor, px, py) {
    const changed = view.zoom(factor, px, py);
    if (changed) moved();
    return changed;
  }

  /**
   * @param {number} index
   * @param {number} [px]
   * @param {number} [py]
   */
  function hover(index, px = 0, py = 0) {
    if (index !== hovered) {
      hovered = index;
      paint();
    }
    tip.hidden = index < 0;
    canvas.style.cursor = index < 0 ? "" : "pointer";
    if (index < 0) return;
    const seat = office.house.book.plan[index];
    const own = mine.has(seat.seatNumber);
    const why = own ? "yours" : reason(office.house.book.status(index), false);
    text(tip, seatName(seat, state.season?.currency ?? "EUR") + (why ? ` · ${why}` : ""));
    tip.style.left = `${Math.min(Math.max(px, 90), view.width - 90)}px`;
    tip.style.top = `${py < 60 ? py + 44 : py - 14}px`;
  }

  /**
   * @param {number} px
   * @param {number} py
   */
  function press(px, py) {
    if (view.scale < pressable) {
      zoom(Math.max(2.5, 16 / view.scale), px, py);
      return;
    }
    const index = drawing.seatAt(px, py);
    if (index < 0 || state.paying !== "none") return;
    const { seatNumber } = office.house.book.plan[index];
    if (state.asking.has(seatNumber)) return;
    if (mine.has(seatNumber)) office.release([seatNumber]);
    else if (office.house.book.status(index) === "available") office.hold([seatNumber]);
    else hover(index, px, py);
  }

  /** @type {Map<number, {x: number, y: number}>} fingers and buttons now down */
  const pointers = new Map();
  let dragged = 0;
  let pinch = 0;

  /** @param {PointerEvent} event */
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const gap = () => {
    const [a, b] = [...pointers.values()];
    return Math.hypot(a.x - b.x, a.y - b.y);
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (pointers.size === 0) dragged = 0;
    pointers.set(event.pointerId, at(event));
    canvas.setPointerCapture(event.pointerId);
    if (pointers.size === 2) pinch = gap();
  });
  canvas.addEventListener("pointermove", (event) => {
    const here = at(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse" && view.scale >= pressable) hover(drawing.seatAt(here.x, here.y), here.x, here.y);
      return;
    }
    pointers.set(event.pointerId, here);
    if (pointers.size === 2) {
      const [a, b] = [...pointers.values()];
      const next = gap();
      if (pinch > 0) zoom(next / pinch, (a.x + b.x) / 2, (a.y + b.y) / 2);
      pinch = next;
      dragged = Infinity;
      return;
    }
    dragged += Math.hypot(here.x - before.x, here.y - before.y);
    if (dragged > 6) {
      view.pan(here.x - before.x, here.y - before.y);
      moved();
    }
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!pointers.delete(event.pointerId)) return;
    const here = at(event);
    if (pointers.size === 0 && dragged <= 6) press(here.x, here.y);
  });
  canvas.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => hover(-1));
  canvas.addEventListener(
    "wheel",
    (event) => {
      const box = canvas.getBoundingClientRect();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      // Zoomed out as far as it goes, the wheel scrolls the page again.
      if (zoom(Math.exp(-event.deltaY * lines * 0.0018), event.clientX - box.left, event.clientY - box.top)) event.preventDefault();
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => {
    const step = 60;
    switch (event.key) {
      case "ArrowLeft":
        view.pan(step, 0);
        break;
      case "ArrowRight":
        view.pan(-step, 0);
        break;
      case "ArrowUp":
        view.pan(0, step);
        break;
      case "ArrowDown":
        view.pan(0, -step);
        break;
      case "+":
      case "=":
        view.zoom(1.4);
        break;
      case "-":
        view.zoom(1 / 1.4);
        break;
      case "0":
        view.touched = false;
        view.fit();
        break;
      default:
        return;
    }
    event.preventDefault();
    moved();
  });

  const observer = new ResizeObserver(() => {
    const { clientWidth, clientHeight } = canvas;
    if (!clientWidth || !clientHeight) return;
    const ratio = devicePixelRatio || 1;
    canvas.width = Math.round(clientWidth * ratio);
    canvas.height = Math.round(clientHeight * ratio);
    view.resize(clientWidth, clientHeight);
    // At once: resizing has wiped the canvas.
    drawing.draw(hovered);
  });
  observer.observe(canvas);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", readColours);

  /** @param {number[]|null} changed */
  function seatsChanged(changed) {
    if (!changed) readPlan();
    else paint();
  }
  office.house.listeners.push(seatsChanged);
  readColours();
  if (office.house.book.plan.length) readPlan();

  return {
    element,
    update(next) {
      const repaint = next.cart !== state.cart || next.asking !== state.asking;
      state = next;
      if (!repaint) return;
      mine = held(next);
      paint();
    },
    dispose() {
      observer.disconnect();
      dark.removeEventListener("change", readColours);
      cancelAnimationFrame(frame);
      office.house.listeners = office.house.listeners.filter((listener) => listener !== seatsChanged);
    },
  };
}

/**
 * @param {import("../types/app.js").State} state
 * @returns {Set<string>} the numbers of the seats in the cart
 */
function held(state) {
  return new Set((state.cart?.seats ?? []).map((seat) => seat.seatNumber));
}
