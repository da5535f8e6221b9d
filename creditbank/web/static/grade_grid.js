// A class sheet that is worked in like a spreadsheet. One field goes from cell to cell: it is what has
// the focus, so that an input method composes in it from the first key, and a screen reader says whose
// mark it is. Before typing its whole text is selected, and typing replaces it.
"use strict";

(function () {
  const grid = document.getElementById("grade-grid");
  if (!grid) return;
  const { read, clean, byNumber, byPlace } = window.gradeTables;
  const table = grid.querySelector("table");
  const field = grid.querySelector(".grid-field");
  const said = Object.fromEntries(
    [...grid.querySelectorAll("[data-said]")].map((place) => [place.dataset.said, place]),
  );
  const words = JSON.parse(grid.dataset.words);
  const tell = (name, values = {}) =>
    words[name].replace(/%\((\w+)\)s/g, (_all, key) => values[key] ?? "");
  const isEditable = grid.hasAttribute("data-editable");
  const rows = [...table.tBodies[0].rows].map((row) => ({
    enrolment: row.dataset.e,
    number: row.cells[0].textContent.trim(),
    name: row.cells[1].textContent.trim(),
    cells: [...row.cells].slice(2),
  }));
  const courses = [...table.tHead.rows[0].cells].slice(2).map((head) => ({
    code: head.dataset.c,
    name: head.dataset.name,
  }));
  const last = { r: rows.length - 1, c: courses.length - 1 };
  if (last.r < 0 || last.c < 0) return;
  const keyAt = (r, c) => `${rows[r].enrolment}/${courses[c].code}`;
  const places = new Map();
  rows.forEach((row, r) => courses.forEach((_course, c) => places.set(keyAt(r, c), { r, c })));
  const cellAt = (r, c) => rows[r].cells[c];
  const conflicts = new Map();
  const undone = [];
  const done = [];

  // from: the other corner of the selection. mode: "enter", typing replaces and arrows go on; "edit",
  // arrows move in the text. tabbedFrom: the column to which Enter returns after Tab.
  const here = { at: { r: 0, c: 0 }, from: { r: 0, c: 0 }, mode: "ready", tabbedFrom: null, isLeaving: false };
  let marked = [];

  // ---- what a cell shows

  const textAt = (r, c) => cellAt(r, c).dataset.t ?? "";
  const isLocked = (r, c) => cellAt(r, c).classList.contains("is-posted") && !textAt(r, c);
  const show = (r, c, text) => {
    const cell = cellAt(r, c);
    cell.dataset.t = text;
    const shown = text || cell.dataset.p || "";
    const label = cell.firstElementChild;
    if (label.textContent !== shown) label.textContent = shown;
    cell.classList.toggle("is-posted", Boolean(cell.dataset.p) && !text);
    if (r === here.at.r && c === here.at.c && here.mode === "ready") fill();
  };

  const judge = (r, c, verdict) => {
    const cell = cellAt(r, c);
    cell.classList.remove("is-unsaved");
    cell.classList.toggle("is-bad", verdict.ok === false);
    cell.classList.toggle("is-failed", Boolean(verdict.failed));
    cell.classList.toggle("is-booked", Boolean(verdict.booked));
    cell.dataset.why = verdict.why ?? "";
    if (r === here.at.r && c === here.at.c) explain();
    count();
  };

  let counting = 0;
  const count = () => {
    clearTimeout(counting);
    counting = setTimeout(recount, 80); // after the cell itself is painted
  };
  const recount = () => {
    const written = table.querySelectorAll("td[data-t]:not([data-t=''])").length;
    const posted = table.querySelectorAll("td.is-posted").length;
    const blank = rows.length * courses.length - written - posted;
    said.counts.textContent = tell("counts", { written, posted, blank });
    const faults = table.querySelectorAll(".is-bad, .is-conflict").length;
    said.faults.hidden = !faults;
    said.faults.textContent = tell("faults", { count: faults });
  };

  const explain = () => {
    const cell = cellAt(here.at.r, here.at.c);
    const conflict = conflicts.get(keyAt(here.at.r, here.at.c));
    const why = conflict
      ? tell("conflict", { mine: conflict.mine || words.blank, theirs: conflict.theirs.t || words.blank,
          by: conflict.theirs.by, at: conflict.theirs.at })
      : cell.dataset.why || (isLocked(here.at.r, here.at.c) ? words.posted : cell.dataset.note || "");
    said.place.textContent = tell("place", { name: rows[here.at.r].name, course: courses[here.at.c].name });
    said.why.textContent = why;
    said.why.classList.toggle("fault", Boolean(conflict || cell.dataset.why));
    if (conflict || cell.dataset.why) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    grid.querySelector(".grid-choose").hidden = !conflict || !isEditable;
  };

  // ---- where the field is, and what is selected

  const area = () => ({
    top: Math.min(here.at.r, here.from.r), bottom: Math.max(here.at.r, here.from.r),
    left: Math.min(here.at.c, here.from.c), right: Math.max(here.at.c, here.from.c),
  });

  const fill = () => {
    field.value = textAt(here.at.r, here.at.c) || cellAt(here.at.r, here.at.c).dataset.p || "";
    field.readOnly = !isEditable || isLocked(here.at.r, here.at.c);
    field.classList.remove("is-typing");
    if (document.activeElement === field) field.select();
  };

  const mark = () => {
    const { top, bottom, left, right } = area();
    for (const cell of marked) {
      cell.classList.remove("is-selected");
      cell.removeAttribute("aria-selected");
    }
    marked = [];
    for (let r = top; r <= bottom; r += 1) {
      for (let c = left; c <= right; c += 1) {
        const cell = cellAt(r, c);
        cell.setAttribute("aria-selected", "true");
        if (top !== bottom || left !== right) cell.classList.add("is-selected");
        marked.push(cell);
      }
    }
    const size = { rows: bottom - top + 1, columns: right - left + 1 };
    said.live.textContent = marked.length > 1 ? tell("selected", size) : "";
  };

  const go = (r, c, { extend = false } = {}) => {
    here.at = { r: Math.max(0, Math.min(last.r, r)), c: Math.max(0, Math.min(last.c, c)) };
    if (!extend) here.from = here.at;
    here.mode = "ready";
    here.isLeaving = false;
    const cell = cellAt(here.at.r, here.at.c);
    if (field.parentElement !== cell) cell.append(field);
    field.setAttribute("aria-label", tell("label", { name: rows[here.at.r].name, course: courses[here.at.c].name }));
    explain();
    field.focus({ preventScroll: true });
    fill();
    mark();
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  // ---- changing cells

  // edits: [{r, c, t}]; what cannot be changed is left, and how much that was comes back.
  const change = (edits, { remember = true } = {}) => {
    const before = [];
    let locked = 0;
    for (const { r, c, t } of edits) {
      if (t === textAt(r, c)) continue;
      if (isLocked(r, c)) {
        if (t !== cellAt(r, c).dataset.p) locked += 1;
        continue;
      }
      before.push({ r, c, t: textAt(r, c), next: t });
      conflicts.delete(keyAt(r, c));
      cellAt(r, c).classList.remove("is-conflict", "is-bad");
      cellAt(r, c).classList.add("is-unsaved");
      cellAt(r, c).dataset.why = "";
      show(r, c, t);
      saving.write(keyAt(r, c), t);
    }
    if (before.length && remember) {
      done.push(before);
      undone.length = 0;
    }
    if (before.length) {
      count();
      explain();
    }
    return { changed: before.length, locked };
  };

  const take = (stack, other, which) => {
    const batch = stack.pop();
    if (!batch) return;
    other.push(batch);
    change(batch.map((cell) => ({ r: cell.r, c: cell.c, t: which(cell) })), { remember: false });
    go(batch[0].r, batch[0].c);
  };
  const undo = () => take(done, undone, (cell) => cell.t);
  const redo = () => take(undone, done, (cell) => cell.next);

  const commit = () => {
    if (here.mode === "ready") return;
    here.mode = "ready";
    change([{ r: here.at.r, c: here.at.c, t: clean(field.value) }]);
    fill();
  };

  const type = (into, text) => {
    if (field.readOnly) return;
    here.mode = into;
    if (text !== undefined) field.value = text;
    field.classList.add("is-typing");
    if (into === "edit") field.setSelectionRange(field.value.length, field.value.length);
  };

  const report = (lines) => {
    said.report.hidden = !lines.length;
    said.lines.replaceChildren(
      ...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })),
    );
  };

  const some = (list) => `${list.slice(0, 6).join("、")}${list.length > 6 ? "…" : ""}`;

  const paste = (text) => {
    const block = read(text);
    if (!block.length || !isEditable) return;
    const sheet = { rows, courses };
    const aligned = byNumber(block, sheet, area().left);
    const all = aligned ? aligned.edits : byPlace(block, area());
    const inside = all.filter((edit) => edit.r <= last.r && edit.c <= last.c);
    const fitting = inside.filter((edit) => edit.t.length <= field.maxLength);
    const { changed, locked } = change(fitting);
    const lines = [tell(aligned ? "aligned" : "pasted", { count: changed })];
    const beyond = all.filter((edit) => (edit.r > last.r || edit.c > last.c) && edit.t);
    if (beyond.length) lines.push(tell("beyond", { count: beyond.length, texts: some(beyond.map((edit) => edit.t)) }));
    if (locked) lines.push(tell("locked", { count: locked }));
    if (fitting.length < inside.length) lines.push(tell("long", { count: inside.length - fitting.length }));
    for (const name of ["unknown", "named", "columns"]) {
      const left = aligned?.said[name] ?? [];
      if (left.length) lines.push(tell(name, { count: left.length, texts: some(left) }));
    }
    if (!aligned && fitting.length) {
      const bottom = Math.max(...fitting.map((edit) => edit.r));
      const right = Math.max(...fitting.map((edit) => edit.c));
      const { top, left } = area();
      go(top, left);
      here.from = { r: bottom, c: right };
      mark();
    }
    report(lines.slice(lines.length > 1 ? 0 : 1));
    said.live.textContent = lines[0];
  };

  const eachSelected = (make) => {
    const { top, bottom, left, right } = area();
    const edits = [];
    for (let r = top; r <= bottom; r += 1) for (let c = left; c <= right; c += 1) edits.push({ r, c, t: make(r, c) });
    return edits;
  };
  const put = (text) => {
    const { locked } = change(eachSelected(() => text));
    report(locked ? [tell("locked", { count: locked })] : []);
  };
  const fillFrom = (isDown) => {
    const { top, left, bottom, right } = area();
    // Of one row, or one column, what stands before it is repeated, as in Excel.
    const first = isDown ? (top === bottom ? top - 1 : top) : (left === right ? left - 1 : left);
    if (first < 0) return;
    const source = (r, c) => (isDown ? [first, c] : [r, first]);
    change(eachSelected((r, c) => textAt(...source(r, c)) || cellAt(...source(r, c)).dataset.p || ""));
  };

  const selectedRows = () => {
    const { top, bottom, left, right } = area();
    const shown = (r, c) => textAt(r, c) || cellAt(r, c).dataset.p || "";
    return Array.from({ length: bottom - top + 1 }, (_row, down) =>
      Array.from({ length: right - left + 1 }, (_cell, across) => shown(top + down, left + across)),
    );
  };

  const nextFault = () => {
    const order = [...table.querySelectorAll("td.is-bad, td.is-conflict")];
    if (!order.length) return;
    const current = cellAt(here.at.r, here.at.c);
    const isAfter = (cell) => current.compareDocumentPosition(cell) & Node.DOCUMENT_POSITION_FOLLOWING;
    const cell = order.find(isAfter) ?? order[0];
    const r = rows.findIndex((row) => row.cells.includes(cell));
    go(r, rows[r].cells.indexOf(cell));
  };

  // ---- saving

  const saving = window.gradeSaving(
    {
      url: grid.dataset.url,
      token: JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"],
      store: grid.dataset.store,
      changeNo: Number(grid.dataset.changeNo),
      state: grid.dataset.state,
    },
    {
      cell: (key, cell) => {
        const place = places.get(key);
        if (!place) return;
        // What is written as it stands in the ledger is shown as posted, once.
        const text = cell.t === cellAt(place.r, place.c).dataset.p ? "" : cell.t;
        if (textAt(place.r, place.c) !== text) show(place.r, place.c, text);
        judge(place.r, place.c, cell);
      },
      conflict: (key, both) => {
        const place = places.get(key);
        if (!place) return;
        conflicts.set(key, both);
        cellAt(place.r, place.c).classList.remove("is-unsaved");
        cellAt(place.r, place.c).classList.add("is-conflict");
        said.live.textContent = tell("conflicted", { name: rows[place.r].name, course: courses[place.c].name });
        explain();
        count();
      },
      status: (name, values) => {
        said.status.textContent = tell(name, values);
        said.status.dataset.state = name;
      },
      closed: (why, values) => {
        said.status.textContent = tell(why, { ...values, said: values.said ?? "" });
        said.status.dataset.state = why;
        grid.querySelector(".grid-reload").hidden = false;
      },
    },
  );

  for (const [r, row] of rows.entries()) {
    for (const [c, cell] of row.cells.entries()) {
      if (cell.dataset.v) saving.know(keyAt(r, c), Number(cell.dataset.v));
    }
  }
  const lost = [];
  for (const [key, edit] of saving.resume(isEditable)) {
    const { r, c } = places.get(key) ?? {};
    if (r === undefined) continue;
    lost.push(`${rows[r].name} ${courses[c].name} ${edit.t}`);
    if (isEditable) cellAt(r, c).classList.add("is-unsaved");
    if (isEditable) show(r, c, edit.t);
  }
  if (lost.length && !isEditable) report([tell("lost", { count: lost.length, texts: some(lost) })]);

  window.gradeKeys({
    table, field, rows, courses, last, here, live: said.live, words, isEditable,
    textAt, cellAt, go, mark, fill, commit, type, undo, redo, put, fillFrom, paste, selectedRows, nextFault,
  });

  const choose = (which) => {
    const key = keyAt(here.at.r, here.at.c);
    const both = conflicts.get(key);
    if (!both) return;
    conflicts.delete(key);
    saving.release(key);
    cellAt(here.at.r, here.at.c).classList.remove("is-conflict");
    show(here.at.r, here.at.c, both.theirs.t);
    if (which === "mine") change([{ r: here.at.r, c: here.at.c, t: both.mine }]);
    else saving.poll();
    count();
    go(here.at.r, here.at.c);
  };
  const COMMANDS = {
    undo, redo, faults: nextFault,
    mine: () => choose("mine"),
    theirs: () => choose("theirs"),
    reload: () => location.reload(),
    "close-report": () => report([]),
  };
  grid.addEventListener("click", (event) => {
    const command = event.target.closest("[data-do]")?.dataset.do;
    if (!command) return;
    COMMANDS[command]();
    if (command === "undo" || command === "redo" || command === "close-report") field.focus();
  });

  // A step is made of what is saved and seen: nothing typed at the last moment is left behind.
  document.querySelectorAll("form[data-settled]").forEach((form) => {
    form.addEventListener("submit", async (event) => {
      if (form.dataset.settled === "yes") return;
      event.preventDefault();
      commit();
      const { isSaved, others, seen } = await saving.settle();
      if (!isSaved || others || conflicts.size) {
        said.status.textContent = words[!isSaved ? "unsettled" : others ? "others" : "unresolved"];
        said.status.dataset.state = "refused";
        said.status.scrollIntoView({ block: "center" });
        return;
      }
      form.dataset.settled = "yes";
      if (form.elements.seen) form.elements.seen.value = String(seen);
      form.requestSubmit(event.submitter);
    });
  });

  cellAt(0, 0).append(field);
  field.hidden = false;
  field.setAttribute("aria-label", tell("label", { name: rows[0].name, course: courses[0].name }));
  fill();
  mark();
  explain();
  recount();
  saving.poll();
  // Where there is no keyboard, the one on the screen waits until a cell is touched.
  if (matchMedia("(hover: hover)").matches && !document.querySelector("[data-focus]")) go(0, 0);
  grid.dataset.ready = "yes";
  performance.mark("grade-grid-ready");
})();
