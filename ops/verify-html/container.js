// The files of a pack: chosen one by one, as a folder, or as a zip in its one form. FORMAT §5.

import { Bad, decimal, isHex64, isOrigin, isStream, need, position, textOf, toHex } from "./grammar.js";
import { sha256 } from "./hashes.js";
import { decode, exact } from "./json.js";

const MIB = 1024 * 1024;
const MOST_IN_ZIP = 65535;
const FIXED = {
  "manifest.json": "manifest", checkpoint: "checkpoint", "checkpoint.tsr": "stamp", schedule: "schedule",
  "README.txt": "readme",
};
const FORMS = [
  ["record", /^records\/(0|[1-9][0-9]{0,15})\.dsse\.json$/],
  ["opening", /^openings\/(0|[1-9][0-9]{0,15})\.json$/],
  ["consistency", /^consistency\/([1-9][0-9]{0,15})$/],
  ["extent", /^extents\/([0-9a-f]{32})$/],
  ["law", /^law\/([0-9a-f]{64})\.json$/],
  ["attachment", /^attachments\/([0-9a-f]{64})$/],
  ["derived", /^derived\/([A-Za-z0-9._-]{1,128})$/],
  ["log", /^log\/((?:[A-Za-z0-9._-]{1,128}\/){0,6}[A-Za-z0-9._-]{1,128})$/],
];
const MOST_BYTES = {
  manifest: 1024 * MIB, attachment: 1024 * MIB, derived: 64 * MIB, law: 16 * MIB, record: 4 * MIB, opening: 4 * MIB,
  schedule: 2 * MIB, log: 2 * MIB, readme: MIB, checkpoint: MIB / 2, stamp: MIB / 2, extent: MIB / 2, consistency: 4096,
};

/** What a path stands for, and the number or digest in its name; null where it has no place. */
export function placeOf(path) {
  if (Object.hasOwn(FIXED, path)) return { kind: FIXED[path], name: "" };
  for (const [kind, form] of FORMS) {
    const found = form.exec(path);
    if (found) return { kind, name: found[1] };
  }
  return null;
}

function belongs(kind, scope) {
  if (kind === "log") return scope === "ledger";
  return kind !== "consistency" || scope !== "ledger";
}

/** A container: its files by path, each a Blob, and how it came. */
export class Container {
  constructor(blobs) {
    this.blobs = blobs;
    this.manifest = null;
    this.kept = new Map();
  }

  has(path) {
    return this.blobs.has(path);
  }

  paths(kind) {
    return [...this.blobs.keys()].filter((path) => placeOf(path)?.kind === kind).sort();
  }

  async read(path) {
    if (!this.kept.has(path)) this.kept.set(path, new Uint8Array(await this.blobs.get(path).arrayBuffer()));
    return this.kept.get(path);
  }
}

/** Files that were chosen as a folder; the folder's own name is no part of theirs. */
export function folderOf(files) {
  const blobs = new Map();
  for (const file of files) {
    const path = file.webkitRelativePath || file.name;
    blobs.set(path.includes("/") ? path.slice(path.indexOf("/") + 1) : path, file);
  }
  return new Container(blobs);
}

// ---- the zip ----

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}

/** Little-endian fields, so many bytes each. */
function fields(view, at, widths) {
  return widths.map((width) => {
    const value = width === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
    at += width;
    return value;
  });
}

const equal = (one, two) => one.length === two.length && one.every((value, i) => value === two[i]);
const CENTRAL = [4, 2, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4];
const LOCAL = [4, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2];

