// V9: who signed, with which key, in which role, under which law. FORMAT §1 and §6.
//
// Judged here: the founding; every key, its enrolment with a second person's assent and its end; every
// signature; roles, the ground of a designee, desks; the law in force and its file; that an act of
// authority stands where it may and is made by who may. Left to the program, and said on the page:
// passkeys, re-attestation after a theft, announced keys and epochs, acts that came too late,
// tombstones, attestations.

import { Bad, fromBase64, instant, isCount, isHex64, isOrigin, isPerson, isRole, isStream, need, toHex, ZERO64 } from "./grammar.js";
import { isSigningKey, sha256, verifies } from "./hashes.js";
import { exact, isObject } from "./json.js";

const CUSTODIES = ["device", "hardware", "service"];
const key = (text) => need(isSigningKey(fromBase64(text, 32)), "a key");
const named = (event, ...more) => need(isPerson(exact(event, ["person", ...more]).person), "a person");
const opened = (event) => need(isObject(event) && isPerson(event.person), "a person");

const isBefore = (one) => {
  exact(one, ["origin", "founded", "size", "root", "checkpoint"]);
  need(isOrigin(one.origin) && isHex64(one.founded) && isHex64(one.checkpoint) && isCount(one.size, 1), "the ledger before");
  fromBase64(one.root, 32);
};

/** The fields of each authority type, as far as this page judges by them. */
const FIELDS = {
  "ledger-founded": (event) => {
    exact(event, ["epoch", "founders", "log", "receipt", "vault_office"], ["attest_months", "before", "zone"]);
    if (event.before !== undefined) isBefore(event.before);
    need(Array.isArray(event.founders) && event.founders.length === 2 && isStream(event.vault_office), "the founders");
    for (const one of event.founders) {
      exact(one, ["person", "key", "custody", "role"]);
      need(isPerson(one.person) && isRole(one.role) && CUSTODIES.includes(one.custody), "a founder");
      key(one.key);
    }
    const [one, two] = event.founders;
    need(one.person !== two.person && one.key !== two.key && Array.isArray(event.log), "the founders");
  },
  "founding-countersigned": (event) => need(isHex64(exact(event, ["founded"]).founded), "what was founded"),
  "key-enrolled": (event) => {
    named(event, "key", "custody", "principal");
    need(CUSTODIES.includes(event.custody) && ["person", "desk"].includes(event.principal), "a key");
    need(event.principal === "person" || event.custody === "service", "a desk's key");
    key(event.key);
  },
  "key-revoked": (event) => need(isHex64(exact(event, ["key"], ["since"]).key) && isCount(event.since ?? 0), "a key"),
  "role-granted": (event) => {
    named(event, "role");
    need(isRole(event.role), "a role");
  },
  "role-ended": (event) => FIELDS["role-granted"](event),
  "custodian-designated": opened,
  "designee-appointed": opened,
  "absence-recorded": (event) => {
    named(event, "from", "until");
    instant(event.from);
    instant(event.until);
  },
  "delegation-recorded": (event) => {
    opened(event);
    instant(event.until);
  },
  "custodian-not-reached": (event) => named(event, "attempts"),
  assented: (event) => need(isHex64(exact(event, ["of"]).of), "what is assented to"),
  "pack-activated": (event) => need(isObject(event) && isHex64(event.law), "a law"),
  "stream-closed": (event) => exact(event, []),
  reattested: isObject, "epoch-announced": isObject, "log-keys-announced": isObject, "stream-erased": isObject,
  "log-attested": isObject, "attestation-detailed": isObject, "passkey-enrolled": isObject,
  "passkey-revoked": isObject, "passkey-approved": isObject,
};
const OFFICE_ONLY = [
  "ledger-founded", "founding-countersigned", "pack-activated", "epoch-announced", "log-keys-announced", "log-attested",
  "passkey-enrolled", "passkey-revoked",
];
const BY_HEADS = [
  "key-enrolled", "role-granted", "custodian-designated", "designee-appointed", "delegation-recorded", "pack-activated",
  "epoch-announced", "log-keys-announced", "stream-erased",
];
const COUNSELS = ["reattested", "log-attested", "attestation-detailed"];
const ABSENCES = ["absence-recorded", "custodian-not-reached"];
const GROUNDS = [...ABSENCES, "custodian-designated", "designee-appointed", "delegation-recorded"];
const HEADS = ["director", "custodian"];

