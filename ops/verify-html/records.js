// Openings, envelopes and records, each in one spelling, and proven before it is read. FORMAT §1–3, §5.

import {
  Bad, bytesOf, compareBytes, fromBase64, instant, isCount, isHex32, isHex64, isInstant, isOrigin, isPerson, isRole, isStream,
  isType, joined, need, position, same, toHex, ZERO64,
} from "./grammar.js";
import { commitment, coverCommitment, sha256 } from "./hashes.js";
import { decode, exact, isObject } from "./json.js";
import { placeOf } from "./container.js";
import { isIncluded } from "./tree.js";

const TYPE = "application/vnd.disclosure-ledger.record.v1+json";
const RECORD_KEYS = [
  "v", "origin", "stream", "seq", "prev", "continues", "type", "occurred_at", "occurred_precision", "basis", "recorded_at",
  "actor", "recorded_by", "role", "under", "branch", "attested", "office", "law", "head", "command", "key", "event", "personal",
];

/** What stands behind a leaf: `kind` is record, cover or tombstone. */
export function openingOf(bytes) {
  const value = decode(bytes);
  need(isObject(value) && isHex64(value.blind), "no opening");
  if ("cover" in value) {
    const cover = exact(exact(value, ["cover", "blind"]).cover, ["tick", "k"]);
    need(isCount(cover.tick, 1) && isCount(cover.k), "no cover");
    return { ...value, kind: "cover" };
  }
  if ("erased" in value) {
    exact(value, ["erased", "blind", "stream", "seq", "e"]);
    position(value.erased);
    need(isHex64(value.e) && isStream(value.stream) && isCount(value.seq, 1), "no tombstone");
    return { ...value, kind: "tombstone" };
  }
  exact(value, ["blind", "stream", "seq", "personal"], ["path"]);
  need(isStream(value.stream) && isCount(value.seq, 1) && isObject(value.personal), "no opening");
  for (const one of Object.values(value.personal)) need(isHex64(exact(one, ["salt", "value"]).salt), "a salt");
  if (value.path !== undefined) need(Array.isArray(value.path), "a path");
  return { ...value, kind: "record", steps: value.path?.map((one) => fromBase64(one, 32)) };
}

function envelopeOf(bytes) {
  const value = exact(decode(bytes), ["payload", "payloadType", "signatures"]);
  need(value.payloadType === TYPE && Array.isArray(value.signatures) && value.signatures.length === 1, "an envelope");
  const signed = exact(value.signatures[0], ["keyid", "sig"]);
  need(isHex64(signed.keyid), "a key id");
  const payload = fromBase64(value.payload);
  const head = bytesOf(`DSSEv1 ${TYPE.length} ${TYPE} ${payload.length} `);
  return { payload, keyid: signed.keyid, signature: fromBase64(signed.sig, 64), signed: joined(head, payload) };
}

async function recordOf(bytes) {
  const value = exact(decode(bytes), RECORD_KEYS);
  const empty = await sha256(new Uint8Array());
  need(value.v === 1 && isOrigin(value.origin) && isStream(value.stream), "version, origin or stream");
  need(isCount(value.seq, 1) && isType(value.type), "seq or type");
  need(isHex64(value.prev) && (value.prev === ZERO64) === (value.seq === 1), "prev");
  need(Array.isArray(value.continues) && (value.seq === 1 || value.continues.length === 0), "continues");
  for (const one of value.continues) {
    exact(one, ["stream", "head"]);
    need(isStream(one.stream) && one.stream !== value.stream && isHex64(one.head) && one.head !== ZERO64, "continues");
  }
  need(new Set(value.continues.map((one) => one.stream)).size === value.continues.length, "continues");
  const { office, head } = value;
  exact(office, ["seq", "head"]);
  need(isCount(office.seq) && isHex64(office.head) && (office.seq === 0) === (office.head === ZERO64), "office");
  exact(head, ["size", "root"]);
  need(isCount(head.size) && (head.size === 0) === same(fromBase64(head.root, 32), empty), "head");
  if (value.under !== null) position(value.under);
  need(isInstant(value.occurred_at) && isInstant(value.recorded_at), "an instant");
  need(["exact", "approximate", "unknown"].includes(value.occurred_precision), "precision");
  need(["first-hand", "reported", "reconstructed"].includes(value.basis), "basis");
  need(isPerson(value.actor) && isPerson(value.recorded_by) && isRole(value.role), "a person or role");
  need(value.branch === null || isPerson(value.branch), "branch");
  need(["own-device", "service"].includes(value.attested), "attested");
  need(isHex64(value.law) && isHex32(value.command) && isHex64(value.key), "law, command or key");
  need(isObject(value.event) && isObject(value.personal), "event or personal");
  need(Object.values(value.personal).every(isHex64), "personal");
  need(Object.keys(value.event).every((name) => !(name in value.personal)), "personal");
  return value;
}

