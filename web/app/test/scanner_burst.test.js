import assert from "node:assert/strict";
import { test } from "node:test";
import { Burst } from "../scanner_burst.js";

/** Presses the keys of a text, each so many ms after the one before. */
function press(burst, text, every, at = 1000) {
  const kinds = [...text].map((key) => burst.press(key, (at += every)));
  return { kinds, at };
}
const code = "eyJhbGciOiJFZERTQSIsInR5cCI6InVzaGVyLXRpY2tldCJ9.e30.c2ln";

test("a scanner's text is a scan, ended by Enter or by Tab", () => {
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

test("a person's text is no scan, nor is one whose end comes late", () => {
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

test("a short delay does not end a scan, and a pause begins another", () => {
  const burst = new Burst();
  let { at } = press(burst, code.slice(0, 30), 5);
  ({ at } = press(burst, code.slice(30), 5, at + 200));
  assert.equal(burst.press("Enter", at + 5), "end");
  assert.equal(burst.text, code);
  const { kinds } = press(burst, "ab", 5, at + 1000);
  assert.deepEqual(kinds, ["first", "more"]);
  assert.equal(burst.text, "ab");
});

test("a scan that paused in the middle is read from the field, without a few characters typed before it", () => {
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

test("after a dead key the field says what was typed", () => {
  const burst = new Burst();
  const { at } = press(burst, code.slice(0, 30), 5);
  burst.press("Dead", at + 5);
  const end = press(burst, code.slice(30), 5, at + 5);
  assert.equal(burst.press("Enter", end.at + 5), "end");
  const field = `${code.slice(0, 30)}\`${code.slice(30)}`;
  assert.equal(burst.scanned(field), field);
  assert.equal(burst.scanned(undefined), code);
  assert.equal(burst.scanned("North"), code, "another field");
  burst.forget();
  press(burst, code, 5, end.at + 5000);
  assert.equal(burst.scanned("North" + code), code, "the next burst");
});
