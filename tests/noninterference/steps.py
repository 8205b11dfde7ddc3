"""What can be done in the open, and what is done in sealed matters, one function a step.

A hidden step that is refused is one as well: what is in the vault must not show in any case.
"""

from __future__ import annotations

import io
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing, redirect_stderr, redirect_stdout
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path

from keys.documents import PART_BYTES
from ledger.cli.app import run
from ledger.domain import codec
from ledger.domain import events as e
from ledger.domain.events import ContactAttempted
from ledger.domain.office_events import OFFICE_ONLY
from ledger.errors import LedgerError
from ledger.register.acts import OFFICE, Act, Receipt
from ledger.register.erasure import VAULT_OFFICE
from ledger.register.handle import place_after
from ledger.register.incoming import Incoming
from ledger.register.writing import Appending, Signing, Writer
from tests.house.tree import ROOT
from tests.noninterference.worlds import UNCLEARED, Step, World

Done = Callable[[World, Step], object]
CANARY = "zebra-quartz-7731"
"""Stands in every free text of a hidden step, and nowhere else."""
SEALING = {
    "ground": "gag",
    "citation": f"18 U.S.C. 2709(c), {CANARY}",
    "review_on": "2026-12-07",
    "scope": f"All that {CANARY} concerns.",
}
CONTACT = {"person": "tom", "channel": "telephone", "outcome": "no-answer"}
CHOSEN = bytes(range(16))
PAPER = {
    "kind": "subpoena",
    "issuer": "attorney",
    "docket": "1:26-cv-00417",
    "wording": "All records of 5 January.",
    "document": {"sha256": "9c" * 32, "size": 183_221, "type": "application/pdf"},
}
REQUEST = {"receive-request": {"requester": "law-enforcement", "categories": ["circulation"]}}


def _of(listed: list[str], step: Step) -> str:
    """One of several references; one that nothing has when there is none."""
    return listed[step.which % len(listed)] if listed else "7K3M-9Q2D-X"


# --- In the open -------------------------------------------------------------------------------


def call(world: World, step: Step) -> object:
    """Kim tries to reach somebody, in an open case."""
    return world.act("kim", "attempt-contact", _of(world.cases, step), CONTACT)


def save(world: World, step: Step) -> object:
    """Kim saves a visit, or the desk does; Mara will open it."""
    facts = {} if step.which % 2 else {"facts": [REQUEST]}
    saved = world.act("front" if step.which % 2 else "kim", "intake", None, facts)
    world.waiting.append(saved.case)
    return saved


def open_visit(world: World, step: Step) -> object:
    """Mara opens a visit that waits."""
    if not world.waiting:
        return "none waits"
    reference = world.waiting.pop(step.which % len(world.waiting))
    opened = world.act("mara", "open", reference, {})
    world.cases.append(reference)
    return opened


def declare(world: World, step: Step) -> object:
    """A sealed matter that every world has: saved, kept sealed, agreed by two to be opened."""
    saved = world.act("ola", "intake", None, {"facts": [REQUEST]})
    reference = saved.case
    sealing = {"ground": "investigation", "citation": "Policy 7", "review_on": "2026-12-08"}
    world.act("mara", "keep-sealed", reference, sealing)
    told = {"person": "tom", "ground": "attorney", "duty_notice_at": world.now.isoformat()}
    world.act("mara", "add-audience-member", reference, told)
    asked = world.act("mara", "propose-opening", reference, {"citation": "Policy 8"})
    world.declared.append(reference)
    # The receipt is for who is cleared, and follows later where the vault is full.
    world.act("tom", "assent", reference, {"of": asked.records[0].e})
    return "declared"


def disclose_matter(world: World, step: Step) -> object:
    """Mara opens a sealed matter that every world has: a declared exception."""
    if not world.declared:
        return "none is left"
    reference = world.declared.pop()
    opened = world.act("mara", "open", reference, {})
    world.cases.append(reference)
    return opened


def seal_late(world: World, step: Step) -> object:
    """Mara keeps an open case sealed: it drops out of the open in every world, a declared
    exception.
    """
    if not world.cases:
        return "none is open"
    reference = world.cases.pop(step.which % len(world.cases))
    sealing = {"ground": "investigation", "citation": "Policy 7", "review_on": "2026-12-08"}
    return world.act("mara", "keep-sealed", reference, sealing)


