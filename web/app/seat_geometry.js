// @ts-check
/**
 * Where the seats of a plan are: which are in a rectangle or under a point, the shapes
 * of the sections, where the letters of the rows stand. Without a canvas, in seat widths.
 *
 * @typedef {{x: number, y: number}} Point
 * @typedef {{left: number, top: number, right: number, bottom: number}} Box
 * @typedef {{section: number, area: number, size: number, hull: Point[], box: Box, middle: Point, title: Point}} Shape of a section, or of an area of
 *   the plan; the other is -1. box: around the middles of the seats; title: above the topmost seats
 * @typedef {{name: string, x: number, y: number}} RowLabel
 */

/** The side of a cell of the index, in seat widths. */
const cell = 4;

/** How far a section's shape reaches beyond the middles of its seats. */
const border = 0.8;

/** The least width and height of an area, and what is between two, in seat widths. */
const block = { wide: 14, high: 5, gap: 1.6 };
/** The height of an area, as a part of its width: in a large house it needs room for its name too. */
const blockShape = 0.13;

export class SeatGeometry {
  /** @param {import("./seat_plan.js").SeatPlan} plan */
  constructor(plan) {
    const { xs, ys, size } = plan;
    this.plan = plan;
    /** The numbered seats, by index. */
    this.seats = new Uint32Array(plan.seatCount);
    for (let i = 0, n = 0; i < size; i++) if (!plan.isUnit[i]) this.seats[n++] = i;
    const seats = boxAround(xs, ys, this.seats);
    /** The areas, in the order of the plan. @type {Shape[]} */
    this.blocks = blocksOf(plan, seats);
    /** @type {Box} */
    this.bounds = this.blocks.reduce((all, { box }) => around(all, box), seats);
    this.across = Math.max(1, Math.ceil((this.bounds.right - this.bounds.left + 1) / cell));
    this.down = Math.max(1, Math.ceil((this.bounds.bottom - this.bounds.top + 1) / cell));
    // Counting sort: the seats of cell c are inCells[starts[c]] to inCells[starts[c + 1]].
    const cells = new Uint32Array(size);
    this.starts = new Uint32Array(this.across * this.down + 1);
    for (const i of this.seats) {
      cells[i] = this.column(xs[i]) + this.line(ys[i]) * this.across;
      this.starts[cells[i] + 1]++;
    }
    for (let c = 1; c < this.starts.length; c++) this.starts[c] += this.starts[c - 1];
    this.inCells = new Uint32Array(this.seats.length);
    const next = this.starts.slice();
    for (const i of this.seats) this.inCells[next[cells[i]]++] = i;
    /** The sections, and after them the areas. @type {Shape[]} */
    this.shapes = [...shapesOf(plan), ...this.blocks];
    /** @type {RowLabel[]} */
    this.labels = labelsOf(plan);
  }

  /** @param {number} x */
  column(x) {
    return Math.min(this.across - 1, Math.max(0, Math.floor((x - this.bounds.left) / cell)));
  }

  /** @param {number} y */
  line(y) {
    return Math.min(this.down - 1, Math.max(0, Math.floor((y - this.bounds.top) / cell)));
  }

  /**
   * Calls a function with the index of each seat in a rectangle, and of some around it.
   *
   * @param {Box} box
   * @param {(index: number) => void} each
   */
  within(box, each) {
    const left = this.column(box.left);
    const right = this.column(box.right);
    for (let line = this.line(box.top); line <= this.line(box.bottom); line++) {
      const row = line * this.across;
      const end = this.starts[row + right + 1];
      for (let at = this.starts[row + left]; at < end; at++) each(this.inCells[at]);
    }
  }

  /**
   * @param {number} x
   * @param {number} y
   * @returns {number} the index of the seat or the area there, or -1
   */
  seatAt(x, y) {
    let found = -1;
    for (const shape of this.blocks) if (this.shown(shape) && inside(shape.hull, x, y)) found = this.plan.size + shape.area;
    const { xs, ys } = this.plan;
    this.within({ left: x - 0.5, top: y - 0.5, right: x + 0.5, bottom: y + 0.5 }, (i) => {
      if (Math.abs(xs[i] - x) < 0.5 && Math.abs(ys[i] - y) < 0.5) found = i;
    });
    return found;
  }

  /**
   * @param {number} x
   * @param {number} y
   * @returns {Shape|null} the section or the area there
   */
  shapeAt(x, y) {
    return this.shapes.find((shape) => this.shown(shape) && inside(shape.hull, x, y)) ?? null;
  }

