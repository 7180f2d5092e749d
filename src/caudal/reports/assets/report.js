(() => {
  "use strict";
  const root = document.documentElement;
  const figures = JSON.parse(document.getElementById("figures").textContent);

  /* Charts: the figures are data; a colour written var(--name) is taken from the style sheet, so themes apply. */
  const themed = (value, style) => {
    if (typeof value === "string") {
      return value.startsWith("var(--") ? style.getPropertyValue(value.slice(4, -1)).trim() : value;
    }
    if (Array.isArray(value)) return value.map((item) => themed(item, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, themed(item, style)]));
    }
    return value;
  };
  const options = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
  const draw = () => {
    const style = getComputedStyle(root);
    for (const place of document.querySelectorAll(".chart")) {
      const figure = themed(figures[place.dataset.figure], style);
      Plotly.react(place, figure.data, figure.layout, options);
    }
  };
  draw();
  for (const box of document.querySelectorAll(".chart-scroll")) box.scrollLeft = (box.scrollWidth - box.clientWidth) / 2;
  root.dataset.ready = "";
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  addEventListener("beforeprint", () => { root.dataset.print = ""; draw(); });
  addEventListener("afterprint", () => { delete root.dataset.print; draw(); });

  /* Rows that open: without this script they are all open. */
  const toggle = (button, open) => {
    button.setAttribute("aria-expanded", String(open));
    document.getElementById(button.getAttribute("aria-controls")).hidden = !open;
  };
  for (const button of document.querySelectorAll(".opener")) {
    toggle(button, false);
    button.addEventListener("click", () => toggle(button, button.getAttribute("aria-expanded") !== "true"));
  }

  /* A link into something closed opens it. */
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let place = target; place; place = place.parentElement) if (place.tagName === "DETAILS") place.open = true;
    if (target.tagName === "DETAILS") target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  /* Where one is in the contents. */
  const entries = new Map([...document.querySelectorAll(".contents a")].map((a) => [a.hash.slice(1), a]));
  const watch = new IntersectionObserver((seen) => {
    for (const one of seen) {
      if (!one.isIntersecting) continue;
      for (const a of entries.values()) a.removeAttribute("aria-current");
      entries.get(one.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  for (const id of entries.keys()) watch.observe(document.getElementById(id));

  /* Only what scrolls sideways is a stop for the keyboard. */
  const stops = () => {
    for (const box of document.querySelectorAll(".scroll")) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  addEventListener("resize", stops);
  document.addEventListener("toggle", stops, true);
  document.addEventListener("click", () => requestAnimationFrame(stops));
  stops();

  /* CSV files: packed in the page for the large tables, written from the table itself for the small ones. */
  const save = (blob, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const packed = (name) => {
    const bytes = Uint8Array.from(atob(document.getElementById("csv-" + name).textContent), (c) => c.charCodeAt(0));
    return new Blob([bytes]);
  };
  for (const button of document.querySelectorAll("[data-csv]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const name = button.dataset.csv;
      if (!("DecompressionStream" in window)) return save(packed(name), name + ".csv.gz");
      const stream = packed(name).stream().pipeThrough(new DecompressionStream("gzip"));
      save(new Blob([await new Response(stream).arrayBuffer()], { type: "text/csv" }), name + ".csv");
    });
  }
  const quoted = (cell) => {
    const exact = cell.querySelector("data");
    let text = (exact ? exact.value : cell.innerText).trim();
    if (!exact && /^[=+@\t\r-]/.test(text)) text = "'" + text;
    return '"' + text.replaceAll('"', '""') + '"';
  };
  for (const table of document.querySelectorAll("table[data-table]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "csv";
    button.textContent = root.dataset.csvLabel;
    button.addEventListener("click", () => {
      const lines = [...table.rows].map((row) => [...row.cells].map(quoted).join(","));
      save(new Blob([lines.join("\r\n") + "\r\n"], { type: "text/csv" }), table.caption.textContent.trim() + ".csv");
    });
    table.closest("details").append(button);
  }
})();
