// @ts-check
/**
 * Which language the page is in. The server chooses: by ?lang, else by the cookie
 * usher_language, else by what the browser asks for.
 */

/** The languages in their own names, by the server's tags. @type {Record<string, string>} */
export const languages = { en: "English", de: "Deutsch", fr: "Français", es: "Español", ar: "العربية" };

/** Keeps the language that the address asked for, and takes it out of the address. */
export function adoptLanguage() {
  const query = new URLSearchParams(location.search);
  if (!query.has("lang")) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `usher_language=${document.documentElement.lang}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  query.delete("lang");
  history.replaceState(null, "", location.pathname + (String(query) ? `?${query}` : "") + location.hash);
}

/**
 * The address of this page in another language.
 *
 * @param {string} tag
 */
export function inLanguage(tag) {
  const query = new URLSearchParams(location.search);
  query.set("lang", tag);
  return `${location.pathname}?${query}${location.hash}`;
}
