// @ts-check
/** @typedef {import("../../../clients/js/wire.js").Seat} Seat */

/** How a seat may look, in the order of drawing. */
export const looks = /** @type {const} */ (["unavailable", "booked", "inTransaction", "regular", "vip", "asking", "mine"]);

/** The room around the seats, in seat widths. Above them it has to hold a name. */
const margin = 1.6;

/**
 * Draws a plan on a canvas as a viewport shows it. It does not know what a press
 * means.
 */
export class SeatDrawing {
  /**
   * @param {CanvasRenderingContext2D} context
   * @param {import("../viewport.js").Viewport} view
   * @param {(index: number) => typeof looks[number]} lookOf
   */
  constructor(context, view, lookOf) {
    this.context = context;
    this.view = view;
    this.lookOf = lookOf;
    /** @type {Seat[]} */
    this.plan = [];
    this.xs = new Float32Array(0);
    this.ys = new Float32Array(0);
    /** @type {{name: string, x: number, y: number}[]} */
    this.titles = [];
    /** @type {Record<string, string>} */
    this.colours = {};
  }

  /** Reads the colours from the style sheet, which has light and dark ones. */
  readColours() {
    const style = getComputedStyle(document.documentElement);
    this.colours = Object.fromEntries(
      [...looks, "ink", "ink-soft", "paper", "on-seat", "on-mine"].map((name) => [name, style.getPropertyValue(`--seat-${name}`).trim() || "#888"]),
    );
  }

  /** @param {Seat[]} plan by index */
  setPlan(plan) {
    this.plan = plan;
    this.xs = Float32Array.from(plan, (seat) => seat.x);
    this.ys = Float32Array.from(plan, (seat) => seat.y);
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
    // Rows may be bent and sections may lean: the name stands above the topmost seats.
    this.titles = [...sections].map(([name, begin]) => ({ name, x: begin.x / begin.n, y: begin.top }));
    if (!plan.length) return;
    this.view.setBounds({ left: bounds.left - margin, top: bounds.top - margin - 1, right: bounds.right + margin, bottom: bounds.bottom + margin });
  }

  /**
   * @param {number} px
   * @param {number} py
   * @returns {number} the seat under a point, or -1
   */
  seatAt(px, py) {
    const { xs, ys } = this;
    const [x, y] = this.view.toMap(px, py);
    for (let i = 0; i < xs.length; i++) if (Math.abs(xs[i] - x) < 0.5 && Math.abs(ys[i] - y) < 0.5) return i;
    return -1;
  }

  /**
   * @param {number} index
   * @returns {[number, number]} where a seat's middle is, in pixels
   */
  at(index) {
    const { view } = this;
    return [(this.xs[index] - view.x) * view.scale, (this.ys[index] - view.y) * view.scale];
  }

  /** @param {number} hovered the seat under the pointer, or -1 */
  draw(hovered) {
    const { context, view, xs, ys } = this;
    const ratio = devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, view.width, view.height);
    const size = view.scale * 0.8;
    const [left, top] = view.toMap(-size, -size);
    const [right, bottom] = view.toMap(view.width + size, view.height + size);
    /** @type {Record<string, number[]>} */
    const byLook = {};
    for (const look of looks) byLook[look] = [];
    for (let i = 0; i < xs.length; i++) {
      if (xs[i] < left || xs[i] > right || ys[i] < top || ys[i] > bottom) continue;
      byLook[this.lookOf(i)].push(i);
    }
    for (const look of looks) this.drawSeats(look, byLook[look], size);
    this.drawTitles();
    if (view.scale >= 20) for (const look of looks) this.drawNumbers(look, byLook[look]);
    if (hovered >= 0 && hovered < xs.length) {
      const [x, y] = this.at(hovered);
      context.strokeStyle = this.colours.ink;
      context.lineWidth = 2;
      context.beginPath();
      roundedSquare(context, x - size / 2 - 2, y - size / 2 - 2, size + 4, size * 0.3);
      context.stroke();
    }
  }

  /**
   * Draws seats of one look. Looks differ by more than colour: sold seats are small,
   * held ones hollow, and the fan's own have a ring.
   *
   * @param {typeof looks[number]} look
   * @param {number[]} indexes
   * @param {number} size
   */
  drawSeats(look, indexes, size) {
    if (!indexes.length) return;
    const { context, colours } = this;
    context.fillStyle = colours[look];
    context.strokeStyle = colours[look];
    const side = look === "booked" || look === "unavailable" ? size * 0.5 : size;
    // Thousands of tiny squares are drawn faster one by one than as one path.
    if (size < 7) {
      for (const i of indexes) {
        const [x, y] = this.at(i);
        context.fillRect(x - side / 2, y - side / 2, side, side);
      }
      return;
    }
    context.beginPath();
    for (const i of indexes) {
      const [x, y] = this.at(i);
      roundedSquare(context, x - side / 2, y - side / 2, side, side * 0.28);
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

  /**
   * @param {typeof looks[number]} look
   * @param {number[]} indexes
   */
  drawNumbers(look, indexes) {
    const { context, colours } = this;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `600 ${Math.round(this.view.scale * 0.3)}px system-ui, sans-serif`;
    context.fillStyle =
      look === "mine" || look === "asking" ? colours["on-mine"] : look === "vip" || look === "regular" ? colours["on-seat"] : colours["ink-soft"];
    for (const i of indexes) {
      const number = this.plan[i].seatNumber;
      const [x, y] = this.at(i);
      context.fillText(number.slice(number.lastIndexOf("-") + 1), x, y + 0.5);
    }
  }

  drawTitles() {
    if (this.titles.length < 2) return;
    const { context, view } = this;
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    context.fillStyle = this.colours["ink-soft"];
    context.strokeStyle = this.colours.paper;
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.font = "600 12px system-ui, sans-serif";
    for (const title of this.titles) {
      const x = (title.x - view.x) * view.scale;
      const y = (title.y - 0.75 - view.y) * view.scale;
      context.strokeText(title.name, x, y);
      context.fillText(title.name, x, y);
    }
  }
}

/**
 * Adds a square with rounded corners to the path. Browsers of 2022 have no
 * roundRect.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} side
 * @param {number} radius
 */
function roundedSquare(context, x, y, side, radius) {
  context.moveTo(x + radius, y);
  context.arcTo(x + side, y, x + side, y + side, radius);
  context.arcTo(x + side, y + side, x, y + side, radius);
  context.arcTo(x, y + side, x, y, radius);
  context.arcTo(x, y, x + side, y, radius);
  context.closePath();
}
