import assert from "node:assert/strict";
import { test } from "node:test";
import { Burst } from "../burst.js";

/** Presses the keys of a text, each so many ms after the one before. */
function press(burst, text, every, at = 1000) {
  const kinds = [...text].map((key) => burst.press(key, (at += every)));
  return { kinds, at };
}
const code = "eyJhbGciOiJFZERTQSIsInR5cCI6InVzaGVyLXRpY2tldCJ9.e30.c2ln";

test("what a scanner types is a scan, ended by Enter or by Tab", () => {
  for (const end of ["Enter", "Tab"]) {
    for (const every of [1, 15, 40]) {
      const burst = new Burst();
      const { kinds, at } = press(burst, code, every);
      assert.equal(kinds[0], "first");
      assert.ok(kinds.slice(1).every((kind) => kind === "more"));
      assert.equal(burst.press("Shift", at), "none");
      assert.equal(burst.press(end, at + every), "end");
      assert.equal(burst.text, code);
    }
  }
});

test("what a person types is none, nor is a scan's end that comes late", () => {
  const person = new Burst();
  press(person, code, 90);
  assert.equal(person.press("Tab", 20_000), "none");
  const short = new Burst();
  const { at } = press(short, "North entrance", 10);
  assert.equal(short.press("Enter", at + 10), "none");
  const late = new Burst();
  press(late, code, 5);
  assert.equal(late.press("Tab", 60_000), "none");
  assert.equal(late.text, "");
});

test("a hiccup does not end a scan, and a pause begins another", () => {
  const burst = new Burst();
  let { at } = press(burst, code.slice(0, 30), 5);
  ({ at } = press(burst, code.slice(30), 5, at + 200));
  assert.equal(burst.press("Enter", at + 5), "end");
  assert.equal(burst.text, code);
  const { kinds } = press(burst, "ab", 5, at + 1000);
  assert.deepEqual(kinds, ["first", "more"]);
  assert.equal(burst.text, "ab");
});

test("a scan that paused in the middle is what the field holds, and a few typed signs before it are not", () => {
  const burst = new Burst();
  const { at } = press(burst, code.slice(0, 30), 5);
  const end = press(burst, code.slice(30), 5, at + 1000);
  assert.equal(burst.press("Enter", end.at + 5), "end");
  assert.equal(burst.scanned(code), code);
  assert.equal(burst.scanned(undefined), code.slice(30));
  const whole = new Burst();
  press(whole, code, 5);
  assert.equal(whole.scanned("abc" + code), code);
});
