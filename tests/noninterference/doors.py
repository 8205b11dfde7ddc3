"""Every door, and how somebody without clearance knocks at it.

A door that is not listed here fails `tests/house/test_observed.py`. Each call is made in both
worlds on a copy of the home of its own, so that a call that writes disturbs no other.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cyclopts import App

from ledger.cli.app import COMMANDS

Call = tuple[str, ...]
"""Words of one call. `{case}`, `{record}` and `{waiting}` are open, or of an open story; `{hidden}`
and `{hidden_record}` are a sealed matter's of the first world, of which the second knows nothing.
"""


@dataclass(frozen=True, slots=True)
class Door:
    """A door with the calls that are made at it, and who makes them.

    `apart` says why it is not called at all: it must be a door that reads no home.
    """

    calls: tuple[Call, ...] = ()
    by: tuple[str | None, ...] = ("kim",)
    writes: bool = False
    """Whether the open store, and the list of files, are looked at after the call too."""
    apart: str | None = None
    vaults: bool = False
    """Whether it works on the vault's side by its nature, whoever knocks."""


def asked(
    *calls: str,
    by: tuple[str | None, ...] = ("kim",),
    writes: bool = False,
    vaults: bool = False,
) -> Door:
    """A door with its calls, each as one would type it."""
    return Door(tuple(tuple(one.split()) for one in calls), by, writes, vaults=vaults)


NO_HOME = "It makes a ledger of its own, and reads no other."
CEREMONY = "--capsules {out} --holder board --codes-fd {fd} --with {why}"
NOTHING = '{"outcome":"withdrawn"}'

