import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { lackingForms, setLocale } from "../format.js";
import { languages } from "../language.js";

/**
 * Each language has the texts of English, with the same placeholders and every form of
 * its plurals. A missing text fails only where USHER_TEST_REQUIRE names translations,
 * as `make test` does: who adds an English text need not know five languages. The
 * wrong ones fail everywhere.
 */
const required = (process.env.USHER_TEST_REQUIRE ?? "").includes("translations");

const folder = new URL("../texts/", import.meta.url);
const load = (/** @type {string} */ name) => import(new URL(name, folder).href);
const tags = [...Object.keys(languages).filter((tag) => tag !== "en"), "en-XA"];
const kinds = ["", "_work"];

/** What is the same in every language, or has nothing to say. */
const same = /^(locale\.\w+|notifications\.off|notifications\.trial\.title|seats\.reasons\.available|page\.unnamed|check\.states\.\w+)$/;

/** The groups that are in English only. */
const englishOnly = /^(admin|allotments|cancelShow|check|codes|desk|fan|look|phasePlan|rehearsals|season|seatPlan)\./;

/** Every text and function of a group, by its path. */
function* leaves(group, path = "") {
  for (const [key, value] of Object.entries(group)) {
    const at = path ? `${path}.${key}` : key;
    if (typeof value === "object" && value !== null) yield* leaves(value, at);
    else yield [at, value];
  }
}

/** Numbers of which every language needs another form of a plural. */
const numbers = [0, 1, 2, 3, 11, 100, 1_000_000];

/** Values for a parameter, by its type in the English text; each is found again in the text. */
const samples = {
  string: ["⟨s⟩"],
  "string|null": ["⟨s⟩", null],
  "string|undefined": ["⟨s⟩", undefined],
  currency: ["EUR"],
  number: numbers,
  "number|null": [3, null],
  "number|undefined": [3, undefined],
  boolean: [false, true],
  "string[]": [["⟨a⟩"], ["⟨a⟩", "⟨b⟩"], Array.from("abcdefgh", (c) => `⟨${c}⟩`)],
  "string[]|null": [["⟨a⟩"], null],
};

/** Values for the parameters of texts that take an object, by the object's type. */
const objects = [
  [/seatNumber: string/, [{ seatNumber: "⟨s⟩", category: "⟨c⟩", price: 4500 }]],
  [/detail: string/, [{ detail: "", seats: [] }, { detail: "", seats: ["⟨a⟩"] }, { detail: "", seats: ["⟨a⟩", "⟨b⟩"] }, { detail: "", seats: Array.from("abcdefgh", (c) => `⟨${c}⟩`) }]],
  [/column: number/, [{ line: 3, column: 7, problem: "⟨p⟩" }]],
  [/\.Live$/, [{ available: 3, turns: 1, ready: 2, nodes: [1] }, { available: 1, turns: 11, ready: 100, nodes: [1, 2] }]],
  [/\.ETA\|null$/, [null, { p50: 10, p90: 20 }, { p50: 60, p90: 60 }, { p50: 120, p90: 180 }, { p50: 50, p90: 200 }, { p50: 3600, p90: 8000 }]],
  [/round: number, value/, [{ source: "⟨b⟩", round: 3, value: "⟨v⟩" }]],
];

/** How many combinations of values one text is tried with at most. */
const most = 400;

