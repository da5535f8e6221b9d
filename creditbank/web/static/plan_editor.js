// The editor of plans: line numbers beside the text, and from a fault to the place it speaks of.
"use strict";

(function () {
  const numbered = () => document.querySelector("[data-lines]");

  const number = () => {
    const box = numbered();
    if (!box) return;
    const text = box.querySelector("textarea");
    const gutter = box.querySelector(".gutter");
    const lines = text.value.split("\n").length;
    while (gutter.childElementCount < lines) gutter.append(document.createElement("li"));
    while (gutter.childElementCount > lines) gutter.lastElementChild.remove();
    text.rows = lines;
  };

  const fieldOf = (place) => document.querySelector(`#editor [name="${place.dataset.field}"]`);

  const mark = () => {
    document.querySelectorAll(".gutter .wrong, .gutter .warned").forEach((line) => {
      line.className = "";
    });
    document.querySelectorAll("#editor [aria-invalid]").forEach((field) => {
      field.removeAttribute("aria-invalid");
    });
    const gutter = numbered()?.querySelector(".gutter");
    document.querySelectorAll("#faults .place").forEach((place) => {
      const line = gutter?.children[Number(place.dataset.line) - 1];
      if (line && line.className !== "wrong") line.className = place.dataset.kind;
      if (!gutter && place.dataset.kind === "wrong") fieldOf(place)?.setAttribute("aria-invalid", "true");
    });
  };

  const goToLine = (text, wanted) => {
    const lines = text.value.split("\n");
    const start = lines.slice(0, wanted - 1).reduce((sum, line) => sum + line.length + 1, 0);
    text.focus();
    text.setSelectionRange(start, start + (lines[wanted - 1] || "").length);
    numbered().querySelector(".gutter").children[wanted - 1]?.scrollIntoView({ block: "center" });
  };

  document.addEventListener("click", (event) => {
    const place = event.target.closest("#faults .place");
    if (!place) return;
    const text = numbered()?.querySelector("textarea");
    if (text) goToLine(text, Number(place.dataset.line));
    else fieldOf(place)?.focus();
  });

  document.addEventListener("input", (event) => {
    if (event.target.closest("[data-lines]")) number();
  });
  document.addEventListener("htmx:afterSettle", () => {
    number();
    mark();
  });
})();
