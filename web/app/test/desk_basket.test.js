import "./english.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { changeOf, emptyBasket, endsSale, readSeats, retyped, size, wanted, withArea, withSeats, withoutArea, withoutSeat } from "../desk_basket.js";

test("seat numbers are read as staff type them", () => {
  for (const [typed, seats] of /** @type {[string, string[]][]} */ ([
    ["", []],
    ["  ,; ", []],
    ["A-1", ["A-1"]],
    ["A-1 A-2,A-3; A-1", ["A-1", "A-2", "A-3"]],
    ["A-9..11 B-1", ["A-9", "A-10", "A-11", "B-1"]],
    ["7..9", ["7", "8", "9"]],
    ["A-3..1", []],
  ])) {
    assert.deepEqual(readSeats(typed), seats, typed);
  }
  assert.ok(readSeats("A-1..999999999").length <= 101, "a typing error does not fill the memory");
});

test("a basket becomes the seats of a request", () => {
  let basket = withSeats(emptyBasket(), ["A-1", "A-2"], null);
  basket = withSeats(basket, ["A-2", "A-3"], "child");
  assert.deepEqual(wanted(basket), { seats: ["A-1", "A-2", { seatNumber: "A-3", type: "child" }] });
  basket = retyped(withoutSeat(basket, "A-1"), "A-2", "child");
  assert.deepEqual(wanted(basket).seats, [{ seatNumber: "A-2", type: "child" }, { seatNumber: "A-3", type: "child" }]);
  basket = withArea(withArea(withArea(basket, "Floor", 2, null), "Floor", 1, null), "Floor", 1, "child");
  assert.deepEqual(wanted(basket).areas, [{ area: "Floor", count: 3 }, { area: "Floor", count: 1, type: "child" }]);
  assert.equal(size(basket), 6);
  assert.deepEqual(wanted(withoutArea(basket, 0)).areas, [{ area: "Floor", count: 1, type: "child" }]);
  assert.deepEqual(wanted(emptyBasket()), {});
});

test("the change is in minor units", () => {
  assert.equal(changeOf("100", 9000, 2), 1000);
  assert.equal(changeOf("100,50", 9000, 2), 1050);
  assert.equal(changeOf("80.1", 9000, 2), -990);
  assert.equal(changeOf("1000", 900, 0), 100);
  for (const typed of ["", "ten", "1.2.3", "-5"]) assert.equal(changeOf(typed, 100, 2), null, typed);
});

test("only an answer about the seats ends a sale, so that a lost answer never sells twice", () => {
  for (const code of ["seat_taken", "sold_out", "no_adjacent_seats", "unknown_seat", "key_reused"]) assert.ok(endsSale(code), code);
  // Each of them may come after a press that sold and whose answer was lost.
  for (const code of ["unauthenticated", "forbidden", "rate_limited", "invalid_request", "bad_origin", "unavailable", "draining", "internal", "offline", ""]) assert.ok(!endsSale(code), code);
});
