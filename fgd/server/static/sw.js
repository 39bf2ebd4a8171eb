// Lets the page open while the server is away. Taps are never answered from here.
const SHELF = "fgd-live-1";
const PAGE = ["/", "/api/session", "/static/live.js", "/static/live.css", "/static/base.js",
  "/static/look.css", "/static/mark.svg"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELF).then((shelf) => shelf.addAll(PAGE)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || !PAGE.includes(url.pathname)) return;
  event.respondWith((async () => {
    const shelf = await caches.open(SHELF);
    try {
      const fresh = await fetch(event.request);
      if (fresh.ok) await shelf.put(url.pathname, fresh.clone());
      return fresh;
    } catch (problem) {
      const kept = await shelf.match(url.pathname);
      if (kept) return kept;
      throw problem;
    }
  })());
});
