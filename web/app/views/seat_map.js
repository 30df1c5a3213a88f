// @ts-check
import { h, text } from "../dom.js";
import { seatName } from "../format.js";
import { mapGestures } from "../map_gestures.js";
import { reason } from "../seat_plan.js";
import { seats as texts } from "../texts/chosen.js";
import { Viewport } from "../viewport.js";
import { SeatDrawing } from "./seat_drawing.js";

/** Below this many pixels a seat is too small to press: a press zooms in instead. */
const pressable = 8;

/**
 * The seats as a drawing. The list of seats shows the same, and assistive
 * technology uses that.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function seatMapView(office) {
  const canvas = h("canvas", { class: "house", dir: "ltr", tabIndex: 0, role: "img", "aria-label": texts.canvas });
  const tip = h("p", { class: "tip", hidden: true, "aria-hidden": "true" });
  /**
   * @param {string} sign
   * @param {string} name
   * @param {() => void} onclick
   */
  const tool = (sign, name, onclick) => h("button", { type: "button", class: "icon", "aria-label": name, title: name, onclick }, sign);
  const element = h(
    "section",
    { class: "card seat-map", "aria-label": texts.map },
    h(
      "div",
      { class: "map-frame" },
      canvas,
      tip,
      h(
        "div",
        { class: "map-tools" },
        tool("+", texts.zoomIn, () => zoom(1.6)),
        tool("−", texts.zoomOut, () => zoom(1 / 1.6)),
        tool("⤢", texts.showAll, () => {
          view.showAll();
          moved();
        }),
      ),
    ),
    h(
      "ul",
      { class: "legend", "aria-hidden": "true" },
      ...Object.entries(texts.legend).map(([look, words]) => h("li", null, h("i", { class: `swatch ${look}` }), words)),
    ),
  );

  const { plan } = office.seats;
  const view = new Viewport();
  const drawing = new SeatDrawing(/** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")), view, lookOf);
  let state = office.store.state;
  let mine = held(state);
  let frame = 0;
  let hovered = -1;

  function readColours() {
    drawing.readColours();
    paint();
  }

  function readPlan() {
    drawing.setPlan(plan.seats);
    paint();
  }

  /** @param {number} index */
  function lookOf(index) {
    const seat = plan.seats[index];
    if (state.asking.has(seat.seatNumber)) return "asking";
    if (mine.has(seat.seatNumber)) return "mine";
    const status = plan.status(index);
    return status === "available" ? (seat.category === "VIP" ? "vip" : "regular") : status;
  }

  function paint() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      drawing.draw(hovered);
    });
  }

  function moved() {
    // At the smallest scale a finger scrolls the page; otherwise it moves the map.
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
    if (view.zoom(factor, px, py)) moved();
  }

  /**
   * Marks a seat and says what it is; -1 marks none.
   *
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
    const seat = plan.seats[index];
    const why = mine.has(seat.seatNumber) ? texts.yours : reason(plan.status(index), false);
    text(tip, seatName(seat, state.season?.currency ?? "EUR") + (why ? ` · ${why}` : ""));
    tip.style.left = `${Math.min(Math.max(px, 90), view.width - 90)}px`;
    tip.style.top = `${py < 60 ? py + 44 : py - 14}px`;
  }

  /** @param {import("../map_gestures.js").Point} at */
  function press({ x, y }) {
    if (view.scale < pressable) {
      zoom(Math.max(2.5, 16 / view.scale), x, y);
      return;
    }
    const index = drawing.seatAt(x, y);
    if (index < 0 || state.paying !== "none") return;
    const { seatNumber } = plan.seats[index];
    if (state.asking.has(seatNumber)) return;
    if (mine.has(seatNumber)) office.cart.release([seatNumber]);
    else if (plan.status(index) === "available") office.cart.hold([seatNumber]);
    else hover(index, x, y);
  }

  mapGestures(canvas, view, {
    moved,
    pressed: press,
    hovered(at) {
      if (!at) hover(-1);
      else if (view.scale >= pressable) hover(drawing.seatAt(at.x, at.y), at.x, at.y);
    },
  });

  const observer = new ResizeObserver(() => {
    const { clientWidth, clientHeight } = canvas;
    if (!clientWidth || !clientHeight) return;
    const ratio = devicePixelRatio || 1;
    canvas.width = Math.round(clientWidth * ratio);
    canvas.height = Math.round(clientHeight * ratio);
    view.resize(clientWidth, clientHeight);
    // At once: resizing has cleared the canvas.
    drawing.draw(hovered);
  });
  observer.observe(canvas);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", readColours);

  const stopListening = office.seats.listen((changed) => (changed ? paint() : readPlan()));
  readColours();
  if (plan.seats.length) readPlan();

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
      stopListening();
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
