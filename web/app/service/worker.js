// The page's service worker. Phones show notifications only through one. It keeps
// nothing by itself. The gate's page keeps itself in a cache (gate_page.js), and the
// fan's page keeps the tickets (kept_tickets.js); the worker answers from these while the
// server cannot be reached. Everything else goes to the server, so that the line and the
// seats are never old ones.

self.addEventListener("install", () => self.skipWaiting());

// The first visit is kept too.
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

/** How long the server may take before the kept page is shown, in ms. */
const patience = 4000;

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && url.pathname === "/gate") event.respondWith(gatePage(request));
  else if (request.mode === "navigate" && url.pathname === "/") event.respondWith(salePage(request));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(asset(request));
});

/** The page of the server, or the kept one where the server does not give one in time. */
async function gatePage(request) {
  const kept = await caches.match("/gate", { cacheName: "usher-gate", ignoreVary: true });
  if (!kept) return fetch(request);
  const fresh = fetch(request).then((page) => (page.status < 500 ? page : kept), () => kept);
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), patience));
  return Promise.race([fresh, late]);
}

/** The page of the server, or the kept tickets where the server or its proxy does not answer. */
async function salePage(request) {
  const kept = () => caches.match("/kept-tickets", { cacheName: "usher-tickets" });
  try {
    const page = await fetch(request);
    return page.status < 500 ? page : ((await kept()) ?? page);
  } catch (failure) {
    const tickets = await kept();
    if (tickets) return tickets;
    throw failure;
  }
}

/** A file of the page. Its address has its hash, so a kept one is as good as the server's. */
async function asset(request) {
  return (await caches.match(request.url, { cacheName: "usher-gate", ignoreVary: true })) ?? fetch(request);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(
    (async () => {
      const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
      const url = new URL(event.notification.data?.url ?? "/", self.location.origin);
      const open = pages.find((page) => new URL(page.url).pathname === url.pathname) ?? pages[0];
      if (open) return open.focus();
      return self.clients.openWindow(url);
    })(),
  );
});
