// The field that finds everything: opened by / or Ctrl+K, walked through by arrows, left by Esc.
"use strict";

(function () {
  const palette = document.querySelector("[data-palette]");
  if (!palette || typeof palette.showModal !== "function") return;
  const field = palette.querySelector("[name=words]");
  const options = () => [...palette.querySelectorAll("[role=option]")];

  const choose = (option) => {
    for (const other of options()) other.setAttribute("aria-selected", String(other === option));
    if (!option) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const chosen = () => palette.querySelector("[role=option][aria-selected=true]");

  const open = () => {
    if (palette.open) return;
    palette.showModal();
    field.value = "";
    field.focus();
    field.dispatchEvent(new CustomEvent("palette-open"));
  };

  const isWriting = (target) =>
    target.closest("input, textarea, select, [contenteditable]") || target.isContentEditable;

  document.addEventListener("keydown", (event) => {
    const byControl = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const bySlash = event.key === "/" && isPlain && !isWriting(event.target);
    if (!byControl && !bySlash) return;
    if (document.querySelector("dialog[open]:not([data-palette])")) return;
    event.preventDefault();
    open();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-palette-open]");
    if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open();
    }
    if (event.target === palette || event.target.closest("[data-palette-close]")) palette.close();
  });

  palette.addEventListener("keydown", (event) => {
    const found = options();
    const at = found.indexOf(chosen());
    const next = {
      ArrowDown: found[at + 1] || found[0],
      ArrowUp: found[at - 1] || found[found.length - 1],
    };
    if (event.isComposing) return;
    if (event.key in next) {
      event.preventDefault();
      choose(next[event.key]);
    } else if (event.key === "Enter" && event.target === field) {
      event.preventDefault();
      if (chosen()) chosen().click();
    }
  });

  // The first one is chosen, so that Enter opens what was meant.
  palette.addEventListener("htmx:afterSwap", () => choose(options()[0]));

  // Nothing of anybody stays behind a closed field, nor comes back with the back button.
  const forget = () => {
    field.value = "";
    document.getElementById("palette-found").replaceChildren();
  };
  palette.addEventListener("close", forget);
  window.addEventListener("pagehide", forget);
})();
