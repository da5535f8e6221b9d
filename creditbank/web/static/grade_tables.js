// Tables as spreadsheets put them on the clipboard, and where a pasted one belongs in a class sheet.
"use strict";

(function () {
  // Excel and LibreOffice quote a cell that holds a tab, a line break or a quote.
  const read = (text) => {
    const rows = [];
    let row = [];
    let at = 0;
    while (at < text.length) {
      let cell = "";
      if (text[at] === '"') {
        for (at += 1; at < text.length; at += 1) {
          if (text[at] !== '"') cell += text[at];
          else if (text[at + 1] === '"') cell += text[(at += 1)];
          else break;
        }
        at += 1;
      }
      const end = text.slice(at).search(/[\t\n\r]/);
      const stop = end < 0 ? text.length : at + end;
      row.push(cell + text.slice(at, stop));
      at = stop + 1;
      if (text[stop] === "\t") {
        if (at >= text.length) row.push("");
        continue;
      }
      if (text[stop] === "\r" && text[at] === "\n") at += 1;
      rows.push(row);
      row = [];
    }
    if (row.length) rows.push(row);
    return rows;
  };

  const quoted = (cell) => (/[\t\n\r"]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  const write = (rows) => rows.map((row) => row.map(quoted).join("\t")).join("\r\n");

  // As the server cleans what it reads, so that both compare alike.
  const clean = (text) => text.replace(/[\u200b-\u200f\u2060\ufeff]/g, "").normalize("NFKC").trim();
  const folded = (text) => clean(text).replace(/[\s·•・‧.]/g, "").toLowerCase();

  // Where the heading of a pasted table names a course of the sheet: 数学(GG03), GG03 or 数学.
  const courseAt = (text, courses) => {
    const wanted = folded(text);
    if (!wanted) return -1;
    const code = /\(([a-z0-9-]{2,20})\)$/.exec(wanted)?.[1] ?? wanted;
    const byCode = courses.findIndex((course) => course.code.toLowerCase() === code);
    if (byCode >= 0) return byCode;
    const named = courses.filter((course) => folded(course.name) === wanted);
    return named.length === 1 ? courses.indexOf(named[0]) : -1;
  };

  // A block with student numbers in front of it goes to its learners, in whatever order they are.
  const byNumber = (rows, sheet, firstColumn) => {
    const places = new Map(sheet.rows.map((row, index) => [row.number, index]));
    const known = rows.filter((row) => row.length > 1 && places.has(clean(row[0])));
    if (!known.length || known.length * 2 < rows.length) return null;
    const edits = [];
    const said = { unknown: [], named: [], columns: [] };
    const first = rows.findIndex((row) => places.has(clean(row[0])));
    const heads = rows.slice(0, first).find((row) => row.some((cell) => courseAt(cell, sheet.courses) >= 0));
    const hasName = heads
      ? heads.findIndex((cell) => clean(cell) === "姓名")
      : Number(folded(known[0][1]) === folded(sheet.rows[places.get(clean(known[0][0]))].name));
    const columns = known[0].map((_cell, index) => {
      if (index === 0 || index === hasName) return -1;
      if (!heads) return firstColumn + index - 1 - Number(hasName > 0);
      const course = courseAt(heads[index] ?? "", sheet.courses);
      if (course < 0 && clean(heads[index] ?? "")) said.columns.push(clean(heads[index]));
      return course;
    });
    for (const row of rows.slice(first)) {
      const place = places.get(clean(row[0]));
      if (place === undefined) {
        if (row.some((cell) => clean(cell))) said.unknown.push(clean(row[0]) || "—");
        continue;
      }
      if (hasName > 0 && folded(row[hasName] ?? "") !== folded(sheet.rows[place].name)) {
        said.named.push(`${clean(row[0])} ${clean(row[hasName] ?? "")}`);
        continue;
      }
      columns.forEach((column, index) => {
        if (column >= 0 && row[index] !== undefined) edits.push({ r: place, c: column, t: clean(row[index]) });
      });
    }
    return { edits, said };
  };

  // A block goes where the selection begins, and again and again where that holds it whole times.
  const byPlace = (rows, area) => {
    const width = Math.max(...rows.map((row) => row.length));
    const times = (selected, own) => (selected % own ? 1 : selected / own);
    const height = rows.length * times(area.bottom - area.top + 1, rows.length);
    const across = width * times(area.right - area.left + 1, width);
    const edits = [];
    for (let r = 0; r < height; r += 1) {
      for (let c = 0; c < across; c += 1) {
        const cell = rows[r % rows.length][c % width];
        if (cell !== undefined) edits.push({ r: area.top + r, c: area.left + c, t: clean(cell) });
      }
    }
    return edits;
  };

  window.gradeTables = { read, write, clean, byNumber, byPlace };
})();