def hold(world: World, step: Step) -> object:
    """Mara freezes records, in an open case."""
    reference, received = (
        _of(world.cases, step),
        {"level": "federal", "categories": ["circulation"]},
    )
    request = world.act("mara", "receive-preservation-request", reference, received).records[0].ref
    fields = {"request": request, "categories": ["circulation"], "places": ["backups"]}
    return world.act("mara", "place-hold", reference, {**fields, "tokens": _tokens(step)})


def _tokens(step: Step) -> list[str]:
    """The tokens of some records; those of one step are among those of a larger one."""
    return [sha256(f"record {n}".encode()).hexdigest() for n in range(step.many)]


def absence(world: World, step: Step) -> object:
    """Mara records in the office that Ines is away, or she herself, for whom Ines then decides."""
    until = (world.now + timedelta(days=1 + step.which)).isoformat()
    fields = {
        "person": ("ines", "mara")[step.which % 2],
        "from": world.now.isoformat(),
        "until": until,
    }
    return world.act("mara", "record-absence", OFFICE, fields)


def decide(world: World, step: Step) -> object:
    """Kim tries what is not hers."""
    return world.act("kim", "close", _of(world.cases, step), {"outcome": "withdrawn"})


def close(world: World, step: Step) -> object:
    """Mara closes an open case, or is told what still runs."""
    return world.act("mara", "close", _of(world.cases, step), {"outcome": "withdrawn"})


def erase(world: World, step: Step) -> object:
    """Mara proposes to erase a stream of an open case, and Tom assents: so it is carried out."""
    file = world.register.reader(None).case(_of(world.cases, step))
    asked = {"stream": file.streams[0].id.hex(), "secrets": "personal"}
    proposed = world.act("mara", "erase-stream", OFFICE, asked)
    _told(world, "tom", "erase", "assent", proposed.records[0].ref)
    return proposed


def wait(world: World, step: Step) -> object:
    """Days and hours pass in which nothing is done, not even by the timer."""
    world.now += timedelta(days=step.many, hours=step.which)
    return world.now


def paper(world: World, step: Step) -> object:
    """Kim receives a paper with a docket number and a scan."""
    return world.act("kim", "receive-instrument", _of(world.cases, step), PAPER)


def attach_scan(world: World, step: Step) -> object:
    """Kim attaches a scan to an open case; it is one part long, or some."""
    return _attach(world, "kim", _of(world.cases, step), step.which % 3 * PART_BYTES)


def again(world: World, step: Step) -> object:
    """Kim records under a number that she chose herself."""
    act = Act("attempt-contact", CONTACT, _of(world.cases, step), command_id=CHOSEN)
    return world.register.handle(world.people["kim"], act, vault=True)


def tick(world: World, step: Step) -> object:
    """The timer runs, an hour or some hours later."""
    return world.tick(hours=step.many)


OPEN: Mapping[str, Done] = {
    one.__name__: one
    for one in (
        *(call, save, open_visit, declare, disclose_matter, seal_late, hold, absence, decide),
        *(close, erase, wait, paper, attach_scan, again, tick),
    )
}


# --- Hidden ------------------------------------------------------------------------------------


def visit(world: World, step: Step) -> object:
    """Ola saves a visit, with an order of silence and more or less text."""
    gag = {"record-gag": {"source": "national-security-letter", "covers": CANARY * step.many}}
    fields = {"words": f"{CANARY} " * step.many * 7, "not_to_director": step.which % 5 == 4}
    facts = ([REQUEST, gag], [gag], [REQUEST])[step.which % 3]
    saved = world.act("ola", "intake", None, {**fields, "facts": facts})
    _keep(world, saved.case, saved.records[0].ref)
    return saved


def seal(world: World, step: Step) -> object:
    """Mara keeps a hidden visit sealed; Ines one that was kept from her."""
    by = ("mara", "ines")[step.many % 2]
    done = world.act(by, "keep-sealed", _of(world.matters, step), SEALING)
    _keep(world, done.case, done.records[0].ref)
    return done


