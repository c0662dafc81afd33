"use strict";
// Shows one page at a time. Text comes as inert templates made and escaped beforehand; nothing here builds HTML.
(() => {
  const find = (id) => document.getElementById(id);
  const [chooser, image, sheet, boxes, content] = ["chooser", "image", "sheet", "boxes", "content"].map(find);
  const count = chooser.options.length;
  const flagged = [...chooser.options].flatMap((option, at) => (option.text.includes("flagged") ? [at] : []));
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
    content.querySelectorAll(".block").forEach(connect);
    content.querySelectorAll(".crop").forEach((crop) => cut(crop, page.dataset));
    find("picture").scrollTop = find("text").scrollTop = 0;
    const flag = content.querySelector(".flag");
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

  const turns = {
    ArrowLeft: () => shown - 1, PageUp: () => shown - 1, ArrowRight: () => shown + 1, PageDown: () => shown + 1,
    Home: () => 0, End: () => count - 1,
  };
  document.addEventListener("keydown", (event) => {
    const plain = !(event.ctrlKey || event.altKey || event.metaKey || event.shiftKey);
    if (!plain || !(event.key in turns) || event.target === chooser) return;
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

  const numbers = [...document.querySelectorAll("template")].map((page) => page.dataset.number);
  const follow = () => show(numbers.indexOf(location.hash.replace("#page-", "")));
  addEventListener("hashchange", follow);
  follow();
})();
