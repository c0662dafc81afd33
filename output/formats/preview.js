"use strict";
// Shows one page at a time, and lets a person correct its blocks. Text comes as inert templates made and escaped
// beforehand; nothing here builds HTML, and what a person types is shown as the text that it is.
(() => {
  // All that is ever looked for, before a document's own headings are shown, whose names may be the same.
  const known = new Map([...document.querySelectorAll("[id]")].map((element) => [element.id, element]));
  const find = (id) => known.get(id);
  const [chooser, image, sheet, boxes, content] = ["chooser", "image", "sheet", "boxes", "content"].map(find);
  const count = chooser.options.length;
  const flagged = [...chooser.options].flatMap((option, at) => (option.text.includes("flagged") ? [at] : []));
  const numbers = [...document.querySelectorAll("template")].map((page) => page.dataset.number);
  let shown = -1;
  let address = "";

  function blobOf(at) {
    const held = find(`image-${at}`);
    if (!held) return "";
    const bytes = Uint8Array.from(atob(held.textContent), (c) => c.charCodeAt(0));
    return URL.createObjectURL(new Blob([bytes], { type: "image/webp" }));
  }

  function show(at) {
    at = Math.min(Math.max(at, 0), count - 1);
    if (at === shown || count === 0) return;
    shown = at;
    const page = find(`page-${at}`);
    chooser.value = String(at);
    find("previous").disabled = at === 0;
    find("next").disabled = at === count - 1;
    if (address) URL.revokeObjectURL(address);
    address = blobOf(at);
    sheet.style.aspectRatio = `${page.dataset.width} / ${page.dataset.height}`;
    image.hidden = !address;
    find("no-image").hidden = Boolean(address);
    if (address) image.src = address; else image.removeAttribute("src");
    image.alt = `Page ${page.dataset.number} as an image`;
    content.replaceChildren(page.content.cloneNode(true));
    boxes.replaceChildren();
    content.querySelectorAll("section.block").forEach((block) => { connect(block); correct.offer(block, page); });
    content.querySelectorAll(".unread").forEach(connect);
    content.querySelectorAll(".crop").forEach((crop) => cut(crop, page.dataset));
    find("picture").scrollTop = find("text").scrollTop = 0;
    const flag = content.querySelector(".flag, .unread");
    find("status").textContent = `Page ${page.dataset.number}, ${at + 1} of ${count}. ${flag ? flag.textContent : ""}`;
    history.replaceState(null, "", `#page-${page.dataset.number}`);
  }

  function connect(block) {
    const own = block.dataset.boxes.split(";").filter(Boolean).map((text) => {
      const [left, top, right, bottom] = text.split(",").map((n) => Number(n) / 9.99);
      const box = document.createElement("div");
      box.className = `box ${[...block.classList].filter((name) => name !== "block").join(" ")}`;
      box.dataset.order = block.dataset.order;
      Object.assign(box.style, {
        left: `${left}%`, top: `${top}%`, width: `${right - left}%`, height: `${bottom - top}%`,
        zIndex: String(Math.round(1e4 - (right - left) * (bottom - top))), // a box within another stays in reach
      });
      boxes.append(box);
      return box;
    });
    const light = (on) => [block, ...own].forEach((part) => part.classList.toggle("lit", on));
    const lightAndReveal = (parts) => {
      light(true);
      parts.slice(0, 1).forEach((part) => part.scrollIntoView({ block: "nearest" }));
    };
    ["mouseenter", "focus"].forEach((name) => block.addEventListener(name, () => lightAndReveal(own)));
    ["mouseleave", "blur"].forEach((name) => block.addEventListener(name, () => light(false)));
    own.forEach((box) => {
      box.addEventListener("mouseenter", () => lightAndReveal([block]));
      box.addEventListener("mouseleave", () => light(false));
      box.addEventListener("click", () => block.focus());
    });
  }

  // A figure is its part of the page's image, so the file need not hold it twice.
  function cut(crop, page) {
    const [left, top, right, bottom] = crop.dataset.box.split(",").map((n) => Number(n) / crop.dataset.grid);
    const [width, height] = [Math.max(right - left, 0.001), Math.max(bottom - top, 0.001)];
    const at = (start, extent) => (extent >= 1 ? 0 : (100 * start) / (1 - extent));
    Object.assign(crop.style, {
      aspectRatio: `${width * page.width} / ${height * page.height}`,
      backgroundImage: address ? `url("${address}")` : "none",
      backgroundSize: `${100 / width}% ${100 / height}%`,
      backgroundPosition: `${at(left, width)}% ${at(top, height)}%`,
    });
  }

  // What was changed and not saved yet: lines as corrections.jsonl has them. `ocr2 show` saves them at once; a preview
  // that was opened as a file can only hand them over as a download.
  const correct = (() => {
    const changed = new Map();
    const served = location.protocol === "http:";
    const button = (name, text, act) => {
      const made = document.createElement("button");
      Object.assign(made, { type: "button", className: name, textContent: text });
      made.addEventListener("click", (event) => { event.stopPropagation(); act(); });
      return made;
    };
    const say = (text) => { find("message").textContent = text; find("message").hidden = !text; };

    function count() {
      find("save").hidden = changed.size === 0;
      find("save").textContent = `${served ? "Save" : "Download"} ${changed.size} correction${changed.size === 1 ? "" : "s"}`;
    }

    function showEdited(block, text) {
      block.querySelector(".edited")?.remove();
      const made = document.createElement("pre");
      made.className = "edited";
      made.textContent = text;
      block.append(made);
      block.classList.add("changed");
    }

    function edit(block, page) {
      const source = block.querySelector(".source");
      const key = `${page.dataset.number}:${block.dataset.order}`;
      const was = changed.get(key)?.was ?? source.defaultValue;
      const end = (keep) => {
        const text = keep ? source.value : (changed.get(key)?.text ?? was);
        source.value = text;
        source.hidden = true;
        block.querySelector(".bar").remove();
        block.classList.remove("editing");
        if (keep && text !== was) {
          changed.set(key, { page: Number(page.dataset.number), block: Number(block.dataset.order), was, text });
          showEdited(block, text);
        } else if (keep) {
          changed.delete(key);
          block.classList.remove("changed");
          block.querySelector(".edited")?.remove();
        }
        count();
        block.focus();
      };
      if (block.classList.contains("editing")) return;
      const bar = document.createElement("span");
      bar.className = "bar";
      bar.append(button("done", "Done", () => end(true)), button("cancel", "Cancel", () => end(false)));
      block.append(bar);
      block.classList.add("editing");
      source.hidden = false;
      source.rows = Math.min(24, 2 + source.value.split("\n").length + Math.round(source.value.length / 70));
      source.onkeydown = (event) => {
        if (event.key === "Escape") end(false);
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) end(true);
      };
      source.focus();
    }

    function offer(block, page) {
      const before = changed.get(`${page.dataset.number}:${block.dataset.order}`);
      const source = block.querySelector(".source");
      if (before) {
        source.value = before.text;
        showEdited(block, before.text);
      }
      block.append(button("edit", "Edit", () => edit(block, page)));
      block.addEventListener("keydown", (event) => {
        if (event.target !== block || (event.key !== "Enter" && event.key !== "e")) return;
        event.preventDefault();
        edit(block, page);
      });
    }

    function add() {
      const page = find(`page-${shown}`);
      const block = document.createElement("section");
      Object.assign(block, { className: "block text", tabIndex: 0 });
      Object.assign(block.dataset, { order: "0", boxes: "" });
      const label = document.createElement("span");
      Object.assign(label, { className: "label", textContent: "added text" });
      const source = document.createElement("textarea");
      Object.assign(source, { className: "source", hidden: true });
      source.setAttribute("aria-label", "Added text");
      block.append(label, source);
      content.append(block);
      offer(block, page);
      edit(block, page);
    }

    const lines = () => [...changed.values()].map((each) => JSON.stringify(each)).join("\n") + "\n";

    function keep() { // what is saved is what the page says from now on
      for (const { page, block, text } of changed.values()) {
        const inert = find(`page-${numbers.indexOf(String(page))}`).content.querySelector(`[data-order="${block}"]`);
        if (!inert) continue;
        inert.querySelector(".source").textContent = text;
        showEdited(inert, text);
      }
      content.querySelectorAll("section.block").forEach((block) => {
        block.querySelector(".source").defaultValue = block.querySelector(".source").value;
      });
      changed.clear();
      count();
    }

    async function save() {
      if (served) {
        try {
          const answer = await fetch("corrections", {
            method: "POST", headers: { "Content-Type": "application/x-ndjson" }, body: lines(),
          });
          say(await answer.text());
          if (answer.ok) keep();
        } catch {
          say("Not saved: ocr2 show has ended. Start it again; this page keeps what you typed until it is closed.");
        }
        return;
      }
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([lines()], { type: "application/x-ndjson" }));
      link.download = "corrections.jsonl";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      say("Write the result anew with: ocr2 render FOLDER --corrections corrections.jsonl");
    }

    find("save").addEventListener("click", save);
    find("add").addEventListener("click", add);
    addEventListener("beforeunload", (event) => { if (served && changed.size) event.preventDefault(); });
    return { offer };
  })();

  const turns = {
    ArrowLeft: () => shown - 1, PageUp: () => shown - 1, ArrowRight: () => shown + 1, PageDown: () => shown + 1,
    Home: () => 0, End: () => count - 1,
  };
  document.addEventListener("keydown", (event) => {
    const plain = !(event.ctrlKey || event.altKey || event.metaKey || event.shiftKey);
    if (!plain || !(event.key in turns) || event.target === chooser || event.target.matches("textarea")) return;
    event.preventDefault();
    show(turns[event.key]());
  });
  find("previous").addEventListener("click", () => show(shown - 1));
  find("next").addEventListener("click", () => show(shown + 1));
  chooser.addEventListener("change", () => show(Number(chooser.value)));
  find("show-boxes").addEventListener("change", (event) => { boxes.hidden = !event.target.checked; });
  const nextFlagged = find("next-flagged");
  nextFlagged.hidden = flagged.length === 0;
  nextFlagged.textContent = `Next flagged page (${flagged.length})`;
  nextFlagged.addEventListener("click", () => show(flagged.find((at) => at > shown) ?? flagged[0]));

  const follow = () => show(numbers.indexOf(location.hash.replace("#page-", "")));
  addEventListener("hashchange", follow);
  follow();
})();
