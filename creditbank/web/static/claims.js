// Claims: photos are made smaller before they are sent, and the desk is led by the keyboard.
"use strict";

(function () {
  const SIDE_MAX = 2200;
  const THUMB = 224;

  // --- The form: every picture that is chosen is drawn anew, upright and no larger than is kept.
  const form = document.querySelector("[data-claim-form]");

  const drawn = (picture, side, type, quality) => {
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return type === "url"
      ? canvas.toDataURL("image/jpeg", quality)
      : new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
  };

  // A photo of an iPhone begins so, whatever its name says.
  const isHeic = async (file) => {
    const head = new TextDecoder("latin1").decode(await file.slice(4, 12).arrayBuffer());
    return /^ftyp(hei|hev|mif1|msf1|avif)/.test(head);
  };

  // What the browser cannot read is sent as it is: the server says what is wrong with it.
  const shrunk = async (file) => {
    if (file.type === "application/pdf") return { file, thumb: "" };
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const thumb = drawn(picture, THUMB, "url", 0.7);
      const large = Math.max(picture.width, picture.height) > SIDE_MAX || file.size > 1500000;
      if (!large && file.type !== "image/heic") return { file, thumb };
      const blob = await drawn(picture, SIDE_MAX, "blob", 0.85);
      const name = file.name.replace(/\.[^.]*$/, "") + ".jpg";
      return { file: new File([blob], name, { type: "image/jpeg" }), thumb };
    } catch {
      return { file, thumb: "", heic: await isHeic(file) };
    }
  };

  const listed = (place, { file, thumb }, fault) => {
    const item = document.createElement("li");
    if (thumb) {
      const picture = document.createElement("img");
      picture.src = thumb;
      picture.alt = file.name;
      item.append(picture);
    } else {
      const box = document.createElement("span");
      box.className = "claim-thumb";
      box.textContent = file.type === "application/pdf" ? "PDF" : "?";
      item.append(box);
    }
    const said = document.createElement("small");
    said.textContent = fault || `${(file.size / 1048576).toFixed(1)} MB`;
    if (fault) said.className = "fault";
    item.append(said);
    place.append(item);
  };

  const chosen = async (input) => {
    const place = form.querySelector("[data-claim-chosen]");
    const files = [...input.files];
    const most = Number(place.dataset.filesMax);
    form.setAttribute("aria-busy", "true");
    place.replaceChildren();
    const kept = new DataTransfer();
    for (const file of files) {
      const found = await shrunk(file);
      let fault = "";
      if (found.heic) fault = place.dataset.heic;
      else if (kept.files.length >= most) fault = place.dataset.tooMany;
      else if (found.file.size > Number(place.dataset.bytesMax)) fault = place.dataset.tooBig;
      else kept.items.add(found.file);
      listed(place, found, fault);
    }
    input.files = kept.files;
    form.removeAttribute("aria-busy");
  };

  if (form) {
    const input = form.querySelector("input[type=file]");
    const place = form.querySelector("[data-claim-drop]");
    if (input) input.addEventListener("change", () => chosen(input));
    if (input && place) {
      for (const name of ["dragover", "dragleave", "drop"]) {
        place.addEventListener(name, (event) => {
          event.preventDefault();
          place.classList.toggle("is-over", name === "dragover");
          if (name !== "drop") return;
          input.files = event.dataTransfer.files;
          chosen(input);
        });
      }
    }
    // Pressed once: the button says that files are on their way, and takes no second press.
    form.addEventListener("submit", (event) => {
      const pressed = event.submitter;
      if (form.dataset.sent || form.getAttribute("aria-busy")) return event.preventDefault();
      form.dataset.sent = "yes";
      if (pressed && pressed.dataset.sending) {
        pressed.textContent = pressed.dataset.sending;
        pressed.setAttribute("aria-busy", "true");
      }
    });
    window.addEventListener("pageshow", () => delete form.dataset.sent);
  }

  // --- The desk. Keys speak only where nothing is being written.
  const desk = () => document.querySelector("[data-claim-desk]");
  const LEVELS = 4;

  const zoom = (how) => {
    const pages = desk() && desk().querySelector("[data-claim-pages]");
    if (!pages) return;
    const now = Number(pages.dataset.level || 1);
    const next = how === "fit" ? 1 : Math.min(LEVELS, Math.max(1, now + (how === "in" ? 1 : -1)));
    pages.dataset.level = String(next);
    for (let level = 2; level <= LEVELS; level += 1) {
      pages.classList.toggle(`is-${level}`, level === next);
    }
  };

  const press = (selector) => {
    const place = desk() && desk().querySelector(selector);
    if (place) place.click();
  };

  const reasonThen = (selector) => {
    const reason = desk() && desk().querySelector("[data-claim-reason]");
    if (!reason) return;
    if (reason.value.trim()) press(selector);
    else {
      reason.dataset.then = selector;
      reason.focus();
    }
  };

  const put = (number) => {
    const buttons = desk() ? desk().querySelectorAll("[data-claim-text]") : [];
    const chosenOne = buttons[number - 1];
    if (chosenOne) chosenOne.click();
  };

  const KEYS = {
    j: () => press("[data-claim-after]"),
    ArrowDown: () => press("[data-claim-after]"),
    k: () => press("[data-claim-before]"),
    ArrowUp: () => press("[data-claim-before]"),
    a: () => press("[data-claim-accept]"),
    r: () => reasonThen("[data-claim-return]"),
    x: () => reasonThen("[data-claim-reject]"),
    e: () => {
      const units = desk().querySelector("[data-claim-units]");
      if (units) {
        units.focus();
        units.select();
      }
    },
    "+": () => zoom("in"),
    "=": () => zoom("in"),
    "-": () => zoom("out"),
    0: () => zoom("fit"),
  };

  document.addEventListener("keydown", (event) => {
    if (!desk() || event.ctrlKey || event.metaKey || event.altKey) return;
    const writing = event.target.closest("input, textarea, select");
    if (writing) {
      if (event.key === "Escape") writing.blur();
      // R, a digit and Enter send one back: the digit puts the reason down.
      if (writing.dataset.then && !writing.value && /^[1-6]$/.test(event.key)) {
        event.preventDefault();
        put(Number(event.key));
      }
      // Enter in the reason does what R or X was pressed for.
      if (event.key === "Enter" && !event.isComposing && writing.dataset.then) {
        event.preventDefault();
        press(writing.dataset.then);
      }
      return;
    }
    const inPages = event.target.closest("[data-claim-pages]");
    if (inPages && event.key.startsWith("Arrow")) return;
    if (/^[1-6]$/.test(event.key)) {
      event.preventDefault();
      put(Number(event.key));
      return;
    }
    const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  document.addEventListener("click", (event) => {
    const zooming = event.target.closest("[data-zoom]");
    const said = event.target.closest("[data-claim-text]");
    if (zooming) zoom(zooming.dataset.zoom);
    if (said) {
      const reason = desk().querySelector("[data-claim-reason]");
      reason.value = said.dataset.claimText;
      reason.focus();
    }
    if (event.target.closest("[data-claim-pages] img")) zoom("in");
  });

  // The next claim is read out, and the line of it is in sight.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!event.target.closest("[data-claim-desk]") && event.target.id !== "claim-desk") return;
    const heading = document.getElementById("claim-sheet-title");
    const fault = desk().querySelector("[aria-invalid]");
    (fault || heading)?.focus({ preventScroll: true });
    desk().querySelector(".claim-queue [aria-current]")?.scrollIntoView({ block: "nearest" });
  });

  // --- The committee's list: how many are ticked stands on the button.
  const button = document.querySelector("[data-ticked]");
  if (button) {
    const plain = button.textContent;
    const boxes = () => [...document.querySelectorAll('input[name="claim_id"]:not(:disabled)')];
    const count = () => {
      const ticked = boxes().filter((box) => box.checked).length;
      button.textContent = ticked ? button.dataset.ticked.replace("{count}", ticked) : plain;
      button.disabled = !ticked;
      const all = document.querySelector("[data-tick-all]");
      all.checked = ticked > 0 && ticked === boxes().length;
      all.indeterminate = ticked > 0 && ticked < boxes().length;
    };
    document.addEventListener("change", (event) => {
      if (event.target.matches("[data-tick-all]")) {
        for (const box of boxes()) box.checked = event.target.checked;
      }
      count();
    });
    count();
  }
})();
