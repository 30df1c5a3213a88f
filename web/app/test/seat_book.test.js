import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { byName } from "../format.js";
import { bySection, reason, SeatBook } from "../seat_book.js";

const fixture = (name) => JSON.parse(readFileSync(new URL(`../../../internal/wire/testdata/server/${name}.json`, import.meta.url), "utf8"));

function house(n) {
  const book = new SeatBook();
  book.setPlan(
    Array.from({ length: n }, (_, i) => ({
      id: String(i), seatNumber: `A-${i + 1}`, category: "VIP", status: "available", price: 4500, section: "S", row: "A", x: i, y: 0, index: i,
    })).reverse(),
  );
  return book;
}

const all = (book) => book.plan.map((_, i) => book.status(i));

test("a snapshot's bitmaps are read from bit 7 of byte 0 on", () => {
  const book = house(12);
  const snapshot = fixture("seats-bitmap");
  assert.equal(snapshot.count, 12);
  const changed = book.applyBitmap(snapshot);
  // booked is gBA=: 1000 0000 0001 0000; inTransaction QAA=: 0100 0000.
  assert.deepEqual(changed, [0, 1, 11]);
  assert.equal(book.status(0), "booked");
  assert.equal(book.status(1), "inTransaction");
  assert.equal(book.status(11), "booked");
  assert.equal(all(book).filter((s) => s === "available").length, 9);
});

test("changes are merged into a snapshot, and only what differs is told", () => {
  const book = house(12);
  book.applyBitmap(fixture("seats-bitmap"));
  const changes = fixture("changes");
  assert.deepEqual(book.applyChanges(changes), [0]);
  assert.equal(book.status(0), "available");
  assert.equal(book.status(1), "inTransaction");
  assert.deepEqual(book.applyChanges(changes), [], "the same again changes nothing");
});

test("older changes, and changes before a snapshot, are ignored", () => {
  const book = house(12);
  assert.deepEqual(book.applyChanges({ version: 99, seats: { "A-1": "booked" } }), []);
  assert.equal(book.status(0), "available");
  book.applyBitmap(fixture("seats-bitmap"));
  assert.deepEqual(book.applyChanges({ version: 16, seats: { "A-3": "booked" } }), []);
  assert.equal(book.status(2), "available");
});

test("a snapshot replaces everything, also from a life with lower versions", () => {
  const book = house(12);
  book.applyBitmap({ ...fixture("seats-bitmap"), version: 1000 });
  const none = { version: 3, count: 12, unavailable: "AAA=", inTransaction: "AAA=", booked: "AAA=" };
  assert.deepEqual(book.applyBitmap(none), [0, 1, 11]);
  assert.deepEqual(book.applyChanges({ version: 4, seats: { "A-5": "booked" } }), [4]);
});

test("a snapshot of another plan is refused", () => {
  assert.equal(house(11).applyBitmap(fixture("seats-bitmap")), null);
});

test("unknown seats and statuses do no harm", () => {
  const book = house(12);
  book.applyBitmap(fixture("seats-bitmap"));
  assert.deepEqual(book.applyChanges({ version: 20, seats: { "Z-1": "booked", "A-2": "burnt" } }), []);
});

test("statuses of a plan of fifty thousand are read in a blink", () => {
  const book = house(50_000);
  const bits = Buffer.alloc(6250, 0xaa).toString("base64");
  const none = Buffer.alloc(6250).toString("base64");
  assert.equal(book.applyBitmap({ version: 1, count: 50_000, unavailable: none, inTransaction: none, booked: bits }).length, 25_000);
  assert.equal(book.status(0), "booked");
  assert.equal(book.status(1), "available");
});

test("sections keep the plan's order; rows and seats go as people count", () => {
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

test("a bitmap of a large house may end after its last seat", () => {
  const book = house(20);
  const short = { version: 1, count: 20, unavailable: "", inTransaction: "", booked: btoa("\x01") };
  book.applyBitmap(short);
  assert.equal(book.status(7), "booked");
  assert.equal(book.status(19), "available");
});
