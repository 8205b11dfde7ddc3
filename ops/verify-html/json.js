// JSON in exactly one spelling: RFC 8785, restricted as the format says. FORMAT, Conventions.

import { Bad, bytesOf, need, same, textOf } from "./grammar.js";

const DEEPEST = 8;

function checkValue(value, depth) {
  need(depth <= DEEPEST, "too deep");
  if (Array.isArray(value)) for (const one of value) checkValue(one, depth + 1);
  else if (value !== null && typeof value === "object") {
    for (const [key, one] of Object.entries(value)) {
      need(/^[A-Za-z0-9_]+$/.test(key), "a key that is not allowed");
      checkValue(one, depth + 1);
    }
  } else if (typeof value === "number") need(Number.isSafeInteger(value), "a number that is not allowed");
}

function spell(value) {
  if (Array.isArray(value)) return `[${value.map(spell).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${spell(value[key])}`).join(",")}}`;
}

/** The one spelling of a value, as bytes. */
export function encode(value) {
  checkValue(value, 1);
  return bytesOf(spell(value));
}

/** The value that these bytes spell; whatever encoding it would not give back is refused. */
export function decode(bytes) {
  let value;
  try {
    value = JSON.parse(textOf(bytes));
  } catch (error) {
    throw error instanceof Bad ? error : new Bad("not JSON");
  }
  need(same(encode(value), bytes), "not the one spelling");
  return value;
}

export const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** The object, if it has exactly these keys; those in `maybe` may be absent. */
export function exact(value, keys, maybe = []) {
  need(isObject(value), "not an object");
  const have = Object.keys(value);
  need(keys.every((key) => have.includes(key)), "a key is missing");
  need(have.every((key) => keys.includes(key) || maybe.includes(key)), "a key too many");
  return value;
}