DOORS: dict[str, Door] = {
    "init": Door(apart=NO_HOME),
    "vault unlock": asked("vault unlock --stay", "vault unlock --idle 0", by=("kim", None)),
    "vault lock": asked("vault lock", by=("kim", None)),
    "scenario run": Door(apart=NO_HOME),
    "demo": Door(apart=NO_HOME),
    "passkey list": asked("passkey list", by=("kim", None)),
    "passkey revoke": asked("passkey revoke {hidden}", writes=True),
    "serve": Door(apart="It is the web, whose doors are knocked at one by one."),
    "desk link": asked("desk link --branch naturita", writes=True),
    "desk list": asked("desk list", by=("kim", None)),
    "desk cut": asked("desk cut naturita", writes=True),
    "desk phone": asked("desk phone mara 3035550117", "desk phone nobody 1234", writes=True),
    "desk here": asked("desk here naturita", writes=True),
    "desk words": asked("desk words", by=("kim", "front", None)),
    "fingerprint": asked("fingerprint", by=(None,)),
    "person add": asked("person add mia --role staff --new-passphrase-fd {fd}", writes=True),
    "person assent": asked("person assent", writes=True),
    "person list": asked("person list", by=("kim", "abe", "front", None)),
    "person depart": asked("person depart ola", "person depart nobody", writes=True),
    "key list": asked("key list", by=("kim", None)),
    "key revoke": asked("key revoke ola", "key revoke nobody", writes=True),
    "key passphrase": asked("key passphrase --new-passphrase-fd {fd}", by=("kim", "nobody")),
    "key rotate": asked("key rotate --new-passphrase-fd {fd}", by=("kim", "nobody"), writes=True),
    "key enrol": asked("key enrol ola", writes=True),
    "key replace": asked("key replace nobody", writes=True),
    "key rewrap": asked("key rewrap", "--vault key rewrap", writes=True, vaults=True),
    "key reattest": asked("key reattest", "key reattest --confirm", writes=True),
    "recovery drill": asked("recovery drill --capsules {out} --holder board --codes-fd {fd}"),
    "recovery propose": asked("recovery propose ola", writes=True),
    "recovery assent": asked("recovery assent"),
    "recovery use": asked(f"recovery use {CEREMONY}", f"recovery use {CEREMONY} --case {{hidden}}"),
    "recovery renew": asked("recovery renew --recovery-holder mara", writes=True),
    "recovery list": asked("recovery list", by=("kim", None)),
    "case new": asked(
        "case new",
        "case new --about {hidden}",
        "case new --about {case}",
        "case new --about {hidden} --document {scan}",
        by=("kim", "front"),
        writes=True,
    ),
    "case list": asked("case list", "--vault case list", by=("kim", "abe", "front", None)),
    "case show": asked(
        "case show {case}",
        "case show {hidden}",
        "--vault case show {hidden}",
        "case show {waiting}",
        "case show x",
        by=("kim", None),
    ),
    "case history": asked(
        "case history {case}",
        "case history {hidden}",
        "--vault case history {hidden}",
    ),
    "do": asked(
        "do {case} attempt-contact --with {contact}",
        f"do {{hidden}} close --with {NOTHING}",
        f"--vault do {{hidden}} open --with {NOTHING}",
        "do {hidden} open",
        "do {case} open",
        "do {hidden} annotate --with {note}",
        "do {case} link-case --with {link}",
        "do {case} attempt-contact --with {contact} --command-id {command}",
        "do vault-office assent",
        "do office assent --with {of}",
        writes=True,
    ),
    "document attach": asked(
        "document attach {case} {scan}",
        "document attach {case} {scan} --of {hidden_record}",
        "document attach {hidden} {scan}",
        "--vault document attach {hidden} {scan} --of {hidden_record}",
        "document attach {case} {trust}",
        writes=True,
    ),
    "document list": asked(
        "document list {case}", "document list {hidden}", "--vault document list {hidden}"
    ),
    "document get": asked(
        "document get {case} {record} {out}/scan",
        "document get {case} {hidden_record} {out}/scan",
        "document get {hidden} {hidden_record} {out}/scan",
        "--vault document get {hidden} {hidden_record} {out}/scan",
    ),
    "answer-query": asked("answer-query", "answer-query attorney", writes=True),
    "task list": asked("task list", by=("kim", "abe"), writes=True, vaults=True),
    "task show": asked("task show {hidden}", "task show {case}", "task show x", vaults=True),
    "task done": asked("task done {hidden}", "task done {case}", writes=True, vaults=True),
    "roster": asked(
        "roster {hidden}",
        "--vault roster {hidden}",
        "roster {hidden} --agency",
        by=("kim", "abe"),
    ),
    "deadlines": asked("deadlines", "--vault deadlines", by=("kim", "abe")),
    "feed read": asked(
        "feed read cases",
        "feed read office --cloudevents --limit 30",
        "feed read cases --after {hidden_record}",
        by=("kim", "abe", "front", None),
    ),
    "feed list": asked("feed list", by=("kim", "abe")),
    "feed verify": asked("feed verify cases"),
    "feed calendar": asked("feed calendar", "--vault feed calendar", by=("kim", "abe")),
    "feed table": asked("feed table cases --csv", "--vault feed table deadlines --jsonl"),
    "webhook add": asked("webhook add trial https://a.example/ --secret-from {trust}"),
    "webhook remove": asked("webhook remove trial"),
    "webhook redeliver": asked("webhook redeliver trial"),
    "webhook status": asked("webhook status"),
    "webhook send": asked("webhook send", by=(None,), writes=True),
    "report draft": asked(
        "report draft 2026-Q3",
        "--vault report draft 2026-Q3",
        "report draft 2026 --html",
        by=("kim", "abe", "front"),
    ),
    "report publish": asked("report publish 2026-Q3", writes=True),
    "report show": asked("report show", "report show 2026-Q3 --html", by=("kim", None)),
    "guard enrol": asked("guard enrol trial --credential-to {out}/credential"),
    "guard revoke": asked("guard revoke trial"),
    "guard agents": asked("guard agents"),
    "guard check": asked("guard check {trust} --credential {trust}", by=("kim", None)),
    "guard list": asked("guard list --credential {trust}", by=("kim", None)),
    "guard reconcile": asked("guard reconcile", by=("kim", None), writes=True),
    "guard purge-run": asked("guard purge-run --with {why}", writes=True),
    "guard freeze": asked(
        "guard freeze {case} {record} --system koha",
        "guard freeze {hidden} {hidden_record} --system koha",
    ),
    "guard verify": asked("guard verify {hidden} {hidden_record} --system folio"),
    "guard release": asked(
        "guard release {case} {hidden_record} --system other",
        "--vault guard release {hidden} {hidden_record} --system other",
    ),
    "token add": asked("token add trial --scope feed:cases:read"),
    "token list": asked("token list", by=("kim", "abe")),
    "token cut": asked("token cut trial"),
    "commands": asked("commands", "commands keep-sealed", by=(None,)),
    "tick": asked("tick", by=(None,), writes=True, vaults=True),
    "attest": asked("attest", "attest --through 0", by=("kim", "abe"), writes=True),
    "reads list": asked("reads list", "--vault reads list", by=("kim", "abe")),
    "break-glass open": asked(
        "break-glass open {hidden} --with {why}",
        "--vault break-glass open {hidden} --with {why}",
        "break-glass open {case} --with {why}",
        "break-glass open {hidden}",
    ),
    "break-glass list": asked("break-glass list", by=("kim", "abe")),
    "break-glass confirm": asked("break-glass confirm {hidden_record}", "break-glass confirm x:1"),
    "verify": asked(
        "verify --replay --keep {out}/pack",
        "verify --openings {out}/openings",
        "verify {log}",
        "verify --receipt {receipt}",
        "verify --pinned {checkpoint}",
    ),
    "export ledger": asked(
        "export ledger {out}/pack --reveal all",
        "export ledger {out}/pack --openings {out}/openings",
        "--vault export ledger {out}/pack --openings {out}/openings",
        writes=True,
    ),
    "export case": asked(
        "export case {case} {out}/case.zip",
        "export case {hidden} {out}/case.zip",
        "--vault export case {hidden} {out}/case.zip",
        writes=True,
    ),
    "export event": asked(
        "export event {case} {record} {out}/event",
        "export event {case} {hidden_record} {out}/event",
        "--vault export event {hidden} {hidden_record} {out}/event",
        writes=True,
    ),
    "export proof": asked(
        "export proof {case} {record} {out}/one.tlog-proof",
        "export proof {case} {hidden_record} {out}/one.tlog-proof",
        "--vault export proof {hidden} {hidden_record} {out}/one.tlog-proof",
    ),
    "copy list": asked("copy list", "--vault copy list", by=("kim", None)),
    "copy destroyed": asked(
        "copy destroyed {hidden_record}", "--vault copy destroyed {hidden_record}", writes=True
    ),
    "copy keep": asked(
        "copy keep {hidden_record} --until 2030-01-01",
        "--vault copy keep {record} --until 2030-01-01",
        writes=True,
    ),
    "export certificate": asked("export certificate {log} {out}/paper", by=("kim", None)),
    "receipt check": asked("receipt check {receipt}", by=("kim", None)),
    "log show": asked("log show", by=("kim", None)),
    "log receipt": asked(
        "log receipt {record}",
        "log receipt {hidden_record}",
        "--vault log receipt {hidden_record}",
        "log receipt x:1",
    ),
    "log roll-over": asked("log roll-over", writes=True),
    "log assent": asked("log assent"),
    "log places": asked("log places", by=("kim", None)),
    "log change-places": asked("log change-places --sealed 256", writes=True),
    "log freeze": asked("log freeze --reason Stolen.", by=(None,), writes=True),
    "log accept": asked("log accept {checkpoint}", by=(None,), writes=True),
    "checkpoint card": asked("checkpoint card", by=("kim", None)),
    "witness use": asked("witness use {trust}", by=("kim", None), writes=True),
    "witness show": asked("witness show", by=("kim", None)),
    "witness ask": asked("witness ask", by=("kim", None), writes=True),
    "timestamp use": asked("timestamp use http://localhost:9 --root {trust}", writes=True),
    "timestamp show": asked("timestamp show", by=("kim", None)),
    "timestamp ask": asked("timestamp ask", by=("kim", None), writes=True),
    "trust show": asked("trust show", by=(None,)),
    "trust renew": asked("trust renew {trust} --trust {trust}", by=(None,)),
    "trust extend": asked("trust extend {out}/x --trust {trust} --authority {trust}", by=(None,)),
    "erase due": asked("erase due", "--vault erase due"),
    "erase propose": asked(
        "erase propose {case}",
        "erase propose {hidden}",
        "--vault erase propose {hidden}",
        writes=True,
    ),
    "erase assent": asked(
        "erase assent",
        "--vault erase assent",
        "erase assent {hidden_record}",
        by=("kim", "abe"),
        writes=True,
    ),
    "erase finish": asked("erase finish", "--vault erase finish", writes=True),
    "erase list": asked("erase list", "--vault erase list", by=("kim", "abe")),
    "erase drill": asked("erase drill {out}", by=("kim", "abe"), vaults=True),
    "backup": asked("backup {out}/backup", by=(None,), vaults=True),
    "backup office": asked("backup office {out}/office", by=(None,), vaults=True),
    "leave": asked("leave {out}/leaving", by=(None,), vaults=True),
    "arrive": asked("arrive {out}", by=("kim", None), vaults=True),
    "restore": asked("restore {out} --master-key {trust}", by=(None,), vaults=True),
    "restore confirm": asked("restore confirm"),
    "restore keystore": asked("restore keystore {out}", by=(None,), vaults=True),
    "restore log": asked("restore log {log}", by=(None,), vaults=True),
    "month list": asked("month list", by=(None,), vaults=True),
    "month rebucket": asked("month rebucket 2026-10", by=(None,), vaults=True),
    "month destroy": asked(
        "month destroy 2026-08", "month destroy 2026-10", by=(None,), vaults=True
    ),
    "doctor": asked("doctor", "doctor --metrics", by=(None,), vaults=True),
    "store check": asked("store check", by=(None,), vaults=True),
    "store migrate": asked("store migrate", by=(None,), writes=True, vaults=True),
    "store copy": asked("store copy files", by=(None,), vaults=True),
    "projection list": asked("projection list", by=(None,)),
    "projection run": asked("projection run", by=(None,)),
    "projection rebuild": asked("projection rebuild cases", by=(None,)),
    "projection status": asked("projection status", by=(None,)),
    "projection attest": asked(
        "projection attest deadlines {out}/rows", "projection attest history {out}/rows"
    ),
    "projection prove": asked(
        "projection prove cases {case} {out}/row",
        "projection prove cases {hidden} {out}/row",
        "--vault projection prove cases {hidden} {out}/row",
    ),
    "projection verify": asked("projection verify", "projection verify holds", by=(None,)),
    "projection show": asked(
        "projection show cases",
        "projection show history",
        "projection show authority",
        "--vault projection show counts",
    ),
    "law show": asked("law show us-co/lcld", by=(None,)),
    "law diff": asked("law diff us-co/lcld us-mo/jcl", by=(None,)),
    "law activate": asked(
        "law activate us-co/jcpl --reviewed-by tom --reviewed-on 2026-09-01", writes=True
    ),
    "law coverage": asked("law coverage", by=(None,)),
    "law what-if": asked(
        "law what-if {case} --pack us-mo/jcl",
        "law what-if {hidden} --pack us-mo/jcl",
        "--vault law what-if {hidden} --pack us-mo/jcl",
    ),
    "law deadline": asked(
        "law deadline us-co/lcld review-of-sealing --from 2026-09-01", by=(None,)
    ),
}

