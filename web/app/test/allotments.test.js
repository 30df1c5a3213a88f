import "./english.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { allotments } from "../texts/en_work.js";
import { numbers } from "../views/admin_allotments.js";

test("pasted seat numbers are apart by commas, lines and cells, and counted once", () => {
  assert.deepEqual(numbers("A-1, A-2;A-3\tBox 4 left\r\nA-1\n\n ,"), ["A-1", "A-2", "A-3", "Box 4 left"]);
  assert.deepEqual(numbers(" \n"), []);
});

test("a change says which seats it did not move, and why", () => {
  assert.equal(allotments.moved(2, 2, true), "Seats moved: 2.");
  assert.equal(allotments.moved(1, 2, true), "Seats moved: 1. 1 seat was on sale already, or is held or sold.");
  assert.equal(allotments.moved(0, 2, false), "Nothing has changed. 2 seats were there already.");
  assert.equal(allotments.moved(3, 0, false), "Seats moved: 3.", "of a file");
});