const nameOf = (type) => type.slice(0, type.lastIndexOf(".v"));

/** Whether a type is one of authority, in whatever version. */
export const isAuthority = (type) => Object.hasOwn(FIELDS, nameOf(type));

function isGood(type, event) {
  if (!isAuthority(type)) return true;
  try {
    need(type.endsWith(".v1"), "another version");
    FIELDS[nameOf(type)](event);
    return true;
  } catch (error) {
    if (error instanceof Bad) return false;
    throw error;
  }
}

export async function checkAuthority(run) {
  const first = run.byE.get(run.trust.founded);
  if (first === undefined) {
    run.report.find("V9.founding-not-shown");
    return;
  }
  const office = new Office(run, first);
  if (!(await office.found())) return;
  run.office = first.stream;
  for (const one of [...office.chain.slice(1), ...others(run, office.chain)]) await office.judge(one);
  office.checkCountersigned();
  for (const path of run.box.paths("law")) {
    if (`law/${toHex(await sha256(await run.box.read(path)))}.json` !== path) run.report.find("V9.law-file-differs", path);
  }
}

/** All other records, those of a stream after those of what it continues. */
function others(run, chain) {
  const taken = new Set();
  const list = [];
  const visit = (stream) => {
    if (taken.has(stream) || !run.streams.has(stream)) return;
    taken.add(stream);
    for (const one of run.at.get(`${stream}:1`)?.data.continues ?? []) visit(one.stream);
    list.push(...run.streams.get(stream).filter((one) => !chain.includes(one)));
  };
  for (const stream of [...run.streams.keys()].sort()) visit(stream);
  return list;
}

/** The acts of authority as far as they were judged good, one record after the other. */
class Office {
  constructor(run, first) {
    this.run = run;
    this.first = first;
    this.chain = [];
    for (let seq = 1; run.at.has(`${first.stream}:${seq}`); seq++) this.chain.push(run.at.get(`${first.stream}:${seq}`));
    this.keys = new Map();
    this.acts = [];
    this.laws = [{ seq: 1, law: first.data.law }];
    this.lawsNamed = new Set();
  }

  find(code, one) {
    this.run.report.find(code, one.place);
    one.good = false;
  }

  async enrol(one, { person, key: text, custody, principal = "person" }, isFounder) {
    const bytes = fromBase64(text, 32);
    this.keys.set(toHex(await sha256(bytes)), { one, bytes, person, custody, principal, isFounder });
  }

  async found() {
    const { first, run } = this;
    if (nameOf(first.type) !== "ledger-founded" || first.seq !== 1 || !isGood(first.type, first.event)) {
      this.find("V9.founding-malformed", first);
      return false;
    }
    for (const one of first.event.founders) await this.enrol(first, one, true);
    const signer = this.keys.get(first.data.key);
    const { envelope, data } = first;
    if (signer?.person !== data.recorded_by || !(await verifies(signer.bytes, envelope.signature, envelope.signed))) {
      this.find("V9.founding-unsigned", first);
      return false;
    }
    if (!this.holds(data.recorded_by, data.role, first, 1)) this.find("V9.role-not-held", first);
    this.checkLaw(first, 1);
    const keys = new Set([...first.event.log, first.event.receipt]);
    const isRolled = this.chain.some((one) => nameOf(one.type) === "log-keys-announced");
    const trusted = [...run.trust.log, ...run.trust.receipt, ...run.trust.retired.map((one) => one.key)];
    // Where keys were announced later, whether rightly is for the program to judge.
    if (!isRolled && trusted.some((one) => !keys.has(one.text))) run.report.find("V9.log-key-unannounced");
    return true;
  }

