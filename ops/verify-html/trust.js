// What the receiver brings from outside: a trust file, or the ledger's fingerprint. FORMAT §5.

import { decode, exact, isObject } from "./json.js";
import { fromBase64, instant, isCount, isHex64, isOrigin, need, textOf, toHex } from "./grammar.js";
import { sha256 } from "./hashes.js";
import { COSIGNATURE, ED25519, MLDSA44, openCheckpoint, vkeyOf } from "./notes.js";

const TRUST_KEYS = [
  "format", "origin", "founded", "log", "receipt", "retired", "witness", "quorum", "tsa", "pinned", "now", "tolerance",
];

async function keysOf(list, name, kinds) {
  need(Array.isArray(list), "no list of keys");
  const keys = await Promise.all(list.map(vkeyOf));
  need(keys.every((key) => kinds.includes(key.kind) && (name === null || key.name === name)), "a key out of place");
  need(new Set(keys.map((key) => key.name + key.id)).size === keys.length, "a key twice");
  return keys;
}

/** Read a trust file; what of it is not usable makes the whole unusable. */
export async function trustOf(bytes) {
  const value = exact(decode(bytes), TRUST_KEYS);
  need(value.format === "disclosure-ledger/trust/v1" && isOrigin(value.origin), "no trust file");
  need(isHex64(value.founded) && Array.isArray(value.retired) && Array.isArray(value.tsa), "no trust file");
  const log = await keysOf(value.log, value.origin, [ED25519, MLDSA44]);
  const receipt = await keysOf(value.receipt, `${value.origin}/receipt`, [ED25519]);
  need(receipt.length > 0 && log.some((key) => key.kind === ED25519), "a list without an Ed25519 key");
  for (const one of value.retired) need(isCount(exact(one, ["size", "vkey"]).size), "a retired key");
  const old = await keysOf(value.retired.map((one) => one.vkey), value.origin, [ED25519, MLDSA44]);
  need(old.every((key) => log.every((other) => other.id !== key.id)), "a key is both retired and not");
  const witness = await keysOf(value.witness, null, [COSIGNATURE, MLDSA44]);
  need(isCount(value.quorum) && value.quorum <= new Set(witness.map((key) => key.name)).size, "the quorum");
  need(witness.every((key) => key.name !== value.origin), "a witness has the log's name");
  need(isCount(value.tolerance) && value.tolerance <= 604800, "the tolerance");
  const trust = {
    origin: value.origin,
    founded: value.founded,
    log,
    receipt,
    retired: old.map((key, i) => ({ key, size: value.retired[i].size })),
    witness,
    hasTimeStamps: value.tsa.length > 0,
    now: value.now === null ? null : instant(value.now),
    tolerance: value.tolerance,
    pinned: null,
  };
  if (value.pinned !== null) {
    need(typeof value.pinned === "string", "the pinned checkpoint");
    trust.pinned = await openCheckpoint(new TextEncoder().encode(value.pinned), trust);
  }
  return trust;
}

/** The 64 hex digits of a typed fingerprint, however it is spaced. */
export function fingerprintOf(text) {
  const digits = text.toLowerCase().replace(/[\s:.-]/g, "");
  need(isHex64(digits), "a fingerprint is 64 digits, 0 to 9 and a to f");
  return digits;
}

/**
 * Trust out of a fingerprint alone: the founding record with this digest names the keys of the log.
 * Null where the pack does not show it. Keys that came later are not known this way.
 */
export async function trustOfFounding(fingerprint, envelopes) {
  for (const bytes of envelopes) {
    if (toHex(await sha256(bytes)) !== fingerprint) continue;
    const record = JSON.parse(textOf(fromBase64(JSON.parse(textOf(bytes)).payload)));
    need(isObject(record.event) && isOrigin(record.origin), "this is no founding");
    const { origin, event } = record;
    const log = await keysOf(event.log, origin, [ED25519, MLDSA44]);
    const receipt = await keysOf([event.receipt], `${origin}/receipt`, [ED25519]);
    const rest = { retired: [], witness: [], hasTimeStamps: false, now: null, tolerance: 300, pinned: null };
    return { origin, founded: fingerprint, log, receipt, ...rest };
  }
  return null;
}
