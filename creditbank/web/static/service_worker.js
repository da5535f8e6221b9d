// The last seen pages of one's own record, to be read where there is no network.
// What may be kept, and whose it is, the server says in each answer (web/offline_copies.py): this
// worker decides nothing. Copies go when somebody signs out or in, when the session has ended, and
// after a week. Staff pages, papers, links and the API are never kept.
"use strict";

const PAGES = "creditbank-pages";
const FILES = "creditbank-files";
const OWNER = "/offline?owner";
const NOT_KEPT = "/offline";
const KEPT_MS = 7 * 24 * 3600 * 1000;
const PAGES_MAX = 40;
const PATIENCE_MS = 8000;
const KEPT_AT = "X-Kept-At";

let wipes = 0; // an answer that was asked for before a wipe is not kept after it
let turn = Promise.resolve();

const inTurn = (work) => (turn = turn.then(work, work));

self.addEventListener("install", (event) => {
  event.waitUntil(keepNotKept().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin || url.pathname.startsWith("/api/")) return;
  if (request.method === "POST" && url.pathname === "/sign-out") {
    event.respondWith(signOut(request));
  } else if (request.method === "GET" && url.pathname.startsWith("/static/")) {
    event.respondWith(file(event, url));
  } else if (request.method === "GET" && (request.mode === "navigate" || isPart(request))) {
    event.respondWith(page(event, url));
  }
});

self.addEventListener("message", (event) => {
  const { ask, keep, files, parts, wipe: isWipe } = event.data;
  if (isWipe) event.waitUntil(wipe());
  if (ask) event.waitUntil(inTurn(() => say(event.source)));
  if (keep) event.waitUntil(keepOpen(keep, files, parts).then(() => say(event.source)));
});

const isPart = (request) => request.headers.get("HX-Request") === "true";

// A page and its part have one address and are two copies.
function keyOf(url, part) {
  const key = new URL(url);
  key.hash = "";
  if (part) key.searchParams.set("as", "part");
  return key.href;
}

async function page(event, url) {
  const { request } = event;
  const key = keyOf(url, isPart(request));
  const began = wipes;
  const copy = await kept(key);
  const waits = copy && AbortSignal.timeout; // a slow network is none, where there is a copy
  try {
    const signal = waits ? AbortSignal.timeout(PATIENCE_MS) : undefined;
    const response = await fetch(request, signal ? { signal } : {});
    event.waitUntil(heed(key, response.clone(), began));
    return response;
  } catch {
    return copy || instead(request, url);
  }
}

// Network first; what an answer says of copies is done before anything else is kept.
function heed(key, response, began) {
  const [word, owner] = (response.headers.get("Offline-Copy") || "").split(" ");
  if (word === "wipe") return wipe();
  if (!owner) return Promise.resolve();
  return inTurn(async () => {
    if (began !== wipes) return;
    let cache = await caches.open(PAGES);
    const before = await cache.match(OWNER);
    if (before && (await before.text()) !== owner) {
      await caches.delete(PAGES);
      cache = await caches.open(PAGES);
    }
    if (word !== "keep" || !response.ok || response.redirected) return;
    const headers = new Headers(response.headers);
    headers.set(KEPT_AT, String(Date.now()));
    await cache.put(OWNER, new Response(owner));
    await cache.put(key, new Response(await response.blob(), { headers }));
    const keys = await cache.keys();
    for (const old of keys.slice(1, Math.max(1, keys.length - PAGES_MAX))) await cache.delete(old);
  });
}

// A copy says of itself that it is one: the page shows its banner by that.
async function kept(key) {
  const cache = await caches.open(PAGES);
  const found = await cache.match(key, { ignoreVary: true });
  if (!found) return undefined;
  if (Date.now() - Number(found.headers.get(KEPT_AT)) > KEPT_MS) {
    await wipe();
    return undefined;
  }
  const text = await found.text();
  return new Response(text.replace("<html ", "<html data-offline "), { headers: found.headers });
}

async function instead(request, url) {
  if (request.mode !== "navigate") return Response.error();
  const cache = await caches.open(PAGES);
  const own = (await cache.keys()).filter(({ url }) => /\/learners\/\d+$/.test(url)).pop();
  if (url.pathname === "/" && own) return Response.redirect(own.url);
  const files = await caches.open(FILES);
  return (await files.match(NOT_KEPT, { ignoreSearch: true, ignoreVary: true })) || Response.error();
}

async function signOut(request) {
  await wipe();
  try {
    return await fetch(request);
  } catch {
    return Response.redirect(`${NOT_KEPT}#left`, 303);
  }
}

function wipe() {
  wipes += 1;
  return inTurn(() => caches.delete(PAGES));
}

async function file(event, url) {
  const cache = await caches.open(FILES);
  const isNamedByContent = url.searchParams.has("v");
  const found = await cache.match(event.request, { ignoreVary: true });
  if (found && isNamedByContent) return found;
  try {
    const response = await fetch(event.request);
    if (response.ok) event.waitUntil(keepFile(cache, event.request, response.clone()));
    return response;
  } catch {
    return found || Response.error();
  }
}

async function keepFile(cache, request, response) {
  await cache.delete(request, { ignoreSearch: true, ignoreVary: true });
  await cache.put(request, response);
}

// The page that was open before this worker was there, with the files that it needs.
async function keepOpen(address, files, parts) {
  const cache = await caches.open(FILES);
  for (const name of files) {
    if (!(await cache.match(name, { ignoreVary: true }))) {
      const response = await fetch(name);
      if (response.ok) await keepFile(cache, new Request(name), response);
    }
  }
  const began = wipes;
  await heed(keyOf(address, false), await fetch(address), began);
  for (const part of parts) {
    const response = await fetch(part, { headers: { "HX-Request": "true" } });
    await heed(keyOf(new URL(part, address), true), response, began);
  }
}

async function keepNotKept() {
  const cache = await caches.open(FILES);
  const response = await fetch(NOT_KEPT);
  if (response.ok) await cache.put(NOT_KEPT, response);
}

async function say(client) {
  const cache = await caches.open(PAGES);
  if (client && (await cache.match(OWNER))) client.postMessage({ kept: true });
}
