"use strict";
// One question to /match and what came back, in words. Nothing is kept: no cookie, no storage, no history.
const form = document.getElementById("ask");
const found = document.getElementById("found");
const busy = document.getElementById("busy");

function el(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function question() {
  const given = new FormData(form);
  const text = (name) => (given.get(name) || "").trim();
  const schema = text("schema");
  const person = schema === "Person";
  const properties = { name: [text("name")] };
  const add = (name, value) => { if (value) properties[name] = [value]; };
  if (person) add("birthDate", text("birth"));
  add(schema === "Vessel" ? "imoNumber" : "idNumber", text("number"));
  add(schema === "Vessel" ? "flag" : "country", text("country"));
  return { schema, properties };
}

async function ask() {
  const given = new FormData(form);
  const headers = { "content-type": "application/json" };
  if (given.get("purpose")) headers["x-purpose"] = given.get("purpose").trim();
  if (given.get("key")) headers.authorization = `ApiKey ${given.get("key").trim()}`;
  const address = `/match/${encodeURIComponent(given.get("dataset"))}?limit=10&cutoff=0.1`;
  const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify({ queries: { q: question() } }) });
  let told = null;
  try { told = await answer.json(); } catch { /* no JSON: said below */ }
  if (!answer.ok) throw new Error(told && told.detail ? told.detail : `the server answered ${answer.status}`);
  return told.responses.q;
}

const BANDS = {
  alert: "Possible match: look at the evidence before anything is done.",
  ask: "Cannot be told apart on what is known.",
  below: "Below the alert line: most likely somebody else.",
};

function verdict(answer) {
  const alerts = answer.results.filter((one) => one.evidence.band === "alert").length;
  if (answer.band === "unscreened") return "This could not be compared with the lists. It is not cleared.";
  if (alerts) return `${alerts === 1 ? "One listed entity is a possible match" : `${alerts} listed entities are possible matches`}. A person has to look.`;
  if (answer.ask.length) return "Nobody listed reaches the alert line, but what is known is too little to tell. One more field would settle it.";
  return answer.results.length
    ? "Nobody listed reaches the alert line. Nearest names are below, each with why it is not one."
    : "Nobody listed comes near this name.";
}

const SVG = "http://www.w3.org/2000/svg";

function bar(bits, most) {
  const box = el("span", null, { class: "scale", "aria-hidden": "true" });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 100 20");
  svg.setAttribute("preserveAspectRatio", "none");
  const rect = document.createElementNS(SVG, "rect");
  const width = Math.min(50, (50 * Math.abs(bits)) / most);
  rect.setAttribute("x", bits < 0 ? 50 - width : 50);
  rect.setAttribute("y", 5);
  rect.setAttribute("height", 10);
  rect.setAttribute("width", width);
  rect.setAttribute("class", bits < 0 ? "against" : "for");
  const zero = document.createElementNS(SVG, "line");
  for (const [key, value] of Object.entries({ x1: 50, x2: 50, y1: 0, y2: 20, class: "zero" })) zero.setAttribute(key, value);
  svg.append(rect, zero);
  box.append(svg);
  return box;
}

const signed = (bits) => `${bits < 0 ? "−" : "+"}${Math.abs(bits).toFixed(1)}`;
const percent = (share) => (share >= 0.001 ? `${(100 * share).toFixed(share >= 0.1 ? 0 : 1)}%` : "under 0.1%");

function facts(one) {
  const list = el("dl");
  const row = (title, value) => { if (value) list.append(el("dt", title), value instanceof Node ? value : el("dd", value)); };
  row("Compared", `“${one.evidence.query}” with “${one.evidence.listed}” (${one.evidence.kind} name)`);
  row("List", one.evidence.list_version);
  row("Born", (one.properties.birthDate || []).join(", "));
  row("Topics", (one.properties.topics || []).join(", "));
  const links = el("dd");
  const id = encodeURIComponent(one.id);
  for (const [text, href] of [["entry", `/entities/${id}`], ["designations and their days", `/entities/${id}/designations`], ["what it owns", `/owned/${id}`]]) {
    if (links.childNodes.length) links.append(" · ");
    links.append(el("a", text, { href }));
  }
  if (!form.elements.key) row("Open", links);
  return list;
}

function pair(one) {
  const evidence = one.evidence;
  const card = el("article", null, { class: `pair ${evidence.band}` });
  card.append(el("h3", one.caption), el("p", `${one.schema} · ${one.id}`, { class: "hint" }));
  card.append(el("p", BANDS[evidence.band] || evidence.band, { class: "says" }));
  if (evidence.ask) card.append(el("p", `What would settle it: ${evidence.ask.field}, which the list holds as ${evidence.ask.form}.`));
  card.append(el("p", `${evidence.bits.toFixed(1)} bits of evidence; score ${one.score.toFixed(2)}, where 0.7 is the alert line; at the stated base rate a chance of ${percent(evidence.probability)}.`, { class: "hint" }));
  const reasons = el("ul", null, { class: "weight", "aria-label": "Evidence, in bits" });
  const most = Math.max(8, ...evidence.reasons.map((reason) => Math.abs(reason.bits)));
  for (const reason of evidence.reasons) {
    if (reason.feature === "ask") continue;
    const row = el("li");
    row.append(el("span", reason.text), bar(reason.bits, most), el("span", signed(reason.bits), { class: "bits" }));
    reasons.append(row);
  }
  card.append(reasons, facts(one));
  return card;
}

function show(answer) {
  found.replaceChildren(el("h2", "What was found"), el("p", verdict(answer), { class: "verdict" }));
  for (const warning of answer.warnings) found.append(el("p", warning, { class: "note" }));
  for (const one of answer.results) found.append(pair(one));
  for (const one of answer.ask) {
    if (answer.results.some((other) => other.id === one.id)) continue;
    found.append(el("p", `${one.caption} (${one.id}): ${one.ask.field} would settle it.`));
  }
}

function fail(error) {
  found.replaceChildren(el("h2", "Not answered"), el("p", `${error.message}`, { class: "note", role: "alert" }));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  busy.textContent = "Looking…";
  try { show(await ask()); } catch (error) { fail(error); }
  busy.textContent = "";
  found.hidden = false;
  found.focus({ preventScroll: true });
  found.scrollIntoView({ block: "nearest" });
});

function fields() {
  const schema = new FormData(form).get("schema");
  for (const one of form.querySelectorAll("[data-for]")) one.hidden = one.dataset.for !== schema;
}
form.addEventListener("change", fields);
fields();
