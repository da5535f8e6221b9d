// Keys, clipboard and mouse of a class sheet, as a spreadsheet has them; what they do to it is
// grade_grid.js.
"use strict";

(function () {
  // sheet: its table and field, where it is (here), and what can be done with it.
  window.gradeKeys = (sheet) => {
    const {
      table, field, rows, courses, last, here, live, words, isEditable,
      textAt, cellAt, go, mark, fill, commit, type, undo, redo, put, fillFrom, paste, selectedRows, nextFault,
    } = sheet;

    // As in a spreadsheet: to the end of what is filled, or to the next filled cell.
    const jump = (dr, dc) => {
      const isFull = (r, c) => Boolean(textAt(r, c) || cellAt(r, c).dataset.p);
      const isIn = (r, c) => r >= 0 && c >= 0 && r <= last.r && c <= last.c;
      let { r, c } = here.at;
      const goesOn = isIn(r + dr, c + dc) && isFull(r, c) && isFull(r + dr, c + dc);
      do {
        if (!isIn(r + dr, c + dc)) break;
        if (goesOn && !isFull(r + dr, c + dc)) break;
        r += dr;
        c += dc;
      } while (goesOn || !isFull(r, c));
      return [r, c];
    };

    const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

    const tab = (event) => {
      if (here.isLeaving && here.mode === "ready") return;
      const flat = here.at.r * courses.length + here.at.c + (event.shiftKey ? -1 : 1);
      commit();
      if (flat < 0 || flat > rows.length * courses.length - 1) return; // out of the table
      event.preventDefault();
      const origin = here.tabbedFrom ?? here.at.c;
      const r = Math.floor(flat / courses.length);
      go(r, flat % courses.length);
      here.tabbedFrom = r === here.at.r ? origin : 0;
    };

    const enter = (event) => {
      event.preventDefault();
      // What was typed goes into all that is selected.
      if ((event.ctrlKey || event.metaKey) && here.mode !== "ready") {
        here.mode = "ready";
        return put(window.gradeTables.clean(field.value)) ?? fill();
      }
      commit();
      const column = here.tabbedFrom ?? here.at.c;
      here.tabbedFrom = null;
      return go(here.at.r + (event.shiftKey ? -1 : 1), column);
    };

    const escape = () => {
      if (here.mode !== "ready") {
        here.mode = "ready";
        fill();
        return;
      }
      here.from = here.at;
      mark();
      here.isLeaving = true;
      live.textContent = words.leaving;
    };

    const arrow = (event, [dr, dc], isControl) => {
      if (here.mode === "edit") return;
      event.preventDefault();
      const extend = event.shiftKey && here.mode === "ready";
      commit();
      here.tabbedFrom = null;
      const [r, c] = isControl ? jump(dr, dc) : [here.at.r + dr, here.at.c + dc];
      go(r, c, { extend });
    };

    const edge = (event, isControl) => {
      if (here.mode === "edit") return;
      event.preventDefault();
      commit();
      const isHome = event.key === "Home";
      const r = isControl ? (isHome ? 0 : last.r) : here.at.r;
      go(r, isHome ? 0 : last.c, { extend: event.shiftKey });
    };

    const WITH_CONTROL = {
      a: () => {
        go(0, 0);
        here.from = { ...last };
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
        return go(here.at.r + (key === "PageUp" ? -10 : 10), here.at.c, { extend: event.shiftKey });
      }
      if (here.mode !== "ready") {
        if (key === "F2") type(here.mode === "edit" ? "enter" : "edit");
        return undefined;
      }
      const command = isControl && !event.altKey && WITH_CONTROL[key.toLowerCase()];
      if (command) {
        event.preventDefault();
        return command(event);
      }
      if (key === "F2") return event.preventDefault() ?? type("edit");
      if (key === "Delete") return event.preventDefault() ?? put("");
      if (key === "Backspace") return event.preventDefault() ?? type("enter", "");
      return undefined;
    });

    field.addEventListener("input", () => {
      if (here.mode === "ready") type("enter");
    });
    // A composition replaces what is selected, before the first sign of it is there.
    field.addEventListener("compositionstart", () => {
      if (here.mode === "ready") type("enter");
    });
    field.addEventListener("blur", commit);
    field.addEventListener("focus", () => here.mode === "ready" && field.select());

    for (const name of ["copy", "cut"]) {
      field.addEventListener(name, (event) => {
        if (here.mode !== "ready") return;
        event.preventDefault();
        event.clipboardData.setData("text/plain", window.gradeTables.write(selectedRows()));
        if (name === "cut" && isEditable) put("");
      });
    }
    field.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text/plain");
      if (here.mode !== "ready" && !/[\t\n]/.test(text.trim())) return; // into the text that is edited
      event.preventDefault();
      here.mode = "ready";
      paste(text);
    });

    const pointed = (event) => {
      const cell = event.target.closest?.("tbody td");
      const r = cell ? rows.findIndex((row) => row.cells.includes(cell)) : -1;
      return r < 0 ? null : { r, c: rows[r].cells.indexOf(cell) };
    };
    // A heading takes its column, a name its row; the field stays where it can be seen.
    const headed = (event) => {
      const cell = event.target.closest?.("th, td");
      const r = rows.findIndex((row) => row.cells[0].parentElement === cell?.parentElement);
      const c = cell?.closest("thead") ? cell.cellIndex - 2 : -1;
      if (c >= 0) return [{ r: 0, c }, { r: last.r, c }];
      return r >= 0 && cell.cellIndex < 2 ? [{ r, c: 0 }, { r, c: last.c }] : null;
    };
    table.addEventListener("mousedown", (event) => {
      const whole = event.button === 0 && headed(event);
      if (whole) {
        event.preventDefault();
        commit();
        here.tabbedFrom = null;
        go(whole[0].r, whole[0].c);
        [, here.from] = whole;
        return mark();
      }
      const place = pointed(event);
      if (!place || event.button !== 0) return undefined;
      const isHere = place.r === here.at.r && place.c === here.at.c;
      if (isHere && here.mode !== "ready") return undefined; // within the text that is edited
      event.preventDefault();
      commit();
      here.tabbedFrom = null;
      return go(place.r, place.c, { extend: event.shiftKey });
    });
    table.addEventListener("mouseover", (event) => {
      const place = event.buttons === 1 && here.mode === "ready" ? pointed(event) : null;
      if (!place || document.activeElement !== field) return;
      go(place.r, place.c, { extend: true });
    });
    table.addEventListener("dblclick", (event) => pointed(event) && type("edit"));
  };
})();