def go_on(world: World, step: Step) -> object:
    """Mara tries any command at all in a sealed matter, with the fields of a released event."""
    commands = sorted(_examples())
    command = commands[step.many % len(commands)]
    return world.act("mara", command, _of(world.matters, step), _examples()[command])


def command(name: str) -> int:
    """The number by which `go_on` tries a command."""
    return sorted(_examples()).index(name)


@cache
def _examples() -> Mapping[str, dict[str, object]]:
    found = {}
    for command, kind in codec.COMMANDS.items():
        if kind in OFFICE_ONLY or issubclass(kind, e.IntakeSaved):
            continue
        tag = kind.__struct_config__.tag
        example = json.loads((ROOT / "tests" / "golden" / f"{tag}.json").read_text("utf-8"))
        found[command] = {**example["event"], **example["personal"]}
    return found


def burst(world: World, step: Step) -> object:
    """Many records at once in a sealed matter."""
    head = world.register.reader(world.people["mara"]).case(_of(world.matters, step)).head
    if head is None:
        return "it waits"
    signing = Signing(world.people["mara"], "custodian", None, world.register.office(), world.now)
    event = ContactAttempted(person="tom", channel="telephone", outcome="no-answer")
    events, act = [event] * step.many, Act("burst", {})
    return Writer(world.home).append(Appending(place_after(head), events), act, signing)


def same_paper(world: World, step: Step) -> object:
    """The very paper that Kim will receive lies in a sealed matter."""
    return world.act("mara", "receive-instrument", _of(world.matters, step), PAPER)


def attach_sealed(world: World, step: Step) -> object:
    """A scan, small or large, goes into a sealed matter; or with a hidden visit."""
    reference = _of(world.matters, step) if step.many % 3 else None
    done = _attach(world, "mara" if reference else "ola", reference, step.many * 50_000, CANARY)
    _keep(world, done.case, done.records[-1].ref)
    return done


def same_scan(world: World, step: Step) -> object:
    """The very file that Kim will attach lies in a sealed matter."""
    return _attach(world, "mara", _of(world.matters, step), 0)


