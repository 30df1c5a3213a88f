import "./english.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { byName, countdown, difference, money, plural, seatName } from "../format.js";
import { expectedWait } from "../texts/chosen.js";

test("money is written with the digits of its currency", () => {
  for (const [minor, currency, want] of [
    [4500, "EUR", "€45.00"],
    [9000, "EUR", "€90.00"],
    [123456, "USD", "$1,234.56"],
    [0, "GBP", "£0.00"],
    [4500, "JPY", "¥4,500"],
    [450000, "HUF", "HUF\u00a04,500.00"],
    [4500, "KWD", "KWD\u00a04.500"],
  ]) {
    assert.equal(money(minor, currency), want);
  }
});

test("a seat is named by number, category and price", () => {
  assert.equal(seatName({ seatNumber: "A-14", category: "VIP", price: 4500 }, "EUR"), "A-14, VIP, €45.00");
});

test("a countdown never shows less than what is left, nor below zero", () => {
  for (const [ms, want] of [
    [0, "0:00"],
    [-5000, "0:00"],
    [1, "0:01"],
    [59_001, "1:00"],
    [247_000, "4:07"],
    [3_729_000, "1:02:09"],
  ]) {
    assert.equal(countdown(ms), want);
  }
});

test("the expected wait is put in words", () => {
  for (const [eta, want] of [
    [null, "not known yet"],
    [{ p50: 5, p90: 40 }, "less than a minute"],
    [{ p50: 20, p90: 130 }, "1 to 2 minutes"],
    [{ p50: 240, p90: 420 }, "4 to 7 minutes"],
    [{ p50: 118, p90: 122 }, "about 2 minutes"],
    [{ p50: 61, p90: 62 }, "about 1 minute"],
    [{ p50: 3000, p90: 7200 }, "50 minutes to 2 hours"],
    [{ p50: 7200, p90: 9000 }, "2 to 2.5 hours"],
  ]) {
    assert.equal(expectedWait(eta), want);
  }
});

test("seats are in natural order", () => {
  assert.deepEqual(["A-10", "B-1", "A-2", "A-1"].sort(byName), ["A-1", "A-2", "A-10", "B-1"]);
});

test("one is singular, and numbers have separators", () => {
  assert.equal(plural(1, "seat", "seats"), "1 seat");
  assert.equal(plural(1200, "seat", "seats"), "1,200 seats");
});

test("a change shows only what differs", () => {
  assert.deepEqual(difference({ name: "Gala", activeLimit: 1, opensAt: null }, { name: "Gala", activeLimit: 9, opensAt: "2027-03-01T10:00:00Z" }, "none"), [
    "activeLimit: 1, opensAt: none",
    "activeLimit: 9, opensAt: 2027-03-01T10:00:00Z",
  ]);
  assert.deepEqual(difference(null, { version: 1, seats: 200 }, "none"), ["", "version: 1, seats: 200"]);
  assert.deepEqual(difference({ user: "u" }, null, "none"), ["user: u", ""]);
  assert.deepEqual(difference({ a: 1 }, { a: 1 }, "none"), ["", ""]);
});
