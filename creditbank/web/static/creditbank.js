// The little that neither HTML nor htmx does: quiet polling, and saying that something went wrong.
"use strict";

(function () {
  const sayFor = (name) => {
    const place = document.getElementById("toasts");
    const words = document.getElementById(name);
    if (!place || !words || place.childElementCount > 2) return;
    const said = words.content.firstElementChild.cloneNode(true);
    place.append(said);
  };

  const polled = (event) => event.detail.elt && event.detail.elt.hasAttribute("data-poll");
  const isWriting = () => document.querySelector("#transcript form, #transcript .htmx-request");

  // A page in the background does not ask for news, and news never take a form from who writes.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (polled(event) && (document.hidden || isWriting())) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const asked = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (asked && asked.hasAttribute("data-poll") && isWriting()) event.detail.shouldSwap = false;
  });

  // A lost poll is tried again by itself; whatever a person did must be answered.
  document.addEventListener("htmx:sendError", (event) => polled(event) || sayFor("said-away"));
  document.addEventListener("htmx:timeout", (event) => polled(event) || sayFor("said-away"));
  document.addEventListener("htmx:responseError", (event) => {
    if (polled(event)) return;
    const failed = event.detail.xhr.status >= 500;
    sayFor(failed ? "said-failed" : "said-refused");
  });

  // After an answer, the keyboard goes on where the answer says: the first fault, or its heading.
  document.addEventListener("htmx:load", (event) => {
    const place = event.detail.elt;
    const next = place.matches("[data-focus]") ? place : place.querySelector("[data-focus]");
    if (next) next.focus();
  });

  // A choice that changes the page is sent at once; without scripts its button is there.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-send-on-change]");
    if (form && event.target.matches("select, input[type=radio]")) form.requestSubmit();
  });

  document.addEventListener("click", (event) => {
    const closing = event.target.closest("[data-remove]");
    const dialog = event.target.closest("[data-dialog]");
    if (event.target.closest("[data-print]")) window.print();
    if (closing) document.querySelector(closing.dataset.remove)?.remove();
    if (dialog) document.getElementById(dialog.dataset.dialog).showModal();
  });

  // A menu closes when somebody looks elsewhere.
  const closeMenus = (kept) => {
    document.querySelectorAll("details[data-closes][open]").forEach((menu) => {
      if (!menu.contains(kept)) menu.open = false;
    });
  };
  document.addEventListener("click", (event) => closeMenus(event.target));
  document.addEventListener("focusin", (event) => closeMenus(event.target));
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest("details[data-closes][open]");
    if (event.key !== "Escape" || !menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // Where the screen is narrow the side lies over the page while it is wanted.
  const side = document.getElementById("side");
  const opener = document.querySelector("[data-side-open]");
  document.documentElement.classList.add("has-script");
  const showSide = (shown) => {
    side.classList.toggle("is-open", shown);
    document.querySelectorAll("body > :is(.top, main, .foot)").forEach((part) => (part.inert = shown));
    (shown ? side.querySelector("a") : opener).focus();
  };
  opener?.addEventListener("click", (event) => {
    event.preventDefault();
    showSide(true);
  });
  side?.addEventListener("click", (event) => event.target.closest("[data-side-close]") && showSide(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && side?.classList.contains("is-open")) showSide(false);
  });
  document.addEventListener("pointerdown", (event) => {
    if (side?.classList.contains("is-open") && !side.contains(event.target)) showSide(false);
  });

  // A place for a file is chosen by a click or filled by dropping; it says what lies in it.
  const words = document.getElementById("drop-words");
  const furnish = (place) => {
    place.querySelectorAll(".drop").forEach((drop) => {
      if (!drop.querySelector(".chosen")) drop.append(words.content.firstElementChild.cloneNode(true));
    });
  };
  const showChosen = (drop, files) => {
    const said = drop.querySelector(".chosen");
    drop.classList.toggle("has-file", files.length > 0);
    said.textContent = files.length
      ? [...files].map((file) => file.name).join(", ")
      : words.content.textContent.trim();
  };
  furnish(document);
  document.addEventListener("htmx:load", (event) => furnish(event.detail.elt));
  document.addEventListener("change", (event) => {
    const drop = event.target.matches("input[type=file]") && event.target.closest(".drop");
    if (drop) showChosen(drop, event.target.files);
  });
  for (const [name, over] of [["dragenter", true], ["dragleave", false], ["drop", false]]) {
    document.addEventListener(name, (event) => {
      event.target.closest?.(".drop")?.classList.toggle("is-over", over);
    });
  }

  // In a grid the arrows go up and down a column, as in a spreadsheet; a select keeps its own.
  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Enter: 1 }[event.key];
    const cell = event.target.closest("[data-grid] :is(td, th)");
    if (!step || !cell || !event.target.matches("input")) return;
    const rows = [...cell.closest("tbody").rows];
    const row = rows[rows.indexOf(cell.parentElement) + step];
    const next = row && row.cells[cell.cellIndex].querySelector("input:not([type=hidden])");
    event.preventDefault();
    if (!next) return;
    next.focus();
    if (next.type === "text") next.select();
  });

  // What is said from below goes by itself.
  const toasts = document.getElementById("toasts");
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const said of change.addedNodes) setTimeout(() => said.remove(), 8000);
    }
  }).observe(toasts, { childList: true });

  // Paper shows every term, also those folded on the screen.
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("details.term:not([open])").forEach((term) => {
      term.open = true;
      term.dataset.folded = "";
    });
  });
  window.addEventListener("afterprint", () => {
    document.querySelectorAll("details.term[data-folded]").forEach((term) => {
      term.open = false;
      delete term.dataset.folded;
    });
  });
})();
