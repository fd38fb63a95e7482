// Keeps one whole build at hand, so that the app starts without a network and never mixes two versions.
//
// The build fills in its id and its files with their digests. Installing fetches all of them into a cache of their own;
// a file whose bytes are not the build's (a server in the middle of an update) fails the install as a whole, and
// the version before stays. The new version then waits until the page sends SKIP_WAITING. The cache of the version
// before is kept for tabs that still run it.
const BUILD = __BUILD__;
const FILES = __FILES__;
const PREFIX = "stillroom-";
const CACHE = PREFIX + BUILD;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && new URL(url).origin === location.origin) event.respondWith(answer(event.request));
});
self.addEventListener("message", (event) => {
  if (event.data === "SKIP_WAITING") self.skipWaiting();
});

async function install() {
  const cache = await caches.open(CACHE);
  try {
    await cache.addAll(FILES.map(([path, integrity]) => new Request(path, { cache: "no-cache", integrity })));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

async function activate() {
  const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function answer(request) {
  const { pathname } = new URL(request.url);
  const cache = await caches.open(CACHE);
  const path = request.mode === "navigate" ? "/" : pathname;
  return (await cache.match(path)) ?? (await caches.match(path)) ?? fetch(request);
}
