"""The command line's tree of commands and its global options.

Each room of commands is a module of its own and is imported when its command is called, so that a
start stays quick. Errors are turned into sentences and exit codes in one place, here.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from keys.errors import KeysError
from ledger.cli.misused import misused
from ledger.cli.session import HELD, Session, write_answer
from ledger.errors import LedgerError
from ledger.outcomes import USAGE, Failure, failure_of

HELP = """The disclosure ledger of a library.

Log a visit:     disclosure-ledger --as kim case new

See the cases:   disclosure-ledger --as mara case list

Act in a case:   disclosure-ledger --as mara do REF place-hold --with @hold.json

Check it all:    disclosure-ledger --as mara verify
"""

app = App(
    name="disclosure-ledger",
    help=HELP,
    help_format="plaintext",
    help_formatter="plain",
    version="0.1.0",
)
app.meta.group_parameters = app.group_parameters
_current: list[Session] = []


def session() -> Session:
    """The session of this run."""
    return _current[-1]


@app.meta.default
def launch(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    home: Annotated[Path, Parameter(env_var="DISCLOSURE_LEDGER_HOME")] = Path("ledger-home"),
    as_: Annotated[str | None, Parameter(name="--as", env_var="DISCLOSURE_LEDGER_AS")] = None,
    json: Annotated[bool, Parameter(negative="")] = False,
    vault: Annotated[bool, Parameter(negative="")] = False,
    passphrase_fd: int | None = None,
) -> int:
    """Run one command.

    Parameters
    ----------
    home
        The ledger's folder.
    as_
        Who acts: a person with a keyring on this machine.
    json
        Answer with one JSON object.
    vault
        Look among sealed matters too, if your role does not do so anyway.
    passphrase_fd
        Read the passphrase from this file descriptor instead of asking.
    """
    if as_ is not None and passphrase_fd is None and tokens and tokens[0] in HANDED and not HELD:
        flags = [*(["--json"] if json else []), *(["--vault"] if vault else [])]
        code = handed_over(home, as_, [*flags, *tokens])
        if code is not None:
            return code
    _current.append(Session(home, as_, json, vault or None, passphrase_fd))
    try:
        result = app(tokens, result_action="return_value", exit_on_error=False, print_error=False)
        return result if isinstance(result, int) else 0
    except (LedgerError, KeysError):
        session().on_the_beat()
        raise
    finally:
        _current.pop().close()


def handed_over(home: Path, person: str, words: list[str]) -> int | None:
    """Have a command run by the vault's process of this person, as if it were run here; None where
    there is none.

    Raises:
        Unavailable: it ended meanwhile.
    """
    from ledger.vaulting.place import socket_path

    path = socket_path(home, person)
    if not path.exists():
        return None
    from ledger.vaulting.handing import Asked, reach

    line = reach(path)
    if line is None:
        return None
    given = sys.stdin.read() if any(one == "-" or one.endswith("=-") for one in words) else ""
    whole = ("--home", str(home.resolve()), "--as", person, *words)
    with line.peer:
        answered = line.ask(Asked(whole, str(Path.cwd()), given))
    print(answered.err, end="", file=sys.stderr)
    write_answer(answered.out)
    return answered.code


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; gives the exit code and never a traceback for errors of ours."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        result = app.meta(
            given, result_action="return_value", exit_on_error=False, print_error=False
        )
        return result if isinstance(result, int) else 0
    except CycloptsError as error:
        return _fail(Failure(USAGE, misused(error)), as_json="--json" in given)
    except (LedgerError, KeysError) as error:
        return _fail(failure_of(error), as_json="--json" in given)
    except KeyboardInterrupt:
        print("Stopped. Nothing more was recorded.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 0


def _fail(failure: Failure, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"error": failure.sentence, "provisions": list(failure.provisions)}))
    print(failure.sentence, file=sys.stderr)
    for provision in failure.provisions:
        standing = f"{provision['source'].replace('_', ' ')}, {provision['confidence']}"
        print(f"  {provision['sentence']}", file=sys.stderr)
        print(f"    {provision['citation']} ({standing})", file=sys.stderr)
    return failure.exit_code


HANDED = frozenset(
    {
        *("case", "do", "answer-query", "roster", "task", "deadlines", "attest", "verify"),
        *("export", "copy", "receipt", "log", "reads", "break-glass", "erase", "law"),
        *("projection", "feed", "webhook", "report", "guard", "document", "token"),
    }
)
"""What the vault's process of a person runs for them; what asks for passphrases, makes ledgers or
looks after one is run where it was typed.
"""
COMMANDS = {
    "vault": ("vault:vault", "Unlock the vault for a while, and lock it."),
    "init": ("founding:init", "Found a ledger; two people must be here."),
    "fingerprint": ("founding:fingerprint", "Show the fingerprint, for the board's minutes."),
    "person": ("people:person", "Enrol people, assent, list them, let them go."),
    "key": ("keyrings:key", "List, revoke and rotate keys, change a passphrase."),
    "recovery": ("recovery:recovery", "Drill and use recovery by holders of codes."),
    "case": ("cases:case", "Log a visit, list, show, read the history."),
    "document": ("documents:document", "Copies of papers: attach, list, get."),
    "do": ("cases:do", "Act in a case, or in the office."),
    "answer-query": ("querying:answer_query", "The one answer to who asks for disclosures."),
    "roster": ("rosters:roster", "Who knows of a sealed matter; the agency's copy."),
    "task": ("tasks:task", "Tasks that you were given: list, show, report."),
    "deadlines": ("cases:deadlines", "What is due, earliest first."),
    "projection": ("projecting:projection", "Rows for people and programs: run, check, show."),
    "feed": ("feeding:feed", "What happened in the open, for other programs."),
    "webhook": ("webhooking:webhook", "Send a feed to other programs at each tick."),
    "report": ("reporting:report", "The transparency report: draft, publish, show."),
    "guard": ("guarding:guard", "What the library system retains; purges; freezes."),
    "token": ("tokens:token", "Tokens by which programs read through the web."),
    "passkey": ("passkeys:passkey", "Passkeys: list them, end one."),
    "serve": ("serving:serve", "Serve the pages of the desk and of the room."),
    "desk": ("desk:desk", "The desk page: telephones, PCs of branches, words."),
    "commands": ("vocabulary:commands", "What can be done, with its fields."),
    "tick": ("proof:tick", "Publish the ticks that are due (for the timer)."),
    "attest": ("attesting:attest", "Counsel opens every entry of the log and says so."),
    "verify": ("verifying:check", "Check everything that you may see, offline."),
    "export": ("proof:export", "Write evidence that others can check."),
    "copy": ("copies:copy", "Copies that left as files: list, destroyed, keep."),
    "receipt": ("verifying:receipt", "Tell whether a promise was kept."),
    "log": ("log:log", "The published log, its receipts and keys; stop it."),
    "checkpoint": ("checkpoints:checkpoint", "The line of the log for the board's minutes."),
    "witness": ("witnesses:witness", "Witnesses outside who cosign the log."),
    "timestamp": ("timestamps:timestamp", "Time stamps over the log: use, show, ask."),
    "trust": ("trust:trust", "Trust files: show, renew after keys changed, extend."),
    "reads": ("reads:reads", "Who looked among sealed matters."),
    "break-glass": ("glass:glass", "Look where it cannot wait; answer for who did."),
    "erase": ("erasing:erase", "Destroy what is no longer to be kept; two people."),
    "backup": ("upkeep:backup", "Copy the ledger, in two parts; copy the office."),
    "restore": ("upkeep:restore", "Make a ledger from a backup; confirm it."),
    "leave": ("upkeep:leave", "Write all of it in open formats, for another machine."),
    "arrive": ("upkeep:arrive", "Make the ledger on another machine from that."),
    "month": ("upkeep:month", "Keys of past months: list, empty, destroy."),
    "doctor": ("doctor:doctor", "What an operator must see to, and what to do."),
    "store": ("store:store", "What it is kept in: check, migrate, copy."),
    "law": ("law:law", "The law: show, compare, reckon, put in force."),
    "scenario": ("play:scenario", "Play scenario files in a throw-away ledger."),
    "demo": ("play:demo", "Show the whole of it in a throw-away ledger."),
}
for _name, (_target, _help) in COMMANDS.items():
    app.command(f"ledger.cli.{_target}", name=_name, help=_help)
