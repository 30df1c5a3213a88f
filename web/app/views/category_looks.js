// @ts-check
/**
 * How the free seats of each category look: a shape and a colour, and from the ninth
 * category on a mark inside the shape too. Shapes and marks alone tell forty categories
 * apart, because colour must never be the only sign.
 */

/** The number of shapes, which is also the number of colours: --seat-c0 to --seat-c7. */
export const shapes = 8;
const marks = 5;

/**
 * @param {string[]} categories of the plan
 * @returns {number[]} the number of each category's look. VIP is a gold diamond
 */
export function looksOf(categories) {
  const diamond = 1;
  const vip = categories.findIndex((category) => category.toLowerCase() === "vip");
  let next = 0;
  return categories.map((_, i) => {
    if (i === vip) return diamond;
    if (vip >= 0 && next === diamond) next++;
    return next++ % (shapes * marks);
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} look see looksOf
 * @param {number} x the middle
 * @param {number} y
 * @param {number} half of the shape's side
 * @param {Record<string, string>} colours
 */
export function drawCategory(context, look, x, y, half, colours) {
  const shape = look % shapes;
  context.fillStyle = colours[`c${shape}`];
  context.beginPath();
  shapePath(context, shape, x, y, half);
  context.fill();
  const mark = Math.floor(look / shapes) % marks;
  if (mark === 0) return;
  context.fillStyle = colours[`on-c${shape}`];
  context.beginPath();
  const thin = half * 0.18;
  const long = half * 0.5;
  if (mark === 1) context.arc(x, y, half * 0.36, 0, 2 * Math.PI);
  if (mark === 2 || mark === 4) context.rect(x - long, y - thin, 2 * long, 2 * thin);
  if (mark === 3 || mark === 4) context.rect(x - thin, y - long, 2 * thin, 2 * long);
  context.fill();
}

/**
 * Adds a shape to the path.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} shape
 * @param {number} x
 * @param {number} y
 * @param {number} half
 */
function shapePath(context, shape, x, y, half) {
  switch (shape) {
    case 0:
      roundedSquare(context, x - half, y - half, 2 * half, half * 0.5);
      return;
    case 1: // a diamond
      return corners(context, x, y, half * 1.22, 4, 0);
    case 2: // a triangle, pointing up
      return corners(context, x, y + half * 0.2, half * 1.25, 3, 0);
    case 3:
      context.arc(x, y, half, 0, 2 * Math.PI);
      return;
    case 4: // a triangle, pointing down
      return corners(context, x, y - half * 0.2, half * 1.25, 3, 0.5);
    case 5: // a hexagon
      return corners(context, x, y, half * 1.12, 6, 0);
    case 6: // a plus
      context.rect(x - half, y - half * 0.38, 2 * half, half * 0.76);
      context.rect(x - half * 0.38, y - half, half * 0.76, 2 * half);
      return;
    default: // a star
      return corners(context, x, y, half * 1.25, 5, 0, half * 0.6);
  }
}

/**
 * Adds a regular polygon, or with an inner radius a star, to the path.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {number} count
 * @param {number} turned in steps from one corner to the next; 0: a corner is above
 * @param {number} [inner]
 */
function corners(context, x, y, radius, count, turned, inner) {
  const steps = inner === undefined ? count : 2 * count;
  for (let i = 0; i < steps; i++) {
    const far = inner !== undefined && i % 2 ? inner : radius;
    const angle = ((i / steps) * 2 + (turned * 2) / count - 0.5) * Math.PI;
    context[i ? "lineTo" : "moveTo"](x + far * Math.cos(angle), y + far * Math.sin(angle));
  }
  context.closePath();
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
export function roundedSquare(context, x, y, side, radius) {
  context.moveTo(x + radius, y);
  context.arcTo(x + side, y, x + side, y + side, radius);
  context.arcTo(x + side, y + side, x, y + side, radius);
  context.arcTo(x, y + side, x, y, radius);
  context.arcTo(x, y, x + side, y, radius);
  context.closePath();
}

/** @returns {Record<string, string>} the colours of categories, as the style sheet has them now */
export function categoryColours() {
  const style = getComputedStyle(document.documentElement);
  /** @type {Record<string, string>} */
  const colours = {};
  for (let i = 0; i < shapes; i++) {
    for (const name of [`c${i}`, `on-c${i}`]) colours[name] = style.getPropertyValue(`--seat-${name}`).trim() || "#888";
  }
  return colours;
}
