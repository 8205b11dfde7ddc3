// V10, V11 and V12: how records follow each other, when, and what is laid open of them. FORMAT §6.

import { Bad, fromBase64, instant, need, position, toHex } from "./grammar.js";
import { personalDigest, sha256 } from "./hashes.js";
import { isObject } from "./json.js";
import { extentOf, openNote } from "./notes.js";
import { isAuthority } from "./office.js";
import { isPrefix, proofOf } from "./tree.js";

/** Take all proven records and tombstones, each place once. */
export function arrange(run) {
  const { report, trust } = run;
  for (const one of run.records) {
    if (one.data.origin !== trust.origin) report.find("V10.origin", one.place);
    if (one.opening.stream !== one.stream || one.opening.seq !== one.seq) report.find("V10.place-differs", one.path);
    else if (run.at.has(one.place)) report.find("V10.doubled", one.place);
    else {
      run.at.set(one.place, one);
      run.byE.set(one.e, one);
      run.streams.set(one.stream, [...(run.streams.get(one.stream) ?? []), one]);
    }
  }
  for (const one of run.tombstones) {
    const place = `${one.stream}:${one.seq}`;
    if (run.at.has(place) || run.erased.has(place)) report.find("V10.doubled", place);
    run.erased.set(place, one);
  }
  for (const list of run.streams.values()) {
    list.sort((one, two) => one.seq - two.seq);
    list.forEach((one, i) => {
      one.before = list[i - 1] ?? null;
    });
  }
}

const wholeStreams = (run) => {
  const { scope, subject } = run.box.manifest;
  if (scope === "ledger") return new Set([...run.streams.keys(), ...run.tombstones.map((one) => one.stream)]);
  return new Set([...(run.office ? [run.office] : []), ...(scope === "case" ? subject : [])]);
};

export async function checkChain(run) {
  const extents = await readExtents(run);
  const whole = wholeStreams(run);
  checkGaps(run, whole, extents);
  for (const one of run.at.values()) {
    checkLink(run, one, whole);
    checkTicks(run, one);
  }
  checkSuccessors(run);
  for (const [place, e] of [...run.at].map(([at, one]) => [at, one.e]).concat([...run.erased].map(([at, one]) => [at, one.e]))) {
    const [stream, seq] = position(place);
    const extent = extents.get(stream);
    if (extent && seq > extent.seq) run.report.find("V10.beyond-extent", place);
    if (extent && seq === extent.seq && e !== extent.last) run.report.find("V10.extent-differs", place);
  }
  checkSubject(run);
}

const subjectStreams = ({ box }) => new Set(box.manifest.subject.map((one) => one.split(":")[0]));

async function readExtents(run) {
  const { box, report, trust, checkpoint } = run;
  const wanted = subjectStreams(run);
  if (run.office) wanted.add(run.office);
  const extents = new Map();
  for (const stream of wanted) if (!box.has(`extents/${stream}`)) report.find("V10.extent-missing", `extents/${stream}`);
  for (const path of box.paths("extent")) {
    try {
      const extent = extentOf(await openNote(await box.read(path), trust.receipt));
      need(extent.origin === trust.origin, "of another ledger");
      const stream = path.slice("extents/".length);
      const isShown = wanted.has(stream) || run.streams.has(stream) || run.tombstones.some((one) => one.stream === stream);
      if (extent.stream !== stream || (run.office && !isShown)) {
        report.find("V10.extent-misplaced", path);
        continue;
      }
      if (extent.size !== checkpoint.size) report.find("V10.extent-size", path);
      extents.set(stream, extent);
    } catch (error) {
      if (!(error instanceof Bad)) throw error;
      report.find("V10.extent-refused", path);
    }
  }
  return extents;
}

function checkGaps(run, whole, extents) {
  const seqs = new Map();
  for (const place of [...run.at.keys(), ...run.erased.keys()]) {
    const [stream, seq] = position(place);
    seqs.set(stream, (seqs.get(stream) ?? new Set()).add(seq));
  }
  for (const stream of whole) {
    const have = seqs.get(stream);
    if (have === undefined) continue;
    let missing = 1;
    while (have.has(missing)) missing++;
    if (missing <= Math.max(...have, extents.get(stream)?.seq ?? 0)) run.report.find("V10.gap", `${stream}:${missing}`);
  }
}

function checkLink(run, one, whole) {
  const { report } = run;
  const at = `${one.stream}:${one.seq - 1}`;
  const before = run.at.get(at)?.e ?? run.erased.get(at)?.e;
  if (before !== undefined && before !== one.data.prev) report.find("V10.prev-differs", one.place);
  if (one.before?.type === "stream-closed.v1") report.find("V10.after-closing", one.place);
  for (const { stream, head } of one.data.continues) {
    const shown = run.byE.get(head);
    const isThere = shown ? shown.stream === stream : run.tombstones.some((gone) => gone.e === head && gone.stream === stream);
    if (!isThere && (shown || whole.has(stream))) report.find("V10.continues-nothing", one.place);
  }
}

