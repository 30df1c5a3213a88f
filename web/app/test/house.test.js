import assert from "node:assert/strict";
import { test } from "node:test";
import { House } from "../house.js";

const seat = (seatNumber, index, price = 4500) => ({
  id: String(index), seatNumber, category: "VIP", status: "available", price, section: "S", row: "A", x: index, y: 0, index,
});
const nothing = (count, version) => ({ type: "seats", version, count, unavailable: "AA==", inTransaction: "AA==", booked: "AA==" });
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A house whose server has the plan that seats names, and counts how often it is read. */
function open(seats) {
  const server = { seats, version: 1, reads: 0 };
  globalThis.fetch = async () => {
    server.reads++;
    return new Response(JSON.stringify({ season: "demo", version: server.version, seats: server.seats }), { headers: { "Content-Type": "application/json" } });
  };
  const state = { seatsRevision: 0 };
  const house = new House(
    { state, set: (patch) => Object.assign(state, patch) },
    { season: "demo", request: async () => house.snapshot(nothing(server.seats.length, server.version)) },
  );
  return { house, server };
}

test("seats that were added under an active fan are shown", async () => {
  const { house, server } = open([seat("A-1", 0)]);
  await house.read();
  house.changes({ version: 2, seats: { "A-1": "booked" } });
  await settled();
  assert.equal(server.reads, 1, "a seat that is known is no reason to read the plan");
  server.seats = [seat("A-1", 0), seat("A-2", 1)];
  server.version = 3;
  house.changes({ version: 3, seats: { "A-2": "available" } });
  await settled();
  assert.equal(server.reads, 2);
  assert.deepEqual(house.book.plan.map((one) => one.seatNumber), ["A-1", "A-2"]);
  house.changes({ version: 4, seats: { "A-2": "inTransaction" } });
  await settled();
  assert.equal(house.book.status(1), "inTransaction", "changes go on after it");
  assert.equal(server.reads, 2);
});

test("a price that was changed under an active fan is shown from the cart on", async () => {
  const { house, server } = open([seat("A-1", 0)]);
  await house.read();
  house.check([{ seatNumber: "A-1", category: "VIP", price: 4500 }]);
  await settled();
  assert.equal(server.reads, 1);
  server.seats = [seat("A-1", 0, 4000)];
  house.check([{ seatNumber: "A-1", category: "VIP", price: 4000 }]);
  await settled();
  assert.equal(server.reads, 2);
  assert.equal(house.book.plan[0].price, 4000);
});

test("a server that has no such plan yet is not asked again at once", async () => {
  const { house, server } = open([seat("A-1", 0)]);
  await house.read();
  house.changes({ version: 2, seats: { "A-2": "available" } });
  await settled();
  assert.equal(server.reads, 2);
  assert.equal(house.book.plan.length, 1);
});
