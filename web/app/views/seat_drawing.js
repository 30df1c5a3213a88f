// @ts-check
import { SeatGeometry } from "../seat_geometry.js";
import { areas as areaTexts, seats as texts } from "../texts/chosen.js";
import { categoryColours, looksOf, shapes } from "./category_looks.js";
import { SeatSprites, looks } from "./seat_sprites.js";

/** The room around the seats, in seat widths. Above them it has to hold the stage and a name, also in pixels. */
const margin = 2.2;
const stageRoom = 6.2;
const stagePixels = 46;

/** From this many seats on, a map on which seats are too small to press shows sections. */
const largePlan = 3000;
/** Below this many pixels a seat is too small to press. */
export const pressable = 8;
/** From this many pixels on rows show their letters. */
const lettered = 7;
/** From this many pixels on a seat shows its number. */
const numbered = 20;

/** @type {Record<string, number>} */
const placeOf = Object.fromEntries(looks.map((look, i) => [look, i]));

/**
 * Draws a plan on a canvas as a viewport shows it: sections as shapes with what is free
 * in them, closer the seats. A change redraws the seats that have changed, and nothing
 * else. It does not know what a press means.
 */
export class SeatDrawing {
  /**
   * @param {CanvasRenderingContext2D} context
   * @param {import("../viewport.js").Viewport} view
   * @param {import("../seat_plan.js").SeatPlan} plan
   * @param {{lookOf: (index: number) => typeof looks[number]|"free", freeIn: (section: number) => number, heldIn: (area: number) => number}} say
   * heldIn: how many places of an area are the fan's
   */
  constructor(context, view, plan, say) {
    this.context = context;
    this.view = view;
    this.plan = plan;
    this.say = say;
    this.geometry = new SeatGeometry(plan);
    this.sprites = new SeatSprites();
    /** @type {Record<string, string>} */
    this.colours = {};
    /** The look of each category. @type {number[]} */
    this.categoryLooks = [];
    this.ratio = 1;
    /** How many free seats were last drawn for each section and area. @type {number[]} */
    this.shown = [];
    /** The names of the sections and areas as they fit at a scale. @type {{scale: number, names: string[]}} */
    this.named = { scale: 0, names: [] };
  }

  /** Reads the colours from the style sheet, which has light, dark and forced ones. */
  readColours() {
    const style = getComputedStyle(document.documentElement);
    this.colours = {
      ...categoryColours(),
      ...Object.fromEntries([...looks, "ink", "ink-soft", "paper", "on-mine", "section"].map((name) => [name, style.getPropertyValue(`--seat-${name}`).trim() || "#888"])),
    };
    this.sprites.side = 0;
  }

  /** Takes the plan as it is now. */
  setPlan() {
    this.geometry = new SeatGeometry(this.plan);
    this.categoryLooks = looksOf(this.plan.categories);
    this.sprites.side = 0;
    this.named = { scale: 0, names: [] };
    if (!this.plan.size) return;
    const { left, top, right, bottom } = this.geometry.bounds;
    // Names and the stage need as many pixels on a phone, where a seat has few.
    const above = Math.max(stageRoom, (stagePixels * (right - left + 2 * margin)) / Math.max(300, this.view.width));
    this.view.setBounds({ left: left - margin, top: top - above, right: right + margin, bottom: bottom + margin });
  }

  /** Whether the map shows sections instead of seats. */
  get overview() {
    return this.plan.seatCount > largePlan && this.view.scale < pressable && this.geometry.shapes.length > 1;
  }

  /**
   * @param {number} px
   * @param {number} py
   * @returns {number} the index of the seat or the area under a point, or -1
   */
  seatAt(px, py) {
    return this.geometry.seatAt(...this.view.toMap(px, py));
  }

  /** @returns {import("../seat_geometry.js").Box} what is seen, in seat widths */
  seen() {
    const { view } = this;
    const [left, top] = view.toMap(-view.scale, -view.scale);
    const [right, bottom] = view.toMap(view.width + view.scale, view.height + view.scale);
    return { left, top, right, bottom };
  }

  /** Draws everything. */
  draw() {
    const { context, view } = this;
    this.ratio = devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    if (!this.plan.size) return;
    if (this.overview) {
      this.drawShapes(this.geometry.shapes);
      this.drawStage();
      return;
    }
    const side = Math.max(2, Math.floor(view.scale * this.ratio));
    if (side !== this.sprites.side) this.sprites.make(side, this.colours, view.scale < numbered, 1 + Math.max(0, ...this.categoryLooks));
    const box = this.seen();
    const { xs, ys } = this.plan;
    /** @type {number[]} */
    const seen = [];
    this.geometry.within(box, (i) => {
      if (xs[i] < box.left || xs[i] > box.right || ys[i] < box.top || ys[i] > box.bottom) return;
      this.copy(i);
      seen.push(i);
    });
    if (view.scale >= numbered) this.drawNumbers(seen);
    this.drawLabels(box);
    this.drawTitles();
    this.drawShapes(this.geometry.blocks);
    this.drawStage();
  }

