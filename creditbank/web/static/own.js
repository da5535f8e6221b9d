// One's own record: tabs, links to pass on, and the copy that can be read without a network.
"use strict";

(function () {
  const root = document.documentElement;
  const own = document.querySelector("[data-worker]");
  const device = document.getElementById("device");
  const CHOICE = "creditbank-keeps-nothing";
  const TABS = ["verdicts", "transcript", "notices", "mine"];
  const LATER = "[hx-trigger=load]";
  const PARTS = [...document.querySelectorAll(LATER)].map((part) => part.getAttribute("hx-get"));

  // Without a network nothing can be sent; signing out can, as it deletes what lies here.
  const show = (isOffline) => {
    root.toggleAttribute("data-offline", isOffline);
    document.querySelectorAll("form:not([action='/sign-out']) :is(button, input, select, textarea)")
      .forEach((field) => {
        if (isOffline && !field.disabled) field.dataset.waits = "";
        if ("waits" in field.dataset) field.disabled = isOffline;
        if (!isOffline) delete field.dataset.waits;
      });
  };
  const isCopy = root.hasAttribute("data-offline");
  show(isCopy || navigator.onLine === false);
  window.addEventListener("offline", () => show(true));
  window.addEventListener("online", () => (isCopy ? location.reload() : show(false)));

  // That a part which comes by itself is not there, the banner has said.
  const isSaid = ({ target }) => root.hasAttribute("data-offline") && target.matches(LATER);
  addEventListener("htmx:sendError", (event) => isSaid(event) && event.stopPropagation(), true);

  // Whoever reads a copy asks for news all the same; the first answer means that it is over.
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (isCopy && detail.successful && detail.elt.matches("[data-poll]")) location.reload();
  });

  // The worker keeps what the server allows; on a phone that is not one's own, nothing.
  const keeps = () => localStorage.getItem(CHOICE) === null;
  const worker = navigator.serviceWorker;
  const tell = (isKept) => {
    if (!device) return;
    device.hidden = false;
    device.querySelector("[data-kept]").hidden = !isKept;
    device.querySelector("[data-forget]").hidden = !isKept;
    device.querySelector("[data-not-kept]").hidden = isKept;
    device.querySelector("[data-keep]").hidden = isKept;
  };
  const keep = async () => {
    if (isCopy) return tell(true);
    const isWatched = worker.controller !== null;
    await worker.register(own.dataset.worker);
    const { active } = await worker.ready;
    if (isWatched) return active.postMessage({ ask: true });
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    const files = loaded.filter((name) => new URL(name).pathname.startsWith("/static/"));
    active.postMessage({ keep: location.href, files, parts: PARTS });
  };
  const forget = async () => {
    const found = await worker.getRegistration();
    if (found && found.active) found.active.postMessage({ wipe: true });
    await caches.delete("creditbank-pages");
    if (found) await found.unregister();
  };
  if (worker && own) {
    worker.addEventListener("message", ({ data }) => {
      if (data.kept) tell(true);
    });
    if (keeps()) keep().catch(() => undefined);
    else tell(false);
  }
  device?.addEventListener("click", async ({ target }) => {
    if (target.closest("[data-forget]")) {
      localStorage.setItem(CHOICE, "");
      await forget();
      tell(false);
    } else if (target.closest("[data-keep]")) {
      localStorage.removeItem(CHOICE);
      await keep();
    }
  });

  // The tab of the part that is being read.
  const parts = TABS.map((id) => document.getElementById(id)).filter(Boolean);
  const mark = () => {
    const here = parts.filter((part) => part.getBoundingClientRect().top < innerHeight / 3);
    const isEnd = innerHeight + scrollY >= document.body.scrollHeight - 4;
    const reading = isEnd ? parts.at(-1) : here.at(-1) || parts[0];
    document.querySelectorAll("[data-tab]").forEach((tab) => {
      if (tab.dataset.tab === reading.id) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    });
  };
  if (parts.length) {
    addEventListener("scroll", mark, { passive: true });
    mark();
  }

  // A link to a paper: copied, or handed to whatever the phone sends with.
  const ready = (place) => {
    const field = place.querySelector("[data-link]");
    if (!field) return;
    const copy = place.querySelector("[data-copy]");
    const share = place.querySelector("[data-share]");
    copy.hidden = !navigator.clipboard;
    share.hidden = !navigator.share;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(field.value);
      copy.textContent = copy.dataset.done;
    });
    share.addEventListener("click", () => {
      navigator.share({ title: share.dataset.title, url: field.value }).catch(() => undefined);
    });
    field.addEventListener("focus", () => field.select());
  };
  ready(document);
  document.addEventListener("htmx:load", ({ detail }) => ready(detail.elt));
})();
