// @ts-check
/**
 * Keeps the gate's page on this device, so that it opens without a network: the
 * service worker answers from this cache when the server cannot be reached.
 */
const cacheName = "usher-gate";

/** The path of this version's files, such as /assets/0123456789abcdef/. */
const version = /^\/assets\/[^/]+\//.exec(new URL(import.meta.url).pathname)?.[0] ?? "";

/** Every file of this version that the page has loaded or will load. */
function files() {
  const found = new Set();
  for (const element of document.querySelectorAll("link[href], script[src]")) {
    found.add(/** @type {HTMLLinkElement} */ (element).href || /** @type {HTMLScriptElement} */ (element).src);
  }
  for (const entry of performance.getEntriesByType("resource")) found.add(entry.name);
  return [...found].filter((url) => new URL(url, location.href).pathname.startsWith(version));
}

/** @returns {Promise<boolean>} whether the page opens without a network */
export async function keepPage() {
  if (!("caches" in globalThis) || !("serviceWorker" in navigator) || !version) return false;
  try {
    await navigator.serviceWorker.register("/worker.js");
    await navigator.serviceWorker.ready;
    const cache = await caches.open(cacheName);
    const page = await fetch("/gate", { cache: "no-cache" });
    // Another version is on the server already: the next load keeps it.
    if (!page.ok || !(await page.clone().text()).includes(version)) return (await cache.match("/gate")) !== undefined;
    const known = await cache.keys();
    const there = new Set(known.map((request) => request.url));
    await cache.addAll(files().filter((url) => !there.has(url)));
    await cache.put("/gate", page);
    for (const request of known) {
      const { pathname } = new URL(request.url);
      if (pathname !== "/gate" && !pathname.startsWith(version)) await cache.delete(request);
    }
    return true;
  } catch {
    return false;
  }
}
