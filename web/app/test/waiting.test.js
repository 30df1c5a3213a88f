import "./english.js";
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { duration } from "../format.js";
import { follow, left, shown } from "../estimate.js";
import { Falling, between } from "../falling.js";
import { Milestones, places } from "../milestones.js";
import { badgeOf, short } from "../tab_icon.js";
import { insideWords, placeWords } from "../views/line_words.js";
import { canJoin, runs } from "../views/sale_state.js";

test("the first in line with a wish is not said to be next", () => {
  const words = (lastPosition, wish) => placeWords({ lastPosition, status: { wish } });
  assert.equal(words(1, null), "You are next.");
  assert.equal(words(1, { seats: 2, passedOver: true }), "You are first in line. Your turn comes when your wish can be met.");
  assert.equal(words(3, { seats: 2 }), "2 people are in front of you.");
  assert.equal(words(null, { seats: 2 }), "You are in the line.");
});

test("a turn promises no longer hold than the session", () => {
  assert.match(insideWords({ sessionSeconds: 120, holdSeconds: 300 }), /you have 2 minutes .* held for you for 2 minutes/);
  assert.match(insideWords({ sessionSeconds: 600, holdSeconds: 300 }), /you have 10 minutes .* held for you for 5 minutes/);
  assert.equal(insideWords({ holdSeconds: 300 }), "");
});

test("an estimate is kept until another says something else", () => {
  const first = follow(null, { p50: 600, p90: 900 }, 0, true);
  assert.deepEqual(first, { p50: 600, p90: 900, at: 0 });
  assert.deepEqual(left(follow(first, null, 60_000, true), 60_000), { p50: 540, p90: 840 }, "none: time passes from the last");
  assert.deepEqual(left(follow(first, { p50: 560, p90: 870 }, 60_000, true), 60_000), { p50: 540, p90: 840 }, "nearly the same");
  assert.deepEqual(left(follow(first, { p50: 900, p90: 1500 }, 60_000, true), 60_000), { p50: 900, p90: 1500 }, "another");
  assert.equal(follow(null, null, 0, true), null);
});

test("no time passes from an estimate while admission stands still", () => {
  let kept = follow(null, { p50: 600, p90: 900 }, 0, true);
  kept = follow(kept, null, 100_000, false);
  assert.deepEqual(shown(kept, 500_000), { p50: 500, p90: 800 });
  kept = follow(kept, null, 600_000, true);
  assert.deepEqual(shown(kept, 700_000), { p50: 400, p90: 700 });
  assert.equal(shown(kept, 1_400_000), null, "longer than estimated");
  assert.deepEqual(shown(kept, 1_100_000), { p50: 1, p90: 300 });
  assert.equal(shown(null, 0), null);
});

test("a falling number is never below the truth and never rises", () => {
  for (const [from, to] of [[1300, 1241], [5, 4], [50_000, 12]]) {
    let before = from;
    for (let share = 0; share <= 1.2; share += 0.01) {
      const n = between(from, to, share);
      assert.ok(Number.isInteger(n) && n >= to && n <= before, `${from} to ${to} at ${share}: ${n} after ${before}`);
      before = n;
    }
    assert.equal(before, to);
  }
});

/** @type {(() => void)[]} */
let frames = [];
const draws = () => frames.splice(0).forEach((frame) => frame());
globalThis.requestAnimationFrame = (frame) => frames.push(frame);
globalThis.cancelAnimationFrame = () => (frames = []);

beforeEach(() => {
  frames = [];
  mock.restoreAll();
});

test("the number falls frame by frame to the newest value, and stands still where nothing may move", () => {
  let time = 0;
  mock.method(performance, "now", () => time);
  let still = false;
  const seen = [];
  const falling = new Falling((n) => seen.push(n), () => still);
  falling.set(100);
  falling.set(60);
  for (time = 0; time < 400; time += 100) draws();
  falling.set(40);
  for (; frames.length; time += 100) draws();
  assert.equal(seen[0], 100);
  assert.equal(seen.at(-1), 40);
  assert.ok(seen.length > 8, `only ${seen}`);
  assert.deepEqual(seen, [...seen].sort((a, b) => b - a));
  falling.set(300); // another place
  assert.equal(seen.at(-1), 300);
  still = true;
  falling.set(7);
  assert.equal(seen.at(-1), 7);
  assert.equal(frames.length, 0);
  still = false;
  falling.set(5);
  still = true; // the page goes to the background in the middle of a fall
  draws();
  assert.equal(seen.at(-1), 5);
});

test("screen readers are told milestones, not every place", () => {
  const milestones = new Milestones(places);
  const told = [];
  let now = 0;
  for (let place = 1300; place >= 1; place--, now += 300) if (milestones.reached(place, now)) told.push(place);
  assert.deepEqual(told, [1300, 1000, 500, 200, 100, 50, 16, 3, 2, 1]);
  assert.equal(milestones.reached(1, now + 60_000), false);
  milestones.reset();
  assert.equal(milestones.reached(900, now + 60_000), true);
  assert.equal(milestones.reached(90, now + 61_000), false, "too soon");
  assert.equal(milestones.reached(90, now + 71_000), true, "told later");
});

test("the tab's icon shows the place, never a better one, and the turn", () => {
  const at = (state, more = {}) => ({ phase: "signedIn", connection: "live", lastPosition: 7, status: { state }, ...more });
  assert.equal(badgeOf(at("waiting")), 7);
  assert.equal(badgeOf(at("turn")), "turn");
  assert.equal(badgeOf(at("turn", { connection: "replaced" })), null);
  assert.equal(badgeOf(at("active")), null);
  assert.equal(badgeOf(at("turn", { phase: "signedOut" })), null);
  assert.deepEqual([1, 999, 1000, 1001, 99_000, 120_000].map(short), ["1", "999", "1k", "2k", "99k", "…"]);
});

test("a closed sale takes no fans, a sold one only for returned seats", () => {
  const state = (sale, season = {}) => ({ sale: { stock: "available", closesAt: null, ...sale }, season: { returns: false, closesAt: null, ...season } });
  assert.equal(canJoin(state({}), 0), true);
  assert.equal(canJoin(state({ closesAt: "1970-01-01T00:00:01Z" }), 1000), false);
  assert.equal(canJoin(state({ stock: "gone" }), 0), false);
  assert.equal(canJoin(state({ stock: "gone" }, { returns: true }), 0), true);
  assert.equal(canJoin(state({ stock: "held" }), 0), true);
  assert.deepEqual([{ stock: "available" }, { stock: "held" }, { stock: "gone" }, { stock: "available", paused: true }].map(runs), [true, false, false, false]);
});

test("lengths of time are said in words", () => {
  assert.deepEqual([45, 60, 90, 120, 900, 9000].map(duration), ["45 seconds", "1 minute", "90 seconds", "2 minutes", "15 minutes", "2.5 hours"]);
});
