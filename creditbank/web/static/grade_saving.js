// Saves cells as they are typed: in batches, again after a lost connection, and never twice.
//
// What the server has not confirmed stands in this browser's storage under the account's number, so
// that a reload or a crash loses nothing; numbers of enrolments and marks, no names. It goes as soon
// as it is saved.
"use strict";

(function () {
  const WAIT_MS = 150;
  const BATCH_MAX = 500;
  const RETRY_MS = [1000, 2000, 4000, 8000, 15000, 30000];
  const POLL_MS = 15000;
  const PATIENCE_MS = 20000;

  // place: {url, token, store}; hears: what the grid is told: cell, conflict, status, closed.
  window.gradeSaving = (place, hears) => {
    const versions = new Map(); // by cell, as the server has confirmed them
    const waiting = new Map(); // by cell: {t: text, v: version that it is typed over}
    const held = new Map(); // in conflict: they are asked about again after a reload
    let sent = new Map();
    let seen = place.changeNo;
    let timer = 0;
    let failures = 0;
    let isShut = false;
    let isWhole = true; // whether every cell has to be asked for once more

    const keep = () => {
      const all = [...new Map([...held, ...sent, ...waiting])];
      try {
        if (all.length) localStorage.setItem(place.store, JSON.stringify(all));
        else localStorage.removeItem(place.store);
      } catch {
        // A browser that keeps nothing still saves; only a reload in between would lose.
      }
    };

    const kept = () => {
      try {
        return JSON.parse(localStorage.getItem(place.store) ?? "[]");
      } catch {
        return [];
      }
    };

    const call = (address, options = {}) =>
      fetch(address, {
        ...options,
        headers: { "Content-Type": "application/json", "X-CSRFToken": place.token, "HX-Request": "true" },
        signal: AbortSignal.timeout(PATIENCE_MS),
      });

    const later = (wait) => {
      clearTimeout(timer);
      timer = setTimeout(flush, wait);
    };

    const count = () => new Map([...sent, ...waiting]).size;

    const fail = () => {
      for (const [key, edit] of sent) if (!waiting.has(key)) waiting.set(key, edit);
      sent = new Map();
      keep();
    };

    // The connection, or the server for a moment: it is tried again by itself.
    const retry = () => {
      fail();
      hears.status("offline", { count: count() });
      later(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
      failures += 1;
    };

    const shut = (why, said) => {
      fail();
      isShut = true;
      hears.closed(why, { count: count(), said });
    };

    const take = (answer) => {
      for (const cell of answer.cells) {
        const key = `${cell.e}/${cell.c}`;
        versions.set(key, cell.v);
        const next = waiting.get(key);
        if (next) next.v = cell.v;
        else hears.cell(key, cell);
      }
      for (const theirs of answer.conflicts) {
        const key = `${theirs.e}/${theirs.c}`;
        const mine = sent.get(key);
        versions.set(key, theirs.v);
        waiting.delete(key);
        if (mine) held.set(key, mine);
        hears.conflict(key, { mine: mine ? mine.t : "", theirs });
      }
      sent = new Map();
      keep();
    };

    async function flush() {
      if (sent.size || !waiting.size || isShut) return;
      for (const [key, edit] of [...waiting].slice(0, BATCH_MAX)) {
        sent.set(key, edit);
        waiting.delete(key);
      }
      const cells = [...sent].map(([key, edit]) => {
        const [enrolment, course] = key.split("/");
        return { e: Number(enrolment), c: course, v: edit.v, t: edit.t };
      });
      hears.status("saving", { count: count() });
      let response;
      try {
        response = await call(place.url, { method: "POST", body: JSON.stringify({ cells }) });
        if (response.status >= 500) return retry();
        if (response.status === 401) return shut("signed_out");
        if (response.status === 400) return shut("expired");
        const answer = await response.json().catch(() => ({}));
        if (response.status === 409) return shut("closed", answer.said);
        if (!response.ok) return shut("refused", answer.said);
        failures = 0;
        take(answer);
        if (answer.cells.some((cell) => cell.ok === null)) isWhole = true;
        hears.status(waiting.size ? "saving" : "saved", { at: answer.at, count: count() });
      } catch {
        return retry();
      }
      if (waiting.size) later(0);
    }

    // What colleagues have saved meanwhile; how many cells, or null without an answer.
    async function poll() {
      if (isShut || sent.size) return null;
      let answer;
      try {
        const response = await call(`${place.url}?after=${isWhole ? 0 : seen}`);
        if (response.status === 401) return shut("signed_out") ?? null;
        if (!response.ok) return null;
        answer = await response.json();
      } catch {
        return null;
      }
      isWhole = answer.cells.some((cell) => cell.ok === null);
      let others = 0;
      for (const cell of answer.cells) {
        const key = `${cell.e}/${cell.c}`;
        if (sent.has(key) || waiting.has(key)) continue; // it comes back as a conflict
        if ((versions.get(key) ?? 0) < cell.v) others += 1;
        versions.set(key, cell.v);
        hears.cell(key, cell);
      }
      seen = answer.change_no;
      if (answer.state !== place.state && !isShut) shut("stepped");
      return others;
    }

    setInterval(() => document.hidden || poll(), POLL_MS);
    document.addEventListener("visibilitychange", () => document.hidden || poll());
    window.addEventListener("online", () => later(0));
    window.addEventListener("beforeunload", (event) => {
      if (count() && failures) event.preventDefault();
    });

    return {
      // A cell as the page was drawn with it.
      know: (key, version) => versions.set(key, version),
      release: (key) => held.delete(key) && keep(),
      write: (key, text) => {
        held.delete(key);
        const before = waiting.get(key) ?? sent.get(key);
        waiting.set(key, { t: text, v: waiting.has(key) ? before.v : (versions.get(key) ?? 0) });
        keep();
        if (failures) hears.status("offline", { count: count() });
        if (!failures) later(WAIT_MS);
      },
      // What an earlier visit could not save. Where the sheet is closed by now it is only told.
      resume: (isOpen) => {
        const left = kept();
        if (!isOpen) localStorage.removeItem(place.store);
        else for (const [key, edit] of left) waiting.set(key, edit);
        if (isOpen && left.length) later(0);
        return left;
      },
      // Once all is saved: the number of the last save, and how many cells others have changed.
      settle: async () => {
        for (let tries = 0; tries < 100 && count() && !failures && !isShut; tries += 1) {
          clearTimeout(timer);
          await flush();
          if (sent.size) await new Promise((done) => setTimeout(done, 50));
        }
        const others = count() ? null : await poll();
        return { isSaved: others !== null, others, seen };
      },
      poll,
      isLeft: () => count() > 0,
    };
  };
})();
