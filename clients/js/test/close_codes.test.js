import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fullJitter, longest } from "../src/backoff.js";
import { afterClose } from "../src/close_codes.js";

const half = () => 0.5;

test("every close code of the protocol is answered as docs/protocol.md says", () => {
  const fixture = new URL("../../../internal/wire/testdata/closes.json", import.meta.url);
  const want = {
    replaced: { then: "replaced" },
    logged_out: { then: "signedOut" },
    expired: { then: "signInAgain" },
    flooding: { then: "reconnect", afterMs: 30_000 },
    too_slow: { then: "reconnect", afterMs: 250 },
    too_large: { then: "reconnect", afterMs: 250 },
    restarting: { then: "reconnect", afterMs: 250 },
    busy: { then: "reconnect", afterMs: 250 },
  };
  const codes = Object.entries(JSON.parse(readFileSync(fixture, "utf8")));
  assert.ok(codes.length >= 8);
  for (const [code, reason] of codes) {
    assert.ok(reason in want, `nothing is said of ${reason}`);
    assert.deepEqual(afterClose(Number(code), null, 0, half), want[reason], reason);
  }
});

test("the wait that a bye names holds for the first attempt only", () => {
  assert.deepEqual(afterClose(1012, 1200, 0, half), { then: "reconnect", afterMs: 1200 });
  assert.deepEqual(afterClose(1006, 1200, 2, half), { then: "reconnect", afterMs: 1000 });
});

test("a bye does not reopen a socket that must stay closed", () => {
  assert.deepEqual(afterClose(4001, 1200, 0), { then: "replaced" });
  assert.deepEqual(afterClose(4002, 1200, 0), { then: "signedOut" });
});

test("the wait is random within an interval that doubles up to a limit", () => {
  assert.equal(fullJitter(0, () => 0), 0);
  assert.equal(fullJitter(0, half), 250);
  assert.equal(fullJitter(3, half), 2000);
  assert.equal(fullJitter(50, () => 1), longest);
  for (let attempt = 0; attempt < 30; attempt++) {
    const ms = fullJitter(attempt);
    assert.ok(ms >= 0 && ms <= longest);
  }
});
