// SHA-256 and Ed25519 by the browser (WebCrypto), and the format's hashes. FORMAT §3, Conventions.

import { bytesOf, fromHex, joined, toHex, u64, ZERO64 } from "./grammar.js";
import { encode } from "./json.js";

const PRIME = 2n ** 255n - 19n;
// The y of every point of small order: under such a key one signature fits many messages.
const SMALL = [
  0n,
  1n,
  PRIME - 1n,
  number(fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")),
  number(fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")),
];

export async function sha256(...parts) {
  const data = parts.length === 1 ? parts[0] : joined(...parts);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

const labelled = (name) => bytesOf(`disclosure-ledger/v1/${name}\0`);

/** The entry of a record, a cover or a tombstone in the log. */
export const commitment = (blind, stream, seq, e) =>
  sha256(labelled("commitment"), fromHex(blind), fromHex(stream), u64(seq), fromHex(e));

export const coverCommitment = (blind, k) => commitment(blind, "0".repeat(32), k, ZERO64);

export async function personalDigest(salt, value) {
  const inner = await sha256(encode(value));
  return toHex(await sha256(labelled("personal-digest"), fromHex(salt), inner));
}

function number(littleEndian) {
  return BigInt(`0x${toHex(Uint8Array.from(littleEndian).reverse())}`);
}

/** Whether the format allows these 32 bytes as a key: canonical, and not of small order. */
export function isSigningKey(raw) {
  if (raw.length !== 32) return false;
  const y = number(raw) & (2n ** 255n - 1n);
  return y < PRIME && !SMALL.includes(y);
}

/** Whether this browser verifies Ed25519 signatures at all: RFC 8032, test 2. */
export async function canVerify() {
  const key = fromHex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const signature = fromHex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  );
  const good = await verifies(key, signature, fromHex("72"));
  return good && !(await verifies(key, signature, fromHex("73")));
}

export async function verifies(publicKey, signature, message) {
  if (signature.length !== 64 || !isSigningKey(publicKey)) return false;
  try {
    const key = await crypto.subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, key, signature, message);
  } catch {
    return false;
  }
}
