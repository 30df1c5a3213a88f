// @ts-check

/** @type {Map<string, Promise<void>>} */
const sheets = new Map();

/**
 * Loads the style sheet of a view once. A view is shown when its rules are there, so
 * that it does not move.
 *
 * @param {string} name a file beside this one
 * @returns {Promise<void>} also when the sheet cannot be loaded: a view without it can be used
 */
export function sheet(name) {
  const known = sheets.get(name);
  if (known) return known;
  const loading = new Promise((/** @type {(done: void) => void} */ resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(name, import.meta.url).href;
    link.onload = link.onerror = () => resolve();
    // Behind the app's own sheets, whose rules it refines, and before the organizer's look.
    const own = document.querySelector('link[rel="stylesheet"][href$="/waiting.css"]');
    if (own) own.after(link);
    else document.head.append(link);
  });
  sheets.set(name, loading);
  return loading;
}