  /** Whether an area has places at all. A section always has seats. @param {Shape} shape */
  shown({ area }) {
    return area < 0 || this.plan.areas[area].capacity > 0;
  }

  /** @param {number} index of a seat or an area @returns {Point} its middle */
  at(index) {
    const { xs, ys, size } = this.plan;
    return index < size ? { x: xs[index], y: ys[index] } : this.blocks[index - size].middle;
  }

  /** @param {number} index of a seat or an area @returns {Box} around the middles of its seats */
  boxOf(index) {
    const { x, y } = this.at(index);
    return index < this.plan.size ? { left: x, right: x, top: y, bottom: y } : this.blocks[index - this.plan.size].box;
  }

  /**
   * The seat or area that an arrow key leads to: the nearest in that direction, sooner
   * straight on than aside.
   *
   * @param {number} from the index of a seat or an area
   * @param {number} dx -1, 0 or 1
   * @param {number} dy
   * @returns {number} from itself where there is none
   */
  towards(from, dx, dy) {
    const { xs, ys, size } = this.plan;
    const here = this.boxOf(from);
    let best = from;
    let least = Infinity;
    for (const { area, box } of this.blocks) {
      // Along an area every seat is straight on.
      const x = Math.max(box.left - here.right, 0) + Math.min(box.right - here.left, 0);
      const y = Math.max(box.top - here.bottom, 0) + Math.min(box.bottom - here.top, 0);
      const along = x * dx + y * dy;
      const aside = Math.abs(x * dy) + Math.abs(y * dx);
      if (along < 0.3 || aside > along * 2 || !this.shown(this.blocks[area])) continue;
      if (along + 3 * aside < least) [best, least] = [size + area, along + 3 * aside];
    }
    const middle = (here.left + here.right) / 2;
    for (const i of this.seats) {
      const x = Math.max(xs[i] - here.right, 0) + Math.min(xs[i] - here.left, 0);
      const y = Math.max(ys[i] - here.bottom, 0) + Math.min(ys[i] - here.top, 0);
      const along = x * dx + y * dy;
      const aside = Math.abs(x * dy) + Math.abs(y * dx);
      if (along < 0.3 || aside > along * 2) continue;
      // From an area many are straight on: the one at its middle.
      const far = along + 3 * aside + (here.left < here.right ? Math.abs(xs[i] - middle) / 1e4 : 0);
      if (far < least) [best, least] = [i, far];
    }
    return best;
  }

  /**
   * The section or area that an arrow key leads to.
   *
   * @param {number} from its place in shapes
   * @param {number} dx
   * @param {number} dy
   */
  shapeTowards(from, dx, dy) {
    const here = this.shapes[from].middle;
    let best = from;
    let least = Infinity;
    this.shapes.forEach((shape, i) => {
      const { middle } = shape;
      const along = (middle.x - here.x) * dx + (middle.y - here.y) * dy;
      const aside = Math.abs((middle.x - here.x) * dy) + Math.abs((middle.y - here.y) * dx);
      if (along <= 0.3 || aside > along * 2 || !this.shown(shape)) return;
      const far = along + 2 * aside;
      if (far < least) [best, least] = [i, far];
    });
    return best;
  }
}

/**
 * @param {Float32Array} xs
 * @param {Float32Array} ys
 * @param {Iterable<number>} of indexes
 * @returns {Box}
 */
function boxAround(xs, ys, of) {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const i of of) {
    box.left = Math.min(box.left, xs[i]);
    box.right = Math.max(box.right, xs[i]);
    box.top = Math.min(box.top, ys[i]);
    box.bottom = Math.max(box.bottom, ys[i]);
  }
  return box.left > box.right ? { left: 0, top: 0, right: 1, bottom: 1 } : box;
}

/** @param {Box} a @param {Box} b @returns {Box} around both */
function around(a, b) {
  return { left: Math.min(a.left, b.left), top: Math.min(a.top, b.top), right: Math.max(a.right, b.right), bottom: Math.max(a.bottom, b.bottom) };
}

/**
 * Areas lie one behind the other, behind all seats and as wide as them.
 *
 * @param {import("./seat_plan.js").SeatPlan} plan
 * @param {Box} seats around the middles of all seats
 * @returns {Shape[]}
 */