  /**
   * Draws what has changed, on what draw has drawn before.
   *
   * @param {Iterable<number>} changed indexes of seats and areas
   */
  update(changed) {
    if (!this.plan.size) return;
    if (this.overview) {
      this.drawShapes(this.geometry.shapes.filter((shape, i) => this.freeOf(shape) !== this.shown[i] || shape.area >= 0));
      return;
    }
    const { context, view } = this;
    const { xs, ys } = this.plan;
    const box = this.seen();
    const side = this.sprites.side;
    for (const i of changed) {
      if (i >= this.plan.size) this.drawShapes([this.geometry.blocks[i - this.plan.size]]);
      if (i >= this.plan.size || this.plan.isUnit[i]) continue;
      if (xs[i] < box.left || xs[i] > box.right || ys[i] < box.top || ys[i] > box.bottom) continue;
      const [x, y] = this.at(i);
      context.save();
      context.beginPath();
      context.rect(Math.round(x - side / 2), Math.round(y - side / 2), side, side);
      context.clip();
      context.clearRect(Math.round(x - side / 2), Math.round(y - side / 2), side, side);
      // Neighbours may reach into the cell, where rows are bent.
      /** @type {number[]} */
      const near = [];
      this.geometry.within({ left: xs[i] - 1, top: ys[i] - 1, right: xs[i] + 1, bottom: ys[i] + 1 }, (n) => {
        if (Math.abs(xs[n] - xs[i]) >= 1 || Math.abs(ys[n] - ys[i]) >= 1) return;
        this.copy(n);
        near.push(n);
      });
      if (view.scale >= numbered) this.drawNumbers(near);
      context.restore();
    }
  }

  /**
   * @param {number} index
   * @returns {[number, number]} a seat's middle, in pixels of the canvas
   */
  at(index) {
    const { view, ratio } = this;
    return [(this.plan.xs[index] - view.x) * view.scale * ratio, (this.plan.ys[index] - view.y) * view.scale * ratio];
  }

  /** @param {number} index */
  copy(index) {
    const [x, y] = this.at(index);
    const look = this.say.lookOf(index);
    const place = look === "free" ? looks.length + this.categoryLooks[this.plan.categoryOf[index]] : placeOf[look];
    this.sprites.copy(this.context, place, x, y);
  }

  /** @param {number[]} indexes */
  drawNumbers(indexes) {
    const { context, colours, view, ratio } = this;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `600 ${Math.round(view.scale * ratio * 0.3)}px system-ui, sans-serif`;
    for (const i of indexes) {
      const look = this.say.lookOf(i);
      if (look === "booked" || look === "unavailable" || look === "dimmed") continue; // their sign would be covered
      context.fillStyle = look === "mine" || look === "asking" ? colours["on-mine"] : look === "inTransaction" ? colours["ink-soft"] : colours[`on-c${this.categoryLooks[this.plan.categoryOf[i]] % shapes}`];
      const number = this.plan.numbers[i];
      const [x, y] = this.at(i);
      if (look === "free") {
        const category = this.categoryLooks[this.plan.categoryOf[i]];
        if (category >= shapes) continue; // the mark inside the shape would be covered
        // Some shapes are narrower than a number of two digits.
        context.strokeStyle = colours[`c${category}`];
        context.lineWidth = 3 * ratio;
        context.lineJoin = "round";
        context.strokeText(number.slice(number.lastIndexOf("-") + 1), x, y + 0.5);
      }
      context.fillText(number.slice(number.lastIndexOf("-") + 1), x, y + 0.5);
    }
  }

  /** The letters of the rows, at both ends. @param {import("../seat_geometry.js").Box} box */
  drawLabels(box) {
    const { context, view, ratio } = this;
    if (view.scale < lettered) return;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = this.colours["ink-soft"];
    context.font = `500 ${Math.round(Math.min(14, Math.max(9, view.scale * 0.5)) * ratio)}px system-ui, sans-serif`;
    for (const { name, x, y } of this.geometry.labels) {
      if (x < box.left || x > box.right || y < box.top || y > box.bottom) continue;
      context.fillText(name, (x - view.x) * view.scale * ratio, (y - view.y) * view.scale * ratio);
    }
  }

  /** The names of the sections above their seats, where two do not overlap. */
  drawTitles() {
    const shapes = this.geometry.shapes.filter(({ area }) => area < 0);
    if (shapes.length < 2) return;
    const { context, view, ratio } = this;
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    context.font = `600 ${Math.round(12 * ratio)}px system-ui, sans-serif`;
    /** @type {{left: number, right: number, top: number, bottom: number}[]} */
    const taken = [];
    for (const { section, title, box } of shapes) {
      const x = (title.x - view.x) * view.scale * ratio;
      const y = (title.y - (view.scale < lettered ? 0.85 : 1.6) - view.y) * view.scale * ratio;
      const room = Math.max((box.right - box.left + 2) * view.scale, 28) * ratio;
      const name = fitting(context, this.plan.sections[section], room);
      const half = context.measureText(name).width / 2 + 3 * ratio;
      const place = { left: x - half, right: x + half, top: y - 13 * ratio, bottom: y + 3 * ratio };
      if (!name || taken.some((other) => other.left < place.right && place.left < other.right && other.top < place.bottom && place.top < other.bottom)) continue;
      taken.push(place);
      this.write(name, x, y, this.colours["ink-soft"]);
    }
  }