/** A zip whose every header has the one form; raises Bad for any other. */
export async function zipOf(file) {
  const whole = new Uint8Array(await file.arrayBuffer());
  const view = new DataView(whole.buffer);
  need(whole.length >= 22, "too short");
  const end = whole.length - 22;
  const [mark, disk, other, count, again, length, start, comment] = fields(view, end, [4, 2, 2, 2, 2, 4, 4, 2]);
  need(mark === 0x06054b50 && !disk && !other && !comment && count === again, "the end of its directory");
  need(start + length === end && count <= MOST_IN_ZIP, "the place of its directory");
  const blobs = new Map();
  let [at, data, last] = [start, 0, ""];
  for (let i = 0; i < count; i++) {
    need(at + 46 <= end, "its directory ends early");
    const f = fields(view, at, CENTRAL);
    const [crc, size, named, offset] = [f[7], f[9], f[10], f[16]];
    need(at + 46 + named <= end, "its directory ends early");
    const name = textOf(whole.subarray(at + 46, at + 46 + named));
    const form = [0x02014b50, 0x0314, 20, 0, 0, 0, 0x21, crc, size, size, named, 0, 0, 0, 0, 0x81a40000, data];
    need(equal(f, form) && name > last && offset + 30 + named + size <= start, "a header of its directory");
    const local = [0x04034b50, 20, 0, 0, 0, 0x21, crc, size, size, named, 0];
    need(equal(fields(view, offset, LOCAL), local), "a local header");
    need(textOf(whole.subarray(offset + 30, offset + 30 + named)) === name, "a local name");
    const bytes = whole.subarray(offset + 30 + named, offset + 30 + named + size);
    need(crc32(bytes) === crc, "a checksum");
    blobs.set(name, new Blob([bytes]));
    [at, data, last] = [at + 46 + named, offset + 30 + named + size, name];
  }
  need(at === end && data === start, "a gap");
  return new Container(blobs);
}

// ---- V1 ----

function manifestOf(bytes) {
  const value = exact(decode(bytes), ["format", "origin", "scope", "subject", "files"]);
  need(value.format === "disclosure-ledger/pack/v1" && isOrigin(value.origin), "no manifest");
  need(["event", "case", "ledger"].includes(value.scope), "a scope that is none of a pack");
  const ascends = (list) => list.every((one, i) => i === 0 || list[i - 1] < one);
  need(Array.isArray(value.subject) && ascends(value.subject), "the subject");
  need((value.subject.length === 0) === (value.scope === "ledger"), "the subject");
  if (value.scope === "case") need(value.subject.every(isStream), "the subject");
  if (value.scope === "event") value.subject.forEach(position);
  need(Array.isArray(value.files), "the files");
  for (const one of value.files) {
    exact(one, ["path", "sha256"]);
    const place = typeof one.path === "string" ? placeOf(one.path) : null;
    need(isHex64(one.sha256) && place && place.kind !== "manifest", "the files");
    if (["record", "opening", "consistency"].includes(place.kind)) decimal(place.name);
  }
  need(ascends(value.files.map((one) => one.path)), "the files");
  return { ...value, digests: new Map(value.files.map((one) => [one.path, one.sha256])) };
}

/** V1: the manifest is strict and the files are those that it lists. False where it is unusable. */
export async function checkContainer(box, report) {
  if (!box.has("manifest.json")) {
    report.find("V1.manifest-missing", "manifest.json");
    return false;
  }
  try {
    box.manifest = manifestOf(await box.read("manifest.json"));
  } catch (error) {
    if (!(error instanceof Bad)) throw error;
    report.find("V1.manifest-malformed", "manifest.json");
    return false;
  }
  const { digests, scope } = box.manifest;
  for (const path of new Set([...box.blobs.keys(), ...digests.keys()])) {
    if (path === "manifest.json") continue;
    await checkFile(box, path, digests.get(path), scope, report);
  }
  const always = ["checkpoint", "schedule", ...(scope === "ledger" ? ["log/checkpoint", "log/schedule"] : [])];
  for (const path of always) if (!box.has(path)) report.find("V1.missing", path);
  return true;
}

async function checkFile(box, path, digest, scope, report) {
  const place = placeOf(path);
  if (place === null) {
    report.find(digest === undefined ? "V1.unlisted" : "V1.path", path);
    box.blobs.delete(path);
    return;
  }
  if (!belongs(place.kind, scope)) report.find("V1.not-for-scope", path);
  if (digest === undefined) report.find("V1.unlisted", path);
  else if (!box.has(path)) report.find("V1.missing", path);
  else if (box.blobs.get(path).size > MOST_BYTES[place.kind]) {
    report.find("V1.too-large", path);
    box.blobs.delete(path);
  } else if (toHex(await sha256(await box.read(path))) !== digest) report.find("V1.differs", path);
}