/** No record enters an earlier tick than what it follows or names. */
function checkTicks(run, one) {
  const { under, continues, office, prev } = one.data;
  const named = [one.before, run.byE.get(office.head), under ? run.at.get(under) : null];
  named.push(...continues.map((each) => run.byE.get(each.head)));
  const heads = [prev, ...continues.map((each) => each.head)];
  const ticks = named.filter(Boolean).map((each) => each.tick);
  ticks.push(...run.tombstones.filter((gone) => heads.includes(gone.e)).map((gone) => run.schedule.tickOfLeaf(gone.index)));
  if (ticks.some((tick) => tick > one.tick)) run.report.find("V10.order", one.place);
}

function checkSuccessors(run) {
  const taken = new Set();
  for (const one of run.at.values()) {
    for (const { head } of one.data.continues) {
      const closed = run.byE.get(head);
      if (closed?.type !== "stream-closed.v1") continue;
      if (taken.has(head)) run.report.find("V10.two-successors", closed.place);
      taken.add(head);
    }
  }
}

/** A part pack shows what it is about, and nothing beyond it but what it rests on. */
function checkSubject(run) {
  const { scope, subject } = run.box.manifest;
  if (scope === "ledger" || !run.office) return;
  const may = new Set([...run.at.values()].filter((one) => one.stream === run.office));
  for (const item of subject) {
    const shown = [...run.at.values()].filter((one) => (scope === "event" ? one.place : one.stream) === item);
    if (shown.length === 0) run.report.find("V10.subject-missing", item);
    for (const one of shown) may.add(one);
  }
  const streams = new Set([...subjectStreams(run)].flatMap((stream) => [stream, ...run.continued(stream).keys()]));
  for (const one of run.at.values()) {
    if (streams.has(one.stream) && (one.seq === 1 || isAuthority(one.type))) may.add(one);
  }
  const waiting = [...may];
  while (waiting.length > 0) {
    const named = run.at.get(waiting.pop().data.under);
    if (named && !may.has(named)) {
      may.add(named);
      waiting.push(named);
    }
  }
  for (const one of run.at.values()) if (!may.has(one)) run.report.find("V10.beyond-subject", one.place);
}

// ---- V11 ----

/** Whether an older root is one of this log: `proven`, `wrong`, or `no proof`. */
export async function stateOf(run, size, root) {
  const { checkpoint, box } = run;
  if (size > checkpoint.size) return "no proof";
  if (run.rootAt !== null) return toHex(await run.rootAt(size)) === toHex(root) ? "proven" : "wrong";
  let proof = [];
  if (size !== 0 && size !== checkpoint.size) {
    const path = `consistency/${size}`;
    if (!box.has(path)) return "no proof";
    try {
      proof = proofOf(await box.read(path));
    } catch (error) {
      if (error instanceof Bad) return "wrong";
      throw error;
    }
  }
  return (await isPrefix(size, root, checkpoint.size, checkpoint.root, proof)) ? "proven" : "wrong";
}

export async function checkTimes(run) {
  const { report, schedule, trust } = run;
  const known = new Map();
  for (const one of run.records) {
    const { head, occurred_at } = one.data;
    const state = `${head.size} ${head.root}`;
    if (!known.has(state)) known.set(state, await stateOf(run, head.size, fromBase64(head.root, 32)));
    if (head.size > schedule.sizeAfter(one.tick - 1)) report.find("V11.head-too-new", one.place);
    else if (known.get(state) !== "proven") report.find("V11.head-unproven", one.place);
    if (schedule.running(one.recordedAt - trust.tolerance) > one.tick) report.find("V11.recorded-after-tick", one.place);
    const running = schedule.running(one.recordedAt + trust.tolerance);
    if (one.tick > running + schedule.epochOf(running).delay) report.find("V11.late", one.place);
    if (instant(occurred_at) > one.recordedAt + trust.tolerance) report.find("V11.occurred-later", one.place);
    if (one.before && one.before.recordedAt > one.recordedAt) report.find("V11.recorded-at-falls", one.place);
    if (one.before && one.before.data.head.size > head.size) report.find("V11.head-falls", one.place);
  }
}

// ---- V12 ----

const isDocument = (value) =>
  isObject(value) && Object.keys(value).sort().join() === "sha256,size,type" && Number.isSafeInteger(value.size);

export async function checkRevealed(run) {
  const { report, box } = run;
  const sizes = new Map();
  for (const one of run.records) {
    for (const [name, { salt, value }] of Object.entries(one.opening.personal)) {
      const recorded = one.data.personal[name];
      if (recorded === undefined) report.find("V12.not-recorded", one.place);
      else if ((await personalDigest(salt, value)) !== recorded) report.find("V12.value-differs", one.place);
      else if (isDocument(value)) sizes.set(value.sha256, value.size);
    }
  }
  for (const path of box.paths("attachment")) {
    const digest = path.slice("attachments/".length);
    const bytes = await box.read(path);
    if (!sizes.has(digest)) report.find("V12.attachment-unnamed", path);
    const isSame = toHex(await sha256(bytes)) === digest && (sizes.get(digest) ?? bytes.length) === bytes.length;
    if (!isSame) report.find("V12.attachment-differs", path);
  }
}
