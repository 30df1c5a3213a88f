// @ts-check
import "./english.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { announcement, canJoin, runs, stockWords } from "../views/sale_state.js";

/** @type {import("../../../clients/js/wire.js").Sale} */
const sale = {
  paused: false, pauseReason: null, opensAt: null, closesAt: null, notice: null, stock: "available", available: 412, held: 63, total: 1200, currency: "EUR",
  categories: [], version: 17,
};

test("what is left is said in words", () => {
  assert.equal(stockWords(sale), "412 of 1,200 seats are left");
  assert.equal(stockWords({ ...sale, available: 1 }), "1 of 1,200 seats is left");
  assert.equal(stockWords({ ...sale, stock: "held", available: 0, held: 3 }), "All seats are taken; 3 may still come back");
  assert.equal(stockWords({ ...sale, stock: "gone", available: 0, held: 0 }), "Sold out");
});

test("a notice, a pause and the end of the seats are announced once", () => {
  const told = { ...sale, notice: "Doors open late" };
  const gone = { ...told, stock: /** @type {const} */ ("gone") };
  assert.equal(announcement(null, sale), "");
  assert.equal(announcement(sale, told), "Doors open late.");
  assert.equal(announcement(told, told), "");
  assert.equal(announcement(told, gone), "Sold out.");
  assert.equal(announcement(gone, gone), "");
  assert.equal(announcement(null, gone), "Doors open late. Sold out.");
  const paused = { ...gone, paused: true, pauseReason: "A fire alarm!" };
  assert.equal(announcement(gone, paused), "Admission is paused: A fire alarm!");
  assert.equal(announcement(paused, { ...paused, version: 18 }), "");
  assert.equal(announcement(paused, { ...paused, pauseReason: "A storm" }), "Admission is paused: A storm.");
  assert.equal(announcement(paused, { ...paused, pauseReason: null, paused: false }), "");
  assert.equal(announcement(told, sale), "");
});

test("a cancelled show takes no fan, and is announced once", () => {
  const cancelled = { ...sale, cancelled: true };
  const words = "This show is cancelled. Every ticket that was paid for is refunded; you need do nothing.";
  assert.equal(stockWords(cancelled), words);
  assert.equal(announcement(sale, cancelled), words);
  assert.equal(announcement(cancelled, { ...cancelled, version: 18 }), "");
  assert.equal(runs(sale), true);
  assert.equal(runs(cancelled), false);
  const state = /** @type {import("../types/app.js").State} */ (/** @type {unknown} */ ({ sale, season: null }));
  assert.equal(canJoin(state, 0), true);
  assert.equal(canJoin({ ...state, sale: cancelled }, 0), false);
});
