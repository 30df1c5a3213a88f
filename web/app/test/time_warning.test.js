import assert from "node:assert/strict";
import { test } from "node:test";
import { TimeWarning } from "../time_warning.js";

test("a time that ends is told a minute and twenty seconds before, each once", () => {
  const warning = new TimeWarning();
  const said = [300, 61, 60, 59, 21, 20, 19, 1, 0, -1].map((left) => warning.due("a", left * 1000));
  assert.deepEqual(said, [0, 0, 60, 0, 0, 20, 0, 0, 0, 0]);
});

test("a page that comes late says the last warning only", () => {
  const warning = new TimeWarning();
  assert.equal(warning.due("a", 12_000), 20);
  assert.equal(warning.due("a", 11_000), 0);
});

test("an end that was put off is told again", () => {
  const warning = new TimeWarning();
  assert.equal(warning.due("a", 15_000), 20);
  assert.equal(warning.due("b", 75_000), 0);
  assert.equal(warning.due("b", 60_000), 60);
  assert.equal(warning.due(null, 0), 0);
});
