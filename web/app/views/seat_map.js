// @ts-check
import { h, text } from "../dom.js";
import { seatName } from "../format.js";
import { reason } from "../seat_book.js";
import { Viewport } from "../viewport.js";

/** What a seat looks like, in the order of drawing. */
const looks = /** @type {const} */ (["unavailable", "booked", "inTransaction", "regular", "vip", "asking", "mine"]);

/** Below this many pixels a seat is too small to be meant: a press zooms in. */
const pressable = 8;

const margin = 1.6;

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
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  let xs = new Float32Array(0);
  let ys = new Float32Array(0);
  /** @type {{name: string, x: number, y: number}[]} */
  let titles = [];
  let state = office.store.state;
  /** @type {Set<string>} */
  let mine = held(state);
  let frame = 0;
  let hovered = -1;
  /** @type {Record<string, string>} */
  let colours = {};

  function readColours() {
    const style = getComputedStyle(document.documentElement);
    colours = Object.fromEntries(
      [...looks, "ink", "ink-soft", "paper", "on-seat", "on-mine"].map((name) => [name, style.getPropertyValue(`--seat-${name}`).trim() || "#888"]),
    );
    paint();
  }

  function readPlan() {
    const { plan } = office.book;
    xs = Float32Array.from(plan, (seat) => seat.x);
    ys = Float32Array.from(plan, (seat) => seat.y);
    const bounds = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    /** Where each section begins. @type {Map<string, {top: number, x: number, n: number}>} */
    const sections = new Map();
    for (const seat of plan) {
      bounds.left = Math.min(bounds.left, seat.x);
      bounds.right = Math.max(bounds.right, seat.x);
      bounds.top = Math.min(bounds.top, seat.y);
      bounds.bottom = Math.max(bounds.bottom, seat.y);
      const begin = sections.get(seat.section);
      if (!begin || seat.y < begin.top - 0.5) sections.set(seat.section, { top: seat.y, x: seat.x, n: 1 });
      else if (seat.y < begin.top + 0.5) {
        begin.top = Math.min(begin.top, seat.y);
        begin.x += seat.x;
        begin.n++;
      }
    }
    // Rows may be bent and sections lean: the name stands above its topmost seats.
    titles = [...sections].map(([name, begin]) => ({ name, x: begin.x / begin.n, y: begin.top }));
    if (plan.length) {
      view.setBounds({ left: bounds.left - margin, top: bounds.top - margin - 1, right: bounds.right + margin, bottom: bounds.bottom + margin });
    }
    paint();
  }

  /** @param {number} index */
  function lookOf(index) {
    const seat = office.book.plan[index];
    if (state.asking.has(seat.seatNumber)) return "asking";
    if (mine.has(seat.seatNumber)) return "mine";
    const status = office.book.status(index);
    return status === "available" ? (seat.category === "VIP" ? "vip" : "regular") : status;
  }

  function paint() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      draw();
    });
  }

  function draw() {
    const ratio = devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, view.width, view.height);
    const size = view.scale * 0.8;
    const [left, top] = view.toHouse(-size, -size);
    const [right, bottom] = view.toHouse(view.width + size, view.height + size);
    /** @type {Record<string, number[]>} */
    const byLook = {};
    for (const look of looks) byLook[look] = [];
    for (let i = 0; i < xs.length; i++) {
      if (xs[i] < left || xs[i] > right || ys[i] < top || ys[i] > bottom) continue;
      byLook[lookOf(i)].push(i);
    }
    for (const look of looks) drawSeats(look, byLook[look], size);
    drawTitles();
    if (view.scale >= 20) {
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.font = `600 ${Math.round(view.scale * 0.3)}px system-ui, sans-serif`;
      for (const look of looks) {
        context.fillStyle = look === "mine" || look === "asking" ? colours["on-mine"] : look === "vip" || look === "regular" ? colours["on-seat"] : colours["ink-soft"];
        for (const i of byLook[look]) {
          const number = office.book.plan[i].seatNumber;
          context.fillText(number.slice(number.lastIndexOf("-") + 1), (xs[i] - view.x) * view.scale, (ys[i] - view.y) * view.scale + 0.5);
        }
      }
    }
    if (hovered >= 0 && hovered < xs.length) {
      context.strokeStyle = colours.ink;
      context.lineWidth = 2;
      context.beginPath();
      context.roundRect((xs[hovered] - view.x) * view.scale - size / 2 - 2, (ys[hovered] - view.y) * view.scale - size / 2 - 2, size + 4, size + 4, size * 0.3);
      context.stroke();
    }
  }

  /**
   * Colour is never alone: taken seats are small, held ones hollow, one's own
   * have a ring.
   *
   * @param {typeof looks[number]} look
   * @param {number[]} indexes
   * @param {number} size
   */
  function drawSeats(look, indexes, size) {
    if (!indexes.length) return;
    context.fillStyle = colours[look];
    context.strokeStyle = colours[look];
    const side = look === "booked" || look === "unavailable" ? size * 0.5 : size;
    // Thousands of tiny squares are filled one by one: quicker than one path.
    if (size < 7) {
      for (const i of indexes) context.fillRect((xs[i] - view.x) * view.scale - side / 2, (ys[i] - view.y) * view.scale - side / 2, side, side);
      return;
    }
    context.beginPath();
    for (const i of indexes) {
      context.roundRect((xs[i] - view.x) * view.scale - side / 2, (ys[i] - view.y) * view.scale - side / 2, side, side, side * 0.28);
    }
    if (look === "inTransaction") {
      context.lineWidth = Math.max(1.2, size * 0.1);
      context.stroke();
    } else {
      context.fill();
    }
    if (look === "mine" || look === "asking") {
      context.strokeStyle = colours.ink;
      context.lineWidth = Math.max(1.5, size * 0.09);
      context.stroke();
    }
  }

  function drawTitles() {
    if (titles.length < 2) return;
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    context.fillStyle = colours["ink-soft"];
    context.strokeStyle = colours.paper;
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.font = "600 12px system-ui, sans-serif";
    for (const title of titles) {
      const x = (title.x - view.x) * view.scale;
      const y = (title.y - 0.75 - view.y) * view.scale;
      context.strokeText(title.name, x, y);
      context.fillText(title.name, x, y);
    }
  }

  /**
   * @param {number} px
   * @param {number} py
   * @returns {number} the seat under a point, or -1
   */
  function seatAt(px, py) {
    const [x, y] = view.toHouse(px, py);
    for (let i = 0; i < xs.length; i++) if (Math.abs(xs[i] - x) < 0.5 && Math.abs(ys[i] - y) < 0.5) return i;
    return -1;
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
    const seat = office.book.plan[index];
    const own = mine.has(seat.seatNumber);
    const why = own ? "yours" : reason(office.book.status(index), false);
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
    const index = seatAt(px, py);
    if (index < 0 || state.paying !== "none") return;
    const { seatNumber } = office.book.plan[index];
    if (state.asking.has(seatNumber)) return;
    if (mine.has(seatNumber)) office.release([seatNumber]);
    else if (office.book.status(index) === "available") office.hold([seatNumber]);
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
      if (event.pointerType === "mouse" && view.scale >= pressable) hover(seatAt(here.x, here.y), here.x, here.y);
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
    draw();
  });
  observer.observe(canvas);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", readColours);

  /** @param {number[]|null} changed */
  function seatsChanged(changed) {
    if (!changed) readPlan();
    else paint();
  }
  office.seatListeners.push(seatsChanged);
  readColours();
  if (office.book.plan.length) readPlan();

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
      office.seatListeners = office.seatListeners.filter((listener) => listener !== seatsChanged);
    },
  };
}

/**
 * @param {import("../types.js").State} state
 * @returns {Set<string>} the numbers of the seats in the cart
 */
function held(state) {
  return new Set((state.cart?.seats ?? []).map((seat) => seat.seatNumber));
}
