// The small grammars of the format: hex, base64, decimals, instants, positions. FORMAT, Conventions.

/** Some input is not what the format asks for. */
export class Bad extends Error {}

export const ZERO64 = "0".repeat(64);
const LARGEST = Number.MAX_SAFE_INTEGER;
const encoder = new TextEncoder();

export function need(good, what) {
  if (!good) throw new Bad(what);
}

/** Whether a value is a text of this form, whole. */
const like = (form) => (value) => typeof value === "string" && form.test(value);

export const isHex64 = like(/^[0-9a-f]{64}$/);
export const isHex32 = like(/^[0-9a-f]{32}$/);
export const isPerson = like(/^[a-z0-9][a-z0-9._-]{0,63}$/);
export const isRole = like(/^[a-z][a-z-]{0,31}$/);
export const isType = like(/^[a-z0-9]+(-[a-z0-9]+)*\.v[1-9][0-9]*$/);
const isOriginForm = like(/^[a-z0-9.-]+(\/[A-Za-z0-9._-]+)*$/);
export const isOrigin = (value) => isOriginForm(value) && value.length <= 255;
export const isStream = (value) => isHex32(value) && value !== "0".repeat(32);
export const isCount = (value, least = 0) => Number.isSafeInteger(value) && value >= least;

export function decimal(text) {
  need(/^(0|[1-9][0-9]{0,15})$/.test(text) && Number(text) <= LARGEST, "not a decimal");
  return Number(text);
}

/** Seconds since 1970 of `YYYY-MM-DDThh:mm:ssZ`. */
export function instant(text) {
  need(typeof text === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text), "not an instant");
  const at = Date.parse(text);
  // A date that does not exist, such as 30 February, comes back as another one.
  need(!Number.isNaN(at) && new Date(at).toISOString() === text.replace("Z", ".000Z"), "no such instant");
  need(!text.startsWith("0000"), "no such year");
  return at / 1000;
}

export function isInstant(value) {
  try {
    instant(value);
    return true;
  } catch (error) {
    if (error instanceof Bad) return false;
    throw error;
  }
}

/** `stream:seq` as [stream, seq]. */
export function position(text) {
  const found = typeof text === "string" && /^([0-9a-f]{32}):([0-9]+)$/.exec(text);
  need(found && isStream(found[1]), "not a position");
  const seq = decimal(found[2]);
  need(seq >= 1, "not a position");
  return [found[1], seq];
}

// ---- bytes ----

export const bytesOf = (text) => encoder.encode(text);

export function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Bad("not UTF-8");
  }
}

export const toHex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");

export function fromHex(text) {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export function toBase64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

/** Standard, padded, canonical base64. */
export function fromBase64(text, length = null) {
  need(typeof text === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0, "not base64");
  const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  need(toBase64(bytes) === text, "base64 is not canonical");
  need(length === null || bytes.length === length, "base64 of another length");
  return bytes;
}

export function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of parts) {
    whole.set(one, at);
    at += one.length;
  }
  return whole;
}

export const same = (one, two) => one.length === two.length && one.every((byte, i) => byte === two[i]);

export function compareBytes(one, two) {
  for (let i = 0; i < Math.min(one.length, two.length); i++) if (one[i] !== two[i]) return one[i] - two[i];
  return one.length - two.length;
}

/** 8 bytes, big endian. */
export function u64(number) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}

/** The ASCII lines of a text that ends in a newline. */
export function linesOf(bytes) {
  need(bytes.every((one) => one < 0x80), "not ASCII");
  const text = textOf(bytes);
  need(text.endsWith("\n"), "no newline at the end");
  return text.slice(0, -1).split("\n");
}