  checkCountersigned() {
    const second = this.chain[1];
    const signer = second && this.keys.get(second.data.key);
    const isGoodOne =
      second?.good && nameOf(second.type) === "founding-countersigned" && second.event.founded === this.first.e &&
      second.data.recorded_by !== this.first.data.recorded_by && signer?.isFounder;
    if (!isGoodOne) this.run.report.find("V9.not-countersigned", `${this.first.stream}:2`);
  }

  async judge(one) {
    const head = this.headOf(one);
    if (head === null) return;
    this.checkLaw(one, head);
    const signer = await this.checkKey(one, head);
    if (signer) this.checkRole(one, signer, head);
    this.checkUnder(one, head);
    if (isAuthority(one.type)) {
      if (!isGood(one.type, one.event)) this.find("V9.event-malformed", one);
      else await this.checkAct(one);
    }
    if (!one.good) return;
    const name = nameOf(one.type);
    if (name === "key-enrolled") await this.enrol(one, one.event, false);
    if (name === "pack-activated") this.laws.push({ seq: one.seq, law: one.event.law });
    this.acts.push({ name, one });
  }

  /** The seq of the office head that a record names. */
  headOf(one) {
    const { office, prev } = one.data;
    if (one.stream === this.first.stream) {
      if (office.seq === one.seq - 1 && office.head === prev) return one.seq - 1;
      this.find("V9.head-differs", one);
      return null;
    }
    if (one.before && one.before.data.office.seq > office.seq) this.find("V9.head-falls", one);
    if (office.seq > this.chain.length) {
      this.find("V9.head-not-shown", one);
      return null;
    }
    if (office.head === ZERO64 || this.chain[office.seq - 1].e !== office.head) {
      this.find("V9.head-differs", one);
      return null;
    }
    return office.seq;
  }

  checkLaw(one, head) {
    const { law } = one.data;
    if (law !== this.laws.findLast((each) => each.seq <= Math.max(head, 1)).law) this.find("V9.law-differs", one);
    const path = `law/${law}.json`;
    if (!this.lawsNamed.has(law) && !this.run.box.has(path)) this.run.report.find("V9.law-missing", path);
    this.lawsNamed.add(law);
  }

  /** Whether what stands at an act's place counts for a record at an office head. */
  reaches(act, one, head) {
    if (act.stream === this.first.stream) return act.seq <= head;
    if (act.stream === one.stream) return act.seq < one.seq;
    return act.seq <= (this.run.continued(one.stream).get(act.stream) ?? 0);
  }

  counting(name, one, head) {
    return this.acts.filter((act) => act.name === name && this.reaches(act.one, one, head)).map((act) => act.one);
  }

  isAssented(act, one, head) {
    const assents = this.counting("assented", one, head).filter((each) => each.event.of === act.e);
    return assents.some((each) => each.data.recorded_by !== act.data.recorded_by);
  }

  async checkKey(one, head) {
    const { data, envelope } = one;
    const found = this.keys.get(data.key);
    const isIn = found && this.reaches(found.one, one, head) && (found.isFounder || this.isAssented(found.one, one, head));
    if (!isIn || this.counting("key-revoked", one, head).some((each) => each.event.key === data.key)) {
      this.find("V9.key-unknown", one);
      return null;
    }
    if (found.person !== data.recorded_by) this.find("V9.key-of-another", one);
    if (!(await verifies(found.bytes, envelope.signature, envelope.signed))) this.find("V9.signature", one);
    if (data.attested !== (found.custody === "service" ? "service" : "own-device")) this.find("V9.attested", one);
    return found;
  }

