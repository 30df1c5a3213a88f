import "./english.js";
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { Problem } from "../http.js";
import { OfflineGate } from "../gate_offline.js";
import { conflictText } from "../gate_outcome.js";
import { Scans } from "../gate_scans.js";
import { memoryStore } from "../gate_store.js";

const now = Date.parse("2027-03-01T19:05:00.000Z");
const settled = () => new Promise((resolve) => setImmediate(resolve));
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k", use: "sig", usher_use: "ticket" }] };
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

function signed(typ, claims) {
  const text = `${part({ alg: "EdDSA", kid: "k", typ })}.${part({ iss: "usher", aud: "gate", ...claims })}`;
  return `${text}.${sign(null, Buffer.from(text), privateKey).toString("base64url")}`;
}

const ticket = (n, season = "demo") => signed("usher-ticket", { jti: `66f0c0ffee0000000000000${n}`, season, seat: `A-${n}` });
const voids = (...ids) => ({ signed: signed("usher-voids", { season: "demo", asOf: "2027-03-01T18:55:00.000Z", voids: ids }) });

/** A gate whose server is a script: dead, or one that answers check-ins. */
async function gate({ store = memoryStore(), list = voids() } = {}) {
  const server = { dead: false, used: new Map(), sent: [], answer: null };
  const conflicts = [];
  const done = [];
  const clock = { now };
  const offline = new OfflineGate({
    season: "demo",
    store,
    now: () => clock.now,
    async get(path) {
      if (server.dead) throw new Problem("disconnected", "");
      return path.startsWith("/.well-known") ? jwks : list;
    },
    settle: (scan) => post(scan.code, scan.gate, scan.scan, scan.at),
    changed() {},
    conflicted: (scan) => conflicts.push(scan),
  });
  /** As POST /checkins answers. */
  async function post(code, name, scan, at) {
    if (server.dead) throw new Problem("disconnected", "");
    server.sent.push([code, scan]);
    if (server.answer) {
      const given = server.answer(code);
      if (given instanceof Problem) throw given;
      if (given) return given;
    }
    const { jti: id, seat } = JSON.parse(Buffer.from(code.split(".")[1], "base64url"));
    const shown = { id, seatNumber: seat, category: "VIP", holder: "Ann" };
    const first = server.used.get(id);
    if (first) return { result: "already_admitted", ticket: shown, ...first, sameScan: first.scan === scan };
    const mine = { admittedAt: new Date(at ?? clock.now).toISOString(), gate: name, scan };
    server.used.set(id, mine);
    return { result: "admitted", ticket: shown, ...mine, sameScan: true };
  }
  const scans = new Scans({ season: "demo", now: () => clock.now, begun() {}, done: (outcome) => done.push(outcome), send: (code, name, scan) => post(code, name, scan) });
  await offline.start();
  scans.offline = offline;
  await offline.refresh(1000);
  return {
    offline, scans, server, conflicts, clock, store,
    async scan(code, name = "North") {
      scans.add(code, name);
      for (let i = 0; i < 100_000 && scans.busy; i++) await settled();
      return done.at(-1);
    },
  };
}

test("a gate without a network admits each ticket once and settles later, in order", async () => {
  const g = await gate();
  assert.deepEqual([g.offline.state.ready, g.offline.state.away, g.offline.state.asOf], [true, false, Date.parse("2027-03-01T18:55:00.000Z")]);
  assert.equal((await g.scan(ticket(1))).result, "admitted");
  g.server.dead = true;
  assert.equal((await g.scan(ticket(2))).word, "Admitted offline");
  assert.equal(g.offline.state.away, true);
  g.clock.now += 60_000;
  assert.equal((await g.scan(ticket(3))).result, "offline");
  const again = await g.scan(ticket(2), "South");
  assert.equal(again.result, "already_admitted");
  assert.match(again.detail, /:05:00, gate .*North/);
  assert.equal((await g.scan(ticket(1))).result, "already_admitted", "a ticket that was admitted here with a network");
  assert.equal(g.offline.state.waiting, 2);
  const sentBefore = g.server.sent.length;
  g.server.dead = false;
  await g.offline.refresh(1000);
  assert.deepEqual(g.server.sent.slice(sentBefore).map(([code]) => code), [ticket(2), ticket(3)].map((code) => code), "in their order");
  assert.deepEqual([g.offline.state.waiting, g.offline.state.conflicts.length, g.offline.state.away], [0, 0, false]);
  assert.equal(g.server.used.get("66f0c0ffee00000000000002").admittedAt, new Date(now).toISOString(), "the time at the gate");
  assert.equal((await g.scan(ticket(2))).result, "already_admitted");
});

