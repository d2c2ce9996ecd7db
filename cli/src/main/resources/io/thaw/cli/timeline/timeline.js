"use strict";
// What the image's names say is shown as text only: textContent and canvas, never markup.
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const TRANSFERS = ["demand", "read_ahead", "prefetch", "fill"];
const NAMES = { waited: "reader waits", demand: "for waiting readers", read_ahead: "read-ahead", prefetch: "profile",
  fill: "fill", stored: "inflate and write", step: "index, zTOCs", cpu: "daemon CPU" };
const MAX_ROWS = 500;
const waits = data.events.filter((e) => e.kind === "waited" || e.kind === "failed");
const transfers = data.events.filter((e) => TRANSFERS.includes(e.kind));
const stores = data.events.filter((e) => e.kind === "stored");
const steps = data.events.filter((e) => ["resolved", "opened", "unpacked"].includes(e.kind));
const cpu = data.events.filter((e) => e.kind === "cpu");
const end = Math.max(1, data.summary.endMillis);
let from = 0;
let to = data.summary.quietMillis ? Math.min(end, data.summary.quietMillis * 1.05) : end;
let bars = [];
let chosen = null;

function element(parent, tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  parent.append(made);
  return made;
}

function seconds(ms) { return (ms / 1000).toFixed(2) + " s"; }
function millis(ms) { return ms.toFixed(1) + " ms"; }
function bytes(n) {
  const units = ["B", "KiB", "MiB", "GiB"];
  let unit = 0;
  let value = n;
  while (value >= 1024 && unit < 3) { value /= 1024; unit++; }
  return (unit === 0 ? value : value.toFixed(1)) + " " + units[unit];
}
function layerName(place) { return place === undefined ? "" : (place + 1) + ": " + data.layers[place].digest.slice(7, 19); }
function spanText(e) { return e.end - e.first > 1 ? e.first + "–" + (e.end - 1) : String(e.first); }
function colour(kind) {
  const name = { waited: "wait", failed: "wait", read_ahead: "ahead", resolved: "step", opened: "step",
    unpacked: "step" }[kind] || kind;
  return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}
function ink(name) { return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim(); }

function canvas(id) {
  const c = byId(id);
  const scale = window.devicePixelRatio || 1;
  const box = c.getBoundingClientRect();
  c.width = Math.max(1, Math.round(box.width * scale));
  c.height = Math.max(1, Math.round(box.height * scale));
  const g = c.getContext("2d");
  g.scale(scale, scale);
  g.clearRect(0, 0, box.width, box.height);
  g.font = "11px system-ui, sans-serif";
  return { g, width: box.width, height: box.height };
}

function x(at, width) { return ((at - from) / (to - from)) * width; }

function axis(g, width, height) {
  g.strokeStyle = ink("line");
  g.fillStyle = ink("soft");
  const wish = (to - from) / 8;
  const power = Math.pow(10, Math.floor(Math.log10(wish)));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= wish);
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    const px = x(at, width);
    g.beginPath();
    g.moveTo(px, 0);
    g.lineTo(px, height - 14);
    g.stroke();
    g.fillText(seconds(at), px + 2, height - 3);
  }
}

/** Gives each event the first lane that is free when it begins. */
function lanes(events, most) {
  const ends = [];
  return [...events].sort((a, b) => a.at - b.at).map((e) => {
    let lane = ends.findIndex((until) => until <= e.at);
    if (lane < 0) lane = ends.length < most ? ends.length : ends.indexOf(Math.min(...ends));
    ends[lane] = e.at + e.millis;
    return { event: e, lane };
  });
}

function related(wait) {
  return data.events.filter((e) => (TRANSFERS.includes(e.kind) || e.kind === "stored") && e.layer === wait.layer
    && e.first < wait.end && e.end > wait.first && e.at <= wait.at + wait.millis && e.at + e.millis >= wait.at);
}

