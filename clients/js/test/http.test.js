import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Http, retryAfter } from "../src/http.js";
import { retry } from "../src/retry.js";
import { Problem } from "../src/usher.js";

/** Answers the next requests, one after the other, and returns what was asked. */
function server(...answers) {
  const asked = [];
  mock.method(globalThis, "fetch", async (url, init) => {
    asked.push({ url, ...init });
    return answers.shift();
  });
  return asked;
}

const problem = (status, code, headers = {}) => new Response(JSON.stringify({ code, detail: "why", seats: ["A-1"] }), { status, headers });

test("a request goes to the server with the token, and a page's own to its site with the cookie", async () => {
  const asked = server(new Response('{"id":"u1"}'), new Response(null, { status: 204 }));
  assert.deepEqual(await new Http({ url: "https://tickets.example/", token: "t" }).get("/auth/me"), { id: "u1" });
  assert.equal(await new Http().call("POST", "/holds", { json: { seats: ["A-1"] } }), null);
  assert.equal(asked[0].url, "https://tickets.example/auth/me");
  assert.equal(asked[0].headers.Authorization, "Bearer t");
  assert.equal(asked[1].url, "/holds");
  assert.equal(asked[1].credentials, "same-origin");
  assert.equal(asked[1].headers.Authorization, undefined);
  assert.equal(asked[1].body, '{"seats":["A-1"]}');
});

test("an error is a Problem with its code, its seats and the time to wait", async () => {
  server(problem(503, "draining", { "Retry-After": "3" }), new Response("<html>", { status: 502 }), new Response("", { status: 500 }));
  const http = new Http({ url: "https://tickets.example" });
  await assert.rejects(http.get("/x"), (p) => p instanceof Problem && p.code === "draining" && p.status === 503 && p.retryAfterMs === 3000 && p.seats[0] === "A-1");
  await assert.rejects(http.get("/x"), (p) => p.code === "unavailable" && p.retryAfterMs === null, "a proxy's page");
  await assert.rejects(http.get("/x"), (p) => p.code === "internal");
});

test("Retry-After is a number of seconds or a date", () => {
  assert.equal(retryAfter("2"), 2000);
  assert.equal(retryAfter(null), null);
  assert.equal(retryAfter("soon"), null);
  assert.equal(retryAfter("Wed, 21 Oct 2015 07:28:00 GMT"), 0);
  const later = retryAfter(new Date(Date.now() + 60_000).toUTCString());
  assert.ok(later > 50_000 && later <= 60_000, String(later));
});

test("retry waits as long as the server says, and gives up on what does not pass", async () => {
  const waits = [];
  const wait = async (ms) => void waits.push(ms);
  const failing = (...problems) => async () => {
    const next = problems.shift();
    if (next) throw next;
    return "done";
  };
  assert.equal(await retry(failing(new Problem("unavailable", "", { retryAfterMs: 5000 }), new Problem("disconnected", "")), { wait }), "done");
  assert.ok(waits[0] >= 5000 && waits[0] <= 5500, String(waits[0]));
  assert.ok(waits[1] <= 1000);
  await assert.rejects(retry(failing(new Problem("seat_taken", "")), { wait }), { code: "seat_taken" });
  await assert.rejects(retry(failing(new TypeError("a bug")), { wait }), TypeError);
  assert.equal(waits.length, 2);
  await assert.rejects(retry(async () => Promise.reject(new Problem("unavailable", "")), { wait, attempts: 3 }), { code: "unavailable" });
  assert.equal(waits.length, 4);
});
