import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Clock } from "../src/clock.js";

const start = Date.parse("2026-11-29T12:00:00Z");
/** What the server's clock is ahead of the device's in these tests, in ms. */
const ahead = 3_600_000;
const serverTime = (late = 0) => new Date(Date.now() + ahead - late).toISOString();

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["Date"], now: start });
});

test("of several statuses the one that was under way for the shortest time counts", () => {
  const clock = new Clock();
  clock.set(serverTime(2500));
  assert.equal(clock.offset, ahead - 2500);
  clock.set(serverTime(40));
  clock.set(serverTime(3000));
  assert.equal(clock.offset, ahead - 40);
  assert.equal(clock.left(new Date(Date.now() + ahead + 60_000).toISOString()), 60_040);
  clock.set("no time");
  assert.equal(clock.offset, ahead - 40);
});

test("statuses that waited while the page was asleep do not turn the clock back", () => {
  const clock = new Clock();
  clock.set(serverTime(40));
  mock.timers.tick(600_000);
  for (const late of [590_000, 480_000, 300_000, 120_000, 119_000]) clock.set(serverTime(late));
  assert.equal(clock.offset, ahead - 40);
});

test("a device's clock that was set is followed, forward and back", () => {
  const clock = new Clock();
  clock.set(serverTime(40));
  mock.timers.setTime(start + 7_200_000); // forward by two hours
  const server = (/** @type {number} */ ms) => new Date(start + ahead + ms).toISOString();
  clock.set(server(0));
  assert.equal(clock.offset, ahead - 40);
  mock.timers.tick(1500);
  clock.set(server(1500));
  assert.equal(clock.offset, ahead - 7_200_000);
  mock.timers.setTime(start);
  clock.set(server(3000));
  assert.equal(clock.offset, ahead + 3000);
});
