import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Clock } from "../src/clock.js";
import { Connection } from "../src/connection.js";
import { Http } from "../src/http.js";

/** A network of the test's own: what opens, what answers, and what was asked. */
let sockets, streams, asked, answers, storage, socketsOpen;

class FakeSocket {
  constructor() {
    sockets.push(this);
    if (socketsOpen === "refused") queueMicrotask(() => this.onclose?.({ code: 1006 }));
  }
  send() {}
  close() {}
  says(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }
}

/** The server's end of a stream. */
class FakeStream {
  constructor(signal) {
    streams.push(this);
    this.text = new TextEncoder();
    this.body = new ReadableStream({ start: (c) => (this.controller = c) });
    signal.addEventListener("abort", () => (this.aborted = true));
  }
  async writes(text) {
    this.controller.enqueue(this.text.encode(text));
    await settled();
  }
  says(message) {
    return this.writes(`data: ${JSON.stringify(message)}\n\n`);
  }
  async ends() {
    this.controller.close();
    await settled();
  }
}

const settled = async () => {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
};

globalThis.fetch = async (url, init) => {
  const at = new URL(url);
  const path = at.pathname + at.search.replace("season=demo", "").replace(/[?&]$/, "").replace("?&", "?");
  const act = `${init.method ?? "GET"} ${path}`;
  asked.push(init.body ? `${act} ${init.body}` : act);
  const answer = answers[act];
  if (answer === undefined) throw new TypeError("no network");
  if (answer === "stream") return new Response(new FakeStream(init.signal).body, { headers: { "Content-Type": "text/event-stream" } });
  if (typeof answer === "function") return answer();
  if (typeof answer === "number") return new Response(answer === 204 ? null : "{}", { status: answer });
  return new Response(JSON.stringify(answer));
};

const at = (second) => `2027-01-01T00:00:${String(second).padStart(2, "0")}.000Z`;
const status = (state, second) => ({ state, position: null, season: "demo", serverTime: at(second) });
const welcome = { type: "welcome", heartbeatSeconds: 20, user: { id: "u1" }, status: status("waiting", 1), cart: { seats: [] } };

function open({ openSocket = () => new FakeSocket() } = {}) {
  const heard = { messages: [], states: [], ended: [] };
  const memory = { getItem: (key) => storage[key] ?? null, setItem: (key, value) => (storage[key] = value), removeItem: (key) => delete storage[key] };
  const connection = new Connection({ season: "demo", http: new Http({ url: "https://tickets.example" }), clock: new Clock(), openSocket, memory }, {
    message: (m) => heard.messages.push(m),
    state: (s) => heard.states.at(-1) === s || heard.states.push(s),
    ended: (why) => heard.ended.push(why),
    stillSignedIn: async () => (answers["GET /auth/me"] ? true : null),
  });
  connection.start();
  return { connection, heard, types: () => heard.messages.map((m) => m.type) };
}

/** Opens a connection that has changed over to a stream, with its welcome. */
async function live() {
  storage["usher.way"] = "stream";
  const opened = open();
  await settled();
  await streams[0].says(welcome);
  opened.heard.messages.length = 0;
  return { ...opened, stream: streams[0] };
}

beforeEach(() => {
  [sockets, streams, asked, storage, socketsOpen] = [[], [], [], {}, "refused"];
  answers = { "GET /events": "stream", "GET /auth/me": { id: "u1" }, "POST /events/answer": 204, "POST /events/answer?echo=true": 204 };
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
});

test("after two refusals the stream is opened, and remembered for the visit", async () => {
  const { connection, heard } = open();
  await settled();
  assert.equal(streams.length, 0, "one refusal proves nothing");
  mock.timers.tick(500);
  await settled();
  mock.timers.tick(0);
  await settled();
  assert.equal(sockets.length, 2);
  await streams[0].says(welcome);
  assert.deepEqual(heard.states, ["reconnecting", "live"]);
  connection.stop();
  assert.ok(streams[0].aborted);
  open();
  await settled();
  assert.deepEqual([sockets.length, streams.length], [2, 2], "the next page of the visit begins with the stream");
  storage = {};
  open();
  assert.equal(sockets.length, 3, "the next visit begins with the socket");
});

test("a socket that does not open within 4 s gives way to the stream, unless nothing is answered", async () => {
  socketsOpen = "never";
  answers["GET /auth/me"] = undefined;
  const dead = open();
  mock.timers.tick(4000);
  await settled();
  assert.equal(streams.length, 0);
  dead.connection.stop();
  answers["GET /auth/me"] = { id: "u1" };
  const { heard } = open();
  mock.timers.tick(3999);
  await settled();
  assert.equal(streams.length, 0);
  mock.timers.tick(1);
  await settled();
  await streams[0].says(welcome);
  assert.equal(heard.states.at(-1), "live");
});