test("a scan whose answer was lost is settled as itself, and is no conflict", async () => {
  const g = await gate();
  const post = g.scans.o.send;
  g.scans.o.send = async (...args) => {
    await post(...args);
    throw new Problem("disconnected", ""); // the answer is lost
  };
  assert.equal((await g.scan(ticket(1))).result, "offline");
  await g.offline.refresh(1000);
  assert.deepEqual([g.offline.state.waiting, g.conflicts.length], [0, 0]);
});

test("a guest who was let in wrongly is shown as a conflict until staff have read it", async () => {
  const g = await gate({ list: voids("66f0c0ffee00000000000009") });
  g.server.dead = true;
  for (const n of [1, 2, 3, 4, 5]) assert.equal((await g.scan(ticket(n))).result, "offline");
  assert.equal((await g.scan(ticket(9))).result, "void", "refunded before the list was fetched");
  g.server.dead = false;
  g.server.used.set("66f0c0ffee00000000000001", { admittedAt: "2027-03-01T19:02:00.000Z", gate: "B", scan: "x" });
  g.server.answer = (code) =>
    ({ [ticket(2)]: { result: "void", ticket: null }, [ticket(3)]: { result: "invalid", ticket: null }, [ticket(4)]: new Problem("not_found", "no such season") })[code];
  await g.offline.refresh(1000);
  assert.deepEqual(g.conflicts.map((scan) => scan.seat), ["A-1", "A-2", "A-3", "A-4"]);
  assert.equal(g.offline.state.waiting, 0);
  const [first, second, third, fourth] = g.offline.state.conflicts.map((scan) => conflictText(scan, now));
  assert.match(first, /A-1.*let in here at .*:05:00, gate .*North.*admitted at gate .*B.* at .*:02:00/);
  assert.match(second, /given back/);
  assert.match(third, /does not know/);
  assert.match(fourth, /did not take/);
  await g.offline.seen(g.offline.state.conflicts[0].n);
  assert.equal(g.offline.state.conflicts.length, 3);
  g.server.dead = true;
  await g.scan(ticket(6));
  assert.equal((await g.scan(ticket(2))).result, "already_admitted", "the ticket of a conflict is not admitted again");
});

test("a server that cannot take the scans now keeps them waiting", async () => {
  for (const code of ["unavailable", "rate_limited", "unauthenticated", "internal", "draining"]) {
    const g = await gate();
    g.server.dead = true;
    await g.scan(ticket(1));
    await g.scan(ticket(2));
    g.server.dead = false;
    g.server.answer = () => new Problem(code, "");
    const before = g.server.sent.length;
    await g.offline.refresh(1000);
    assert.equal(g.server.sent.length, before + 1, "the second waits for the first");
    assert.deepEqual([g.offline.state.waiting, g.offline.state.conflicts.length], [2, 0], code);
    g.server.answer = null;
    await g.offline.refresh(1000);
    assert.equal(g.offline.state.waiting, 0, code);
  }
});

test("a copy is refused while the first scan waits, also when the network is back", async () => {
  const g = await gate();
  g.server.dead = true;
  await g.scan(ticket(1));
  g.server.dead = false;
  g.offline.back();
  const before = g.server.sent.length;
  assert.equal((await g.scan(ticket(1))).result, "already_admitted");
  assert.equal(g.server.sent.length, before, "the server would have admitted it");
});

test("the queue survives the page", async () => {
  const store = memoryStore();
  const first = await gate({ store });
  first.server.dead = true;
  await first.scan(ticket(1));
  const second = await gate({ store });
  assert.equal(second.server.used.size, 1, "sent at the next start");
  assert.equal(second.offline.state.waiting, 0);
});

test("what a device cannot check is not admitted", async () => {
  const g = await gate();
  g.server.dead = true;
  g.offline.lost();
  for (const [code, result] of [
    [ticket(1, "other"), "invalid"],
    [`${ticket(1).slice(0, -8)}AAAAAAAA`, "invalid"],
    ["hello", "invalid"],
    ["65F1-C0FF-EEV", "unchecked"],
    ["x".repeat(300), "unchecked"],
    [signed("usher-place", {}), "invalid"],
    ["\u0001by hand 66f0c0ffee00000000000001", "unchecked"],
  ])
    assert.equal((await g.scan(code)).result, result, code.slice(0, 20));
  const bad = await gate({ list: { signed: `${voids().signed.slice(0, -8)}AAAAAAAA` } });
  assert.deepEqual([bad.offline.state.ready, bad.offline.state.missing], [false, "list"]);
  bad.server.dead = true;
  assert.equal((await bad.scan(ticket(1))).result, "unchecked", "a device without a list that it believes admits no guest");
  const full = await gate();
  full.server.dead = true;
  full.store.admit = () => Promise.reject(new Error("full"));
  assert.equal((await full.scan(ticket(1))).result, "unchecked", "a scan that cannot be kept admits no guest");
});
