// Fills the page from the builder's API. Whatever comes from outside becomes text, never markup.
"use strict";

const STATES = ["queued", "running", "failed", "done", "skipped", "dead"];
const REFRESH_MILLIS = 2000;
const chosen = new Set();
let timer;
let asked = 0;

const byId = id => document.getElementById(id);

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter(child => child !== null));
  return made;
}

function ago(iso) {
  const seconds = Math.round((Date.now() - Date.parse(iso)) / 1000);
  const distance = Math.abs(seconds);
  const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const [size, unit] = units.find(([size]) => distance >= size) ?? units[3];
  const text = `${Math.floor(distance / size)} ${unit}`;
  return seconds < 0 ? `in ${text}` : `${text} ago`;
}

function time(iso) {
  const made = element("time", "", ago(iso));
  made.dateTime = iso;
  made.title = new Date(iso).toLocaleString();
  return made;
}

function size(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024;
    unit++;
  }
  return `${unit ? bytes.toFixed(1) : bytes} ${units[unit]}`;
}

function image(job) {
  return element("span", "image",
    job.tag ? `${job.repository}:${job.tag}` : job.repository,
    element("small", "", job.digest));
}

function when(job) {
  if (job.state === "failed") return element("span", "", "again ", time(job.due));
  return time(job.finished ?? job.started ?? job.created);
}

function row(job) {
  const cell = element("td", "", image(job));
  if (job.error) {
    cell.append(element("p", "detail error", job.error));
    if (job.remedy) cell.append(element("p", "detail remedy", job.remedy));
  } else if (job.result) {
    cell.append(element("p", "detail", job.result));
  }
  const made = element("tr", "",
    element("td", "", String(job.id)),
    element("td", "", element("span", `badge ${job.state}`, job.state)),
    cell,
    element("td", "tight", `${job.rule} (${job.format})`),
    element("td", "number", String(job.attempts)),
    element("td", "tight", when(job)));
  made.dataset.state = job.state;
  made.dataset.job = job.id;
  return made;
}

function card(job) {
  const { totalBytes, readBytes, layers, finishedLayers } = job.progress;
  const bar = element("progress", "");
  bar.setAttribute("aria-label", `Progress of job ${job.id}`);
  if (totalBytes > 0) {
    bar.max = totalBytes;
    bar.value = Math.min(readBytes, totalBytes);
  }
  const done = totalBytes > 0
    ? `${size(readBytes)} of ${size(totalBytes)}, layer ${Math.min(finishedLayers + 1, layers)} of ${layers}`
    : "reading manifests";
  return element("li", "", image(job), bar,
    element("div", "meta", element("span", "", done), element("span", "", `job ${job.id}, ${job.rule}`)));
}

function ignoredRow(notice) {
  return element("tr", "",
    element("td", "tight", time(notice.at)),
    element("td", "tight", notice.origin),
    element("td", "", element("span", "image", notice.image)),
    element("td", "", notice.explanation));
}

function showStatus(status) {
  const counts = status.counts;
  byId("summary").textContent =
    `${counts.running} running, ${counts.queued} waiting, ${counts.failed} to be tried again, ${counts.dead} given up`;
  for (const state of STATES) byId(`state-${state}`).querySelector("b").textContent = counts[state];
  byId("running-section").hidden = status.running.length === 0;
  byId("running").replaceChildren(...status.running.map(card));
  byId("ignored-section").hidden = status.ignored.length === 0;
  byId("ignored").tBodies[0].replaceChildren(...status.ignored.map(ignoredRow));
}

function showJobs(jobs) {
  byId("jobs").tBodies[0].replaceChildren(...jobs.map(row));
  const filtered = chosen.size > 0 || byId("text").value.trim() !== "";
  byId("none").hidden = jobs.length > 0;
  byId("none").textContent = filtered ? "No job is like that." : "No job yet. A push makes one.";
}

async function ask(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`the builder answered ${answer.status}`);
  return answer.json();
}

async function refresh() {
  clearTimeout(timer);
  const mine = ++asked;
  const query = new URLSearchParams({ limit: "200" });
  for (const state of chosen) query.append("state", state);
  const text = byId("text").value.trim();
  if (text) query.append("q", text);
  try {
    const [status, list] = await Promise.all([ask("/api/status"), ask(`/api/jobs?${query}`)]);
    if (mine !== asked) return; // A later question is on its way.
    showStatus(status);
    showJobs(list.jobs);
    byId("trouble").hidden = true;
    document.body.dataset.shown = String(mine);
  } catch (failure) {
    if (mine !== asked) return;
    byId("trouble").textContent = `What is shown is old: ${failure.message}.`;
    byId("trouble").hidden = false;
  }
  if (!document.hidden) timer = setTimeout(refresh, REFRESH_MILLIS);
}

function makeStates() {
  for (const state of STATES) {
    const button = element("button", "", state, element("b", "", "–"));
    button.type = "button";
    button.id = `state-${state}`;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      const on = !chosen.delete(state);
      if (on) chosen.add(state);
      button.setAttribute("aria-pressed", String(on));
      refresh();
    });
    byId("states").append(button);
  }
}

makeStates();
byId("text").addEventListener("input", refresh);
byId("filter").addEventListener("submit", event => event.preventDefault());
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
refresh();