test("a socket that is cut twice soon after it opened gives way to the stream", async () => {
  socketsOpen = "yes";
  const { heard } = open();
  for (const n of [0, 1]) {
    sockets[n].says(welcome);
    mock.timers.tick(5000);
    sockets[n].onclose({ code: 1006 });
    await settled();
    mock.timers.tick(500);
    await settled();
  }
  assert.deepEqual([sockets.length, streams.length], [2, 1]);
  await streams[0].says(welcome);
  assert.equal(heard.states.at(-1), "live");
});

test("a node that restarts is no network that cuts", async () => {
  socketsOpen = "yes";
  open();
  for (const n of [0, 1, 2]) {
    sockets[n].says(welcome);
    sockets[n].says({ type: "bye", reason: "restarting", reconnectAfterMs: 100 });
    sockets[n].onclose({ code: 1012 });
    await settled();
    mock.timers.tick(100);
    await settled();
  }
  assert.deepEqual([sockets.length, streams.length], [4, 0]);
});

test("where the stream is refused too the client polls, and tries both ways", async () => {
  answers["GET /events"] = 403;
  Object.assign(answers, { "GET /auth/status": status("waiting", 1), "GET /holds": { seats: [] }, "GET /seasons/demo": {} });
  const { connection, heard } = open();
  for (let i = 0; i < 12; i++) {
    await settled();
    mock.timers.tick(600);
  }
  await settled();
  assert.ok(connection.polling.running);
  assert.equal(heard.states.at(-1), "polling");
  const before = [sockets.length, asked.filter((a) => a === "GET /events").length];
  for (let i = 0; i < 8; i++) {
    mock.timers.tick(30_000);
    await settled();
  }
  assert.ok(sockets.length > before[0] && asked.filter((a) => a === "GET /events").length > before[1]);
  answers["GET /events"] = "stream";
  for (let i = 0; i < 8 && !streams.length; i++) {
    mock.timers.tick(30_000);
    await settled();
  }
  await streams[0].says(welcome);
  assert.equal(heard.states.at(-1), "live");
  assert.ok(!connection.polling.running);
});

test("a comment is answered, again when the answer fails, and a pong is not", async () => {
  const { stream, heard } = await live();
  asked = [];
  await stream.writes(":\n\n");
  assert.deepEqual(asked, ["POST /events/answer"]);
  answers["POST /events/answer"] = 503;
  await stream.writes(":\n");
  await stream.writes("\n: pong\n\n");
  answers["POST /events/answer"] = 204;
  mock.timers.tick(2000);
  await settled();
  mock.timers.tick(2000);
  await settled();
  assert.equal(asked.length, 3);
  assert.deepEqual(heard.messages, [{ type: "pong" }]);
});

test("a stream that brings nothing for two heartbeats is opened again", async () => {
  const { stream, heard } = await live();
  answers["POST /events/answer?echo=true"] = undefined;
  mock.timers.tick(20_000);
  await settled();
  assert.ok(asked.includes("POST /events/answer?echo=true"), "it is asked first, as a socket is");
  mock.timers.tick(10_000);
  await settled();
  assert.equal(heard.states.at(-1), "reconnecting");
  assert.ok(stream.aborted);
  mock.timers.tick(500);
  await settled();
  assert.equal(streams.length, 2);
});

for (const [reason, then] of [["replaced", "replaced"], ["logged_out", "signedOut"], ["expired", "signInAgain"]]) {
  test(`the end of a stream for ${reason} is that of a socket`, async () => {
    const { stream, heard } = await live();
    await stream.says({ type: "bye", reason, reconnectAfterMs: 0 });
    await stream.ends();
    mock.timers.tick(3_600_000);
    await settled();
    assert.equal(streams.length, 1);
    assert.deepEqual(then === "replaced" ? heard.states.at(-1) : heard.ended, then === "replaced" ? then : [then]);
  });
}

test("a draining node gets no new stream before the time that it named", async () => {
  const { stream } = await live();
  await stream.says({ type: "bye", reason: "restarting", reconnectAfterMs: 1200 });
  await stream.ends();
  mock.timers.tick(1199);
  await settled();
  assert.equal(streams.length, 1);
  mock.timers.tick(1);
  await settled();
  assert.equal(streams.length, 2);
});

test("a refusal says how long to wait, and 401 ends the session", async () => {
  storage["usher.way"] = "stream";
  answers["GET /events"] = () => new Response("{}", { status: 503, headers: { "Retry-After": "3" } });
  const { heard } = open();
  await settled();
  mock.timers.tick(2999);
  await settled();
  assert.equal(asked.filter((a) => a === "GET /events").length, 1);
  answers["GET /events"] = 401;
  mock.timers.tick(1);
  await settled();
  assert.deepEqual(heard.ended, ["signInAgain"]);
});

