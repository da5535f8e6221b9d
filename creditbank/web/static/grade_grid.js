// A class sheet that is worked in like a spreadsheet. One field goes from cell to cell: it is what has
// the focus, so that an input method composes in it from the first key, and a screen reader says whose
// mark it is. Before typing its whole text is selected, and typing replaces it.
"use strict";

(function () {
  const grid = document.getElementById("grade-grid");
  if (!grid) return;
  const { read, write, clean, byNumber, byPlace } = window.gradeTables;
  const table = grid.querySelector("table");
  const field = grid.querySelector(".grid-field");
  const said = Object.fromEntries(
    ["place", "why", "status", "faults", "counts", "report", "live"].map((name) => [
      name,
      grid.querySelector(`[data-said=${name}]`),
    ]),
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

  let at = { r: 0, c: 0 };
  let from = { r: 0, c: 0 }; // the other corner of the selection
  let mode = "ready"; // "enter": typing replaces, arrows go on; "edit": arrows move in the text
  let tabbedFrom = null;
  let isLeaving = false;
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
    if (r === at.r && c === at.c && mode === "ready") fill();
  };

  const judge = (r, c, verdict) => {
    const cell = cellAt(r, c);
    cell.classList.remove("is-unsaved");
    cell.classList.toggle("is-bad", verdict.ok === false);
    cell.classList.toggle("is-failed", Boolean(verdict.failed));
    cell.classList.toggle("is-booked", Boolean(verdict.booked));
    cell.dataset.why = verdict.why ?? "";
    if (r === at.r && c === at.c) explain();
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
    const cell = cellAt(at.r, at.c);
    const conflict = conflicts.get(keyAt(at.r, at.c));
    const why = conflict
      ? tell("conflict", { mine: conflict.mine || words.blank, theirs: conflict.theirs.t || words.blank,
          by: conflict.theirs.by, at: conflict.theirs.at })
      : cell.dataset.why || (isLocked(at.r, at.c) ? words.posted : cell.dataset.note || "");
    said.place.textContent = tell("place", { name: rows[at.r].name, course: courses[at.c].name });
    said.why.textContent = why;
    said.why.classList.toggle("fault", Boolean(conflict || cell.dataset.why));
    if (conflict || cell.dataset.why) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    grid.querySelector(".grid-choose").hidden = !conflict || !isEditable;
  };

  // ---- where the field is, and what is selected

  const area = () => ({
    top: Math.min(at.r, from.r), bottom: Math.max(at.r, from.r),
    left: Math.min(at.c, from.c), right: Math.max(at.c, from.c),
  });

  const fill = () => {
    field.value = textAt(at.r, at.c) || cellAt(at.r, at.c).dataset.p || "";
    field.readOnly = !isEditable || isLocked(at.r, at.c);
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
    const many = marked.length > 1;
    said.live.textContent = many ? tell("selected", { rows: bottom - top + 1, columns: right - left + 1 }) : "";
  };

  const go = (r, c, { extend = false } = {}) => {
    at = { r: Math.max(0, Math.min(last.r, r)), c: Math.max(0, Math.min(last.c, c)) };
    if (!extend) from = at;
    mode = "ready";
    isLeaving = false;
    const cell = cellAt(at.r, at.c);
    if (field.parentElement !== cell) cell.append(field);
    field.setAttribute("aria-label", tell("label", { name: rows[at.r].name, course: courses[at.c].name }));
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
      const was = textAt(r, c);
      if (t === was) continue;
      if (isLocked(r, c)) {
        if (t !== cellAt(r, c).dataset.p) locked += 1;
        continue;
      }
      before.push({ r, c, t: was, next: t });
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
    if (mode === "ready") return;
    mode = "ready";
    change([{ r: at.r, c: at.c, t: clean(field.value) }]);
    fill();
  };

  const type = (into, text) => {
    if (field.readOnly) return;
    mode = into;
    if (text !== undefined) field.value = text;
    field.classList.add("is-typing");
    if (into === "edit") field.setSelectionRange(field.value.length, field.value.length);
  };

  const report = (lines) => {
    said.report.hidden = !lines.length;
    said.report.querySelector("ul").replaceChildren(
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
      from = { r: bottom, c: right };
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
  const clear = () => {
    const { locked } = change(eachSelected(() => ""));
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

  // ---- keys

  // As in a spreadsheet: to the end of what is filled, or to the next filled cell.
  const jump = (dr, dc) => {
    const isFull = (r, c) => Boolean(textAt(r, c) || cellAt(r, c).dataset.p);
    const isIn = (r, c) => r >= 0 && c >= 0 && r <= last.r && c <= last.c;
    let { r, c } = at;
    const goesOn = isIn(r + dr, c + dc) && isFull(r, c) && isFull(r + dr, c + dc);
    do {
      if (!isIn(r + dr, c + dc)) break;
      if (goesOn && !isFull(r + dr, c + dc)) break;
      r += dr;
      c += dc;
    } while (goesOn || !isFull(r, c));
    return [r, c];
  };

  const nextFault = () => {
    const order = [...table.querySelectorAll("td.is-bad, td.is-conflict")];
    if (!order.length) return;
    const here = cellAt(at.r, at.c);
    const after = order.find((cell) => here.compareDocumentPosition(cell) & Node.DOCUMENT_POSITION_FOLLOWING && cell !== here);
    const cell = after ?? order[0];
    const r = rows.findIndex((row) => row.cells.includes(cell));
    go(r, rows[r].cells.indexOf(cell));
  };

  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  const tab = (event) => {
    if (isLeaving && mode === "ready") return;
    const flat = at.r * courses.length + at.c + (event.shiftKey ? -1 : 1);
    commit();
    if (flat < 0 || flat > rows.length * courses.length - 1) return; // out of the table
    event.preventDefault();
    const origin = tabbedFrom ?? at.c;
    const r = Math.floor(flat / courses.length);
    go(r, flat % courses.length);
    tabbedFrom = r === at.r ? origin : 0;
  };

  const enter = (event) => {
    event.preventDefault();
    commit();
    const column = tabbedFrom ?? at.c;
    tabbedFrom = null;
    go(at.r + (event.shiftKey ? -1 : 1), column);
  };

  const escape = () => {
    if (mode !== "ready") {
      mode = "ready";
      fill();
      return;
    }
    from = at;
    mark();
    isLeaving = true;
    said.live.textContent = words.leaving;
  };

  const arrow = (event, [dr, dc], isControl) => {
    if (mode === "edit") return;
    event.preventDefault();
    const extend = event.shiftKey && mode === "ready";
    commit();
    tabbedFrom = null;
    const [r, c] = isControl ? jump(dr, dc) : [at.r + dr, at.c + dc];
    go(r, c, { extend });
  };

  const edge = (event, isControl) => {
    if (mode === "edit") return;
    event.preventDefault();
    commit();
    const isHome = event.key === "Home";
    const r = isControl ? (isHome ? 0 : last.r) : at.r;
    go(r, isHome ? 0 : last.c, { extend: event.shiftKey });
  };

  const WITH_CONTROL = {
    a: () => {
      go(0, 0);
      from = { ...last };
      mark();
    },
    d: () => fillFrom(true),
    r: () => fillFrom(false),
    z: (event) => (event.shiftKey ? redo() : undo()),
    y: redo,
  };

  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return; // the input method has the key
    const isControl = event.ctrlKey || event.metaKey;
    const { key } = event;
    if (STEPS[key]) return arrow(event, STEPS[key], isControl);
    if (key === "Home" || key === "End") return edge(event, isControl);
    if (key === "Tab" && !isControl) return tab(event);
    if (key === "Enter") return enter(event);
    if (key === "Escape") return escape();
    if (key === "F8") return event.preventDefault() ?? nextFault();
    if (key === "PageUp" || key === "PageDown") {
      event.preventDefault();
      commit();
      return go(at.r + (key === "PageUp" ? -10 : 10), at.c, { extend: event.shiftKey });
    }
    if (mode !== "ready") {
      if (key === "F2") type(mode === "edit" ? "enter" : "edit");
      return undefined;
    }
    const command = isControl && !event.altKey && WITH_CONTROL[key.toLowerCase()];
    if (command) {
      event.preventDefault();
      return command(event);
    }
    if (key === "F2") return event.preventDefault() ?? type("edit");
    if (key === "Delete") return event.preventDefault() ?? clear();
    if (key === "Backspace") return event.preventDefault() ?? type("enter", "");
    return undefined;
  });

  field.addEventListener("input", () => {
    if (mode === "ready") type("enter");
  });
  // A composition replaces what is selected, before the first sign of it is there.
  field.addEventListener("compositionstart", () => {
    if (mode === "ready") type("enter");
  });
  field.addEventListener("blur", commit);
  field.addEventListener("focus", () => mode === "ready" && field.select());

  for (const name of ["copy", "cut"]) {
    field.addEventListener(name, (event) => {
      if (mode !== "ready") return;
      event.preventDefault();
      event.clipboardData.setData("text/plain", write(selectedRows()));
      if (name === "cut" && isEditable) clear();
    });
  }
  field.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (mode !== "ready" && !/[\t\n]/.test(text.trim())) return; // into the text that is edited
    event.preventDefault();
    mode = "ready";
    paste(text);
  });

  // ---- mouse

  const pointed = (event) => {
    const cell = event.target.closest?.("tbody td");
    const r = cell ? rows.findIndex((row) => row.cells.includes(cell)) : -1;
    return r < 0 ? null : { r, c: rows[r].cells.indexOf(cell) };
  };
  table.addEventListener("mousedown", (event) => {
    const place = pointed(event);
    if (!place || event.button !== 0) return;
    const isHere = place.r === at.r && place.c === at.c;
    if (isHere && mode !== "ready") return; // within the text that is edited
    event.preventDefault();
    commit();
    tabbedFrom = null;
    go(place.r, place.c, { extend: event.shiftKey });
  });
  table.addEventListener("mouseover", (event) => {
    const place = event.buttons === 1 && mode === "ready" ? pointed(event) : null;
    if (!place || document.activeElement !== field) return;
    go(place.r, place.c, { extend: true });
  });
  table.addEventListener("dblclick", (event) => pointed(event) && type("edit"));

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
  if (isEditable) {
    const left = saving.resume();
    for (const [key, edit] of left) {
      const place = places.get(key);
      if (!place) continue;
      cellAt(place.r, place.c).classList.add("is-unsaved");
      show(place.r, place.c, edit.t);
    }
  }

  const choose = (which) => {
    const key = keyAt(at.r, at.c);
    const both = conflicts.get(key);
    if (!both) return;
    conflicts.delete(key);
    cellAt(at.r, at.c).classList.remove("is-conflict");
    show(at.r, at.c, both.theirs.t);
    if (which === "mine") change([{ r: at.r, c: at.c, t: both.mine }]);
    else saving.poll();
    count();
    go(at.r, at.c);
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
