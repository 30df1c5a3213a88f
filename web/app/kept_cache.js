// @ts-check
/**
 * The fan's tickets that this device has kept: read and forgotten. kept_tickets.js
 * keeps them.
 *
 * @typedef {import("./kept_tickets.js").Kept} Kept
 */

/** The names that service/worker.js reads. */
export const cacheName = "usher-tickets";
export const pagePath = "/kept-tickets";
export const dataPath = "/kept-tickets.json";

export const possible = () => "caches" in globalThis && "serviceWorker" in navigator;

/** @returns {Promise<Kept|null>} */
async function read() {
  try {
    const found = possible() ? await caches.match(dataPath, { cacheName }) : undefined;
    return found ? await found.json() : null;
  } catch {
    return null;
  }
}

/**
 * @param {string|undefined} user
 * @returns {Promise<Kept|null>} what is kept for this fan
 */
export async function keptFor(user) {
  const kept = await read();
  return kept && kept.user === user ? kept : null;
}

/** @param {string} ticket its id @returns {Promise<string|null>} its code's image */
export async function keptCode(ticket) {
  return (await read())?.codes[ticket] ?? null;
}

/** Forgets what is kept: of everybody but this fan, or of everybody. @param {string} [user] */
export async function forgetKept(user) {
  try {
    if (!possible() || (user !== undefined && ((await read())?.user ?? user) === user)) return;
    await caches.delete(cacheName);
  } catch {
    // Storage is forbidden: nothing was kept.
  }
}
