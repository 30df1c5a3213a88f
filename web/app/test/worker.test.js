import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";

const code = readFileSync(new URL("../service/worker.js", import.meta.url), "utf8");
const site = "https://usher.test";
const keptPages = { "usher-tickets": { "/kept-tickets": "kept tickets" }, "usher-gate": { "/gate": "kept gate", [`${site}/assets/gate-1.js`]: "kept file" } };

/** A worker whose server answers with answer(), and whose page keeps the given entries by cache. */
function worker(answer, kept = keptPages) {
  const heard = {};
  const late = [];
  const scope = {
    URL,
    Promise,
    fetch: async (request) => answer(request),
    setTimeout: (act) => late.push(act),
    caches: { match: async (key, { cacheName }) => (kept[cacheName]?.[key] ? { status: 200, says: kept[cacheName][key] } : undefined) },
    self: { location: { origin: site }, addEventListener: (name, act) => (heard[name] = act) },
  };
  runInContext(code, createContext(scope));
  return {
    /** @returns what the page gets; "the browser's own way" where the worker does nothing */
    async get(path, { method = "GET", mode = "navigate" } = {}) {
      const url = new URL(path, site).href;
      let given;
      heard.fetch({ request: { url, method, mode }, respondWith: (promise) => (given = promise) });
      if (!given) return "the browser's own way";
      return (await given).says;
    },
    outOfPatience: () => late.forEach((act) => act()),
  };
}

const page = (status) => () => ({ status, says: `the server's ${status}` });
const away = () => {
  throw new TypeError("no network");
};

test("the kept tickets are shown only while the server does not answer", async () => {
  for (const status of [200, 304, 401, 403, 404, 429]) assert.equal(await worker(page(status)).get("/?season=gala"), `the server's ${status}`);
  for (const status of [500, 502, 503, 504]) assert.equal(await worker(page(status)).get("/"), "kept tickets");
  assert.equal(await worker(away).get("/?season=gala#tickets"), "kept tickets");
});

test("without kept tickets the reader gets what the server or the browser says", async () => {
  assert.equal(await worker(page(503), {}).get("/"), "the server's 503");
  await assert.rejects(worker(away, {}).get("/"), /no network/);
  await assert.rejects(worker(away, { "usher-gate": { "/kept-tickets": "of another cache" } }).get("/"), /no network/);
});

test("the gate's page is the server's, or the kept one", async () => {
  for (const status of [200, 401, 403]) assert.equal(await worker(page(status)).get("/gate"), `the server's ${status}`);
  assert.equal(await worker(page(503)).get("/gate"), "kept gate");
  assert.equal(await worker(away).get("/gate?season=gala"), "kept gate");
  assert.equal(await worker(page(503), {}).get("/gate"), "the server's 503");
  const slow = worker(() => new Promise(() => {}));
  const shown = slow.get("/gate");
  await new Promise((resolve) => setImmediate(resolve));
  slow.outOfPatience();
  assert.equal(await shown, "kept gate");
});

test("kept files are used without a request, others come from the server", async () => {
  assert.equal(await worker(away).get("/assets/gate-1.js", { mode: "cors" }), "kept file");
  assert.equal(await worker(page(200)).get("/assets/other-2.js", { mode: "cors" }), "the server's 200");
});

test("the worker leaves everything else alone, so that it is never an old answer", async () => {
  for (const [path, how] of [
    ["/", { mode: "cors" }],
    ["/", { method: "POST" }],
    ["/gate", { mode: "cors" }],
    ["/gate", { method: "POST" }],
    ["/assets/gate-1.js", { method: "HEAD", mode: "cors" }],
    ["/waitingList/status", { mode: "cors" }],
    ["/tickets", { mode: "cors" }],
    ["/admin", {}],
    ["/gates", {}],
    ["/signin", {}],
    ["https://evil.example/", {}],
    ["https://evil.example/assets/gate-1.js", { mode: "cors" }],
  ]) {
    assert.equal(await worker(away).get(path, how), "the browser's own way", `${how.method ?? "GET"} ${path}`);
  }
});
