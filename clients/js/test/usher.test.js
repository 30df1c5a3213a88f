import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Usher, newOrder } from "../src/usher.js";

/** @type {FakeSocket[]} every socket opened, oldest first */
let sockets = [];

class FakeSocket {
  constructor(url, options) {
    this.url = String(url);
    this.options = options;
    this.sent = [];
    this.closed = 0;
    sockets.push(this);
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close(code) {
    this.closed = code;
  }
  says(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }
  answers(message) {
    this.says({ ...message, re: this.sent.at(-1).id });
  }
}

const waiting = { state: "waiting", position: 200, serverTime: "2027-01-01T00:00:00.000Z" };
const welcome = (status = waiting) => sockets.at(-1).says({ type: "welcome", heartbeatSeconds: 25, user: { id: "u1" }, cart: { seats: [] }, status });
const settled = () => new Promise((resolve) => setImmediate(resolve));
const payment = { method: "sandbox", token: "tok_ok" };
const transaction = (status, more = {}) => ({ id: "t1", status, seats: ["A-1"], reason: "", tickets: [], ...more });

function client(options = {}) {
  const usher = new Usher({ url: "https://tickets.example", season: "spring gala", token: "secret", ...options });
  usher.start();
  return usher;
}

beforeEach(() => {
  sockets = [];
  globalThis.WebSocket = FakeSocket;
  mock.restoreAll();
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
});

test("outside of a browser the token is a header of the socket, and never in its URL", () => {
  client();
  assert.equal(sockets[0].url, "wss://tickets.example/ws?season=spring%20gala");
  assert.deepEqual(sockets[0].options, { protocols: ["usher.v1"], headers: { Authorization: "Bearer secret" } });
});

test("a program opens sockets by its own means", () => {
  const opened = [];
  client({
    openSocket: (url, headers) => {
      opened.push([String(url), headers]);
      return new FakeSocket(url);
    },
  });
  assert.deepEqual(opened, [["wss://tickets.example/ws?season=spring%20gala", { Authorization: "Bearer secret" }]]);
});

test("events come by their type, and the last status, cart and clock are kept", () => {
  const usher = client();
  const heard = [];
  usher.on("position", (m) => heard.push(m.position));
  const off = usher.on("turn", () => heard.push("turn"));
  usher.on("connection", ({ state }) => heard.push(state));
  welcome();
  sockets[0].says({ type: "position", position: 7, waiting: 9, etaSeconds: null });
  assert.equal(usher.status.position, 7);
  assert.equal(usher.clock.left("2027-01-01T00:00:10.000Z"), 10_000);
  off();
  sockets[0].says({ type: "turn", status: { ...waiting, state: "turn" } });
  sockets[0].says({ type: "cart", cart: { seats: [{ seatNumber: "A-1" }] } });
  assert.equal(usher.status.state, "turn");
  assert.equal(usher.cart.seats.length, 1);
  assert.deepEqual(heard, ["live", 7]);
});

test("a place near the front, a turn and an active place make the link attentive", () => {
  const usher = client();
  welcome();
  assert.equal(usher.connection.attentive, false);
  sockets[0].says({ type: "position", position: 100, waiting: 900, etaSeconds: null });
  assert.equal(usher.connection.attentive, true);
  sockets[0].says({ type: "status", status: { ...waiting, state: "none", position: null } });
  assert.equal(usher.connection.attentive, false);
  // The next silence is measured by the new state, not by the one before.
  sockets[0].says({ type: "turn", status: { ...waiting, state: "turn", position: null } });
  mock.timers.tick(10_000);
  assert.deepEqual(sockets[0].sent.at(-1), { type: "ping" });
});

test("requests resolve with what they ask for", async () => {
  const usher = client();
  welcome();
  const join = usher.join({ place: "p" });
  assert.deepEqual(sockets[0].sent[0], { type: "join", place: "p", id: "q1" });
  sockets[0].answers({ type: "status", status: waiting });
  assert.deepEqual(await join, waiting);
  const hold = usher.holdBest({ count: 2 });
  sockets[0].answers({ type: "cart", cart: { total: 9 } });
  assert.deepEqual(await hold, { total: 9 });
});

test("turn waits for the turn, over a new connection too", async () => {
  const usher = client();
  const turn = usher.turn();
  welcome();
  sockets[0].says({ type: "position", position: 1, waiting: 1, etaSeconds: null });
  sockets[0].onclose({ code: 1006 });
  await settled();
  mock.timers.tick(30_000);
  welcome({ ...waiting, state: "turn" });
  assert.equal((await turn).state, "turn");
  assert.equal((await usher.turn()).state, "turn", "at once when it is there");
});

test("turn fails when the place is lost, and when the session is over", async () => {
  const usher = client();
  welcome();
  const lost = assert.rejects(usher.turn(), { code: "lapsed", detail: "turn_missed" });
  sockets[0].says({ type: "lapsed", reason: "turn_missed", status: { ...waiting, state: "none" } });
  await lost;
  const over = assert.rejects(usher.turn(), { code: "ended", detail: "signInAgain" });
  sockets[0].onclose({ code: 4003 });
  await over;
  usher.start();
  welcome();
  const taken = assert.rejects(usher.turn(), { code: "replaced" });
  sockets[1].onclose({ code: 4001 });
  await taken;
  assert.equal([...usher.listeners.values()].every((all) => all.size === 0), true, "no listener is left behind");
});

test("a purchase keeps its key over a lost link, until it is settled", async () => {
  const usher = client();
  welcome();
  const kept = [];
  const bought = usher.buy(newOrder(["A-1"], payment), { keep: (order) => kept.push(order) });
  const first = sockets[0].sent[0];
  sockets[0].onclose({ code: 1006 });
  await settled();
  mock.timers.tick(30_000);
  welcome();
  const second = sockets[1].sent[0];
  assert.equal(second.key, first.key);
  assert.ok(first.key.length >= 16);
  sockets[1].answers({ type: "transaction", transaction: transaction("pending") });
  await settled();
  assert.deepEqual(kept.map((order) => order?.transaction), [null, "t1"]);
  sockets[1].says({ type: "transaction", transaction: transaction("completed", { id: "other" }) });
  sockets[1].says({ type: "transaction", transaction: transaction("completed") });
  assert.equal((await bought).id, "t1");
  assert.equal(kept.at(-1), null);
});

test("a purchase that waits at a page names it once, and tells why it ended", async () => {
  const usher = client();
  welcome();
  const next = { url: "https://pay.example/1", expiresAt: "2027-03-01T10:33:11.000Z" };
  const pages = [];
  const bought = assert.rejects(usher.buy(newOrder(["A-1"], { method: "stripe" }), { next: (page, at) => pages.push([page.url, at.id]) }), { code: "cancelled", detail: "payment_expired" });
  for (let i = 0; i < 2; i++) sockets[0].answers({ type: "transaction", transaction: transaction("pending", { next }) });
  await settled();
  assert.deepEqual(pages, [["https://pay.example/1", "t1"]]);
  sockets[0].says({ type: "transaction", transaction: transaction("cancelled", { reason: "payment_expired" }) });
  await bought;
});

test("a pending purchase is asked again, though no message comes", async () => {
  const usher = client();
  welcome();
  const bought = usher.buy(newOrder(["A-1"], payment));
  sockets[0].answers({ type: "transaction", transaction: transaction("pending") });
  await settled();
  mock.timers.tick(10_000);
  assert.equal(sockets[0].sent.filter((m) => m.type === "purchase").length, 2);
  sockets[0].answers({ type: "transaction", transaction: transaction("cancelled", { reason: "payment_declined" }) });
  await assert.rejects(bought, { code: "payment_declined" });
});

test("stop ends everything, and leaves an unsettled order kept", async () => {
  const usher = client();
  welcome();
  const kept = [];
  const bought = assert.rejects(usher.buy(newOrder(["A-1"], payment), { keep: (order) => kept.push(order) }), { code: "stopped" });
  const states = [];
  usher.on("connection", ({ state }) => states.push(state));
  usher.stop();
  await bought;
  assert.deepEqual(states, [], "a stopped client does not say that it reconnects");
  assert.equal(sockets[0].closed, 1000);
  assert.equal(kept.length, 1);
  mock.timers.tick(3_600_000);
  await settled();
  assert.equal(sockets.length, 1);
  usher.start();
  assert.equal(sockets.length, 2, "and it can be started again");
});

test("a program without sockets and streams asks over HTTP, and says so", async () => {
  globalThis.WebSocket = undefined;
  const paths = { "/auth/me": { id: "u1" }, "/auth/status": waiting, "/holds": { seats: [] }, "/waitingList/enter": { ...waiting, state: "active" } };
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  mock.method(globalThis, "fetch", async (url) => paths[new URL(url).pathname] ? new Response(JSON.stringify(paths[new URL(url).pathname])) : new Response("", { status: 404 }));
  const states = [];
  const usher = new Usher({ url: "https://tickets.example", token: "secret" });
  usher.on("connection", ({ state }) => states.push(state));
  usher.start();
  const wait = async () => {
    for (let i = 0; i < 20; i++) await settled();
  };
  await wait();
  mock.timers.tick(600);
  await wait();
  assert.equal(usher.user.id, "u1");
  assert.equal(states.at(-1), "polling");
  assert.equal(usher.way, "polling");
  assert.equal((await usher.enter()).state, "active");
  assert.equal(usher.status.state, "active");
  usher.stop();
});

test("signing in gives the client its token", async () => {
  const asked = [];
  mock.method(globalThis, "fetch", async (url, init) => {
    asked.push(`${init.method} ${url} ${init.body}`);
    return new Response('{"token":"new","user":{}}');
  });
  const usher = new Usher({ url: "https://tickets.example" });
  await usher.signInDev({ email: "ann@fans.example", name: "Ann" });
  assert.deepEqual(asked, ['POST https://tickets.example/auth/dev {"email":"ann@fans.example","name":"Ann"}']);
  usher.start();
  assert.equal(sockets[0].options.headers.Authorization, "Bearer new");
});

test("tickets are read page by page", async () => {
  const pages = { "": { tickets: [{ id: "a" }], next: "c&1" }, "c&1": { tickets: [{ id: "b" }], next: null } };
  mock.method(globalThis, "fetch", async (url) => new Response(JSON.stringify(pages[new URL(url).searchParams.get("cursor") ?? ""])));
  for (const season of ["", "demo"]) {
    const tickets = await new Usher({ url: "https://tickets.example", season }).tickets();
    assert.deepEqual(tickets.map((t) => t.id), ["a", "b"]);
  }
});
