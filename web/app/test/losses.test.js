import "./english.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { finished, leaving, signingOut } from "../losses.js";

const at = (state, more = {}) => ({ status: { state }, lastPosition: null, cart: null, paying: "none", done: null, ...more });
const done = { seats: ["A-8"], total: 4500, currency: "EUR", more: false };
const held = { seats: [{ seatNumber: "A-8" }, { seatNumber: "A-9" }] };

test("leaving the line names the position", () => {
  assert.deepEqual(leaving(at("waiting", { lastPosition: 1241 })), {
    title: "Leave the line?",
    what: "You are number 1,241. If you leave, you start again at the end.",
    yes: "Yes, leave",
  });
  assert.match(signingOut(at("waiting", { lastPosition: 7 })).what, /You are number 7\. If you sign out, you start again/);
});

test("a turn, held seats and the rest of a visit are named", () => {
  assert.match(leaving(at("turn")).what, /your turn/);
  assert.match(leaving(at("active", { cart: held })).what, /A-8, A-9, not paid yet/);
  assert.match(leaving(at("active", { cart: held, done })).what, /A-8, A-9/);
  assert.match(leaving(at("active")).what, /time to choose seats ends/);
  assert.match(leaving(at("active", { paying: "asking", cart: held })).what, /payment goes on/);
  assert.match(leaving(at("gathering")).what, /draw/);
});

test("where nothing is lost there is nothing to ask", () => {
  for (const state of [at("none"), { ...at("none"), status: null }, at("active", { done }), at("active", { done, cart: { seats: [] } })]) {
    assert.equal(leaving(state), null);
    assert.equal(signingOut(state), null);
  }
  assert.equal(finished(at("active", { done })), true);
  assert.equal(finished(at("active", { done, cart: held })), false);
});
