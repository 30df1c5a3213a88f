import assert from "node:assert/strict";
import { test } from "node:test";
import { SeatGeometry } from "../seat_geometry.js";
import { SeatPlan } from "../seat_plan.js";

/** Two sections of ten rows of twenty seats, side by side with two seat widths between. */
function house() {
  const plan = new SeatPlan();
  const seats = [];
  for (const [s, left] of [["Left", 0], ["Right", 22]]) {
    for (let y = 0; y < 10; y++) {
      for (let x = 0; x < 20; x++) seats.push({ seatNumber: `${s}-${y}-${x}`, index: seats.length, section: s, row: String.fromCharCode(65 + y), category: "VIP", price: 1, status: "available", x: left + x, y });
    }
  }
  plan.set(seats);
  return { plan, geometry: new SeatGeometry(plan) };
}

test("a point finds its seat and its section, and nothing between seats", () => {
  const { plan, geometry } = house();
  for (let i = 0; i < plan.size; i++) assert.equal(geometry.seatAt(plan.xs[i] + 0.4, plan.ys[i] - 0.4), i);
  assert.equal(geometry.seatAt(20.6, 3), -1);
  assert.equal(geometry.seatAt(-900, 900), -1);
  assert.equal(geometry.shapeAt(5, 5).section, 0);
  assert.equal(geometry.shapeAt(30, 5).section, 1);
  assert.equal(geometry.shapeAt(20.9, 5), null);
});

test("a rectangle gives each of its seats once", () => {
  const { plan, geometry } = house();
  const box = { left: 3.2, top: 2.2, right: 25.5, bottom: 7 };
  const found = [];
  geometry.within(box, (i) => found.push(i));
  assert.equal(new Set(found).size, found.length);
  const inside = plan.numbers.map((_, i) => i).filter((i) => plan.xs[i] >= box.left && plan.xs[i] <= box.right && plan.ys[i] >= box.top && plan.ys[i] <= box.bottom);
  for (const i of inside) assert.ok(found.includes(i), plan.numbers[i]);
});

test("arrow keys go to the next seat and over the aisle, and stop at the border", () => {
  const { plan, geometry } = house();
  const go = (from, dx, dy) => plan.numbers[geometry.towards(plan.byNumber.get(from), dx, dy)];
  assert.equal(go("Left-3-4", 1, 0), "Left-3-5");
  assert.equal(go("Left-3-19", 1, 0), "Right-3-0");
  assert.equal(go("Left-3-4", 0, -1), "Left-2-4");
  assert.equal(go("Left-0-4", 0, -1), "Left-0-4");
  assert.equal(geometry.shapeTowards(0, 1, 0), 1);
  assert.equal(geometry.shapeTowards(1, 1, 0), 1);
});

test("each row has its letter at both ends, outside its seats", () => {
  const { geometry } = house();
  const a = geometry.labels.filter((label) => label.name === "A");
  assert.deepEqual(a.map((label) => label.x), [-1, 20, 21, 42]);
  for (const label of geometry.labels) assert.equal(geometry.seatAt(label.x, label.y), -1);
});
