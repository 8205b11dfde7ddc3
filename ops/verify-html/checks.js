// The verifying procedure: the files of a pack and what the receiver trusts in, a report out.
//
// The order is that of FORMAT §6: nothing is read before the check that makes it worth reading.
// Findings have the codes of FORMAT §7. What this page does not check, it says: of every such thing
// there is a sentence in `left`, and none of it counts as good.

import { Bad } from "./grammar.js";
import { arrange, checkChain, checkRevealed, checkTimes, stateOf } from "./chain.js";
import { checkContainer } from "./container.js";
import { openCheckpoint, openNote, Schedule } from "./notes.js";
import { checkAuthority } from "./office.js";
import { checkOrder, entriesOf, readLeaves } from "./records.js";
import { grownTree } from "./tree.js";

const NOTICES = ["V11.late"];
const LATER = ["V7", "V8", "V9", "V10", "V11", "V12"];

export class Report {
  constructor() {
    this.findings = [];
    this.checks = new Map();
    this.left = [];
    this.shown = { records: 0, entries: 0, streams: 0, opened: 0 };
    this.scope = "";
  }

  find(code, place = ".") {
    if (this.findings.every((one) => one.code !== code || one.place !== place)) this.findings.push({ code, place });
  }

  ran(...names) {
    for (const name of names) this.checks.set(name, "ran");
  }

  leave(name, outcome, sentence) {
    this.checks.set(name, outcome);
    this.left.push(sentence);
  }

  get faults() {
    return this.findings.filter((one) => !NOTICES.includes(one.code));
  }

  get exit() {
    if (this.faults.length > 0) return 1;
    return [...this.checks.values()].some((one) => one === "could not run" || one === "did not run") ? 2 : 0;
  }
}

/** What is established so far. */
class Run {
  constructor(box, trust, report) {
    Object.assign(this, { box, trust, report, office: null, entries: null, rootAt: null });
    Object.assign(this, { records: [], tombstones: [], at: new Map(), byE: new Map() });
    Object.assign(this, { streams: new Map(), erased: new Map(), reach: new Map() });
  }

  /** The streams that one continues, directly or not, each with the seq up to which. */
  continued(stream) {
    if (!this.reach.has(stream)) {
      const found = new Map();
      const waiting = [stream];
      while (waiting.length > 0) {
        for (const one of this.at.get(`${waiting.pop()}:1`)?.data.continues ?? []) {
          if (!found.has(one.stream) && one.stream !== stream) waiting.push(one.stream);
          const shown = this.byE.get(one.head);
          found.set(one.stream, Math.max(found.get(one.stream) ?? 0, shown ? shown.seq : Infinity));
        }
      }
      this.reach.set(stream, found);
    }
    return this.reach.get(stream);
  }
}

/** Verify a pack under what the receiver trusts in. */
export async function verify(box, trust) {
  const report = new Report();
  const run = new Run(box, trust, report);
  sayWhatIsLeft(trust, report);
  report.ran("V1");
  if (!(await checkContainer(box, report))) return skipped(report, "the pack’s list of files cannot be used", "V2", "V6", ...LATER);
  report.scope = box.manifest.scope;
  if (box.manifest.origin !== trust.origin) report.find("V1.origin", "manifest.json");
  await checkSigned(run);
  if (!run.checkpoint || !run.schedule) return skipped(report, "checkpoint or schedule are not verified", "V6", ...LATER);
  if (report.scope === "ledger" && !(await readLog(run))) {
    return skipped(report, "the entries of the log do not give its root", "V6", ...LATER.slice(1));
  }
  await checkPinned(run);
  checkDue(run);
  report.ran(...LATER);
  await readLeaves(run);
  arrange(run);
  await checkAuthority(run);
  await checkChain(run);
  await checkTimes(run);
  await checkRevealed(run);
  report.checks.set("V9", "ran in part");
  sayWhatWasMet(run);
  const opened = run.records.reduce((sum, one) => sum + Object.keys(one.opening.personal).length, 0);
  report.shown = { records: run.records.length, entries: run.checkpoint.size, streams: run.streams.size, opened };
  return report;
}

function skipped(report, why, ...names) {
  for (const name of names) report.checks.set(name, "did not run");
  report.left.push(`Nothing beyond this was checked: ${why}.`);
  return report;
}

/** What every run of this page leaves to the program. */
function sayWhatIsLeft(trust, report) {
  report.checks.set("V9", "did not run");
  if (trust.witness.length > 0) report.leave("V3", "could not run", "Signatures of witnesses were not checked.");
  else report.checks.set("V3", "not asked");
  if (trust.hasTimeStamps) report.leave("V4", "could not run", "Time stamps were not checked.");
  else report.checks.set("V4", "not asked");
  for (const name of ["V13", "V14", "V15"]) report.checks.set(name, "not asked");
  report.left.push("Whether each decision was allowed by the rules, and whether what derived/ says of a case follows.");
  report.left.push("Whether the log kept to its schedule when it signed, and whether counsel attested in time.");
}