function drawFall() {
  const { g, width, height } = canvas("fall");
  axis(g, width, height);
  const groups = [[steps, 3], [waits, 8], [transfers, 12], [stores, 4]];
  const rows = groups.reduce((sum, group) => sum + group[1] + 1, 0);
  const rowHeight = (height - 16) / rows;
  const marked = chosen ? new Set(related(chosen)) : new Set();
  bars = [];
  let top = 0;
  for (const [events, most] of groups) {
    for (const { event, lane } of lanes(events, most)) {
      if (event.at > to || event.at + event.millis < from) continue;
      const px = x(event.at, width);
      const bar = { event, left: px, top: top + lane * rowHeight, width: Math.max(1.5, x(event.at + event.millis, width) - px),
        height: rowHeight - 1 };
      g.globalAlpha = chosen && event !== chosen && !marked.has(event) ? 0.25 : 1;
      g.fillStyle = colour(event.kind);
      g.fillRect(bar.left, bar.top, bar.width, bar.height);
      bars.push(bar);
    }
    g.globalAlpha = 1;
    top += (most + 1) * rowHeight;
  }
}

function drawLink() {
  const { g, width, height } = canvas("link");
  axis(g, width, height);
  const count = Math.max(20, Math.min(300, Math.floor(width / 4)));
  const bin = (to - from) / count;
  const perKind = new Map(TRANSFERS.map((kind) => [kind, new Float64Array(count)]));
  for (const e of transfers) {
    const last = Math.max(e.at + e.millis, e.at + 0.01);
    const first = Math.max(0, Math.floor((e.at - from) / bin));
    for (let i = first; i < count && from + i * bin < last; i++) {
      const part = Math.min(last, from + (i + 1) * bin) - Math.max(e.at, from + i * bin);
      if (part > 0) perKind.get(e.kind)[i] += (e.bytes * part) / (last - e.at);
    }
  }
  let most = 1;
  for (let i = 0; i < count; i++) most = Math.max(most, TRANSFERS.reduce((sum, kind) => sum + perKind.get(kind)[i], 0));
  const usable = height - 28;
  for (let i = 0; i < count; i++) {
    let bottom = height - 14;
    for (const kind of TRANSFERS) {
      const h = (perKind.get(kind)[i] / most) * usable;
      g.fillStyle = colour(kind);
      g.fillRect((i * width) / count, bottom - h, width / count + 0.5, h);
      bottom -= h;
    }
  }
  g.strokeStyle = ink("cpu");
  g.beginPath();
  let cores = 1;
  const use = [];
  for (let i = 1; i < cpu.length; i++) {
    const took = cpu[i].at - cpu[i - 1].at;
    if (took > 0) use.push({ at: cpu[i].at, cores: (cpu[i].bytes - cpu[i - 1].bytes) / 1e6 / took });
  }
  for (const u of use) cores = Math.max(cores, u.cores);
  use.forEach((u, i) => {
    const px = x(u.at, width);
    const py = height - 14 - (u.cores / cores) * usable;
    if (i === 0) g.moveTo(px, py); else g.lineTo(px, py);
  });
  g.stroke();
  g.fillStyle = ink("soft");
  g.fillText("top of the bars: " + bytes((most / bin) * 1000) + "/s; top of the line: " + cores.toFixed(1) + " cores", 4, 11);
}

function drawSpans() {
  const { g, width, height } = canvas("spans");
  axis(g, width, height);
  data.layers.forEach((layer, place) => {
    if (!layer.spans) return;
    const seen = stores.filter((e) => e.layer === place).map((e) => e.at + e.millis).sort((a, b) => a - b);
    g.strokeStyle = "hsl(" + ((place * 67) % 360) + " 65% 50%)";
    g.beginPath();
    g.moveTo(0, height - 14);
    let present = 0;
    for (const at of seen) {
      const py = (share) => height - 14 - share * (height - 24);
      g.lineTo(x(at, width), py(present / layer.spans));
      present++;
      g.lineTo(x(at, width), py(present / layer.spans));
    }
    g.lineTo(width, height - 14 - (present / layer.spans) * (height - 24));
    g.stroke();
  });
}

function draw() { drawFall(); drawLink(); drawSpans(); }