def _attach(
    world: World, by: str, reference: str | None, size_bytes: int, words: str = "In re"
) -> Receipt:
    """Attach a file of about this size, which is always the same."""
    command = "attach-document" if reference else "intake"
    with closing(Incoming(f"{words}.txt")) as incoming:
        incoming.write(f"{words}\n".encode() * (1 + size_bytes // (len(words) + 1)))
        incoming.finish()
        act = Act(command, {}, reference, document=incoming)
        return world.register.handle(world.people[by], act, vault=by not in UNCLEARED)


def same_number(world: World, step: Step) -> object:
    """Mara records in a sealed matter under the number that Kim will choose for an open one."""
    act = Act("attempt-contact", CONTACT, _of(world.matters, step), command_id=CHOSEN)
    return world.register.handle(world.people["mara"], act, vault=True)


def admit(world: World, step: Step) -> object:
    """Somebody joins the roster of a sealed matter."""
    person = ("tom", "ines", "ola")[step.many % 3]
    told = {"person": person, "ground": "attorney", "duty_notice_at": world.now.isoformat()}
    return world.act("mara", "add-audience-member", _of(world.matters, step), told)


def leave(world: World, step: Step) -> object:
    """Somebody leaves a roster, or recuses themselves."""
    person = ("tom", "ines", "ola")[step.many % 3]
    command = ("remove-audience-member", "record-recusal")[step.many // 3 % 2]
    reason = ("not-needed-any-more", "relative")[step.many // 3 % 2]
    fields = {"person": person, "reason": reason, "explanation": CANARY}
    return world.act("mara", command, _of(world.matters, step), fields)


def lift(world: World, step: Step) -> object:
    """The order of silence on a sealed matter is lifted, on a letter."""
    reference = _of(world.matters, step)
    case = world.register.reader(world.people["mara"]).case(reference).case
    gags = [one.ref for one in case.live_gags()]
    paper = {"evidence": "agency-letter", "evidence_on": "2026-09-14", "explanation": CANARY}
    return world.act("mara", "lift-gag", reference, {"gag": _of(gags, step), **paper})


def advise(world: World, step: Step) -> object:
    """Mara asks Tom, who is on the roster, and Tom advises."""
    reference = _of(world.matters, step)
    asked = world.act("mara", "request-counsel-review", reference, {"counsel": "tom"})
    fields = {"request": asked.records[0].ref, "advice": f"Comply, {CANARY}."}
    return world.act("tom", "give-advice", reference, fields)


def agree(world: World, step: Step) -> object:
    """Mara proposes to open a sealed matter; Tom assents now and then."""
    reference = _of(world.matters, step)
    proposed = world.act("mara", "propose-opening", reference, {"citation": CANARY})
    if step.many % 2:
        return proposed
    return world.act("tom", "assent", reference, {"of": proposed.records[0].e})


def erase_sealed(world: World, step: Step) -> object:
    """Mara closes a sealed matter and proposes to erase it; Tom assents, or it waits."""
    reference = _of(world.matters, step)
    reader = world.register.reader(world.people["mara"])
    file = reader.case(reference)
    if not file.case.closed:
        world.act("mara", "close", reference, {"outcome": "withdrawn"})
    scope = ("both", "personal")[step.many % 2]
    fields = {"stream": file.streams[-1].id.hex(), "secrets": scope}
    proposed = world.act("mara", "erase-stream", VAULT_OFFICE, fields)
    if step.many % 3 == 0:
        return proposed
    world.act("tom", "assent", VAULT_OFFICE, {"of": proposed.records[0].e})
    return _told(world, "tom", "erase", "finish")


def read(world: World, step: Step) -> object:
    """Somebody who is cleared looks, through the command line; Ines also breaks the glass."""
    reference = _of(world.matters, step)
    asked = (
        ("case", "list"),
        ("case", "show", reference),
        ("case", "history", reference),
        ("deadlines",),
        ("erase", "list"),
        ("key", "rewrap"),
        ("law", "what-if", reference, "--pack", "us-mo/jcl"),
        ("break-glass", "open", reference, "--with", json.dumps({"reason": CANARY})),
        ("break-glass", "list"),
    )
    person = ("mara", "tom", "ines")[step.which % 3]
    return _told(world, person, *asked[step.many % len(asked)])


def retain(world: World, step: Step) -> object:
    """Mara freezes records in a sealed matter; now and then she lets them go again."""
    reference = _of(world.matters, step)
    asked = {"level": "federal", "categories": ["circulation"], "requester": CANARY}
    request = world.act("mara", "receive-preservation-request", reference, asked).records[0].ref
    fields = {"request": request, "categories": ["circulation"], "places": ["library-system"]}
    placed = world.act("mara", "place-hold", reference, {**fields, "tokens": _tokens(step)})
    if step.many % 2:
        return placed
    ended = {"hold": placed.records[0].ref, "reason": "request-withdrawn"}
    return world.act("mara", "release-hold", reference, ended)


def take_away(world: World, step: Step) -> object:
    """Tom exports what he may see, apart from what may be shown, and checks it."""
    folder = Path(tempfile.mkdtemp(dir=world.path.parent))
    try:
        words = ("--keep", str(folder / "pack"), "--openings", str(folder / "openings"))
        return _told(world, "tom", "verify", *words)
    finally:
        shutil.rmtree(folder)


def fail(world: World, step: Step) -> object:
    """Kim meets a sealed reference; Mara mistypes in a sealed matter."""
    reference = _of(world.matters, step)
    try:
        return world.act("mara", "attempt-contact", reference, {"person": CANARY})
    except LedgerError:
        return _told(world, "mara", "do", reference, "open", "--with", '{"x": 1}')


HIDDEN: Mapping[str, Done] = {
    one.__name__: one
    for one in (
        *(visit, seal, go_on, burst, same_number, same_paper, same_scan, attach_sealed, admit),
        *(leave, lift, advise, agree, erase_sealed, read, retain, take_away, fail),
    )
}


def _keep(world: World, reference: str, record: str) -> None:
    if reference not in world.matters:
        world.matters.append(reference)
    world.secret.append(record)


def _told(world: World, person: str, *words: str) -> str:
    """Ask the command line as somebody who is cleared; what is told is for their eyes only."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        run(["--home", str(world.path), "--as", person, "--vault", *words])
    return out.getvalue()
