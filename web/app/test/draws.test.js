import assert from "node:assert/strict";
import { test } from "node:test";
import { comingDraw, drawsOf, openingOfDraw } from "../draws.js";

const one = { number: 1, commitment: "a", committedAt: "", held: true };
const two = { number: 2, commitment: "b", committedAt: "", held: false };
const phases = [
  { name: "Presale", opensAt: "2027-03-01T10:00:00.000Z", closesAt: "2027-03-01T12:00:00.000Z", access: "code" },
  { name: "General sale", opensAt: "2027-03-02T10:00:00.000Z", closesAt: null, access: "open" },
];

test("a season of the version before shows one draw", () => {
  const { number, ...before } = one;
  assert.deepEqual(drawsOf({ draw: /** @type {any} */ (before) }), [one]);
  assert.deepEqual(drawsOf({}), []);
  assert.equal(number, 1);
});

test("the draw to come is the first that was not held", () => {
  assert.equal(comingDraw({ draws: [one, two] }), two);
  assert.equal(comingDraw({ draws: [one] }), one);
  assert.equal(comingDraw(null), null);
});

test("the opening of a draw is that of its phase", () => {
  assert.equal(openingOfDraw({ phases, opensAt: phases[0].opensAt }, 2), phases[1].opensAt);
  assert.equal(openingOfDraw({ phases }, 3), null);
  assert.equal(openingOfDraw({ opensAt: phases[0].opensAt }, 1), phases[0].opensAt);
});
