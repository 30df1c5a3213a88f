import "./english.js";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { check, commit, markOf, roundFor } from "../draw.js";

// The same numbers the server's own tests hold to.
const vector = JSON.parse(readFileSync(new URL("../../../internal/draw/testdata/draw.json", import.meta.url), "utf8"));

/** @param {object} [change] */
const account = (change) => ({
  season: "demo",
  commitment: vector.commitment,
  committedAt: "2027-03-01T09:00:00.000Z",
  seed: vector.seed,
  beacon: { source: "https://beacon.test", genesis: 1000, period: 3, round: 7, value: vector.beacon },
  beaconPromised: "https://beacon.test",
  frozenAt: "1970-01-01T00:16:53.000Z", // 1013 s
  gathered: vector.gathered,
  count: vector.marks.length,
  rule: "",
  list: "/waitingList/draw/list",
  you: null,
  ...change,
});

test("the browser computes what the server computes", async () => {
  assert.equal(await commit(vector.seed), vector.commitment);
  assert.equal(await commit(vector.seed, vector.phases, 2), vector.commitmentOfDraw2);
  for (const [i, user] of vector.order.entries()) {
    assert.equal(await markOf(vector.seed, vector.beacon, user), vector.marks[i]);
  }
});

test("a right draw passes, with the fan's own rank", async () => {
  const user = vector.order[2];
  const { findings, rank } = await check(account({ you: { user, mark: vector.marks[2], rank: 3 } }), vector.marks, user, vector.commitment, vector.gathered);
  assert.equal(rank, 3);
  assert.deepEqual(findings.filter((one) => !one.right), []);
  assert.equal((await check(account(), vector.marks, "stranger", "", "")).rank, null);
});

test("each fault of a draw is found", async () => {
  const wrong = async (/** @type {object} */ change, marks = vector.marks, noted = "", recorded = "") =>
    (await check(account(change), marks, vector.order[0], noted, recorded)).findings.filter((one) => !one.right).length;
  assert.equal(await wrong({ seed: vector.seed.replace(/^01/, "02") }), 1);
  assert.equal(await wrong({ count: 4 }), 1);
  assert.equal(await wrong({}, [...vector.marks].reverse()), 1);
  assert.equal(await wrong({}, vector.marks, "00"), 1);
  assert.equal(await wrong({}, vector.marks, "", "00"), 1);
  const { round } = account().beacon;
  assert.equal(await wrong({}, vector.marks, "", `${vector.gathered}/${round}`), 0);
  assert.equal(await wrong({}, vector.marks, "", `${vector.gathered}/${round + 1}`), 1);
  assert.equal(await wrong({ frozenAt: "1970-01-01T00:16:54.000Z" }), 1);
  assert.equal(await wrong({ beaconPromised: "https://other.test" }), 1);
  assert.equal(await wrong({ you: { user: vector.order[0], mark: "", rank: 2 } }), 1);
});

test("the round follows from the time as the server has it", () => {
  const at = (/** @type {number} */ seconds) => roundFor({ genesis: 1000, period: 3 }, new Date(seconds * 1000).toISOString());
  for (const [seconds, round] of [[0, 1], [995, 1], [995.001, 2], [998, 2], [998.5, 3], [1001, 3], [1001.001, 4]]) assert.equal(at(seconds), round, String(seconds));
});
