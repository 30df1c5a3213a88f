// @ts-check
import "./english.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { progressWords } from "../views/admin_cancel.js";
import { placeOf, statusWords } from "../views/ticket_code.js";

/** @param {string} words without the characters that isolate a name */
const plain = (words) => words.replace(/[\u2068\u2069]/g, "");

test("the progress of a cancelled show is said in words", () => {
  /** @type {import("../../../clients/js/wire.js").CancelProgress} */
  const now = { season: "s", state: "running", cancelledAt: "2026-06-01T10:00:00.000Z", by: "Ada", reason: "a storm", total: 1200, refunded: 400, left: 799, pending: 1, unreturned: 3, failed: [] };
  assert.equal(
    plain(progressWords(now)),
    "The show is cancelled. Refunded: 400 of 1,200 purchases. The payment of 1 purchase is not decided yet. Refunds that the payment provider has not returned yet: 3. They are tried again. Cancelled by Ada: a storm",
  );
  const done = { ...now, state: "done", refunded: 1200, left: 0, pending: 0, unreturned: 0, reason: "" };
  assert.equal(plain(progressWords(done)), "The show is cancelled. All 1,200 purchases are refunded. Cancelled by Ada.");
  assert.equal(plain(progressWords({ ...done, total: 1, refunded: 1 })), "The show is cancelled. 1 purchase is refunded. Cancelled by Ada.");
});

test("a fan is not said to have given back the ticket of a cancelled show", () => {
  assert.equal(statusWords("void"), "Given back: not valid any more");
  assert.equal(statusWords("void", true), "Show cancelled: not valid any more");
  assert.equal(statusWords("used", true), "Used: you are in");
});

test("the ticket of a standing place has the name of the area", () => {
  assert.equal(placeOf({ seatNumber: "Standing-0017", area: "Standing" }), "Standing");
  assert.equal(placeOf({ seatNumber: "A-1" }), "A-1");
});
