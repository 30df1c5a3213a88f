import "./english.js";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { byName } from "../format.js";
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

const all = (plan) => plan.seats.map((_, i) => plan.status(i));

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
  const seat = (section, row, seatNumber, index) => ({ section, row, seatNumber, index });
  const grouped = bySection([seat("Stalls", "B", "B-1", 0), seat("Stalls", "A", "A-10", 1), seat("Stalls", "A", "A-2", 2), seat("Balcony", "", "X", 3)], byName);
  assert.deepEqual(grouped.map((s) => [s.name, s.size]), [["Stalls", 3], ["Balcony", 1]]);
  assert.deepEqual(grouped[0].rows.map((r) => r.seats.map((s) => s.seatNumber)), [["A-2", "A-10"], ["B-1"]]);
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
