// @ts-check
import { drawCategory, roundedSquare } from "./category_looks.js";

/**
 * How a seat looks: each look has a shape of its own, because colour must never be the
 * only sign. The shapes are drawn once for a size, side by side on a canvas that is not
 * shown, and copied from there: thousands of copies take a few milliseconds.
 */

/** The looks besides those of categories, in the order in which they lie on the canvas. The categories' follow. */
export const looks = /** @type {const} */ (["unavailable", "booked", "inTransaction", "dimmed", "asking", "mine"]);

/** @typedef {typeof looks[number]} Look */

export class SeatSprites {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    /** The side of one seat's cell, in pixels of the canvas. */
    this.side = 0;
  }

  /**
   * @param {number} side
   * @param {Record<string, string>} colours
   * @param {boolean} checked whether the fan's own seats have a check mark: not where they show a number
   * @param {number} categories how many looks of categories are needed
   */
  make(side, colours, checked, categories) {
    this.side = side;
    this.canvas.width = side * (looks.length + categories);
    this.canvas.height = side;
    looks.forEach((look, i) => drawLook(this.context, look, (i + 0.5) * side, side / 2, side, colours, checked));
    for (let i = 0; i < categories; i++) drawCategory(this.context, i, (looks.length + i + 0.5) * side, side / 2, side * 0.4, colours);
  }

  /**
   * @param {CanvasRenderingContext2D} context without a transform
   * @param {number} look its place in looks, or looks.length + the look of a category
   * @param {number} x the middle, in pixels of the canvas
   * @param {number} y
   */
  copy(context, look, x, y) {
    const { side } = this;
    // Whole pixels: copies between them would be blurred, and slower.
    context.drawImage(this.canvas, look * side, 0, side, side, Math.round(x - side / 2), Math.round(y - side / 2), side, side);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Look} look
 * @param {number} x the middle
 * @param {number} y
 * @param {number} side of the cell; the shape leaves room around it
 * @param {Record<string, string>} colours
 * @param {boolean} checked
 */
function drawLook(context, look, x, y, side, colours, checked) {
  const half = side * 0.4;
  context.fillStyle = context.strokeStyle = colours[look];
  context.lineWidth = Math.max(1, side * 0.08);
  context.lineCap = "round";
  context.beginPath();
  switch (look) {
    case "unavailable":
    case "booked": {
      // A cross.
      const arm = half * 0.5;
      context.moveTo(x - arm, y - arm);
      context.lineTo(x + arm, y + arm);
      context.moveTo(x + arm, y - arm);
      context.lineTo(x - arm, y + arm);
      context.stroke();
      return;
    }
    case "dimmed":
      context.arc(x, y, half * 0.35, 0, 2 * Math.PI);
      context.fill();
      return;
    case "inTransaction":
      // A ring.
      context.arc(x, y, half * 0.8, 0, 2 * Math.PI);
      context.stroke();
      return;
    default:
      roundedSquare(context, x - half, y - half, 2 * half, half * 0.5);
      context.fill();
  }
  context.strokeStyle = colours.ink;
  if (look === "asking") context.setLineDash([side * 0.18, side * 0.14]);
  context.stroke();
  context.setLineDash([]);
  if (look === "mine" && checked) {
    context.strokeStyle = colours["on-mine"];
    context.lineWidth = Math.max(1.2, side * 0.12);
    context.beginPath();
    context.moveTo(x - half * 0.5, y);
    context.lineTo(x - half * 0.1, y + half * 0.4);
    context.lineTo(x + half * 0.55, y - half * 0.4);
    context.stroke();
  }
}
