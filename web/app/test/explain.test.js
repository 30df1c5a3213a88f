import "./english.js";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { explain, explainOut } from "../explain.js";

test("every code of the protocol is explained in words", () => {
  const source = readFileSync(new URL("../../../internal/fault/fault.go", import.meta.url), "utf8");
  const codes = [...source.matchAll(/Code = "([a-z_]+)"/g)].map((match) => match[1]);
  assert.ok(codes.length > 20);
  for (const code of codes) {
    const words = explain({ code });
    assert.ok(words.length > 10 && !words.includes("_") && !words.includes("undefined"), `${code}: ${words}`);
  }
});

test("at most six seats are named", () => {
  assert.match(explain({ code: "seat_taken", seats: ["A-1"] }), /^Seat A-1 has /);
  assert.match(explain({ code: "seat_taken", seats: ["A-1", "A-2"] }), /^Seats A-1, A-2 have /);
  assert.match(explain({ code: "unknown_seat", seats: Array.from({ length: 40 }, (_, i) => `A-${i}`) }), / and 34 more/);
});

test("every reason for being out is explained", () => {
  const said = ["turn_missed", "idle", "session_ended", "put_out", "absent", "season_closed", "left", "ended"].map(explainOut);
  assert.equal(new Set(said).size, said.length);
});
