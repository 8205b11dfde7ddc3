// Merkle trees: RFC 6962; proofs are checked as RFC 9162 §2.1.3.2 and §2.1.4.2 say. FORMAT §4.

import { fromBase64, linesOf, need, same } from "./grammar.js";
import { sha256 } from "./hashes.js";

const ZERO = Uint8Array.of(0);
const ONE = Uint8Array.of(1);

export const leafHash = (entry) => sha256(ZERO, entry);
const nodeHash = (left, right) => sha256(ONE, left, right);
const half = (number) => Math.floor(number / 2);

/** Whether an entry stands at an index of the tree of this size and root. */
export async function isIncluded(entry, index, size, path, root) {
  if (index >= size || path.length > 64) return false;
  let at = index;
  let last = size - 1;
  let hash = await leafHash(entry);
  for (const step of path) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      hash = await nodeHash(step, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else hash = await nodeHash(hash, step);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && same(hash, root);
}

/** Whether the tree of `size` and `root` begins with that of `oldSize` and `oldRoot`. */
export async function isPrefix(oldSize, oldRoot, size, root, path) {
  if (oldSize > size) return false;
  if (oldSize === size) return path.length === 0 && same(oldRoot, root);
  if (oldSize === 0) return path.length === 0 && same(oldRoot, await sha256(new Uint8Array()));
  if (path.length === 0) return false;
  const proof = Number.isInteger(Math.log2(oldSize)) ? [oldRoot, ...path] : [...path];
  let [at, last] = [oldSize - 1, size - 1];
  while (at % 2 === 1) [at, last] = [half(at), half(last)];
  let old = proof[0];
  let whole = proof[0];
  for (const step of proof.slice(1)) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      old = await nodeHash(step, old);
      whole = await nodeHash(step, whole);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else whole = await nodeHash(whole, step);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && same(old, oldRoot) && same(whole, root);
}

/** Whole subtrees of a log that is here in full: the root of every older size. */
export async function grownTree(entries) {
  const levels = [await Promise.all(entries.map(leafHash))];
  while (levels.at(-1).length > 1) {
    const below = levels.at(-1);
    const pairs = Array.from({ length: half(below.length) }, (_, i) => nodeHash(below[2 * i], below[2 * i + 1]));
    levels.push(await Promise.all(pairs));
  }
  return async (size) => {
    let root = null;
    for (let level = 0, rest = size; rest > 0; level++, rest = half(rest)) {
      if (rest % 2 === 0) continue;
      const node = levels[level][rest - 1];
      root = root === null ? node : await nodeHash(node, root);
    }
    return root ?? sha256(new Uint8Array());
  };
}

/** The hashes of a file in `consistency/`. */
export function proofOf(bytes) {
  const lines = linesOf(bytes);
  need(lines.length <= 64, "a proof is too long");
  return lines.map((line) => fromBase64(line, 32));
}
