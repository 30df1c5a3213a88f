import "./english.js";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { blank, onNone, progress, remember, shownPosition } from "../line_memory.js";

const { status: waiting } = JSON.parse(readFileSync(new URL("../../../internal/wire/testdata/server/welcome.json", import.meta.url), "utf8"));

test("the page joins after signing in, but not for staff and organisers", () => {
  assert.deepEqual(onNone(blank, []), { join: true, out: null });
  assert.deepEqual(onNone(blank, ["admin"]), { join: false, out: null });
  assert.deepEqual(onNone(blank, ["staff"]), { join: false, out: null });
});

test("after a lapse or a leave the page does not join again, and says why", () => {
  for (const out of ["left", "turn_missed", "idle", "session_ended", "put_out", "absent", "season_closed"]) {
    assert.deepEqual(onNone({ ...blank, state: "none", out }, []), { join: false, out });
  }
  assert.deepEqual(onNone({ ...blank, state: "active" }, []), { join: false, out: "ended" });
  assert.deepEqual(onNone({ ...blank, state: "turn" }, []), { join: false, out: "ended" });
});

test("a place that Redis lost is brought back, also by staff who had joined", () => {
  const memory = remember(blank, waiting);
  assert.equal(memory.place, waiting.place);
  assert.deepEqual(onNone(memory, []), { join: true, out: null });
  assert.deepEqual(onNone(memory, ["staff"]), { join: true, out: null });
});

test("a place is forgotten once it is used up", () => {
  const memory = remember(remember(blank, waiting), { ...waiting, state: "turn", place: null, position: null, number: null });
  assert.equal(memory.place, null);
  assert.equal(memory.position, null);
});

test("while a line is rebuilt, place and position stay", () => {
  const memory = remember(remember(blank, waiting), { ...waiting, state: "gathering", place: null, position: null });
  assert.equal(memory.place, waiting.place);
  assert.equal(memory.position, waiting.position);
});

test("the way through the line begins at the first position, and again with another place", () => {
  let memory = remember(blank, { ...waiting, number: 7, position: 200 });
  assert.equal(progress(memory), 0);
  memory = remember({ ...memory, estimate: { p50: 1, p90: 2, at: 0 } }, { ...waiting, number: 7, position: 50 });
  assert.deepEqual([memory.first, memory.position, progress(memory)], [200, 50, 0.75]);
  assert.equal(memory.estimate.p90, 2);
  const other = remember(memory, { ...waiting, number: 9, position: 300 });
  assert.deepEqual([other.first, progress(other), other.estimate], [300, 0, null]);
  assert.equal(progress(blank), 0);
  assert.equal(progress(remember(blank, { ...waiting, number: 1, position: 1 })), 0);
});

test("a shown position gets worse only with another place", () => {
  const memory = remember(blank, { ...waiting, number: 7, position: 5 });
  assert.equal(shownPosition(memory, { number: 7, position: 6 }), 5);
  assert.equal(shownPosition(memory, { number: 7, position: 4 }), 4);
  assert.equal(shownPosition(memory, { number: 9, position: 6 }), 6);
  assert.equal(shownPosition(blank, { number: 9, position: 6 }), 6);
});