  /** @param {import("../seat_geometry.js").Shape} shape @returns {number} how many of its seats or places are free */
  freeOf({ section, area }) {
    return area < 0 ? this.say.freeIn(section) : this.plan.areas[area].available;
  }

  /**
   * Sections or areas as shapes, each with its name and what is free in it. The text has
   * no border, which would take most of the time: the shapes are pale enough for it.
   *
   * @param {import("../seat_geometry.js").Shape[]} shapes
   */
  drawShapes(shapes) {
    const { context, view, ratio, colours } = this;
    const scale = view.scale * ratio;
    if (this.named.scale !== scale) this.named = { scale, names: [] };
    context.lineJoin = "round";
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const shape of shapes) {
      if (!this.geometry.shown(shape)) continue;
      const place = this.geometry.shapes.indexOf(shape);
      const area = this.plan.areas[shape.area];
      const mine = area ? this.say.heldIn(shape.area) : 0;
      const free = this.freeOf(shape);
      const size = area ? area.capacity : shape.size;
      this.shown[place] = free;
      context.beginPath();
      shape.hull.forEach(({ x, y }, i) => context[i ? "lineTo" : "moveTo"]((x - view.x) * scale, (y - view.y) * scale));
      context.closePath();
      context.fillStyle = context.strokeStyle = colours.paper;
      context.fill();
      // The border of before may have been wider.
      context.lineWidth = 3 * ratio;
      if (area) context.stroke();
      context.fillStyle = colours.section;
      // The more is free, the stronger; the number says it exactly.
      context.globalAlpha = free ? 0.3 + (0.7 * free) / size : 0;
      context.fill();
      context.globalAlpha = 1;
      context.lineWidth = (mine ? 2 : 1.25) * ratio;
      context.strokeStyle = mine ? colours.mine : colours["ink-soft"];
      context.setLineDash(free || mine ? [] : [3 * ratio, 3 * ratio]);
      context.stroke();
      context.setLineDash([]);
      const x = (shape.middle.x - view.x) * scale;
      const y = (shape.middle.y - view.y) * scale;
      const room = (shape.box.right - shape.box.left + 1) * scale;
      const height = (shape.box.bottom - shape.box.top + 1) * scale;
      context.fillStyle = colours.ink;
      context.font = `600 ${Math.round(12 * ratio)}px system-ui, sans-serif`;
      // Measuring is slow, and a name fits as long as the scale is the same.
      const name = (this.named.names[place] ??= height > 30 * ratio ? fitting(context, area ? area.area : this.plan.sections[shape.section], room) : "");
      if (name) context.fillText(name, x, y - 8 * ratio);
      context.font = `500 ${Math.round(11 * ratio)}px system-ui, sans-serif`;
      const full = mine ? `${texts.freeShort(free)} · ${areaTexts.yoursShort(mine)}` : texts.freeShort(free);
      const words = [full, texts.freeShort(free), texts.freeShortest(free)].find((some) => context.measureText(some).width <= room) ?? "";
      if (words) context.fillText(words, x, name ? y + 8 * ratio : y);
    }
  }

  drawStage() {
    const { context, view, ratio, colours } = this;
    const scale = view.scale * ratio;
    const { left, right, top } = this.geometry.bounds;
    const x = ((left + right) / 2 - view.x) * scale;
    const width = Math.max((right - left) * 0.4 * scale, 70 * ratio);
    const height = Math.min(Math.max(1.3 * scale, 14 * ratio), 34 * ratio);
    const y = (top - view.y) * scale - Math.max((margin + 0.4) * scale, 24 * ratio) - height;
    context.fillStyle = colours["ink-soft"];
    context.beginPath();
    context.rect(x - width / 2, y, width, height);
    context.fill();
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `600 ${Math.round(Math.min(13 * ratio, height * 0.8))}px system-ui, sans-serif`;
    context.fillStyle = colours.paper;
    context.fillText(texts.stage, x, y + height / 2);
  }

  /**
   * @param {string} words
   * @param {number} x
   * @param {number} y
   * @param {string} colour
   */
  write(words, x, y, colour) {
    const { context } = this;
    context.strokeStyle = this.colours.paper;
    context.lineWidth = 3 * this.ratio;
    context.lineJoin = "round";
    context.strokeText(words, x, y);
    context.fillStyle = colour;
    context.fillText(words, x, y);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} name
 * @param {number} room in pixels
 * @returns {string} the name, or as much of it as fits; "" when that says nothing
 */
function fitting(context, name, room) {
  if (context.measureText(name).width <= room) return name;
  // "Section 14" is better told by its number than by "Secti…".
  const last = name.slice(name.lastIndexOf(" ") + 1);
  if (/\d/.test(last) && last !== name && context.measureText(last).width <= room) return last;
  for (let n = name.length - 1; n > 2; n--) {
    const short = `${name.slice(0, n)}…`;
    if (context.measureText(short).width <= room) return short;
  }
  return "";
}
