// Signed notes and what they say: checkpoint, schedule, extent. FORMAT §4.

import {
  bytesOf, decimal, fromBase64, instant, isOrigin, isStream, linesOf, need, same, textOf, toHex,
} from "./grammar.js";
import { isSigningKey, sha256, verifies } from "./hashes.js";

export const ED25519 = 1;
export const COSIGNATURE = 4;
export const MLDSA44 = 6;
const LENGTHS = { [ED25519]: 32, [COSIGNATURE]: 32, [MLDSA44]: 1312 };
const MLDSA44_LINE = 8 + 2420;

/** A C2SP vkey: name, id (hex), kind, the bytes of the key. */
export async function vkeyOf(text) {
  const found = typeof text === "string" && /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text);
  need(found, "a key of the log is spelled otherwise");
  const raw = fromBase64(found[3]);
  const id = toHex((await sha256(bytesOf(`${found[1]}\n`), raw)).subarray(0, 4));
  need(id === found[2] && raw.length - 1 === LENGTHS[raw[0]], "a key of the log does not fit its name");
  const key = { text, name: found[1], id, kind: raw[0], bytes: raw.subarray(1) };
  need(key.kind === MLDSA44 || isSigningKey(key.bytes), "a key that the format refuses");
  return key;
}

function noteOf(raw) {
  const whole = textOf(raw);
  need(raw.every((one) => one >= 0x20 || one === 0x0a), "a control character in a note");
  const cut = whole.lastIndexOf("\n\n");
  need(cut >= 0 && whole.endsWith("\n") && cut + 2 < whole.length, "a note without signatures");
  const rows = whole.slice(cut + 2, -1).split("\n");
  need(rows.length <= 100, "too many signatures");
  const lines = rows.map((row) => {
    const words = row.split(" ");
    need(words.length === 3 && words[0] === "\u2014" && words[1] && !words[1].includes("+"), "a signature line");
    const blob = fromBase64(words[2]);
    need(blob.length >= 5, "a signature line is too short");
    return { name: words[1], id: toHex(blob.subarray(0, 4)), signature: blob.subarray(4) };
  });
  return { text: bytesOf(whole.slice(0, cut + 1)), lines };
}

/** The lines by known keys, each key once. */
function known(note, keys) {
  const found = [];
  note.lines.forEach((line, place) => {
    const key = keys.find((one) => one.name === line.name && one.id === line.id);
    if (key === undefined) return;
    need(found.every((one) => one.key !== key), "a known key signs twice");
    found.push({ key, line, place });
  });
  return found;
}

/** The text of a note, once every Ed25519 line by these keys verifies. */
export async function openNote(raw, keys) {
  const note = noteOf(raw);
  const lines = known(note, keys.filter((key) => key.kind === ED25519));
  need(lines.length > 0, "no known key signed");
  for (const { key, line } of lines) need(await verifies(key.bytes, line.signature, note.text), "a signature fails");
  return note.text;
}

/**
 * A checkpoint: size and root. Its Ed25519 lines are verified; of the ML-DSA-44 lines only that they
 * are there, at their place and of their length, because browsers cannot verify them.
 */
export async function openCheckpoint(raw, trust) {
  const { origin, log, retired } = trust;
  const note = noteOf(raw);
  const everybody = [...log, ...retired.map((one) => one.key)];
  await openNote(raw, everybody);
  const lines = linesOf(note.text);
  need(lines.length === 3 && lines[0] === origin, "a checkpoint of another form or ledger");
  const [size, root] = [decimal(lines[1]), fromBase64(lines[2], 32)];
  need((size === 0) === same(root, await sha256(new Uint8Array())), "the empty root stands at size 0");
  const keys = [...log, ...retired.filter((one) => size <= one.size).map((one) => one.key)];
  const signed = known(note, keys);
  const kinds = signed.map((one) => one.key.kind);
  for (const kind of new Set(keys.map((key) => key.kind))) need(kinds.includes(kind), "a kind of key did not sign");
  need(signed.every(({ key, line }) => key.kind !== MLDSA44 || line.signature.length === MLDSA44_LINE), "a line");
  need(kinds.every((kind, i) => i === 0 || kinds[i - 1] <= kind), "signature lines out of order");
  need(note.lines.slice(0, signed.at(-1).place).every((line) => line.name === origin), "a witness line too early");
  return { size, root, text: note.text, isSecondSigned: kinds.includes(MLDSA44) };
}

// ---- the schedule ----

export class Schedule {
  constructor(text) {
    const lines = linesOf(text);
    const head = lines[0].split(" ");
    need(head.length === 3 && isOrigin(head[0]) && head[1] === "schedule" && head[2] === "v1", "no schedule");
    need(lines.length > 1, "a schedule without epochs");
    this.origin = head[0];
    this.epochs = [];
    for (const line of lines.slice(1)) this.add(line.split(" "));
  }

  add(words) {
    need(words.length === 7 && words[0] === "epoch", "no epoch");
    const [first, period, open, sealed, delay] = [1, 3, 4, 5, 6].map((i) => decimal(words[i]));
    const epoch = { first, start: instant(words[2]), period, open, sealed, delay, width: open + sealed, before: 0 };
    need(period >= 1 && epoch.width >= 1, "an epoch without period or entries");
    const last = this.epochs.at(-1);
    if (last === undefined) need(first === 0, "the first epoch begins later");
    else {
      const ticks = (first - last.first) / last.width;
      need(Number.isInteger(ticks) && ticks >= 1, "epochs do not join");
      need(last.start + ticks * last.period <= epoch.start, "epochs overlap");
      epoch.before = last.before + ticks;
    }
    this.epochs.push(epoch);
  }

  epochOf(tick) {
    return this.epochs.findLast((one) => one.before < tick);
  }

  due(tick) {
    const epoch = this.epochOf(tick);
    return epoch.start + (tick - epoch.before) * epoch.period;
  }

  sizeAfter(tick) {
    if (tick === 0) return 0;
    const epoch = this.epochOf(tick);
    return epoch.first + (tick - epoch.before) * epoch.width;
  }

  tickOfLeaf(index) {
    const epoch = this.epochs.findLast((one) => one.first <= index);
    return epoch.before + Math.floor((index - epoch.first) / epoch.width) + 1;
  }

  isWhole(size) {
    return size === 0 || this.sizeAfter(this.tickOfLeaf(size - 1)) === size;
  }

  /** The first tick that is due after a moment. */
  running(moment) {
    let tick = 0;
    for (const [i, epoch] of this.epochs.entries()) {
      tick = epoch.before + Math.max(0, Math.floor((moment - epoch.start) / epoch.period)) + 1;
      if (i + 1 < this.epochs.length && tick <= this.epochs[i + 1].before) break;
    }
    return tick;
  }
}

/** How far a stream reaches below a size. */
export function extentOf(text) {
  const lines = linesOf(text).map((line) => line.split(" "));
  const names = ["stream", "seq", "last", "size"];
  need(lines.length === 5 && lines[0].length === 3 && lines[0][1] === "extent" && lines[0][2] === "v1", "no extent");
  need(names.every((name, i) => lines[i + 1].length === 2 && lines[i + 1][0] === name), "no extent");
  const [stream, seq, last, size] = lines.slice(1).map((words) => words[1]);
  const extent = { origin: lines[0][0], stream, seq: decimal(seq), last: toHex(fromBase64(last, 32)), size: decimal(size) };
  need(isStream(stream) && extent.seq >= 1 && extent.seq <= extent.size, "an extent that cannot be");
  return extent;
}
