import assert from "node:assert/strict";
import { test } from "node:test";
import { numbers } from "../views/admin_allotments.js";

test("pasted seat numbers are apart by commas, lines and cells, and counted once", () => {
  assert.deepEqual(numbers("A-1, A-2;A-3\tBox 4 left\r\nA-1\n\n ,"), ["A-1", "A-2", "A-3", "Box 4 left"]);
  assert.deepEqual(numbers(" \n"), []);
});
