// @ts-check
/**
 * Which part of the seat map the canvas shows. Seats are measured in seat widths,
 * the canvas in CSS pixels: px = (seat − origin) × scale.
 */
export class Viewport {
  constructor() {
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    this.width = 1;
    this.height = 1;
    this.bounds = { left: 0, top: 0, right: 1, bottom: 1 };
    /** The scale at which all seats are seen: the smallest there is. */
    this.fitScale = 1;
    /** Whether the fan has moved or zoomed the map: a resize then keeps its middle. */
    this.touched = false;
  }

  /** @param {{left: number, top: number, right: number, bottom: number}} bounds */
  setBounds(bounds) {
    this.bounds = bounds;
    this.touched = false;
    this.fit();
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    const [cx, cy] = this.toMap(this.width / 2, this.height / 2);
    this.width = width;
    this.height = height;
    const kept = this.scale;
    this.measure();
    if (!this.touched) {
      this.fit();
      return;
    }
    this.scale = this.clampScale(kept);
    this.x = cx - width / 2 / this.scale;
    this.y = cy - height / 2 / this.scale;
    this.clamp();
  }

  measure() {
    const { left, top, right, bottom } = this.bounds;
    this.fitScale = Math.min(this.width / (right - left), this.height / (bottom - top), 40);
  }

  fit() {
    this.measure();
    const { left, top, right, bottom } = this.bounds;
    this.scale = this.fitScale;
    this.x = (left + right - this.width / this.scale) / 2;
    this.y = (top + bottom - this.height / this.scale) / 2;
  }

  /** Shows all seats, also after the next resize. */
  showAll() {
    this.touched = false;
    this.fit();
  }

  /** @param {number} scale */
  clampScale(scale) {
    return Math.min(Math.max(scale, this.fitScale), Math.max(48, this.fitScale));
  }

  /**
   * @param {number} factor
   * @param {number} [px] the point that stays where it is; the middle by default
   * @param {number} [py]
   * @returns {boolean} whether anything changed
   */
  zoom(factor, px = this.width / 2, py = this.height / 2) {
    const scale = this.clampScale(this.scale * factor);
    if (scale === this.scale) return false;
    const [mapX, mapY] = this.toMap(px, py);
    this.scale = scale;
    this.x = mapX - px / scale;
    this.y = mapY - py / scale;
    this.touched = scale !== this.fitScale;
    this.clamp();
    return true;
  }

  /**
   * @param {number} dx pixels that the map moves to the right
   * @param {number} dy
   */
  pan(dx, dy) {
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
    this.touched = true;
    this.clamp();
  }

  /** Keeps the map on the canvas; a map smaller than the canvas is centred. */
  clamp() {
    const { left, top, right, bottom } = this.bounds;
    this.x = clampAxis(this.x, this.width / this.scale, left, right);
    this.y = clampAxis(this.y, this.height / this.scale, top, bottom);
  }

  /**
   * Moves the view so that a box is seen, as near as scale allows.
   *
   * @param {{left: number, top: number, right: number, bottom: number}} box in seat widths
   * @param {number} scale the nearest
   */
  show(box, scale) {
    const width = box.right - box.left + 4;
    const height = box.bottom - box.top + 4;
    this.scale = this.clampScale(Math.min(scale, this.width / width, this.height / height));
    this.x = (box.left + box.right - this.width / this.scale) / 2;
    this.y = (box.top + box.bottom - this.height / this.scale) / 2;
    this.touched = this.scale !== this.fitScale;
    this.clamp();
  }

  /**
   * Moves the view as little as needed for a point to be seen.
   *
   * @param {number} x in seat widths
   * @param {number} y
   * @returns {boolean} whether it moved
   */
  reveal(x, y) {
    const edge = Math.min(40, this.width / 4, this.height / 4) / this.scale;
    const moveX = Math.min(0, x - this.x - edge) + Math.max(0, x - this.x - this.width / this.scale + edge);
    const moveY = Math.min(0, y - this.y - edge) + Math.max(0, y - this.y - this.height / this.scale + edge);
    if (!moveX && !moveY) return false;
    const before = [this.x, this.y];
    this.pan(-moveX * this.scale, -moveY * this.scale);
    return before[0] !== this.x || before[1] !== this.y;
  }

  /**
   * @param {number} px
   * @param {number} py
   * @returns {[number, number]}
   */
  toMap(px, py) {
    return [this.x + px / this.scale, this.y + py / this.scale];
  }
}

/**
 * @param {number} origin
 * @param {number} span the length that is seen
 * @param {number} from
 * @param {number} to
 */
function clampAxis(origin, span, from, to) {
  if (span >= to - from) return (from + to - span) / 2;
  return Math.min(Math.max(origin, from), to - span);
}
