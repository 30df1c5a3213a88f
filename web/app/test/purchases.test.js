import "./english.js";
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Problem } from "../http.js";
import { Usher } from "../../../clients/js/src/usher.js";
import { Notices } from "../notices.js";
import { Purchases } from "../purchases.js";

/** @type {Map<string, string>} */
const kept = new Map();
globalThis.sessionStorage = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => kept.set(key, value),
  removeItem: (key) => kept.delete(key),
};

const seats = [{ seatNumber: "A-1", category: "VIP", price: 4500 }];

/** A page whose server follows a script: each answer is a message, or a code to fail with. */
function page(...answers) {
  const left = [];
  const ended = [];
  const asked = [];
  const bought = [];
  const store = {
    state: { user: { id: "u1" }, season: { id: "demo" }, cart: { seats, total: 4500, currency: "EUR" }, notice: null, paying: "none" },
    set(patch) {
      Object.assign(this.state, patch);
    },
  };
  const usher = new Usher({ season: "demo" });
  const connection = {
    usable: true,
    request(type, fields) {
      asked.push(fields);
      const answer = answers.shift();
      if (answer === undefined) return new Promise(() => {});
      return typeof answer === "string" ? Promise.reject(new Problem(answer, "")) : Promise.resolve({ transaction: answer });
    },
  };
  usher.connection = connection;
  const purchases = new Purchases(store, usher, new Notices(store), (tickets) => bought.push(tickets), () => ended.push(1), (url) => left.push(url));
  usher.on("transaction", (message) => purchases.settle(message.transaction));
  return { store, usher, left, ended, connection, asked, bought, purchases, hears: (transaction) => usher.heard({ type: "transaction", transaction }) };
}

const transaction = (status, more = {}) => ({ id: "t1", status, seats: ["A-1"], total: 4500, currency: "EUR", reason: "", tickets: [], ...more });
const settled = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  kept.clear();
  mock.timers.reset();
});

test("a purchase that is answered is bought once, and its key is forgotten", async () => {
  const p = page(transaction("completed"));
  p.purchases.begin("tok_ok");
  assert.equal(kept.size, 1, "the key is kept before anything is sent");
  await settled();
  assert.equal(p.bought.length, 1);
  assert.equal(kept.size, 0);
  assert.equal(p.store.state.paying, "none");
  assert.deepEqual(p.asked[0].payment, { method: "sandbox", token: "tok_ok" });
});

test("a second press during a purchase buys nothing more", async () => {
  const p = page();
  p.purchases.begin("tok_ok");
  p.purchases.begin("tok_ok");
  await settled();
  assert.equal(p.asked.length, 1);
});

test("after a lost answer the same purchase is sent again unchanged, after a reload too", async () => {
  const p = page("disconnected");
  p.connection.usable = false;
  p.purchases.begin("tok_slow");
  await settled();
  assert.equal(p.store.state.paying, "asking");
  const reloaded = page(transaction("completed"));
  reloaded.purchases.resume();
  await settled();
  assert.deepEqual(reloaded.asked[0], p.asked[0]);
  assert.equal(reloaded.bought.length, 1);
  assert.equal(kept.size, 0);
});

test("another user's purchase in the same browser is not sent again", async () => {
  const p = page();
  p.purchases.begin("tok_ok");
  const other = page();
  other.store.state.user = { id: "u2" };
  other.purchases.resume();
  await settled();
  assert.equal(other.asked.length, 0);
});

test("a purchase without an answer is sent again with the same key", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const p = page("unavailable", transaction("completed"));
  p.purchases.begin("tok_ok");
  await settled();
  mock.timers.tick(60_000);
  await settled();
  assert.equal(p.asked.length, 2);
  assert.equal(p.asked[0].key, p.asked[1].key);
  assert.equal(p.bought.length, 1);
});

test("a declined card settles it: the next press is another purchase", async () => {
  const p = page("payment_declined", transaction("completed", { id: "t2" }));
  p.purchases.begin("tok_declined");
  await settled();
  assert.equal(p.store.state.notice.kind, "error");
  assert.equal(kept.size, 0);
  p.purchases.begin("tok_ok");
  await settled();
  assert.notEqual(p.asked[0].key, p.asked[1].key);
  assert.equal(p.bought.length, 1);
});

