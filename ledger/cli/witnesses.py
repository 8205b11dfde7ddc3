"""Commands on witnesses: who is asked to cosign the log, what they said, asking them now."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from ledger.cli.app import session
from ledger.cli.session import Session
from ledger.errors import BadRequest
from ledger.witnessing import keeping

witness = App(name="witness", help="Witnesses outside who cosign the log: use, show, ask.")
LARGEST = 256 * 1024
MEANING = {
    "cosigned": "cosigned",
    "ahead": "SPEAKS AGAINST THIS LOG: it has cosigned a larger one under our name",
    "contradicts": "SPEAKS AGAINST THIS LOG: what it cosigned earlier is not a part of it",
    "elsewhere": "names another size each time",
    "not-for-us": "does not know this log or its key; send its operator the file log/keys",
    "unusable": "answered what no witness answers; its address or its key may be wrong",
    "silent": "did not answer in time",
}


@witness.command
def use(file: Path) -> int:
    """Take a tlog-policy file into use: from the next tick on its witnesses are asked.

    Parameters
    ----------
    file
        The policy, with an address for each witness. Its groups and quorum say how many must sign.
    """
    s = session()
    s.check_administers()
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST)
    except OSError as error:
        raise BadRequest("The policy cannot be read.") from error
    policy = keeping.use(s.home, data)
    names = [one.name for one in policy.witnesses]
    lines = [
        f"From the next tick on are asked: {', '.join(names) or 'nobody'}.",
        "Whoever checks this ledger and wants their word adds them to the trust file: trust extend",
    ]
    s.answer({"witnesses": names, "least": policy.least()}, lines)
    return 0


@witness.command
def show() -> int:
    """Show the witnesses, what each said last, and what is kept that speaks against this log."""
    s = session()
    policy = keeping.policy_of(s.home)
    if policy is None:
        s.answer({"witnesses": []}, ["Nobody is asked. A policy names witnesses: witness use FILE"])
        return 0
    said, done = keeping.said(s.home), keeping.cosigned(s.home, policy)
    rows: list[dict[str, object]] = []
    for one in policy.witnesses:
        last = said.get(keeping.known_as(one))
        rows.append(
            {
                "name": one.name,
                "key": keeping.known_as(one),
                "newest": one.name in done,
                "word": None if last is None else last.word,
                "at": None if last is None else last.at,
                "size": 0 if last is None else last.size,
            }
        )
    evidence = [f"evidence/{one.name}" for one in keeping.against(s.home)]
    lines = [f"{row['name']}: {_told(row)}" for row in rows]
    lines.append(f"The quorum for the newest checkpoint is {_met(policy.is_met(done))}.")
    lines += [f"Kept for counsel: {one}" for one in evidence]
    data = {"witnesses": rows, "met": policy.is_met(done), "evidence": evidence}
    s.answer(data, lines)
    return 0


@witness.command
def ask() -> int:
    """Ask those witnesses now that have not cosigned the newest checkpoint. The tick does this."""
    s = session()
    data, lines = ask_witnesses(s)
    s.answer(data, lines or ["Nobody is to be asked."])
    return 0 if data["met"] else 5


def ask_witnesses(s: Session) -> tuple[dict[str, object], list[str]]:
    """Ask; gives what programs and people are told.

    Raises:
        EvidenceCorrupt, Unavailable: as `keeping.ask`.
    """
    asked = keeping.ask(s.home, s.now())
    policy = keeping.policy_of(s.home)
    met = policy is None or policy.is_met(keeping.cosigned(s.home, policy))
    words = {one.witness.name: one.verdict.word for one in asked}
    return {"asked": words, "met": met}, [f"{one}: {MEANING[word]}" for one, word in words.items()]


def _told(row: dict[str, object]) -> str:
    if row["word"] is None:
        return "was not asked yet"
    return f"{MEANING[str(row['word'])]} ({row['at']}; cosigned up to size {row['size']})"


def _met(met: bool) -> str:
    return "met" if met else "not met"
