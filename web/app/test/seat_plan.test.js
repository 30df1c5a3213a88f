import "./english.js";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { byName } from "../format.js";
import { looksOf } from "../views/category_looks.js";
import { bySection, reason, SeatPlan } from "../seat_plan.js";

const fixture = (name) => JSON.parse(readFileSync(new URL(`../../../internal/wire/testdata/server/${name}.json`, import.meta.url), "utf8"));

function planOf(n) {
  const plan = new SeatPlan();
  plan.set(
    Array.from({ length: n }, (_, i) => ({
      id: String(i), seatNumber: `A-${i + 1}`, category: "VIP", status: "available", price: 4500, section: "S", row: "A", x: i, y: 0, index: i,
    })).reverse(),
  );
  return plan;
}

const all = (plan) => plan.numbers.map((_, i) => plan.status(i));

test("a snapshot's bitmaps are read from bit 7 of byte 0 on", () => {
  const plan = planOf(12);
  const snapshot = fixture("seats-bitmap");
  assert.equal(snapshot.count, 12);
  const changed = plan.applyBitmap(snapshot);
  // booked is gBA=: 1000 0000 0001 0000; inTransaction QAA=: 0100 0000.
  assert.deepEqual(changed, [0, 1, 11]);
  assert.equal(plan.status(0), "booked");
  assert.equal(plan.status(1), "inTransaction");
  assert.equal(plan.status(11), "booked");
  assert.equal(all(plan).filter((s) => s === "available").length, 9);
});

test("changes are merged into a snapshot, and only seats that differ are reported", () => {
  const plan = planOf(12);
  plan.applyBitmap(fixture("seats-bitmap"));
  const changes = fixture("changes");
  assert.deepEqual(plan.applyChanges(changes), [0]);
  assert.equal(plan.status(0), "available");
  assert.equal(plan.status(1), "inTransaction");
  assert.deepEqual(plan.applyChanges(changes), [], "the same again changes nothing");
});

test("older changes, and changes before a snapshot, are ignored", () => {
  const plan = planOf(12);
  assert.deepEqual(plan.applyChanges({ version: 99, seats: { "A-1": "booked" } }), []);
  assert.equal(plan.status(0), "available");
  plan.applyBitmap(fixture("seats-bitmap"));
  assert.deepEqual(plan.applyChanges({ version: 16, seats: { "A-3": "booked" } }), []);
  assert.equal(plan.status(2), "available");
});

test("a snapshot replaces everything, also one with a lower version", () => {
  const plan = planOf(12);
  plan.applyBitmap({ ...fixture("seats-bitmap"), version: 1000 });
  const none = { version: 3, count: 12, unavailable: "AAA=", inTransaction: "AAA=", booked: "AAA=" };
  assert.deepEqual(plan.applyBitmap(none), [0, 1, 11]);
  assert.deepEqual(plan.applyChanges({ version: 4, seats: { "A-5": "booked" } }), [4]);
});

test("a snapshot of another plan is refused", () => {
  assert.equal(planOf(11).applyBitmap(fixture("seats-bitmap")), null);
});

test("unknown seats and statuses do no harm", () => {
  const plan = planOf(12);
  plan.applyBitmap(fixture("seats-bitmap"));
  assert.deepEqual(plan.applyChanges({ version: 20, seats: { "Z-1": "booked", "A-2": "burnt" } }), []);
});

test("statuses of a plan of fifty thousand are read quickly", () => {
  const plan = planOf(50_000);
  const bits = Buffer.alloc(6250, 0xaa).toString("base64");
  const none = Buffer.alloc(6250).toString("base64");
  assert.equal(plan.applyBitmap({ version: 1, count: 50_000, unavailable: none, inTransaction: none, booked: bits }).length, 25_000);
  assert.equal(plan.status(0), "booked");
  assert.equal(plan.status(1), "available");
});

test("sections keep the plan's order; rows and seats in natural order", () => {
  const seat = (section, row, seatNumber, index) => ({ section, row, seatNumber, index, category: "VIP", price: 1, status: "available", x: 0, y: 0 });
  const plan = new SeatPlan();
  plan.set([seat("Stalls", "B", "B-1", 0), seat("Stalls", "A", "A-10", 1), seat("Stalls", "A", "A-2", 2), seat("Balcony", "", "X", 3)]);
  const grouped = bySection(plan, byName);
  assert.deepEqual(grouped.map((s) => [s.name, s.size]), [["Stalls", 3], ["Balcony", 1]]);
  assert.deepEqual(grouped[0].rows().map((r) => r.seats.map((s) => plan.numbers[s])), [["A-2", "A-10"], ["B-1"]]);
});

test("free seats are counted by section and price, through every change", () => {
  const plan = new SeatPlan();
  plan.set(
    Array.from({ length: 12 }, (_, i) => ({ seatNumber: `A-${i + 1}`, index: i, section: i < 6 ? "S" : "T", row: "A", category: "VIP", price: i % 2 ? 100 : 50, status: "available", x: i, y: 0 })),
  );
  assert.deepEqual([plan.freeIn(0), plan.freeIn(1), plan.freeIn(0, 50)], [6, 6, 3]);
  plan.applyBitmap(fixture("seats-bitmap")); // 0, 1 and 11 are not free
  assert.deepEqual([plan.freeIn(0), plan.freeIn(1), plan.freeIn(0, 50)], [4, 5, 2]);
  plan.applyChanges({ version: 100, seats: { "A-1": "available", "A-3": "booked", "A-12": "inTransaction", "A-12x": "booked" } });
  const recount = [0, 1].map((section) => plan.numbers.filter((_, i) => plan.sectionOf[i] === section && plan.status(i) === "available").length);
  assert.deepEqual([plan.freeIn(0), plan.freeIn(1)], recount);
});