test("a pending purchase is shown, and a later message settles it", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const p = page(transaction("pending"));
  p.purchases.begin("tok_unknown");
  await settled();
  assert.equal(p.store.state.paying, "pending");
  assert.equal(kept.size, 1);
  p.hears(transaction("completed"));
  assert.equal(p.store.state.paying, "none");
  await settled();
  assert.equal(p.bought.length, 1);
  assert.equal(kept.size, 0);
  assert.equal(p.store.state.paying, "none");
});

test("an earlier cancelled attempt does not settle the current one", async () => {
  const p = page();
  p.purchases.begin("tok_ok");
  p.hears(transaction("cancelled", { id: "t0", reason: "payment_declined" }));
  assert.equal(kept.size, 1);
  assert.equal(p.store.state.notice, null);
});

test("a purchase at another window is shown, but not while this page buys", async () => {
  const idle = page();
  idle.hears(transaction("completed", { id: "t9" }));
  assert.equal(idle.bought.length, 1);
  const busy = page();
  busy.purchases.begin("tok_ok");
  busy.hears(transaction("completed", { id: "t9", seats: ["B-1"] }));
  await settled();
  assert.equal(busy.bought.length, 0);
  assert.equal(kept.size, 1);
});

test("a pending purchase whose place has ended is read by its id", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const p = page(transaction("pending"), "not_admitted");
  const fetched = [];
  mock.method(globalThis, "fetch", async (path) => {
    fetched.push(path);
    return new Response(JSON.stringify(transaction("completed")));
  });
  p.purchases.begin("tok_unknown");
  await settled();
  mock.timers.tick(60_000);
  await settled();
  await settled();
  await settled();
  assert.deepEqual(fetched, ["/transactions/t1"]);
  assert.equal(p.bought.length, 1);
  mock.restoreAll();
});

const next = { url: "https://pay.example/1", expiresAt: "2027-03-01T10:33:11.000Z" };

test("a purchase that continues on a payment page goes there by itself, once, and not after a reload", async () => {
  const p = page(transaction("pending", { next }), transaction("pending", { next }));
  p.purchases.begin("page");
  await settled();
  assert.deepEqual(p.asked[0].payment, { method: "stripe" });
  assert.deepEqual(p.left, [next.url]);
  assert.deepEqual(p.store.state.payPage, { ...next, transaction: "t1" });
  const reloaded = page(transaction("pending", { next }));
  reloaded.purchases.resume();
  await settled();
  assert.deepEqual(reloaded.left, []);
  assert.equal(reloaded.store.state.payPage.url, next.url);
  reloaded.hears(transaction("completed"));
  await settled();
  assert.equal(reloaded.store.state.payPage, null);
  assert.equal(reloaded.bought.length, 1);
});

test("the page goes to no address of another kind", async () => {
  const p = page(transaction("pending", { next: { ...next, url: "javascript:alert(1)" } }));
  p.purchases.begin("tok_3ds");
  await settled();
  assert.deepEqual(p.left, []);
  assert.equal(p.store.state.payPage, undefined);
});

test("a fan who comes back sees the outcome, in another browser too", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const p = page();
  const outcomes = [transaction("pending", { next }), transaction("completed")];
  p.usher.transaction = async () => outcomes.shift();
  await p.purchases.returned("t1");
  assert.equal(p.bought.length, 0);
  mock.timers.tick(4000);
  await settled();
  await settled();
  assert.equal(p.bought.length, 1);
  assert.equal(p.ended.length, 0);
  p.hears(transaction("completed", { id: "t2" }));
  assert.equal(p.bought.length, 2, "a purchase at another window is shown as before");
  const declined = page();
  declined.usher.transaction = async () => transaction("cancelled", { reason: "payment_expired" });
  await declined.purchases.returned("t1");
  assert.match(declined.store.state.notice.text, /ended before it was paid/);
  assert.equal(declined.ended.length, 1);
});

test("a fan may give up at the payment page", async () => {
  const p = page(transaction("pending", { next }));
  const asked = [];
  globalThis.fetch = async (url, init) => {
    asked.push(`${init.method} ${url}`);
    return new Response(JSON.stringify(transaction("cancelled", { reason: "payment_cancelled" })), { headers: { "Content-Type": "application/json" } });
  };
  p.purchases.begin("tok_3ds");
  await settled();
  await p.purchases.giveUp("t1");
  await settled();
  assert.deepEqual(asked, ["POST /transactions/t1/cancel"]);
  assert.equal(p.store.state.notice.kind, "info");
  assert.equal(p.store.state.payPage, null);
  assert.equal(kept.size, 0);
});
