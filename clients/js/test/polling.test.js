import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Clock } from "../src/clock.js";
import { Http } from "../src/http.js";
import { Polling } from "../src/polling.js";
import { bitmaps } from "../src/rest.js";
import { SeatPlan } from "../../../web/app/seat_plan.js";

/** @type {string[]} */
let asked = [];
/** Answers by method and path; a number is a status without a body. @type {Record<string, any>} */
let answers = {};
globalThis.fetch = async (path, init) => {
  const key = `${init.method} ${String(path).split("?")[0]}`;
  asked.push(init.body ? `${key} ${init.body}` : key);
  const answer = answers[key];
  if (answer === undefined) throw new TypeError("no network");
  const status = typeof answer === "number" ? answer : 200;
  return { ok: status < 400, status, text: async () => (typeof answer === "number" ? "" : JSON.stringify(answer)) };
};

const status = (state) => ({ state, season: "demo" });
const settled = async () => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};

function polling() {
  const heard = { messages: [], signs: [] };
  const p = new Polling({ season: "demo", http: new Http(), clock: new Clock() }, {
    message: (m) => heard.messages.push(m),
    heard: () => heard.signs.push("heard"),
    lost: () => heard.signs.push("lost"),
    ended: (why) => heard.signs.push(why),
  });
  return { p, heard };
}

beforeEach(() => {
  asked = [];
  answers = { "GET /auth/me": { id: "u1" }, "GET /auth/status": status("waiting"), "GET /holds": { seats: [] } };
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

test("polling begins like the socket, and reads the status every few seconds", async () => {
  const { p, heard } = polling();
  p.start();
  await settled();
  assert.equal(heard.messages[0].type, "welcome");
  assert.deepEqual(heard.messages[0].user, { id: "u1" });
  mock.timers.tick(6000);
  await settled();
  assert.deepEqual(asked.slice(3), ["GET /seasons/demo", "GET /auth/status", "GET /seasons/demo"]);
  p.stop();
  mock.timers.tick(600_000);
  await settled();
  assert.equal(asked.length, 6);
});

test("without an answer polling says so, and reads less and less often", async () => {
  answers = {};
  const { p, heard } = polling();
  p.start();
  await settled();
  assert.deepEqual(heard.signs, ["lost"]);
  mock.timers.tick(6000);
  await settled();
  assert.deepEqual(heard.signs, ["lost"], "the second question comes later than usual");
  mock.timers.tick(6000);
  await settled();
  assert.deepEqual(heard.signs, ["lost", "lost"]);
});

test("the sale's public state is read in every round", async () => {
  const { p, heard } = polling();
  answers["GET /seasons/demo"] = { sale: { stock: "held" } };
  p.start();
  await settled();
  assert.deepEqual(heard.messages.map((m) => m.type), ["welcome", "sale"]);
  assert.equal(heard.messages[1].sale.stock, "held");
  answers["GET /seasons/demo"] = 503;
  mock.timers.tick(6000);
  await settled();
  assert.deepEqual(heard.signs, ["heard", "heard"], "without it the other answers count");
  p.stop();
});

test("an expired session ends polling", async () => {
  answers["GET /auth/status"] = 401;
  const { p, heard } = polling();
  p.start();
  await settled();
  mock.timers.tick(600_000);
  await settled();
  assert.deepEqual(heard.signs, ["signInAgain"]);
  assert.equal(asked.length, 3);
});

test("requests go over HTTP, and answers have the socket's shapes", async () => {
  const { p, heard } = polling();
  Object.assign(answers, {
    "POST /waitingList/join": status("waiting"),
    "POST /waitingList/enter": status("active"),
    "POST /holds": { seats: [{ seatNumber: "A-1" }] },
    "DELETE /holds/A-1": { seats: [] },
    "POST /transactions": { id: "t1", status: "completed" },
  });
  await p.request("join", { place: "p" });
  await p.request("enter", {});
  await p.request("hold", { seats: ["A-1"] });
  const bought = await p.request("purchase", { key: "k", seats: ["A-1"], payment: {} });
  await p.request("release", { seats: ["A-1"] });
  assert.deepEqual(asked, [
    'POST /waitingList/join {"place":"p"}',
    "POST /waitingList/enter",
    'POST /holds {"seats":["A-1"]}',
    'POST /transactions {"seats":["A-1"],"payment":{}}',
    "DELETE /holds/A-1",
  ]);
  assert.equal(bought.transaction.id, "t1");
  assert.deepEqual(heard.messages.map((m) => m.type), ["status", "status", "cart", "transaction", "cart"]);
  assert.ok(heard.messages.every((m) => m.re !== undefined), "an answer is no news");
});

test("a wish is left and removed over HTTP", async () => {
  const { p } = polling();
  answers["PUT /waitingList/wish"] = { ...status("waiting"), wish: { seats: 2 } };
  answers["DELETE /waitingList/wish"] = status("waiting");
  assert.equal((await p.request("wish", { seats: 2, upTo: 9000 })).status.wish.seats, 2);
  assert.deepEqual(await p.request("unwish", {}), { type: "status", re: "unwish", status: status("waiting") });
  assert.deepEqual(asked, ['PUT /waitingList/wish {"seats":2,"upTo":9000}', "DELETE /waitingList/wish"]);
});

test("a plan's statuses become the socket's bitmaps", () => {
  const kinds = ["available", "booked", "inTransaction", "unavailable"];
  const seats = Array.from({ length: 21 }, (_, index) => ({ seatNumber: `A-${index}`, index, status: kinds[index % 4] }));
  const plan = new SeatPlan();
  plan.set(seats.map((seat) => ({ ...seat, status: "available" })));
  plan.applyBitmap(bitmaps({ version: 3, seats }));
  for (const seat of seats) assert.equal(plan.status(seat.index), seat.status);
});

test("a cart that expired is said to have expired, another one is not", async () => {
  const { p, heard } = polling();
  answers["GET /auth/status"] = status("active");
  answers["GET /holds"] = { seats: [{ seatNumber: "A-1" }], expiresAt: "2020-01-01T00:00:00Z" };
  p.start();
  await settled();
  answers["GET /holds"] = { seats: [], expiresAt: null };
  mock.timers.tick(6000);
  await settled();
  assert.equal(heard.messages.at(-1).reason, "expired");
  answers["GET /holds"] = { seats: [{ seatNumber: "A-2" }], expiresAt: "2999-01-01T00:00:00Z" };
  mock.timers.tick(6000);
  await settled();
  assert.equal(heard.messages.at(-1).cart.seats[0].seatNumber, "A-2");
  assert.equal(heard.messages.at(-1).reason, undefined);
});

test("a cart that has not changed is no message", async () => {
  const { p, heard } = polling();
  answers["GET /auth/status"] = status("active");
  p.start();
  await settled();
  mock.timers.tick(6000);
  await settled();
  assert.deepEqual(heard.messages.map((m) => m.type), ["welcome", "status"]);
});

test("without sockets the seats come in the form that was asked for", async () => {
  const { p } = polling();
  const seats = ["available", "booked"].map((state, index) => ({ seatNumber: `A-${index}`, index, status: state }));
  answers["GET /seats"] = { version: 3, seats };
  assert.deepEqual((await p.request("seats", {})).seats, { "A-1": "booked" });
  assert.equal((await p.request("seats", { format: "bitmap" })).booked, "QA==");
  await assert.rejects(p.request("help", {}), { code: "invalid_request" });
});
