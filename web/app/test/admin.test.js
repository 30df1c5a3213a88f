import assert from "node:assert/strict";
import { test } from "node:test";
import { beginOf, pathOf, topOf } from "../course.js";
import { entriesOf } from "../fan_history.js";
import { changeOf, changed, durationOf, valuesOf } from "../season_settings.js";
import { momentOf, wallTime } from "../zone.js";

const base = {
  name: "Gala", currency: "EUR", opensAt: "2027-05-01T10:00:00Z", closesAt: null, activeLimit: 100, admitPerMinute: 0, turnWindow: "60s", lease: "90s",
  session: "15m", hold: "5m", maxSeats: 6, absence: "2m", forget: "15m", refunds: true, returns: false, startsAt: null, doorsAt: null, timeZone: "Europe/Berlin", venue: null,
};

test("a wall clock's time and back, in summer and winter", () => {
  for (const [moment, zone, shown] of [
    ["2027-05-01T18:00:00Z", "Europe/Berlin", "2027-05-01T20:00"],
    ["2027-12-31T23:30:00Z", "Europe/Berlin", "2028-01-01T00:30"],
    ["2027-05-01T18:00:07Z", "Asia/Kathmandu", "2027-05-01T23:45:07"],
    ["2027-05-01T00:00:00Z", "America/St_Johns", "2027-04-30T21:30"],
    ["2027-05-01T00:00:00Z", "UTC", "2027-05-01T00:00"],
  ]) {
    assert.equal(wallTime(moment, zone), shown);
    assert.deepEqual(momentOf(shown, zone), { at: moment, twice: false });
  }
});

test("the hour that a clock skips is no time, and of the hour shown twice the earlier counts", () => {
  assert.equal(momentOf("2027-03-28T02:30", "Europe/Berlin").at, null);
  assert.deepEqual(momentOf("2027-10-31T02:30", "Europe/Berlin"), { at: "2027-10-31T00:30:00Z", twice: true });
  assert.deepEqual(momentOf("2027-10-31T03:00", "Europe/Berlin"), { at: "2027-10-31T02:00:00Z", twice: false });
});

test("untouched fields change nothing", () => {
  assert.deepEqual(changeOf(base, valuesOf(base)), { patch: {}, wrong: [], twice: [] });
  const precise = { ...base, opensAt: "2027-05-01T10:00:00.250Z", venue: { name: "Opera", address: "" } };
  assert.deepEqual(changeOf(precise, valuesOf(precise)).patch, {});
});

test("fields become a patch of what differs", () => {
  const values = { ...valuesOf(base), name: "Gala 2", opensAt: "", startsAt: "2027-05-01T20:00", activeLimit: "", maxSeats: "4", refunds: false, hold: "7m", "venue.name": "Opera" };
  assert.deepEqual(changeOf(base, values).patch, {
    name: "Gala 2", opensAt: null, startsAt: "2027-05-01T18:00:00Z", activeLimit: null, maxSeats: 4, refunds: false, hold: "7m", venue: { name: "Opera", address: "" },
  });
});

test("with another zone the wall clock's times stay", () => {
  assert.deepEqual(changeOf(base, { ...valuesOf(base), timeZone: "America/New_York" }).patch, { timeZone: "America/New_York", opensAt: "2027-05-01T16:00:00Z" });
  assert.deepEqual(changeOf(base, { ...valuesOf(base), timeZone: "Mars/Base" }).patch, { timeZone: "Mars/Base" });
});

test("a skipped time is refused at its field", () => {
  assert.deepEqual(changeOf(base, { ...valuesOf(base), opensAt: "2027-03-28T02:30" }).wrong, [{ field: "opensAt", code: "skipped" }]);
});

test("changed settings in the order of the form", () => {
  assert.deepEqual(changed(base, { ...base, forget: "1h", venue: { name: "Opera", address: "" }, name: "B" }).map((field) => field.name), ["name", "venue.name", "forget"]);
});

test("durations in their largest unit", () => {
  assert.deepEqual(["90s", "60s", "15m", "1m30s", "2h", "500ms", "1h0m0s", "168h"].map((text) => Object.values(durationOf(text)).join("")), ["90s", "60s", "15m", "90s", "2h", "500ms", "60m", "168h"]);
});

test("a fan's history in the order of time", () => {
  const fan = {
    number: 40, joinedAt: "2027-05-01T10:10:00.000Z", admittedAt: null,
    ended: [{ was: "turn", reason: "turn_missed", number: 17, joinedAt: "2027-05-01T10:00:00.000Z", admittedAt: "2027-05-01T10:05:00.000Z", endedAt: "2027-05-01T10:06:00.000Z" }],
    numbers: [{ number: 17, what: "given_up", at: "2027-05-01T10:06:01.000Z" }, { number: 3, what: "given_up", at: "2027-05-01T09:00:00.000Z" }, { number: 2, what: "entered", at: "2027-05-01T08:00:00.000Z" }],
  };
  assert.deepEqual(entriesOf(fan).map((entry) => `${entry.what} ${entry.number}`), ["joined 40", "turn_missed 17", "admitted 17", "joined 17", "given_up 3", "entered 2"]);
});

test("a chart's axis", () => {
  assert.deepEqual([0, 3, 4, 5, 12, 20, 51, 100, 4210].map(topOf), [4, 4, 4, 5, 20, 20, 100, 100, 5000]);
  const now = 10_000_000;
  assert.equal(beginOf([], now), now - 600_000);
  assert.equal(beginOf([{ at: now - 5_000_000, value: 1 }], now), now - 3_600_000);
  assert.equal(beginOf([{ at: now - 1_200_000, value: 1 }], now), now - 1_200_000);
});

test("a chart's line has a gap where the server was away", () => {
  const points = [0, 10_000, 20_000, 200_000, 210_000].map((at) => ({ at, value: 5 }));
  assert.equal(pathOf(points, 0, 210_000, 10).match(/M/g).length, 2);
  assert.equal(pathOf([{ at: 50, value: 10 }], 0, 100, 10), "M50.00 0.00");
});
