import "./english.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Seats } from "../seats.js";

const seat = (seatNumber, index, price = 4500) => ({
  id: String(index), seatNumber, category: "VIP", status: "available", price, section: "S", row: "A", x: index, y: 0, index,
});
const nothing = (count, version) => ({ type: "seats", version, count, unavailable: "AA==", inTransaction: "AA==", booked: "AA==" });
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** The seats of a page whose server has this plan and counts how often it is read. */
function open(plan) {
  const server = { seats: plan, version: 1, reads: 0 };
  globalThis.fetch = async () => {
    server.reads++;
    return new Response(JSON.stringify({ season: "demo", version: server.version, seats: server.seats }), { headers: { "Content-Type": "application/json" } });
  };
  const state = { seatsRevision: 0 };
  const seats = new Seats(
    { state, set: (patch) => Object.assign(state, patch) },
    { season: "demo", request: async () => seats.snapshot(nothing(server.seats.length, server.version)) },
    { fail: (problem) => assert.fail(String(problem)) },
  );
  return { seats, server };
}

test("seats added during a visit are shown", async () => {
  const { seats, server } = open([seat("A-1", 0)]);
  await seats.read();
  seats.changes({ version: 2, seats: { "A-1": "booked" } });
  await settled();
  assert.equal(server.reads, 1, "a seat that is known is no reason to read the plan");
  server.seats = [seat("A-1", 0), seat("A-2", 1)];
  server.version = 3;
  seats.changes({ version: 3, seats: { "A-2": "available" } });
  await settled();
  assert.equal(server.reads, 2);
  assert.deepEqual(seats.plan.seats.map((one) => one.seatNumber), ["A-1", "A-2"]);
  seats.changes({ version: 4, seats: { "A-2": "inTransaction" } });
  await settled();
  assert.equal(seats.plan.status(1), "inTransaction", "changes go on after it");
  assert.equal(server.reads, 2);
});

test("a price changed during a visit is read again when the cart shows it", async () => {
  const { seats, server } = open([seat("A-1", 0)]);
  await seats.read();
  seats.check([{ seatNumber: "A-1", category: "VIP", price: 4500 }]);
  await settled();
  assert.equal(server.reads, 1);
  server.seats = [seat("A-1", 0, 4000)];
  seats.check([{ seatNumber: "A-1", category: "VIP", price: 4000 }]);
  await settled();
  assert.equal(server.reads, 2);
  assert.equal(seats.plan.seats[0].price, 4000);
});

test("a server that has no such plan yet is not asked again at once", async () => {
  const { seats, server } = open([seat("A-1", 0)]);
  await seats.read();
  seats.changes({ version: 2, seats: { "A-2": "available" } });
  await settled();
  assert.equal(server.reads, 2);
  assert.equal(seats.plan.seats.length, 1);
});
