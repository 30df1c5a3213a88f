import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

/** @type {FakeSocket[]} every socket opened, oldest first */
let sockets = [];

class FakeSocket {
  constructor(url) {
    this.url = String(url);
    this.sent = [];
    sockets.push(this);
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close() {}
  says(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }
  dies(code) {
    return this.onclose({ code });
  }
}

globalThis.WebSocket = FakeSocket;
globalThis.location = { href: "https://tickets.example/" };
/** What the client listens to, by the event's name. */
let listeners = {};
const listen = (name, act) => (listeners[name] ??= []).push(act);
const happens = (name) => listeners[name].forEach((act) => act());
globalThis.document = { visibilityState: "visible", addEventListener: listen };
globalThis.addEventListener = listen;
const { Clock } = await import("../src/clock.js");
const { Connection } = await import("../src/connection.js");
const { Http } = await import("../src/http.js");

function open({ signedIn = true } = {}) {
  const heard = { messages: [], states: [], ended: [] };
  const connection = new Connection({ season: "spring gala", http: new Http(), clock: new Clock(), openSocket: (url) => new WebSocket(url) }, {
    message: (m) => heard.messages.push(m),
    state: (s) => heard.states.push(s),
    ended: (why) => heard.ended.push(why),
    stillSignedIn: async () => signedIn,
  });
  connection.start();
  return { connection, heard, welcome: () => sockets.at(-1).says({ type: "welcome", heartbeatSeconds: 25 }) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Time passes second by second: a leap looks like a device that slept. */
function passes(ms) {
  for (; ms > 0; ms -= 1000) mock.timers.tick(Math.min(ms, 1000));
}

beforeEach(() => {
  sockets = [];
  listeners = {};
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
});

test("the socket goes to this site, and is live after the welcome", () => {
  const { heard, welcome } = open();
  assert.equal(sockets[0].url, "wss://tickets.example/ws?season=spring%20gala");
  assert.deepEqual(heard.states, []);
  welcome();
  assert.deepEqual(heard.states, ["live"]);
});

test("an answer resolves its request, and an error rejects it with its code", async () => {
  const { connection, welcome } = open();
  welcome();
  const first = connection.request("hold", { seats: ["A-1"] });
  const second = connection.request("enter");
  const [hold, enter] = sockets[0].sent;
  assert.deepEqual(hold, { type: "hold", seats: ["A-1"], id: hold.id });
  sockets[0].says({ type: "status", re: enter.id, status: { state: "active" } });
  sockets[0].says({ type: "error", re: hold.id, code: "seat_taken", detail: "", seats: ["A-1"] });
  assert.equal((await second).status.state, "active");
  await assert.rejects(first, (problem) => problem.code === "seat_taken" && problem.seats[0] === "A-1");
});

test("requests in flight fail when the link breaks, and the link is restored", async () => {
  const { connection, heard, welcome } = open();
  welcome();
  const asked = connection.request("hold", { seats: ["A-1"] });
  sockets[0].dies(1006);
  await assert.rejects(asked, (problem) => problem.code === "disconnected");
  assert.deepEqual(heard.states, ["live", "reconnecting"]);
  mock.timers.tick(30_000);
  assert.equal(sockets.length, 2);
  welcome();
  assert.deepEqual(heard.states, ["live", "reconnecting", "live"]);
});

test("a replaced window does not reconnect until the fan asks for it", async () => {
  const { connection, heard, welcome } = open();
  welcome();
  sockets[0].dies(4001);
  mock.timers.tick(3_600_000);
  await settled();
  assert.equal(sockets.length, 1);
  assert.deepEqual(heard.states, ["live", "replaced"]);
  connection.start();
  assert.equal(sockets.length, 2);
});

test("a restarting node gets no new socket before the time that it named", async () => {
  const { welcome } = open();
  welcome();
  sockets[0].says({ type: "bye", reason: "restarting", reconnectAfterMs: 1200 });
  sockets[0].dies(1012);
  await settled();
  mock.timers.tick(1199);
  assert.equal(sockets.length, 1);
  mock.timers.tick(1);
  assert.equal(sockets.length, 2);
});

test("an upgrade refused without a session ends in signing in again", async () => {
  const { heard } = open({ signedIn: false });
  sockets[0].dies(1006);
  await settled();
  assert.deepEqual(heard.ended, ["signInAgain"]);
  mock.timers.tick(3_600_000);
  assert.equal(sockets.length, 1);
});

test("a link that died without a close is noticed", async () => {
  const { heard, welcome } = open();
  welcome();
  passes(25_000);
  assert.deepEqual(sockets[0].sent.at(-1), { type: "ping" });
  passes(10_000);
  await settled();
  assert.deepEqual(heard.states, ["live", "reconnecting"]);
});

test("a late message of an older socket changes nothing", async () => {
  const { heard, welcome } = open();
  welcome();
  sockets[0].dies(1006);
  await settled();
  mock.timers.tick(30_000);
  welcome();
  const before = heard.messages.length;
  sockets[0].says({ type: "status", status: { state: "none" } });
  sockets[0].dies(4001);
  await settled();
  assert.equal(heard.messages.length, before);
  assert.equal(heard.states.at(-1), "live");
});

test("offline is shown at once, and the answer to a ping disproves it", async () => {
  const { heard, welcome } = open();
  welcome();
  happens("offline");
  assert.deepEqual(heard.states, ["live", "reconnecting"]);
  assert.deepEqual(sockets[0].sent.at(-1), { type: "ping" });
  sockets[0].says({ type: "pong" });
  assert.deepEqual(heard.states, ["live", "reconnecting", "live"]);
  mock.timers.tick(2500);
  await settled();
  assert.equal(sockets.length, 1);
});

for (const name of ["online", "pageshow", "visibilitychange", "resume"]) {
  test(`${name} asks at once, and waits 2.5 s for the answer`, async () => {
    const { heard, welcome } = open();
    welcome();
    mock.timers.tick(1000);
    happens(name);
    assert.deepEqual(sockets[0].sent, [{ type: "ping" }]);
    mock.timers.tick(2499);
    await settled();
    assert.deepEqual(heard.states, ["live"]);
    mock.timers.tick(1);
    await settled();
    assert.deepEqual(heard.states, ["live", "reconnecting"]);
    mock.timers.tick(500);
    assert.equal(sockets.length, 2);
  });
}

test("several hints at once send one ping, and give it no more time", async () => {
  const { welcome } = open();
  welcome();
  happens("visibilitychange");
  mock.timers.tick(1000);
  happens("pageshow");
  happens("online");
  assert.deepEqual(sockets[0].sent, [{ type: "ping" }]);
  mock.timers.tick(1500);
  await settled();
  mock.timers.tick(500);
  assert.equal(sockets.length, 2);
});

test("after a long sleep the page is not called live until the server is heard", () => {
  const { heard, welcome } = open();
  welcome();
  mock.timers.setTime(3_600_000);
  happens("visibilitychange");
  assert.equal(heard.states.at(-1), "reconnecting");
});

test("a socket that never opens is given up", async () => {
  open();
  mock.timers.tick(10_000);
  await settled();
  mock.timers.tick(30_000);
  assert.equal(sockets.length, 2);
});

test("while a turn may come or runs, a dead link is found sooner", async () => {
  const { connection, heard, welcome } = open();
  connection.attentive = true;
  welcome();
  mock.timers.tick(10_000);
  assert.deepEqual(sockets[0].sent, [{ type: "ping" }]);
  mock.timers.tick(5000);
  await settled();
  assert.deepEqual(heard.states, ["live", "reconnecting"]);
});

test("a device that slept finds out about its link, though no event says so", async () => {
  const { heard, welcome } = open();
  welcome();
  passes(5000);
  assert.deepEqual(sockets[0].sent, []);
  mock.timers.setTime(Date.now() + 8000);
  passes(1000);
  assert.deepEqual(sockets[0].sent, [{ type: "ping" }]);
  passes(2500);
  await settled();
  assert.equal(heard.states.at(-1), "reconnecting");
});