test("columns have what the list has", () => {
  const plan = new SeatPlan();
  plan.setColumns({
    season: "s", version: 1, count: 4, categories: ["VIP", "Regular"], prices: [900, 300], sections: ["S"], rows: ["A", ""], prefixes: ["A-", "Box"],
    category: [0, 1, 1, 3], price: [0, 2, 1, 2], section: [0, 4], row: [0, 3, 1, 1], prefix: [0, 3, 1, 1], number: [1, 1, 8, -11], x: [0, 1000, 1500, 0], y: [-500, 0, 0, 1000],
  });
  assert.deepEqual(plan.numbers, ["A-1", "A-2", "A-10", "Box"]);
  assert.deepEqual(plan.prices, [300, 900]);
  assert.deepEqual(plan.seat(2), { seatNumber: "A-10", category: "Regular", price: 300, prices: {}, section: "S", row: "A", x: 2.5, y: -0.5, index: 2 });
  assert.deepEqual(plan.seat(3), { seatNumber: "Box", category: "Regular", price: 300, prices: {}, section: "S", row: "", x: 2.5, y: 0.5, index: 3 });
  assert.equal(plan.status(0), "unavailable", "until the statuses are known nothing is free");
});

test("a seat has the prices of its types", () => {
  const plan = new SeatPlan();
  const seats = [
    { seatNumber: "A-1", index: 0, section: "", row: "A", category: "Loge", price: 900, prices: { member: 800, child: 300 }, status: "available", x: 0, y: 0 },
    { seatNumber: "A-2", index: 1, section: "", row: "A", category: "Loge", price: 900, status: "available", x: 1, y: 0 },
  ];
  plan.set(seats);
  const columns = new SeatPlan();
  columns.setColumns({
    season: "s", version: 1, count: 2, categories: ["Loge"], prices: [900], sections: [""], rows: ["A"], prefixes: ["A-"], lists: [{ child: 300, member: 800 }, {}],
    category: [0, 2], price: [0, 2], section: [0, 2], row: [0, 2], prefix: [0, 2], number: [1, 1], x: [0, 1000], y: [0, 0], list: [0, 1, 1, 1],
  });
  for (const one of [plan, columns]) {
    assert.deepEqual([one.seat(0).prices, one.seat(1).prices, one.seatTypes], [{ child: 300, member: 800 }, {}, ["child", "member"]]);
    assert.ok(one.has([{ seatNumber: "A-1", price: 300, type: "child" }, { seatNumber: "A-2", price: 900, type: null }]));
    assert.ok(!one.has([{ seatNumber: "A-1", price: 900, type: "child" }]), "the price of the type has changed");
    assert.ok(!one.has([{ seatNumber: "A-2", price: 300, type: "child" }]), "the seat has no such price");
  }
});

test("forty categories look different, and VIP is a diamond", () => {
  const names = Array.from({ length: 40 }, (_, i) => `Category ${i}`);
  assert.equal(new Set(looksOf(names)).size, 40);
  assert.deepEqual(looksOf(["Stalls", "VIP", "Circle"]), [0, 1, 2]);
  assert.deepEqual(looksOf(["VIP", "Regular", "Box"]), [1, 0, 2]);
});

test("the nearest free seats are those beside, in the same row first", () => {
  const plan = new SeatPlan();
  const rows = ["A", "B"].flatMap((row, y) => Array.from({ length: 5 }, (_, x) => ({ seatNumber: `${row}-${x + 1}`, index: y * 5 + x, section: "S", row, category: "VIP", price: x === 3 ? 9 : 1, status: "available", x, y })));
  plan.set(rows);
  const near = (from, may) => plan.nearest(plan.byNumber.get(from), 2, may).map((i) => plan.numbers[i]);
  assert.deepEqual(near("A-3"), ["A-2", "A-4"]);
  assert.deepEqual(near("A-3", (i) => plan.seat(i).price < 9), ["A-2", "B-3"]);
  plan.hasStatuses = true;
  plan.applyChanges({ version: 1, seats: { "A-2": "booked", "A-4": "inTransaction", "B-3": "booked" } });
  assert.deepEqual(near("A-3"), ["A-1", "A-5"]);
});

test("a seat that cannot be had says why; one's own can be given back", () => {
  assert.equal(reason("available", false), "");
  assert.equal(reason("inTransaction", true), "");
  for (const status of ["booked", "inTransaction", "unavailable"]) assert.notEqual(reason(status, false), "");
});

test("a bitmap of a large plan may end after its last seat", () => {
  const plan = planOf(20);
  const short = { version: 1, count: 20, unavailable: "", inTransaction: "", booked: btoa("\x01") };
  plan.applyBitmap(short);
  assert.equal(plan.status(7), "booked");
  assert.equal(plan.status(19), "available");
});
