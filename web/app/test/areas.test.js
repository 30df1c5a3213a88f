import "./english.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { bitmaps } from "../../../clients/js/src/rest.js";
import { cartLines, placesInWords } from "../cart_lines.js";
import { byName } from "../format.js";
import { SeatGeometry } from "../seat_geometry.js";
import { bySection, SeatPlan } from "../seat_plan.js";

const standing = (available, capacity = 3) => ({ area: "Standing", category: "Floor", price: 300, prices: { child: 150 }, capacity, available });
const seat = (seatNumber, index, x) => ({ id: String(index), seatNumber, index, section: "S", row: "A", category: "VIP", price: 900, status: "available", x, y: 0 });

/** Two seats, three places of an area, and a seat that was added later. */
const columns = {
  season: "s", version: 1, count: 6, categories: ["VIP", "Floor"], prices: [900, 300], sections: ["S", ""], rows: ["A", ""], prefixes: ["A-", "Standing-000"], lists: [{}, { child: 150 }],
  category: [0, 2, 1, 3, 0, 1], price: [0, 2, 1, 3, 0, 1], section: [0, 2, 1, 3, 0, 1], row: [0, 2, 1, 3, 0, 1], prefix: [0, 2, 1, 3, 0, 1], list: [0, 2, 1, 3, 0, 1],
  number: [1, 1, -1, 1, 1, 0], x: [0, 1000, -1000, 1000, -1000, 2000], y: [0, 0, 3000, 0, 1000, -4000], areas: ["Standing"], area: [0, 2, 1, 3, 0, 1],
};

function fromColumns() {
  const plan = new SeatPlan();
  plan.setColumns(columns);
  return plan;
}

function fromList() {
  const plan = new SeatPlan();
  plan.set([seat("A-1", 0, 0), seat("A-2", 1, 1), seat("A-3", 5, 2)], [standing(3)], 6);
  return plan;
}

test("places of an area are neither seats of a section nor seats to point at", () => {
  for (const plan of [fromColumns(), fromList()]) {
    assert.deepEqual([plan.size, plan.seatCount, plan.seatCategories, plan.seatTypes], [6, 3, ["VIP"], []]);
    assert.deepEqual(plan.areas.map(({ area, category, price, prices, capacity }) => [area, category, price, prices, capacity]), [["Standing", "Floor", 300, { child: 150 }, 3]]);
    const sections = bySection(plan, byName);
    assert.deepEqual(sections.map(({ name, size }) => [name, size]), [["S", 3]]);
    assert.deepEqual(sections[0].rows().map(({ seats }) => seats), [[0, 1, 5]]);
    const none = { version: 1, count: 6, unavailable: "", inTransaction: "", booked: "", areas: [standing(3)] };
    plan.applyBitmap(none);
    assert.equal(plan.freeIn(0), 3);
    assert.deepEqual(plan.nearest(0, 5), [1, 5]);
    const geometry = new SeatGeometry(plan);
    assert.deepEqual(geometry.shapes.map(({ section, area }) => [section, area]), [[0, -1], [-1, 0]]);
  }
});

test("an area counts what is free, from snapshots and changes, and says so by its index", () => {
  for (const plan of [fromColumns(), fromList()]) {
    const snapshot = { version: 4, count: 6, unavailable: "", inTransaction: "", booked: btoa("\x20"), areas: [standing(2)] };
    assert.ok(plan.applyBitmap(snapshot).includes(6));
    assert.equal(plan.areas[0].available, 2);
    assert.deepEqual(plan.applyChanges({ version: 5, seats: { "Standing-0002": "inTransaction", "A-1": "booked" }, areas: [standing(1)] }), [0, 6]);
    assert.deepEqual(plan.applyChanges({ version: 3, seats: {}, areas: [standing(3)] }), [], "older changes are ignored");
    assert.equal(plan.areas[0].available, 1);
    assert.ok(plan.has([{ seatNumber: "Standing-0002" }, { seatNumber: "A-3" }]), "a change of a place is no reason to read the plan");
    assert.ok(!plan.has([{ seatNumber: "Floor-0002" }]));
    assert.equal(plan.applyBitmap({ ...snapshot, areas: [{ ...standing(1), area: "Pit" }] }), null, "an area that the plan lacks");
  }
});

test("the list of seats becomes bitmaps of the whole plan", () => {
  const plan = fromColumns();
  const answer = { version: 2, seats: [seat("A-1", 0, 0), { ...seat("A-3", 5, 2), status: "booked" }], areas: [standing(1)], count: 6 };
  assert.deepEqual(plan.applyBitmap(bitmaps(answer)), [0, 1, 5, 6]);
  assert.deepEqual([plan.status(5), plan.areas[0].available], ["booked", 1]);
});

test("an area is a block behind the seats, which points and arrow keys reach", () => {
  const plan = fromColumns();
  plan.applyBitmap({ version: 1, count: 6, unavailable: "", inTransaction: "", booked: "", areas: [standing(3)] });
  const geometry = new SeatGeometry(plan);
  const { box, middle } = geometry.blocks[0];
  assert.ok(box.top > 0.8, "it covers no seat");
  assert.equal(geometry.seatAt(middle.x, middle.y), 6);
  assert.equal(geometry.shapeAt(middle.x, middle.y), geometry.blocks[0]);
  for (const from of [0, 1, 5]) assert.equal(geometry.towards(from, 0, 1), 6);
  assert.equal(geometry.towards(6, 0, -1), 1, "from the block to the seat at its middle");
  assert.equal(geometry.towards(0, 1, 0), 1);
  assert.deepEqual(geometry.at(6), middle);
  plan.applyChanges({ version: 2, seats: {}, areas: [standing(0, 0)] });
  assert.equal(geometry.seatAt(middle.x, middle.y), -1, "an area that is not for sale is not there");
  assert.equal(geometry.towards(0, 0, 1), 0);
});

test("a house of standing places alone has a map", () => {
  const plan = new SeatPlan();
  plan.set([], [standing(3), { ...standing(2), area: "Pit" }], 6);
  assert.equal(plan.seatCount, 0);
  const geometry = new SeatGeometry(plan);
  assert.equal(geometry.blocks.length, 2);
  assert.ok(geometry.bounds.bottom > geometry.bounds.top);
  assert.equal(geometry.towards(6, 0, 1), 7);
  assert.equal(geometry.towards(7, 0, -1), 6);
});

test("the cart has one line for the places of an area at one price", () => {
  const place = (seatNumber, type, price, category = "Floor") => ({ seatNumber, type, price, category });
  const seats = [place("A-1", null, 900, "VIP"), place("Standing-0001", null, 300), place("Standing-0007", "child", 150), place("Standing-0003", null, 300), place("Balcony-0001", null, 100)];
  for (const plan of [fromColumns(), fromList()]) {
    assert.deepEqual(
      cartLines(seats, plan).map(({ area, type, price, seats }) => [area, type, price, seats.length]),
      [[null, null, 900, 1], ["Standing", null, 600, 2], ["Standing", "child", 150, 1], [null, null, 100, 1]],
    );
    assert.deepEqual(placesInWords(seats.map((one) => one.seatNumber), plan, (area, n) => `${area} × ${n}`), ["A-1", "Balcony-0001", "Standing × 3"]);
  }
});