ROOMS = {
    "cli": "its commands are doors, each listed above",
    "activating": "says what is recorded of a law; reached by doors of both kinds",
    "answering": "makes what doors tell programs",
    "attesting": "reached by doors of the command line",
    "backup": "copies for administrators, reached by doors of the command line",
    "checking": "as backup",
    "doctor": "as backup",
    "metrics": "what the doctor found, as figures",
    "claiming": "writes derived claims into exports, which are observed",
    "config": "read before anything is told; its file stands in the home, which is observed",
    "counted": "numbers in sentences that doors print",
    "domain": "decides, and tells nobody",
    "erasing": "how far erasures are, for doors of both kinds",
    "errors": "sentences that doors print",
    "evidence": "bytes that exports and the published log are made of",
    "export": "reached by doors of the command line; its folders are observed",
    "feeding": "fills the feeds from the open store; reached by doors of the command line",
    "founding": "makes a new ledger",
    "guard": "its list is in the open store, whose rows are observed; agents' answers are declared",
    "guarding": "as guard; reached by doors of the command line",
    "home": "files that are observed",
    "leaves": "opens leaves for counsel and for exports, which are observed",
    "logkeys": "signs what is published, which is observed",
    "logs": "log lines go to standard error, which is observed",
    "moving": "as backup",
    "outcomes": "exit codes and sentences that doors give",
    "projecting": "reached by doors of the command line",
    "projections": "rows of the open store, which are observed",
    "receipts": "reached by doors of the command line",
    "register": "acts for doors",
    "reporting": "counts what stands open; reached by doors of the command line",
    "scenario": "plays in a ledger of its own",
    "sequencer": "publishes the log, which is observed",
    "stores": "tables; those of the open store are observed",
    "tokens": "reached by doors of the command line and of the web; rows of the open store",
    "trusting": "reached by doors of the command line",
    "vaulting": "runs what the command line hands over, by the command line's own code",
    "vocabulary": "describes commands for doors",
    "web": "its doors are listed in ledger.web.table, and observed on both sides",
    "witnessing": "shows others the published log, which is observed; reached by the command line",
    "vouching": "writes attestations of open rows, which are observed",
    "unlocking": "files of people's own locks, reached by doors of the command line and of the web",
    "verify": "reads packs and logs that it is given",
}
"""Every room of the product: a door, or reached through one. A new one must say which."""


def commands() -> Iterator[tuple[str, Callable[..., int]]]:
    """Every command of the command line with its function."""
    for name, (target, _) in COMMANDS.items():
        module, _, attribute = target.partition(":")
        found = getattr(importlib.import_module(f"ledger.cli.{module}"), attribute)
        if not isinstance(found, App):
            yield name, found
            continue
        if found.default_command is not None:
            yield name, found.default_command
        for inner in found:
            function = found[inner].default_command
            if function is not None and not inner.startswith("-"):
                yield f"{name} {inner}", function


REFERENCES = {"reference", "ref", "about", "case", "record"}
"""How commands call a parameter that names a case or a record."""


def parameters(function: Callable[..., int]) -> set[str]:
    """The names of a command's parameters."""
    return set(inspect.signature(function).parameters)