function blocksOf(plan, seats) {
  const wide = Math.max(block.wide, seats.right - seats.left + 1);
  const high = Math.max(block.high, wide * blockShape);
  const x = (seats.left + seats.right) / 2;
  return plan.areas.map(({ capacity }, area) => {
    const top = (plan.seatCount ? seats.bottom + block.gap : 0) + area * (high + block.gap);
    const [left, right, bottom] = [x - wide / 2, x + wide / 2, top + high];
    return {
      section: -1,
      area,
      size: capacity,
      hull: [{ x: left, y: top }, { x: right, y: top }, { x: right, y: bottom }, { x: left, y: bottom }],
      box: { left: left + border, right: right - border, top: top + border, bottom: bottom - border },
      middle: { x, y: (top + bottom) / 2 },
      title: { x, y: top },
    };
  });
}

/**
 * @param {import("./seat_plan.js").SeatPlan} plan
 * @returns {Shape[]}
 */
function shapesOf(plan) {
  const { xs, ys } = plan;
  /** @type {number[][]} */
  const members = plan.sections.map(() => []);
  for (let i = 0; i < plan.size; i++) if (!plan.isUnit[i]) members[plan.sectionOf[i]].push(i);
  const shapes = [];
  for (const [section, seats] of members.entries()) {
    if (!seats.length) continue;
    const points = seats.flatMap((i) =>
      [-border, border].flatMap((dx) => [-border, border].map((dy) => ({ x: xs[i] + dx, y: ys[i] + dy }))),
    );
    const hull = hullOf(points);
    const box = boxAround(xs, ys, seats);
    const front = seats.filter((i) => ys[i] < box.top + 0.5);
    shapes.push({
      section,
      area: -1,
      size: seats.length,
      hull,
      box,
      middle: { x: seats.reduce((sum, i) => sum + xs[i], 0) / seats.length, y: seats.reduce((sum, i) => sum + ys[i], 0) / seats.length },
      // Rows may be bent and sections may lean: the name stands above the topmost seats.
      title: { x: front.reduce((sum, i) => sum + xs[i], 0) / front.length, y: box.top },
    });
  }
  return shapes;
}

/**
 * The convex hull (Andrew's monotone chain).
 *
 * @param {Point[]} points
 * @returns {Point[]}
 */
function hullOf(points) {
  const sorted = points.sort((a, b) => a.x - b.x || a.y - b.y);
  const turn = (/** @type {Point} */ o, /** @type {Point} */ a, /** @type {Point} */ b) => (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
  const chain = (/** @type {Point[]} */ from) => {
    /** @type {Point[]} */
    const hull = [];
    for (const point of from) {
      while (hull.length > 1 && turn(hull[hull.length - 2], hull[hull.length - 1], point) <= 0) hull.pop();
      hull.push(point);
    }
    hull.pop();
    return hull;
  };
  return [...chain(sorted), ...chain(sorted.slice().reverse())];
}

/**
 * @param {Point[]} hull
 * @param {number} x
 * @param {number} y
 */
function inside(hull, x, y) {
  let within = false;
  for (let i = 0, j = hull.length - 1; i < hull.length; j = i++) {
    const [a, b] = [hull[i], hull[j]];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) within = !within;
  }
  return within;
}

/**
 * A row's letter stands at both its ends, one seat width beyond, in the row's direction.
 *
 * @param {import("./seat_plan.js").SeatPlan} plan
 * @returns {RowLabel[]}
 */
function labelsOf(plan) {
  const { xs, ys } = plan;
  /** @type {Map<number, number[]>} */
  const rows = new Map();
  for (let i = 0; i < plan.size; i++) {
    if (!plan.rows[plan.rowOf[i]] || plan.isUnit[i]) continue;
    const key = plan.sectionOf[i] * plan.rows.length + plan.rowOf[i];
    const row = rows.get(key);
    if (row) row.push(i);
    else rows.set(key, [i]);
  }
  const labels = [];
  for (const row of rows.values()) {
    const box = boxAround(xs, ys, row);
    const upright = box.bottom - box.top > box.right - box.left;
    row.sort((a, b) => (upright ? ys[a] - ys[b] : xs[a] - xs[b]));
    for (const [end, next] of [
      [row[0], row[1] ?? row[0]],
      [row[row.length - 1], row[row.length - 2] ?? row[0]],
    ]) {
      const dx = xs[end] - xs[next];
      const dy = ys[end] - ys[next];
      const length = Math.hypot(dx, dy);
      if (length === 0 && labels.length && row.length === 1 && end === row[row.length - 1] && labels[labels.length - 1].x === xs[end] - 1) continue;
      labels.push({ name: plan.rows[plan.rowOf[end]], x: xs[end] + (length ? dx / length : -1), y: ys[end] + (length ? dy / length : 0) });
    }
  }
  return labels;
}
