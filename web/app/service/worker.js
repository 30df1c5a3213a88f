// The page's service worker. Phones show notifications only through one. The worker
// keeps nothing and answers no request: the page always comes from the server.

self.addEventListener("install", () => self.skipWaiting());

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