/** The values that a function's parameters are tried with: its types are comments in the English source. */
function tries(name, source) {
  const typed = /@param \{(.*)\} \w+/.exec(source);
  const head = source.slice(0, source.search(/=>|\{\s*\n/) + 1 || undefined);
  const types = [...head.matchAll(/@type \{(.*?)\} ?\*\/ (\w+)?/g)].map((match) => (match[2] === "currency" ? "currency" : match[1]));
  if (types.length === 0 && typed) types.push(typed[1]);
  if (types.length === 0 && /^\(\{ (detail|seats)/.test(source)) types.push("{detail: string, seats: string[]}");
  if (types.length === 0 && /^expectedWait$/.test(name)) types.push("x.ETA|null");
  let all = [[]];
  for (const type of types) {
    const values = samples[type] ?? objects.find(([pattern]) => pattern.test(type))?.[1];
    assert.ok(values, `${name} takes a ${type}: say in this test which values to try it with`);
    all = all.flatMap((before) => values.map((value) => [...before, value]));
    all = all.slice(0, most);
  }
  return all;
}

/** Which of its values a text says: the marked names, and the numbers that stand for nothing else. */
function saidOf(/** @type {string} */ text, /** @type {any[]} */ args) {
  const ungrouped = text.replace(/(\d)[.,\s\u00a0\u202f](?=\d{3})/g, "$1");
  const figures = args.filter((value) => typeof value === "number" && value >= 11 && ungrouped.includes(String(value)));
  return [...new Set([...(text.match(/⟨\w⟩/g) ?? []), ...figures])].sort().join(" ");
}

function checkText(path, text) {
  assert.equal(typeof text, "string", path);
  assert.ok(same.test(path) || text.trim().length > 0, `${path} is empty`);
  assert.ok(!/undefined|null|NaN|TODO|\$\{|\[object/.test(text), `${path}: ${text}`);
}

for (const kind of kinds) {
  test(`English texts${kind} are whole`, async () => {
    setLocale({ numbers: "en", dates: "en-GB" });
    for (const [path, value] of leaves(await load(`en${kind}.js`))) {
      if (typeof value === "string") checkText(path, value);
      else for (const args of tries(path, String(value))) checkText(path, value(...args));
    }
  });

  for (const tag of tags) {
    test(`${tag}${kind} has the texts of English`, async (t) => {
      const en = await load(`en${kind}.js`);
      const other = await load(`${tag}${kind}.js`);
      const { locale } = await load(`${tag}.js`);
      const english = new Map(leaves(en));
      const translated = new Map(leaves(other));
      const missing = [...english.keys()].filter((path) => !translated.has(path));
      const unknown = [...translated.keys()].filter((path) => !english.has(path));
      const told = `web/app/texts/${tag}${kind}.js lacks ${missing.length} texts:\n  ${missing.join("\n  ")}`;
      if (missing.length > 0 && required) assert.fail(told);
      else if (missing.length > 0) t.diagnostic(told);
      assert.deepEqual(unknown, [], `web/app/texts/${tag}${kind}.js has texts that English has not`);

      const copied = [...english].filter(([path, value]) => typeof value === "string" && !same.test(path) && !path.startsWith("locale") && !englishOnly.test(path) && translated.get(path) === value);
      const words = [...english].filter(([path, value]) => typeof value === "string" && !englishOnly.test(path)).length;
      assert.ok(copied.length < words / 5, `web/app/texts/${tag}${kind}.js repeats English ${copied.length} times of ${words}, as in ${copied[0]}`);

      /** @type {string[]} */
      const wrong = [];
      lackingForms.clear();
      for (const [path, value] of english) {
        const theirs = translated.get(path);
        if (theirs === undefined) continue;
        if (typeof theirs !== typeof value) {
          // A text may need no function where English does, and the other way round is a fault.
          if (typeof value !== "function" || !path.startsWith("errors.")) wrong.push(`${path} is a ${typeof theirs}, in English a ${typeof value}`);
          continue;
        }
        if (typeof value === "string") {
          checkText(path, theirs);
          continue;
        }
        for (const args of tries(path, String(value))) {
          setLocale(en.locale ?? { numbers: "en", dates: "en-GB" });
          const mine = value(...args);
          lackingForms.clear();
          setLocale(locale);
          const said = theirs(...args);
          checkText(path, said);
          if (saidOf(said, args) !== saidOf(mine, args)) wrong.push(`${path}(${JSON.stringify(args)}) says ${said}, in English ${mine}`);
          for (const form of lackingForms) wrong.push(`${path}(${JSON.stringify(args)}) lacks the plural form ${form}`);
          lackingForms.clear();
        }
      }
      assert.deepEqual(wrong, []);
    });
  }
}

test("the tried numbers need every form of each language's plurals", () => {
  for (const tag of Object.keys(languages)) {
    const rules = new Intl.PluralRules(tag);
    const got = new Set(numbers.map((n) => rules.select(n)));
    assert.deepEqual([...got].sort(), [...rules.resolvedOptions().pluralCategories].sort(), tag);
  }
});

test("every group of texts is read through chosen.js, and a language's file through nothing else", async () => {
  for (const kind of kinds) {
    const names = Object.keys(await load(`en${kind}.js`)).filter((name) => name !== "locale");
    const chosen = await load(`chosen${kind}.js`);
    chosen.use(await load(`en${kind}.js`));
    assert.deepEqual(Object.keys(chosen).filter((name) => name !== "use").sort(), names.sort(), `web/app/texts/chosen${kind}.js has other groups than English`);
    for (const name of names) assert.notEqual(chosen[name], undefined, `use() of chosen${kind}.js does not set ${name}`);
    assert.deepEqual(Object.keys(await load(`en-XA${kind}.js`)).filter((name) => name !== "locale").sort(), names, `web/app/texts/en-XA${kind}.js has other groups than English`);
  }
  const app = new URL("..", import.meta.url);
  for (const path of ["", "views/"].flatMap((at) => readdirSync(new URL(at, app)).filter((name) => name.endsWith(".js")).map((name) => at + name))) {
    const found = /texts\/(?!chosen)[\w-]+\.js/.exec(readFileSync(new URL(path, app), "utf8"));
    assert.equal(found, null, `${path} loads ${found}: import the text from texts/chosen.js, so that a page loads one language`);
  }
});
