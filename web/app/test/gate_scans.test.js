import "./english.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Problem } from "../http.js";
import { clockTime } from "../format.js";
import { outcomeOf, signs, tones, unchecked } from "../gate_outcome.js";
import { Scans, Sight } from "../gate_scans.js";
import { claimed } from "../ticket_code.js";

const now = Date.parse("2027-03-01T19:31:00.000Z");
const ticket = { id: "t1", seatNumber: "A-14", category: "VIP", holder: "Ann", season: "demo" };
const at = "2027-03-01T19:30:58.000Z";
const part = (/** @type {object} */ value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const code = (/** @type {object} */ head, /** @type {object} */ body) => `${part({ alg: "EdDSA", ...head })}.${part(body)}.c2ln`;
const scan = { code: "x", season: "demo", now, lost: false };
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("every result has its word, a sign and a sound of its own", () => {
  const words = {
    admitted: "Admitted",
    already_admitted: "Already admitted",
    void: "Not valid",
    invalid: "Not valid",
  };
  for (const [result, word] of Object.entries(words)) {
    const outcome = outcomeOf({ result, ticket: result === "invalid" ? null : ticket, admittedAt: at, gate: "North" }, scan);
    assert.equal(outcome.word, word);
    assert.equal(outcome.result, result);
    assert.ok(outcome.detail.length > 5 && !/undefined|null|NaN/.test(outcome.detail), outcome.detail);
    assert.ok(signs[result] && tones[result].length);
  }
  assert.notEqual(signs.admitted, signs.already_admitted);
  assert.notDeepEqual(tones.admitted, tones.already_admitted);
});

test("already admitted says when and where, to the second", () => {
  const outcome = outcomeOf({ result: "already_admitted", ticket, admittedAt: at, gate: "North" }, scan);
  assert.ok(outcome.detail.includes(clockTime(at, now)) && outcome.detail.includes("gate North") && outcome.detail.includes("A-14"));
  assert.match(clockTime(at, now), /:\d\d:58$/);
  assert.match(clockTime("2027-02-28T10:00:00.000Z", now), /28 Feb/);
});

test("why a code is not valid", () => {
  const why = (/** @type {string} */ scanned) => outcomeOf({ result: "invalid", ticket: null, admittedAt: null, gate: null }, { ...scan, code: scanned }).detail;
  assert.match(why("hello"), /no ticket/);
  assert.match(why(code({ typ: "usher-ticket" }, { season: "autumn" })), /another season: autumn/);
  assert.match(why(code({ typ: "usher-ticket" }, { season: "demo" })), /no ticket/);
  assert.match(why(code({ typ: "usher-place" }, { season: "demo" })), /place in the line/);
  assert.match(outcomeOf({ result: "void", ticket, admittedAt: null, gate: null }, scan).detail, /given back/);
  assert.deepEqual(claimed("..."), { typ: "", season: "" });
});

test("only the server's answer admits a guest", async () => {
  for (const failed of ["disconnected", "unavailable", "draining", "internal", "forbidden", "unauthenticated", "rate_limited"]) {
    const outcome = unchecked(new Problem(failed, ""));
    assert.equal(outcome.result, "unchecked");
    assert.equal(outcome.word, "Not checked");
    assert.match(outcome.detail, /not checked/);
    assert.equal(outcome.offline, failed === "disconnected");
  }
  for (const odd of ["ADMITTED", "yes", "", undefined]) assert.equal(outcomeOf({ result: odd, ticket, admittedAt: at, gate: "North" }, scan).result, "unchecked");
});

test("a code that another keyboard layout damaged is not called invalid", () => {
  const outcome = unchecked(new Problem("invalid_request", "Not checked: the scanner types with another keyboard layout"));
  assert.equal(outcome.result, "unchecked");
  assert.equal(outcome.word, "Not checked");
  assert.equal(outcome.detail, "The scanner types with another keyboard layout.");
});

/** A gate on a scripted server: each answer is a result, or a problem's code. */
function gate(...answers) {
  const sent = [];
  const done = [];
  const clock = { now };
  /** @type {(() => void)[]} */
  const held = [];
  const scans = new Scans({
    season: "demo",
    now: () => clock.now,
    begun() {},
    done: (outcome, scanned) => done.push({ ...outcome, code: scanned }),
    send(scanned, name) {
      sent.push([scanned, name]);
      const answer = answers.shift();
      return new Promise((resolve, reject) => {
        held.push(() => (typeof answer === "string" ? reject(new Problem(answer, "")) : resolve(answer)));
      });
    },
  });
  return { scans, sent, done, clock, answer: async () => (held.shift()?.(), settled()) };
}

test("scans are checked one at a time, in their order", async () => {
  const admitted = { result: "admitted", ticket, admittedAt: at, gate: "North" };
  const g = gate(admitted, "unavailable", admitted);
  g.scans.add(" one\r\n", "North");
  g.scans.add("two", "North");
  g.scans.add("   ", "North");
  g.scans.add("three", "South");
  await settled();
  assert.deepEqual(g.sent, [["one", "North"]]);
  await g.answer();
  assert.equal(g.sent.length, 2);
  await g.answer();
  await g.answer();
  assert.deepEqual(g.done.map((one) => [one.code, one.result]), [["one", "admitted"], ["two", "unchecked"], ["three", "admitted"]]);
  assert.deepEqual(g.sent[2], ["three", "South"]);
  g.scans.add("four", "North");
  await settled();
  assert.equal(g.sent.length, 4, "it goes on after the queue was empty");
});

test("a scan after a lost answer is recognised as the gate's own, and is still not called admitted", async () => {
  const again = { result: "already_admitted", ticket, admittedAt: new Date(now + 300).toISOString(), gate: "North" };
  const g = gate("disconnected", again, again);
  g.scans.add("one", "North");
  await settled();
  await g.answer();
  g.clock.now += 5000;
  g.scans.add("one", "North");
  await settled();
  await g.answer();
  assert.equal(g.done[1].result, "already_admitted");
  assert.match(g.done[1].detail, /your own scan/);
  g.scans.add("one", "North");
  await settled();
  await g.answer();
  assert.doesNotMatch(g.done[2].detail, /your own scan/, "after that the next scan of the code is another person's");
});

test("a copy that was admitted earlier, or at another gate, is not taken for the gate's own lost scan", async () => {
  for (const [admittedAt, where] of [[new Date(now - 60_000).toISOString(), "North"], [new Date(now + 300).toISOString(), "South"]]) {
    const g = gate("disconnected", { result: "already_admitted", ticket, admittedAt, gate: where });
    g.scans.add("one", "North");
    await settled();
    await g.answer();
    g.scans.add("one", "North");
    await settled();
    await g.answer();
    assert.doesNotMatch(g.done[1].detail, /your own scan/);
  }
});

test("a camera sees a code many times and scans it once", () => {
  const sight = new Sight();
  assert.ok(sight.sees("a", 0));
  for (let t = 100; t < 10_000; t += 100) assert.ok(!sight.sees("a", t), `at ${t}`);
  assert.ok(sight.sees("b", 10_000));
  assert.ok(!sight.sees("a", 10_100), "it was in sight a moment ago");
  assert.ok(sight.sees("a", 20_000), "shown again later");
});

test("two codes in sight at once are two scans, however often they are seen", () => {
  const sight = new Sight();
  for (let t = 0; t < 2000; t += 150) {
    assert.equal(sight.sees("a", t), t === 0);
    assert.equal(sight.sees("b", t), t === 0);
  }
});