function choose(event) {
  chosen = event;
  const list = byId("because");
  list.replaceChildren();
  if (!event) {
    byId("detail").textContent = "Click a bar, or a row of the table below.";
  } else {
    const what = NAMES[event.kind] || (event.kind === "failed" ? "a read failed" : event.kind);
    byId("detail").textContent = what + ": at " + seconds(event.at) + " for " + millis(event.millis)
      + (event.layer === undefined ? "" : ", layer " + layerName(event.layer) + ", spans " + spanText(event))
      + (event.bytes ? ", " + bytes(event.bytes) : "") + (event.file ? ", " + event.file : "");
    if (event.kind === "waited" || event.kind === "failed") {
      for (const e of related(event)) {
        element(list, "li", NAMES[e.kind] + " of spans " + spanText(e) + ": from " + seconds(e.at) + " for " + millis(e.millis)
          + ", " + bytes(e.bytes));
      }
    }
  }
  for (const row of document.querySelectorAll("#waits tbody tr")) row.classList.toggle("chosen", row.wait === event);
  drawFall();
}

function table() {
  const wish = byId("filter").value.toLowerCase();
  const body = document.querySelector("#waits tbody");
  body.replaceChildren();
  const found = waits.filter((w) => (w.file || "").toLowerCase().includes(wish)).sort((a, b) => b.millis - a.millis);
  byId("count").textContent = found.length + " of " + waits.length + " waits"
    + (found.length > MAX_ROWS ? ", the longest " + MAX_ROWS + " shown" : "");
  for (const wait of found.slice(0, MAX_ROWS)) {
    const row = element(body, "tr");
    row.wait = wait;
    for (const text of [seconds(wait.at), millis(wait.millis), layerName(wait.layer), spanText(wait), bytes(wait.bytes),
      (wait.kind === "failed" ? "FAILED " : "") + (wait.file || "")]) element(row, "td", text);
    row.addEventListener("click", () => choose(wait));
  }
}

function show(newFrom, newTo) {
  const length = Math.min(end, Math.max(1, newTo - newFrom));
  from = Math.max(0, Math.min(newFrom, end - length));
  to = from + length;
  draw();
}

function tiles() {
  const s = data.summary;
  const all = [
    ["until quiet", s.quietMillis === undefined ? "–" : seconds(s.quietMillis)],
    ["reads that waited", String(s.waits)],
    ["some read waited", seconds(s.someoneWaitedMillis)],
    ["fetched until quiet", s.bytesUntilQuiet === undefined ? "–" : bytes(s.bytesUntilQuiet)],
    ["link in use until quiet", s.linkUsedMillis === undefined ? "–" : seconds(s.linkUsedMillis)],
    ["daemon CPU until quiet", s.cpuMillis === undefined ? "–" : seconds(s.cpuMillis)],
    ["settled", s.settledMillis === undefined ? "not yet" : seconds(s.settledMillis)],
  ];
  for (const [label, value] of all) {
    const tile = element(byId("tiles"), "div");
    element(tile, "b", value);
    element(tile, "span", label);
  }
}

byId("name").textContent = data.image;
byId("identity").textContent = data.manifest + " · " + data.started + " · " + data.index
  + (data.lostEvents ? " · the first " + data.lostEvents + " events are no longer known" : "");
for (const kind of ["step", "waited", ...TRANSFERS, "stored", "cpu"]) {
  const item = element(byId("legend"), "li");
  element(item, "i", undefined, kind);
  item.append(NAMES[kind]);
}
data.layers.forEach((layer, place) => {
  const item = element(byId("layers"), "li");
  item.append(layerName(place) + ", " + bytes(layer.bytes) + (layer.spans ? ", " + layer.spans + " spans" : ", unpacked whole"));
});
byId("start").addEventListener("click", () => show(0, data.summary.quietMillis ? data.summary.quietMillis * 1.05 : end));
byId("all").addEventListener("click", () => show(0, end));
byId("in").addEventListener("click", () => show(from + (to - from) / 4, to - (to - from) / 4));
byId("out").addEventListener("click", () => show(from - (to - from) / 2, to + (to - from) / 2));
byId("left").addEventListener("click", () => show(from - (to - from) / 2, to - (to - from) / 2));
byId("right").addEventListener("click", () => show(from + (to - from) / 2, to + (to - from) / 2));
byId("filter").addEventListener("input", table);
byId("fall").addEventListener("click", (e) => {
  const box = byId("fall").getBoundingClientRect();
  const px = e.clientX - box.left;
  const py = e.clientY - box.top;
  const hit = bars.find((b) => px >= b.left - 1 && px <= b.left + b.width + 1 && py >= b.top && py <= b.top + b.height);
  choose(hit ? hit.event : null);
});
window.addEventListener("resize", draw);
tiles();
table();
draw();
