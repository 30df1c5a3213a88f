// @ts-check
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { addressees, messageOf, stateOf } from "../embed_state.js";
import { languages } from "../language.js";

const now = Date.parse("2026-05-01T10:00:00Z");
/** @type {any} */
const season = {
  id: "demo", opensAt: null, closesAt: null,
  sale: { paused: false, pauseReason: null, opensAt: null, closesAt: null, notice: null, stock: "available", available: 412, held: 63, total: 1200, currency: "EUR", categories: [], version: 1 },
};
/** @type {any} */
const none = { state: "none", position: null, etaSeconds: null, deadline: null, waiting: 7 };

test("a visitor without a place sees the state of the sale", () => {
  assert.equal(stateOf(null, null, now), "unknown");
  assert.equal(stateOf(season, null, now), "open");
  assert.equal(stateOf(season, none, now), "open");
  assert.equal(stateOf({ ...season, opensAt: "2026-05-01T10:00:01Z" }, none, now), "upcoming");
  assert.equal(stateOf({ ...season, opensAt: "2026-05-01T10:00:00Z" }, none, now), "open");
  assert.equal(stateOf({ ...season, closesAt: "2026-05-01T10:00:00Z" }, none, now), "closed");
  assert.equal(stateOf({ ...season, closesAt: "2026-05-01T10:00:01Z" }, none, now), "open");
  assert.equal(stateOf({ ...season, sale: { ...season.sale, stock: "gone" } }, none, now), "sold_out");
  assert.equal(stateOf({ ...season, sale: { ...season.sale, stock: "held" } }, none, now), "open");
  assert.equal(stateOf({ ...season, sale: null }, none, now), "open");
});

test("a fan's own state goes before the sale's", () => {
  const gone = { ...season, closesAt: "2026-04-01T10:00:00Z" };
  for (const state of /** @type {const} */ (["gathering", "waiting", "turn", "active"])) assert.equal(stateOf(gone, { ...none, state }, now), state);
});

test("the message to the page around has the shape of docs/embedding.md", () => {
  const waiting = { ...none, state: "waiting", position: 3, etaSeconds: { p50: 60, p90: 120 } };
  const message = messageOf("demo", season, waiting, now, 188);
  assert.deepEqual(message, {
    type: "usher:state", version: 1, season: "demo", state: "waiting", position: 3, etaSeconds: { p50: 60, p90: 120 }, deadline: null,
    waiting: 7, paused: false, stock: "available", available: 412, total: 1200, height: 188,
  });
  const before = messageOf("demo", null, null, now, 0);
  assert.deepEqual(Object.keys(before), Object.keys(message));
  assert.equal(before.state, "unknown");
  assert.equal(before.waiting, null);
  const document = readFileSync(new URL("../../../docs/embedding.md", import.meta.url), "utf8");
  for (const field of Object.keys(message)) assert.ok(document.includes(`| \`${field}\``), `docs/embedding.md does not describe ${field}`);
});

test("only listed origins are told", () => {
  const listed = ["https://www.example", "https://venue.example:8443"];
  assert.deepEqual(addressees(listed, "https://venue.example:8443", ""), ["https://venue.example:8443"]);
  assert.deepEqual(addressees(listed, "https://evil.example", "https://www.example/"), []);
  assert.deepEqual(addressees(listed, undefined, "https://www.example/page?x"), ["https://www.example"]);
  assert.deepEqual(addressees(listed, undefined, "https://evil.example/"), []);
  assert.deepEqual(addressees(listed, undefined, ""), listed);
});

test("each language has the texts that the frame uses", async () => {
  const used = /const \{ (.+) \} = texts;/.exec(readFileSync(new URL("../embed.js", import.meta.url), "utf8"));
  assert.ok(used);
  const groups = used[1].split(", ").map((name) => name.split(":")[0]);
  for (const tag of [...Object.keys(languages), "en-XA"]) {
    const texts = await import(`../texts/${tag}_embed.js`);
    for (const group of [...groups, "locale"]) assert.ok(texts[group], `texts/${tag}_embed.js lacks ${group}`);
    assert.deepEqual(texts.embed, (await import(`../texts/${tag}.js`)).embed, `texts/${tag}_embed.js has another language`);
  }
});
