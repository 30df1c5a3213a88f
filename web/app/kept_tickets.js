// @ts-check
import { cacheName, dataPath, forgetKept, keptFor, pagePath, possible } from "./kept_cache.js";
import { keptPage } from "./views/kept_page.js";

/**
 * Keeps the fan's tickets on this device, so that they can be shown at the gate
 * without a network. Two entries of one cache: a page that the service worker answers
 * with when the server cannot be reached, and the data for a page that is open
 * already. Both belong to one fan, and end when that fan signs out or another one
 * signs in.
 *
 * @typedef {import("../../clients/js/wire.js").Ticket} Ticket
 * @typedef {import("./types/app.js").KnownSeason} KnownSeason
 *
 * @typedef {object} Kept
 * @property {string} user
 * @property {number} at when the server said so, in ms
 * @property {Ticket[]} tickets
 * @property {Record<string, KnownSeason>} seasons by id
 * @property {Record<string, string>} codes images as data: URLs, by the ticket's id
 */

/** How many tickets are kept at most; the newest are. */
const most = 40;

/** @param {Ticket} ticket @returns {Promise<string>} */
async function codeOf(ticket) {
  const answer = await fetch(`/tickets/${encodeURIComponent(ticket.id)}/qr.svg`, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`the code of ticket ${ticket.id} cannot be read: ${answer.status}`);
  return `data:image/svg+xml,${encodeURIComponent(await answer.text())}`;
}

/** One keeping at a time: a later one has newer tickets. @type {Promise<unknown>} */
let keeping = Promise.resolve();

/**
 * @param {string} user
 * @param {Ticket[]} all
 * @param {Record<string, KnownSeason>} seasons
 * @param {() => boolean} still whether this fan is signed in still
 * @returns {Promise<void>}
 */
export function keepTickets(user, all, seasons, still) {
  const next = keeping.then(() => keep(user, all, seasons, still)).catch(() => {
    // No network, no room, or a private window: the tickets on the page are all there is.
  });
  keeping = next;
  return next;
}

/**
 * @param {string} user
 * @param {Ticket[]} all
 * @param {Record<string, KnownSeason>} seasons
 * @param {() => boolean} still
 */
async function keep(user, all, seasons, still) {
  if (!possible() || !still()) return;
  const tickets = all.filter((ticket) => ticket.status !== "void").slice(0, most);
  const before = await keptFor(user);
  if (tickets.length === 0) {
    if (before) await forgetKept();
    return;
  }
  /** @type {Record<string, string>} */
  const codes = {};
  for (const ticket of tickets) codes[ticket.id] = before?.codes[ticket.id] ?? (await codeOf(ticket));
  /** @type {Kept} */
  const kept = { user, at: Date.now(), tickets, seasons, codes };
  const { html, policy } = await keptPage(kept);
  // Signed out in between: nothing may be left.
  if (!still()) return;
  const cache = await caches.open(cacheName);
  await cache.put(dataPath, new Response(JSON.stringify(kept), { headers: { "Content-Type": "application/json" } }));
  await cache.put(pagePath, new Response(html, { headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy } }));
  if (!still()) await forgetKept();
  else await navigator.serviceWorker.register("/worker.js");
}
