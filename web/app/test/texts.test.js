import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const folder = new URL("..", import.meta.url);
const modules = ["", "views/"].flatMap((path) =>
  readdirSync(new URL(path, folder))
    .filter((name) => name.endsWith(".js"))
    .map((name) => path + name),
);

/** Values that the browser or the server reads, not a person. */
const values = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Enter", "Tab", "Escape", "AltGraph", "Notification", "Regular", "Accept", "Content-Type", "Idempotency-Key"]);

/**
 * Reads a module's string literals, each with the code before it on its line. A
 * template's expressions become "…" and are read for literals too.
 */
function literals(source) {
  const found = [];
  let at = 0;
  /** Reads code up to the end, or to the brace that closes a template's expression. */
  function code(inTemplate) {
    for (let depth = 0; at < source.length; at++) {
      const rest = source.slice(at, at + 2);
      const before = source.slice(source.lastIndexOf("\n", at - 1) + 1, at);
      if (rest === "//") at = (source + "\n").indexOf("\n", at);
      else if (rest === "/*") at = source.indexOf("*/", at) + 1;
      else if (source[at] === "/" && /(^|[(,=:!&|?]|return)\s*$/.test(before)) at += /^\/(?:\\.|\[(?:\\.|[^\]])*\]|[^/\\])+\//.exec(source.slice(at))[0].length - 1;
      else if (source[at] === '"' || source[at] === "'" || source[at] === "`") literal(source[at], before);
      else if (source[at] === "{") depth++;
      else if (source[at] === "}" && depth-- === 0 && inTemplate) return;
    }
  }
  function literal(quote, before) {
    let text = "";
    for (at++; source[at] !== quote; at++) {
      if (quote === "`" && source.startsWith("${", at)) {
        at += 2;
        code(true);
        text += "…";
      } else if (source[at] === "\\") text += source[++at];
      else text += source[at];
    }
    found.push({ text: text.trim(), before });
  }
  code(false);
  return found;
}

/** The literals of a module that look like words for a person: two words, or one with a capital. */
function wordsIn(source) {
  return literals(source)
    .filter(({ text, before }) => !values.has(text) && !/^import |(class|className|autocomplete|accept|rel):\s*$/.test(before))
    .map(({ text }) => text)
    .filter((text) => /\p{L}{2,}[.,:]? +…?[^\s\p{L}]?\p{L}/u.test(text) || /^\p{Lu}\p{Ll}+(?![\w-]*:?\/|-)/u.test(text));
}

/** What looks like a text and is none, by module. */
const allowed = {
  "language.js": /^(English|Deutsch|Français|Español|…?; Secure|usher_language=…)$/, // each language in its own name
  "kept_tickets.js": /^(the code of ticket|Content-Security-Policy)/, // an error that only a test reads, and a header
  "views/kept_page.js": /^(:root|<!doctype|default-src)/, // styles, a page's frame, and its policy
  "falling.js": /^\(prefers-reduced-motion: reduce\)$/,
  "tab_icon.js": /sans-serif$/, // a font
  "views/notice.js": /^button, input, a, canvas, summary$/, // a selector
  "views/seat_map.js": /^\((prefers-color-scheme: dark|forced-colors: active)\)$|^translate\(/,
  "ed25519.js": /^Ed25519$/, // an algorithm
  "scanner_burst.js": /^(Dead|Process)$/, // names of keys
  "gate_scans.js": /^u0001by hand$/, // a mark among codes
  "ticket_code.js": /^(EdDSA|Ed25519)$/, // algorithms
  "views/admin_plan_drawing.js": /^\(prefers-color-scheme: dark\)$/,
  "views/seat_drawing.js": /sans-serif$/, // fonts
  "polling.js": /cannot be sent over HTTP$/, // an error that only a fault of this app can cause
};

test("every text that a person reads stands in texts/", () => {
  assert.ok(modules.length > 40, `only ${modules.length} modules found`);
  const left = modules.flatMap((path) =>
    wordsIn(readFileSync(new URL(path, folder), "utf8"))
      .filter((text) => !allowed[path]?.test(text))
      .map((text) => `${path}: ${text}`),
  );
  assert.deepEqual(left, []);
});

test("the search for texts finds what it is for", () => {
  const source = 'h("p", { class: "card fine" }, "Take a seat"); text(a, `In ${n ? "some more" : `${n}`} minutes`); h("h2", null, "Gate", /"No text/, "seats"); // "No text"';
  assert.deepEqual(wordsIn(source), ["Take a seat", "some more", "In … minutes", "Gate"]);
});
