// The service worker: after the first visit the page opens without a network.
//
// tools/offline.mjs writes the two constants at the end of a release build. A file whose name carries its content's
// hash is taken from the cache; any other is asked for first, so that a new release shows at once.

const VERSION = "@VERSION@";
const FILES = ["@FILES@"];

const NAME = `jobscope-${VERSION}`;
const HASHED = /-[0-9a-f]{16}(_bg)?\.\w+$/;

addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(FILES)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("jobscope-") && name !== NAME;
  const sweep = (names) => Promise.all(names.filter(old).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(sweep).then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const ours = request.method === "GET" && request.url.startsWith(registration.scope);
  if (ours) event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(NAME);
  const kept = await cache.match(request, { ignoreSearch: true });
  if (kept && HASHED.test(new URL(request.url).pathname)) return kept;
  return fetch(request).catch((error) => kept ?? Promise.reject(error));
}
