import "./english.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Seats } from "../seats.js";

const seat = (seatNumber, index, price = 4500) => ({
  id: String(index), seatNumber, category: "VIP", status: "available", price, section: "S", row: "A", x: index, y: 0, index,
});
const nothing = (count, version) => ({ type: "seats", version, count, unavailable: "AA==", inTransaction: "AA==", booked: "AA==" });
const settled = () => new Promise((resolve) => setImmediate(resolve));

const differences = (values) => values.map((value, i) => value - (i ? values[i - 1] : 0));

/** The seats of a page whose server has this plan and counts how often it is read. */
function open(plan) {
  const server = { seats: plan, version: 1, reads: 0, hasColumns: true, asked: [] };
  const columns = () => ({
    season: "demo", version: server.version, count: server.seats.length, categories: ["VIP"], prices: server.seats.map((one) => one.price), sections: ["S"], rows: ["A"], prefixes: server.seats.map((one) => one.seatNumber.replace(/\d+$/, "")),
    category: [0, server.seats.length], section: [0, server.seats.length], row: [0, server.seats.length],
    price: server.seats.flatMap((_, i) => [i, 1]), prefix: server.seats.flatMap((_, i) => [i, 1]),
    number: differences(server.seats.map((one) => Number(/\d+$/.exec(one.seatNumber)[0]))), x: differences(server.seats.map((one) => one.x * 1000)), y: differences(server.seats.map((one) => one.y * 1000)),
  });
  globalThis.fetch = async (url) => {
    const { pathname } = new URL(url, "http://localhost");
    server.asked.push(pathname);
    const url2 = `/seasons/demo/plan/${server.version}`;
    const answer = (body, status = 200) => new Response(JSON.stringify(body), { status, headers: { "Content-Type": status === 200 ? "application/json" : "application/problem+json" } });
    if (pathname === "/seasons/demo") return answer({ id: "demo", plan: { version: server.version, seats: server.seats.length, url: url2 } });
    if (pathname === url2 && !server.hasColumns) return answer({ code: "not_found", status: 404, title: "", detail: "" }, 404);
    server.reads++;
    return answer(pathname === url2 ? columns() : { season: "demo", version: server.version, seats: server.seats });
  };
  const state = { season: null };
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
  server.version = 3; // the plan's too
  seats.changes({ version: 3, seats: { "A-2": "available" } });
  await settled();
  assert.equal(server.reads, 2);
  assert.deepEqual(seats.plan.numbers, ["A-1", "A-2"]);
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
  server.version = 2;
  seats.check([{ seatNumber: "A-1", category: "VIP", price: 4000 }]);
  await settled();
  assert.equal(server.reads, 2);
  assert.equal(seats.plan.seat(0).price, 4000);
});

test("a server that has no such plan yet is not asked again at once", async () => {
  const { seats, server } = open([seat("A-1", 0)]);
  await seats.read();
  seats.changes({ version: 2, seats: { "A-2": "available" } });
  await settled();
  assert.equal(server.reads, 2);
  assert.equal(seats.plan.size, 1);
});

test("the plan is read while the fan waits, and not again for the seats", async () => {
  const { seats, server } = open([seat("A-1", 0), seat("A-2", 1)]);
  seats.prefetch();
  await settled();
  assert.equal(server.reads, 1);
  assert.equal(seats.plan.size, 2);
  await seats.read();
  assert.equal(server.reads, 1);
  assert.equal(seats.plan.status(0), "available");
  assert.ok(!server.asked.includes("/seats"));
});

test("a plan that changed while the fan waited is read again, also with as many seats", async () => {
  const { seats, server } = open([seat("A-1", 0)]);
  seats.prefetch();
  await settled();
  server.seats = [seat("B-1", 0)];
  server.version = 2;
  await seats.read();
  assert.deepEqual(seats.plan.numbers, ["B-1"]);
});

test("a node without the plan's columns gives the list of seats", async () => {
  const { seats, server } = open([seat("A-1", 0)]);
  server.hasColumns = false;
  await seats.read();
  assert.deepEqual(seats.plan.numbers, ["A-1"]);
  assert.ok(server.asked.includes("/seats"));
});