// What a pack may hold that asks for more than this page judges.
const MET = [
  [(one) => one.type === "log-keys-announced.v1", "V9", "The log’s keys were changed; whether rightly"],
  [(one) => one.type === "epoch-announced.v1", "V9", "A new schedule was announced; whether rightly"],
  [(one) => one.type.startsWith("passkey-"), "V9", "Passkeys were used; whether rightly"],
  [(one) => ["key-revoked.v1", "role-ended.v1"].includes(one.type), "V9", "Rights were ended; whether acts came too late after it"],
  [(one) => one.event.since !== undefined, "V9", "A key was in other hands; whether its acts were re-attested"],
  [(one) => one.type === "stream-closed.v1" && one.data.under !== null, "V9", "A part was closed under a ground; whether it fits"],
  [(one) => one.type === "log-attested.v1", "V16", "Counsel attested to the log; whether to this one"],
];

function sayWhatWasMet({ report, records, tombstones, schedule }) {
  report.checks.set("V16", "not asked");
  for (const [isMet, name, what] of MET) {
    if (records.some(isMet)) report.leave(name, "could not run", `${what} is not checked here.`);
  }
  const erased = "Records are shown as erased; whether two people decided so is not checked here.";
  if (tombstones.length > 0) report.leave("V9", "could not run", erased);
  if (schedule.epochs.length > 1) report.leave("V9", "could not run", "Whether later epochs were announced is not checked here.");
}

/** V2: checkpoint and schedule are what the trusted keys signed. */
async function checkSigned(run) {
  const { box, trust, report } = run;
  report.ran("V2");
  await refusing("V2.checkpoint-refused", "checkpoint", run, async (bytes) => {
    run.checkpoint = await openCheckpoint(bytes, trust);
  });
  await refusing("V2.schedule-refused", "schedule", run, async (bytes) => {
    const schedule = new Schedule(await openNote(bytes, trust.log));
    if (schedule.origin === trust.origin) run.schedule = schedule;
    else report.find("V2.schedule-origin", "schedule");
  });
  if (run.checkpoint?.isSecondSigned) {
    report.checks.set("V2", "ran in part");
    report.left.push("The log’s second signature (ML-DSA-44): no browser can verify it. The first (Ed25519) was verified.");
  }
  if (report.scope !== "ledger") return;
  for (const name of ["checkpoint", "schedule"]) {
    if (!box.has(name) || !box.has(`log/${name}`)) continue;
    const [one, two] = [await box.read(name), await box.read(`log/${name}`)];
    if (one.join() !== two.join()) report.find("V2.copies-differ", `log/${name}`);
  }
}

async function refusing(code, path, { box, report }, read) {
  if (!box.has(path)) return;
  try {
    await read(await box.read(path));
  } catch (error) {
    if (!(error instanceof Bad)) throw error;
    report.find(code, path);
  }
}

/** V7, of a whole log: its entries give the signed root. */
async function readLog(run) {
  const { box, checkpoint, report, schedule } = run;
  report.ran("V7");
  const entries = await entriesOf(box, checkpoint.size, report);
  if (entries === null) return false;
  const rootAt = await grownTree(entries);
  if ((await rootAt(checkpoint.size)).join() !== checkpoint.root.join()) {
    report.find("V7.root-differs", "log/checkpoint");
    return false;
  }
  Object.assign(run, { entries, rootAt });
  checkOrder(entries, schedule, report);
  report.left.push("Tiles of hashes, the list of keys and older checkpoints of the log. Its entries were checked.");
  return true;
}

/** V5: this log goes on from the checkpoint that the receiver had kept. */
async function checkPinned(run) {
  const { pinned } = run.trust;
  if (pinned === null) {
    run.report.checks.set("V5", "not asked");
    return;
  }
  const state = await stateOf(run, pinned.size, pinned.root);
  if (state === "no proof") run.report.leave("V5", "could not run", "Your kept checkpoint is newer, or the pack has no proof for it.");
  else run.report.ran("V5");
  if (state === "wrong") run.report.find("V5.inconsistent");
}

/** V6: the size is a whole number of ticks, and the last was due. The signed time was not verified. */
function checkDue({ checkpoint, schedule, trust, report }) {
  report.ran("V6");
  const { size } = checkpoint;
  if (!schedule.isWhole(size)) report.find("V6.size", "checkpoint");
  else if (size > 0 && trust.now !== null && schedule.due(schedule.tickOfLeaf(size - 1)) - trust.tolerance > trust.now) {
    report.find("V6.ahead-of-now", "checkpoint");
  }
}