  /** Whether a person holds a role at a head. */
  holds(person, role, one, head) {
    const isIt = ({ event }) => event.person === person && event.role === role;
    const sources = this.counting("role-granted", one, head).filter((act) => isIt(act) && this.isAssented(act, one, head));
    if (this.first.event.founders.some((each) => each.person === person && each.role === role)) sources.push(this.first);
    if (role === "custodian") {
      const last = this.counting("custodian-designated", one, head).at(-1);
      if (last?.event.person === person) sources.push(last);
    }
    if (role === "designee") {
      sources.push(...this.counting("designee-appointed", one, head).filter((act) => act.event.person === person));
    }
    if (role === "desk") {
      const desks = [...this.keys.values()].filter((each) => each.person === person && each.principal === "desk");
      sources.push(...desks.map((each) => each.one).filter((act) => this.isAssented(act, one, head)));
    }
    const order = this.acts.map((act) => act.one);
    const ends = this.counting("role-ended", one, head).filter(isIt);
    return sources.some((act) => !ends.some((end) => order.indexOf(end) > order.indexOf(act)));
  }

  checkRole(one, signer, head) {
    const { role, recorded_by: person, actor, under } = one.data;
    const isDesks = role === "desk" && one.type.startsWith("intake-") && actor === person;
    if (signer.principal === "desk" && !isDesks) {
      this.find("V9.desk-limits", one);
      return;
    }
    if (!this.holds(person, role, one, head)) this.find("V9.role-not-held", one);
    const ground = under === null ? undefined : this.run.at.get(under);
    if (role === "designee" && (under === null || (ground && !ABSENCES.includes(nameOf(ground.type))))) {
      this.find("V9.designee-alone", one);
    }
  }

  checkUnder(one, head) {
    const { under, actor, role, occurred_at } = one.data;
    // What a closing rests on may stand in a stream that its successor continues beside it.
    if (under === null || nameOf(one.type) === "stream-closed") return;
    const ground = this.run.at.get(under);
    if (ground === undefined || !this.reaches(ground, one, head)) {
      this.find("V9.under-not-shown", one);
      return;
    }
    const { event } = ground;
    const name = nameOf(ground.type);
    let fits = GROUNDS.includes(name) && isGood(ground.type, event);
    if (fits && ABSENCES.includes(name)) {
      fits = role !== "designee" || HEADS.some((each) => this.holds(event.person, each, one, head));
      const at = instant(occurred_at);
      if (name === "absence-recorded") fits = fits && instant(event.from) <= at && at < instant(event.until);
    } else if (fits) {
      fits = event.person === actor;
      if (name === "delegation-recorded") fits = fits && instant(occurred_at) < instant(event.until);
    }
    if (!fits) this.find("V9.under-unfit", one);
  }

  /** Where an act of authority stands, and whether its signer may make it. */
  async checkAct(one) {
    const [name, { role, recorded_by: person }, { event }] = [nameOf(one.type), one.data, one];
    const isInside = one.stream === this.first.stream;
    const vault = this.first.event.vault_office;
    const isOut =
      name === "ledger-founded" || (name === "founding-countersigned" && one.seq !== 2) ||
      (OFFICE_ONLY.includes(name) && !isInside) || (name === "stream-erased" && !isInside && one.stream !== vault) ||
      (name === "attestation-detailed" && one.stream !== vault);
    if (isOut) {
      this.find("V9.misplaced", one);
      return;
    }
    const isOwn =
      (name === "role-ended" && event.person === person) ||
      (name === "key-revoked" && this.keys.get(event.key)?.person === person);
    const isForHeads = BY_HEADS.includes(name) || name === "role-ended" || name === "key-revoked";
    const isCounsels = name === "key-enrolled" && role === "counsel" && this.wasEnrolled(event);
    if (isForHeads && !HEADS.includes(role) && !isOwn && !isCounsels) this.find("V9.may-not", one);
    if (COUNSELS.includes(name) && role !== "counsel") this.find("V9.may-not", one);
    if (name === "key-enrolled" && this.keys.has(toHex(await sha256(fromBase64(event.key, 32))))) {
      this.find("V9.key-enrolled-twice", one);
    }
  }

  wasEnrolled({ person, principal }) {
    return principal === "person" && [...this.keys.values()].some((each) => each.person === person);
  }
}
