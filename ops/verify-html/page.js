// The page: takes the evidence and what is trusted, and tells the report in plain words.

import { Bad } from "./grammar.js";
import { Report, verify } from "./checks.js";
import { folderOf, zipOf } from "./container.js";
import { canVerify } from "./hashes.js";
import { fingerprintOf, trustOf, trustOfFounding } from "./trust.js";
import { CHECKS, sentenceOf } from "./words.js";

const MOST_SHOWN = 200;
const find = (id) => document.getElementById(id);
const INVITED = find("chosen").textContent;
let brought = [];

function made(name, text = "", kind = "") {
  const one = document.createElement(name);
  one.textContent = text;
  if (kind) one.className = kind;
  return one;
}

function within(name, ...children) {
  const one = made(name);
  one.append(...children);
  return one;
}

// ---- what is brought ----

/** Files below what was dropped, as a folder input would give them. */
async function below(entry) {
  if (entry.isFile) {
    const file = await new Promise((give, fail) => entry.file(give, fail));
    Object.defineProperty(file, "webkitRelativePath", { value: entry.fullPath.slice(1) });
    return [file];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((give, fail) => reader.readEntries(give, fail));
    if (some.length === 0) return found;
    for (const one of some) found.push(...(await below(one)));
  }
}

async function takeDropped(event) {
  event.preventDefault();
  const entry = event.dataTransfer.items[0]?.webkitGetAsEntry();
  if (!entry) return;
  bring(entry.isDirectory ? await below(entry) : event.dataTransfer.files, "zip", "folder");
  find("chosen").textContent = `Dropped here: ${entry.name}`;
}

/** Whatever was brought last counts; the other ways are emptied. */
function bring(files, ...others) {
  for (const id of others) find(id).value = "";
  find("chosen").textContent = INVITED;
  brought = [...files];
}

const isZip = (files) => files.length === 1 && !files[0].webkitRelativePath;

async function trusted(box) {
  const [file] = find("trust").files;
  if (file) return trustOf(new Uint8Array(await file.arrayBuffer()));
  const fingerprint = fingerprintOf(find("fingerprint").value);
  const envelopes = await Promise.all(box.paths("record").map((path) => box.read(path)));
  return trustOfFounding(fingerprint, envelopes);
}

async function check() {
  const files = brought;
  if (files.length === 0) return tellUnusable("Choose the evidence first: a zip or a folder.");
  if (find("trust").files.length === 0 && !find("fingerprint").value.trim()) {
    return tellUnusable("Bring your trust file, or type the ledger’s fingerprint.");
  }
  let box;
  try {
    box = isZip(files) ? await zipOf(files[0]) : folderOf(files);
  } catch (error) {
    if (!(error instanceof Bad)) throw error;
    const report = new Report();
    report.find("V1.zip");
    report.left.push("Nothing beyond this was checked: the zip cannot be opened safely.");
    return tell(report);
  }
  if (!box.has("manifest.json") && (box.has("checkpoint") || box.has("log/checkpoint")) && box.paths("record").length === 0) {
    return tellUnusable("This looks like a published log. This page checks packs; use verify.pyz for logs.");
  }
  let trust;
  try {
    trust = await trusted(box);
  } catch (error) {
    return tellUnusable(`What you brought to trust in cannot be used: ${error.message}.`);
  }
  if (trust === null) {
    const report = new Report();
    report.find("V9.founding-not-shown");
    report.left.push("Nothing beyond this was checked: the pack does not show the founding with this fingerprint.");
    return tell(report);
  }
  return tell(await verify(box, trust));
}

// ---- what is told ----

function show(...children) {
  const result = find("result");
  result.replaceChildren(...children);
  result.hidden = false;
  result.focus();
}

function tellUnusable(sentence) {
  document.body.dataset.exit = "2";
  show(made("h2", "Result"), made("p", sentence, "verdict wrong"));
}

function verdict(report) {
  if (report.faults.length > 0) return made("p", "This evidence is not intact.", "verdict wrong");
  const some = report.exit === 0 ? "" : " Some of what it asks for could not be checked here.";
  return made("p", `Nothing wrong was found in what this page checks.${some}`, "verdict");
}

function tell(report) {
  document.body.dataset.exit = String(report.exit);
  const { records, entries, streams, opened } = report.shown;
  const parts = [made("h2", "Result"), verdict(report)];
  if (records > 0) {
    const said = `${records} records in ${streams} streams, in a log of ${entries} entries; personal values laid open: ${opened}.`;
    parts.push(made("p", said));
  }
  if (report.findings.length > 0) parts.push(made("h2", "What is wrong"), findingsOf(report));
  parts.push(made("h2", "Not checked here"), within("ul", ...report.left.map((one) => made("li", one))));
  parts.push(made("p", "For these use verify.pyz, or another verifier of the format."));
  parts.push(made("h2", "What was checked"), tableOf(report));
  show(...parts);
}

function findingsOf(report) {
  const items = report.findings.slice(0, MOST_SHOWN).map(({ code, place }) => {
    const item = within("li", sentenceOf(code), " ", made("code", `${code} at ${place}`));
    item.dataset.code = code;
    return item;
  });
  const rest = report.findings.length - items.length;
  if (rest > 0) items.push(made("li", `And ${rest} more.`));
  const list = within("ul", ...items);
  list.id = "findings";
  return list;
}

const OUTCOMES = {
  ran: "checked",
  "ran in part": "checked in part",
  "not asked": "not asked",
  "could not run": "not checked",
  "did not run": "not checked",
};

function tableOf(report) {
  const rows = Object.entries(CHECKS)
    .filter(([name]) => report.checks.has(name))
    .map(([name, what]) => {
      const head = made("th", what);
      head.scope = "row";
      return within("tr", head, made("td", OUTCOMES[report.checks.get(name)]));
    });
  const heads = ["Check", "Here"].map((text) => {
    const head = made("th", text);
    head.scope = "col";
    return head;
  });
  return within("table", within("thead", within("tr", ...heads)), within("tbody", ...rows));
}

// ---- beginning ----

async function begin() {
  const isAble = globalThis.crypto?.subtle !== undefined && (await canVerify());
  if (!isAble) {
    const sentence = "This browser cannot verify Ed25519 signatures, so it cannot check evidence. Use a newer one, or verify.pyz.";
    Object.assign(find("unable"), { textContent: sentence, hidden: false });
    find("ask").hidden = true;
    return;
  }
  find("zip").addEventListener("change", () => bring(find("zip").files, "folder"));
  find("folder").addEventListener("change", () => bring(find("folder").files, "zip"));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", takeDropped);
  find("ask").addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.target.querySelector("button");
    delete document.body.dataset.exit;
    button.disabled = true;
    try {
      await check();
    } catch (error) {
      tellUnusable(`This page failed, which says nothing about the evidence (${error.message}).`);
    } finally {
      button.disabled = false;
    }
  });
  document.body.dataset.ready = "yes";
}

await begin();