test("requests go over HTTP, and their errors have the codes of the server", async () => {
  const { connection } = await live();
  answers["POST /waitingList/enter"] = status("active", 5);
  assert.equal((await connection.request("enter")).status.state, "active");
  answers["POST /holds"] = () => new Response('{"code":"seat_taken","detail":"","seats":["A-1"]}', { status: 409, headers: { "Retry-After": "2" } });
  await assert.rejects(connection.request("hold", { seats: ["A-1"] }), (p) => p.code === "seat_taken" && p.seats[0] === "A-1" && p.retryAfterMs === 2000);
  answers["POST /holds"] = undefined;
  await assert.rejects(connection.request("hold", { seats: ["A-1"] }), { code: "disconnected" });
});

test("a state of the stream that is older than an answer is dropped", async () => {
  const { connection, stream, heard } = await live();
  answers["POST /waitingList/leave"] = status("none", 9);
  await connection.request("leave");
  await stream.says({ type: "status", status: status("waiting", 8) });
  await stream.says({ type: "position", position: 3 });
  await stream.says({ type: "status", status: status("turn", 10) });
  assert.deepEqual(heard.messages.map((m) => m.status?.state), ["none", "turn"]);
});

test("the stream's echo of the fan's own carts never takes a cart back", async () => {
  const { connection, stream, heard } = await live();
  const cart = (...seats) => ({ seats });
  answers["POST /holds"] = cart("A-1", "A-2");
  await connection.request("hold", { seats: ["A-2"] });
  await stream.says({ type: "cart", cart: cart("A-1") });
  await stream.says({ type: "cart", cart: cart("A-1", "A-2") });
  assert.equal(heard.messages.length, 1, "the answer alone");
  mock.timers.tick(700);
  assert.deepEqual(heard.messages.map((m) => m.cart.seats.length), [2, 2]);
  await stream.says({ type: "cart", reason: "expired", cart: cart() });
  assert.equal(heard.messages.at(-1).reason, "expired");
});

test("a purchase is passed on once, by its answer", async () => {
  const { connection, stream, types } = await live();
  const bought = { id: "t1", status: "completed", tickets: [{ status: "valid" }] };
  let answer;
  answers["POST /transactions"] = () => new Promise((resolve) => (answer = () => resolve(new Response(JSON.stringify(bought)))));
  const asking = connection.request("purchase", { key: "k", seats: ["A-1"], payment: {} });
  await settled();
  await stream.says({ type: "transaction", transaction: bought });
  assert.deepEqual(types(), []);
  answer();
  assert.equal((await asking).transaction.id, "t1");
  await stream.says({ type: "transaction", transaction: bought });
  assert.deepEqual(types(), ["transaction"]);
  await stream.says({ type: "transaction", transaction: { ...bought, tickets: [{ status: "void" }] } });
  assert.deepEqual(types(), ["transaction", "transaction"], "a refund is news");
});

test("the seats are answered by the stream itself, with the changes since", async () => {
  const { connection, stream, heard, types } = await live();
  await stream.says({ type: "status", status: status("active", 3) });
  const asking = connection.request("seats", { format: "bitmap" });
  await settled();
  await stream.says({ type: "seats", version: 7, count: 8, booked: "AA==", unavailable: "AA==", inTransaction: "AA==" });
  assert.equal((await asking).version, 7);
  await stream.says({ type: "changes", version: 8, seats: { "A-1": "booked" } });
  const area = (name, available) => ({ area: name, category: "Floor", price: 300, capacity: 9, available });
  await stream.says({ type: "changes", version: 8, seats: {}, areas: [area("Pit", 4), area("Standing", 8)] });
  await stream.says({ type: "changes", version: 9, seats: { "A-2": "booked" }, areas: [area("Standing", 7)] });
  assert.deepEqual(types(), ["status", "seats", "changes", "changes", "changes"]);
  await connection.request("seats", { format: "bitmap" });
  assert.deepEqual(heard.messages.at(-1), { type: "changes", version: 9, seats: { "A-1": "booked", "A-2": "booked" }, areas: [area("Pit", 4), area("Standing", 7)] });
  assert.ok(!asked.includes("GET /seats"));
});

test("seats read from a node that is behind the stream are read again", async () => {
  const { connection, stream } = await live();
  await stream.says({ type: "status", status: status("active", 3) });
  await stream.says({ type: "seats", version: 7, count: 1, booked: "AA==", unavailable: "AA==", inTransaction: "AA==" });
  answers["GET /seats"] = { version: 6, seats: [] };
  const asking = connection.request("seats");
  await settled();
  answers["GET /seats"] = { version: 8, seats: [{ seatNumber: "A-1", index: 0, status: "booked" }] };
  mock.timers.tick(700);
  assert.deepEqual((await asking).seats, { "A-1": "booked" });
});

test("a browser that shows a token uses the stream alone", async () => {
  open({ openSocket: null });
  await settled();
  assert.deepEqual([sockets.length, streams.length], [0, 1]);
});
