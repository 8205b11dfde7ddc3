"""The demonstration: the main job on the shipped stories, with real keys, stores and proofs.

A ledger belongs to one library under one law. The stories of the library that has most of them are
played into one ledger, which `--home` keeps; every other story is played in a ledger of its own.
Everything is published and checked by the offline verifier; then one byte of a copy is changed, and
the verifier must say where. At the end the ledger is shown to browsers, unless it is to end.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ledger.cli.showing import FRONT, show
from ledger.counted import counted
from ledger.domain.law.pack import resolve
from ledger.errors import BadRequest, NotFound
from ledger.export import export_ledger
from ledger.outcomes import GOOD, PROOF_FAILED
from ledger.register.acts import Act
from ledger.register.intake import new_reference
from ledger.scenario.check import load
from ledger.scenario.file import Scenario
from ledger.scenario.play import consecutive, play_into, run
from ledger.scenario.stage import Stage, found_for, keep_keyrings
from ledger.verify import Report, verify

STORIES = Path(__file__).resolve().parents[2] / "ops" / "scenarios"


@dataclass
class Demonstration:
    """One run. `say` prints a line; `stays` says whether the ledger is served at the end."""

    home: Path | None
    say: Callable[[str], None]
    stays: bool = False

    def run(self) -> int:
        """Play, publish, verify, tamper; gives 0 only when everything came out as it must."""
        if self.home is not None and self.home.exists() and any(self.home.iterdir()):
            raise BadRequest(f"{self.home} is not empty. Choose an empty folder.")
        main, others = self._stories()
        with ExitStack() as stack:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ledger-demo-")))
            stage = found_for(main[0], self.home or scratch / "home")
            stack.callback(stage.home.close)
            good = self._play(stage, main)
            good = self._play_others(others) and good
            good = self._seal(stage) and good
            pack = scratch / "pack"
            good = self._verify(stage, pack) and good
            good = self._tamper(stage, pack, scratch / "altered") and good
            stage.enrol(FRONT)
            keep_keyrings(stage)
            self._tell(good)
            if self.stays and good:
                show(stage, self.say)
        return GOOD if good else PROOF_FAILED

    def _stories(self) -> tuple[list[Scenario], list[Path]]:
        """The stories of the library with most of them, in the order of time; of each other law the
        first file.
        """
        files = {path: load(path) for path in sorted(STORIES.glob("*.toml"))}
        if not files:
            raise BadRequest("The stories are missing: run the demonstration from a checkout.")
        packs = [story.pack for story in files.values()]
        most = max(packs, key=packs.count)
        ours = [story for story in files.values() if story.pack == most]
        first = {story.pack: path for path, story in reversed(files.items()) if story.pack != most}
        return consecutive(ours), sorted(first.values())

    def _play(self, stage: Stage, stories: Sequence[Scenario]) -> bool:
        self.say(f"1. A ledger is founded for: {resolve(stories[0].pack).layers[-1].title}")
        self.say(f"   by two people, {' and '.join(stage.founders)}, each with a key of their own.")
        self.say(f"   Fingerprint: {stage.home.fingerprint}")
        self.say("2. Real stories are played into it, each person signing with their own key:")
        good = True
        for story in stories:
            played = play_into(stage.home, stage.register, stage.keyrings, story, stage.clock)
            good = not played.mismatches and good
            self.say(f"   - {story.title}")
            for mismatch in played.mismatches:
                self.say(f"     DIFFERENT: {mismatch}")
        return good

    def _play_others(self, files: Sequence[Path]) -> bool:
        self.say("3. Other libraries' stories, each in a ledger of its own:")
        good = True
        for file in files:
            report = run(file)
            good = report.passed and good
            self.say(f"   - {report.title}: {'as told' if report.passed else 'DIFFERENT'}")
        return good

    def _seal(self, stage: Stage) -> bool:
        """Log one more visit, and ask about it as one who may know and as one who may not."""
        director, _ = stage.founders
        clerk = next(name for name in stage.office.holders("staff") if name in stage.keyrings)
        visit = Act("intake", {"mode": "in-person", "presents": "not-sure"})
        reference = stage.register.handle(stage.keyrings[clerk], visit).case
        known = stage.register.reader(stage.keyrings[director]).case(reference).case.state
        said = [self._asked(stage, clerk, one) for one in (reference, new_reference())]
        self.say("4. One more visit is logged at the desk. It is sealed at once:")
        self.say(f"   the director finds it ({known}); the clerk who logged it is told:")
        self.say(f"   {said[0]} The same is said of a reference that never existed.")
        epoch = stage.home.schedule.epochs[-1]
        stage.advance(stage.clock() + timedelta(seconds=epoch.period_seconds * (epoch.delay + 2)))
        return said[0] == said[1] != ""

    def _asked(self, stage: Stage, person: str, reference: str) -> str:
        try:
            stage.register.reader(stage.keyrings[person]).case(reference)
        except NotFound as error:
            return str(error)
        return ""

    def _verify(self, stage: Stage, pack: Path) -> bool:
        size, tick = stage.home.logbook.size(), stage.home.logbook.last_tick()
        self.say(
            f"5. Published: tick {tick}, {counted(size, 'entry')},"
            " signed with Ed25519 and ML-DSA-44."
        )
        export_ledger(stage.home, pack, reveal=True)
        report = self._check(stage, pack)
        self.say("6. Somebody else checks it offline, with nothing but the files and the keys:")
        self.say(f"   {report.headline}")
        return report.exit_code == 0

    def _tamper(self, stage: Stage, pack: Path, altered: Path) -> bool:
        shutil.copytree(pack, altered)
        victim = sorted((altered / "records").iterdir())[-1]
        data = bytearray(victim.read_bytes())
        data[len(data) // 2] ^= 1
        victim.write_bytes(bytes(data))
        report = self._check(stage, altered)
        self.say(f"7. One bit of a copy is changed, in {victim.relative_to(altered)}:")
        self.say(f"   {report.headline}")
        return report.exit_code == 1

    def _check(self, stage: Stage, pack: Path) -> Report:
        return verify(pack, (stage.home.path / "trust.json").read_bytes(), replay=True)

    def _tell(self, good: bool) -> None:
        self.say("")
        self.say("Proved: every record shown was signed by an enrolled person in a role held then,")
        self.say("is chained to the one before, stands in the published log and was not changed.")
        self.say(
            "Not proved: that nothing was left unrecorded, nor what the people saw or thought."
        )
        self.say("Entries that are not opened are covers, or matters that the reader may not see.")
        if self.home is not None:
            self.say(f"Kept in {self.home}; its people's passphrase is throw-away.")
        self.say("The demonstration came out as it must." if good else "SOMETHING WENT WRONG.")