/** V7 and V8: each opening is proven in the log, and only then is the record behind it read. */
export async function readLeaves(run) {
  const { box, report } = run;
  const numbered = (kind) => new Map(box.paths(kind).map((path) => [Number(placeOf(path).name), path]));
  const [records, openings] = [numbered("record"), numbered("opening")];
  for (const [index, path] of records) if (!openings.has(index)) report.find("V7.opening-missing", path);
  for (const index of [...openings.keys()].sort((one, two) => one - two)) {
    const path = openings.get(index);
    try {
      await readLeaf(run, index, path, openingOf(await box.read(path)), records.get(index));
    } catch (error) {
      if (!(error instanceof Bad)) throw error;
      report.find("V7.opening-malformed", path);
    }
  }
}

async function readLeaf(run, index, path, opening, recordPath) {
  const { box, report } = run;
  if (opening.kind !== "record") {
    if (recordPath !== undefined) {
      report.find("V7.opening-and-record", path);
      return;
    }
    const isCover = opening.kind === "cover";
    const { blind, stream, seq, e } = opening;
    const entry = isCover ? await coverCommitment(blind, opening.cover.k) : await commitment(blind, stream, seq, e);
    if (!(await stands(run, index, path, opening, entry))) return;
    if (!isCover) run.tombstones.push({ ...opening, index });
    else checkCover(run, index, path, opening.cover);
    return;
  }
  if (recordPath === undefined) {
    report.find("V7.record-missing", path);
    return;
  }
  const bytes = await box.read(recordPath);
  const e = toHex(await sha256(bytes));
  const entry = await commitment(opening.blind, opening.stream, opening.seq, e);
  if (await stands(run, index, path, opening, entry)) await readRecord(run, index, recordPath, bytes, e, opening);
}

function checkCover({ schedule, report }, index, path, { tick, k }) {
  if (schedule.tickOfLeaf(index) !== tick || k >= schedule.epochOf(tick).width) report.find("V7.cover-misplaced", path);
}

/** Whether an entry stands at its leaf. */
async function stands(run, index, path, opening, entry) {
  const { report, entries, checkpoint } = run;
  let isThere = false;
  if (entries !== null) {
    if (opening.steps !== undefined) report.find("V7.path-not-asked", path);
    isThere = index < entries.length && same(entries[index], entry);
  } else if (opening.steps === undefined) {
    report.find("V7.path-missing", path);
    return false;
  } else isThere = await isIncluded(entry, index, checkpoint.size, opening.steps, checkpoint.root);
  if (!isThere) report.find("V7.not-in-log", path);
  return isThere;
}

async function readRecord(run, index, path, bytes, e, opening) {
  const { report, schedule } = run;
  let code = "V8.envelope-malformed";
  try {
    const envelope = envelopeOf(bytes);
    code = "V8.record-malformed";
    const data = await recordOf(envelope.payload);
    if (envelope.keyid !== data.key) report.find("V8.keyid-differs", path);
    const place = `${data.stream}:${data.seq}`;
    const tick = schedule.tickOfLeaf(index);
    const record = { index, path, e, envelope, data, opening, place, tick, stream: data.stream, seq: data.seq, good: true };
    run.records.push({ ...record, type: data.type, event: data.event, recordedAt: instant(data.recorded_at) });
  } catch (error) {
    if (!(error instanceof Bad)) throw error;
    report.find(code, path);
  }
}

/** Entries of a log that is here in full; null where they do not give its root. */
export async function entriesOf(box, size, report) {
  const entries = [];
  for (let start = 0; start < size; start += 256) {
    const width = Math.min(256, size - start);
    const path = entriesPath(start / 256, width);
    if (!box.has(path)) {
      report.find("V7.entries-missing", path);
      return null;
    }
    const bytes = await box.read(path);
    const parts = Array.from({ length: width }, (_, i) => bytes.subarray(34 * i, 34 * i + 34));
    if (bytes.length !== 34 * width || parts.some((one) => one[0] !== 0 || one[1] !== 32)) {
      report.find("V7.entries-malformed", path);
      return null;
    }
    entries.push(...parts.map((one) => one.subarray(2)));
  }
  return entries;
}

function entriesPath(number, width) {
  let digits = String(number % 1000).padStart(3, "0");
  for (let rest = Math.floor(number / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    digits = `x${String(rest % 1000).padStart(3, "0")}/${digits}`;
  }
  return `log/tile/entries/${digits}${width === 256 ? "" : `.p/${width}`}`;
}

/** Within a tick entries strictly ascend. */
export function checkOrder(entries, schedule, report) {
  for (let i = 1; i < entries.length; i++) {
    const isSameTick = schedule.tickOfLeaf(i) === schedule.tickOfLeaf(i - 1);
    if (isSameTick && compareBytes(entries[i - 1], entries[i]) >= 0) {
      const start = Math.floor(i / 256);
      report.find("V7.not-ascending", entriesPath(start, Math.min(256, entries.length - 256 * start)));
    }
  }
}
