// @ts-check
/**
 * The pseudo-language: English with marks around each text and 40 % longer. A text
 * without marks was not put into a file of a language; a page that has no room for
 * this one has none for other languages. Development servers and tests offer it.
 *
 * @template T
 * @param {T} texts a text, a function that makes one, or texts by name
 * @returns {T}
 */
export function pseudo(texts) {
  /** @type {any} */
  const any = texts;
  // The first tildes lengthen the last word; more of them are words that can be wrapped.
  if (typeof any === "string") return any && /** @type {any} */ (`⟦${any}${"~".repeat(Math.ceil(any.length * 0.4)).replace(/~{6}(?=~)/g, "$& ")}⟧`);
  if (typeof any === "function") return /** @type {any} */ ((/** @type {any[]} */ ...args) => pseudo(any(...args)));
  if (Array.isArray(any)) return /** @type {any} */ (any.map(pseudo));
  return /** @type {any} */ (Object.fromEntries(Object.entries(any).map(([name, value]) => [name, pseudo(value)])));
}
