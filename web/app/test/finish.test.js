import "./english.js";
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

const kept = new Map();
globalThis.sessionStorage = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => kept.set(key, value),
  removeItem: (key) => kept.delete(key),
};
globalThis.location = { hash: "" };
let goes;
globalThis.addEventListener = (name, act) => name === "pagehide" && (goes = act);
const beacons = [];
Object.defineProperty(globalThis, "navigator", { value: { sendBeacon: (path) => beacons.push(path) }, configurable: true });
const { Finish } = await import("../finish.js");

const transaction = { seats: ["A-8", "A-9"], total: 9000, currency: "EUR" };
const tickets = (n) => Array.from({ length: n }, (_, i) => ({ season: "demo", seatNumber: `A-${i}`, status: "valid" }));

/** An active fan who looks at the tickets. */
function visit(more = {}) {
  const listeners = [];
  const store = {
    state: {
      config: { season: "demo" }, season: { maxSeats: 6 }, user: { id: "u1" }, path: "/", route: "tickets",
      status: { state: "active" }, cart: { seats: [] }, paying: "none", done: null, tickets: tickets(2), ...more,
    },
    set(patch) {
      Object.assign(this.state, patch);
      for (const listener of listeners) listener(this.state);
    },
    subscribe: (listener) => listeners.push(listener),
  };
  let left = 0;
  const finish = new Finish(store, "demo", () => left++);
  return { store, finish, left: () => left };
}

beforeEach(() => {
  kept.clear();
  beacons.length = 0;
  mock.timers.reset();
  mock.timers.enable({ apis: ["Date"] });
});

test("the place is given up after a minute with the tickets", () => {
  const v = visit();
  v.finish.bought(transaction);
  mock.timers.tick(59_999);
  v.finish.tick();
  assert.equal(v.left(), 0);
  mock.timers.tick(1);
  v.finish.tick();
  v.finish.tick();
  assert.equal(v.left(), 1);
});

test("with as many seats as allowed the place is given up sooner, but not at once", () => {
  const v = visit({ tickets: tickets(6) });
  v.finish.bought(transaction);
  v.finish.tick();
  assert.equal(v.left(), 0);
  mock.timers.tick(15_000);
  v.finish.tick();
  assert.equal(v.left(), 1);
});

test("a fan who wants more keeps the place, also when the page closes", () => {
  const v = visit();
  v.finish.bought(transaction);
  v.finish.buyMore();
  mock.timers.tick(600_000);
  v.finish.tick();
  goes();
  assert.equal(v.left(), 0);
  assert.deepEqual(beacons, []);
});

test("a fan who looks at the seats again wants more", () => {
  const v = visit();
  v.finish.bought(transaction);
  v.store.set({ route: "seats" });
  assert.equal(v.store.state.done.more, true);
});

test("a page that closes gives up the place of a fan who has bought, and of no other", () => {
  const v = visit();
  goes();
  assert.deepEqual(beacons, []);
  v.finish.bought(transaction);
  v.store.set({ cart: { seats: [{ seatNumber: "B-1" }] } });
  goes();
  assert.deepEqual(beacons, []);
  v.store.set({ cart: { seats: [] } });
  goes();
  assert.deepEqual(beacons, ["/waitingList/leave?season=demo"]);
});

test("a replaced window gives up nothing", () => {
  const v = visit();
  v.finish.bought(transaction);
  v.store.set({ connection: "replaced" });
  goes();
  mock.timers.tick(600_000);
  v.finish.tick();
  assert.deepEqual(beacons, []);
  assert.equal(v.left(), 0);
});

test("a reload remembers what was bought; a new place forgets it", () => {
  visit().finish.bought(transaction);
  const v = visit();
  v.finish.recall("u1");
  assert.deepEqual(v.store.state.done.seats, ["A-8", "A-9"]);
  v.store.set({ status: { state: "waiting" } });
  assert.equal(v.store.state.done, null);
  assert.equal(kept.size, 0);
});
