"""V9, record by record: who signed, with which key, under which right and which law."""

from __future__ import annotations

from .attested import check_v16
from .context import Context
from .crypto import sha256
from .events import (
    ABSENCES,
    BASES,
    BY_HEADS,
    COUNSELS,
    LOOKS,
    OFFICE_ONLY,
    event_is_good,
    is_authority,
)
from .grammar import ZERO64, instant, position, unbase64
from .office import Enrolment, Office, Shown
from .passkeys import approves
from .record import Rec
from .standing import check_standing


class Authority:
    """Runs V9 over all shown records."""

    def __init__(self, ctx: Context, shown: Shown) -> None:
        self.ctx = ctx
        self.report = ctx.report
        self.shown = shown
        self.laws: set[str] = set()

    def find(self, code: str, rec: Rec) -> None:
        """Note a finding about a record, which then establishes nothing."""
        self.report.find(code, rec.place)
        rec.good = False

    def run(self) -> None:
        """Run V9."""
        self.report.outcome("V9", "ran")
        office = self._founding()
        if office is None:
            self.report.outcome("V9", "ran", "nothing to stand on without the founding")
            return
        for rec in office.chain[1:]:
            self._record(office, rec)
        for rec in self._others(office):
            self._record(office, rec)
        if len(office.chain) < 2 or not self._countersigned(office):
            self.report.find("V9.not-countersigned", f"{office.stream}:2")
        check_standing(self.ctx, self.shown, office)
        check_v16(self.ctx, self.shown, office)

    def _others(self, office: Office) -> list[Rec]:
        """Order all other records: what a stream continues comes before it."""
        chain = {rec.e for rec in office.chain}
        done: set[str] = set()
        result: list[Rec] = []
        for start in sorted(self.shown.streams):
            todo = [start]
            while todo:
                stream = todo[-1]
                first = self.shown.at.get((stream, 1))
                below = [
                    c["stream"]
                    for c in (first.data["continues"] if first else [])
                    if c["stream"] not in done
                    and c["stream"] not in todo
                    and c["stream"] in self.shown.streams
                ]
                if below and stream not in done:
                    todo.append(below[0])
                    continue
                todo.pop()
                if stream not in done:
                    done.add(stream)
                    result += [r for r in self.shown.streams[stream] if r.e not in chain]
        return result

    def _founding(self) -> Office | None:
        """Check the founding record and start the office from it."""
        rec = self.shown.by_e.get(self.ctx.trust.founded)
        if rec is None:
            self.report.find("V9.founding-not-shown")
            return None
        origin = self.ctx.trust.origin
        if (
            rec.type != "ledger-founded.v1"
            or rec.seq != 1
            or rec.data["office"]["seq"] != 0
            or rec.data["origin"] != origin
            or not event_is_good(rec.type, rec.event, origin)
        ):
            self.find("V9.founding-malformed", rec)
            return None
        office = Office(rec.stream, self.shown)
        office.found(rec)
        key = office.keys.get(rec.data["key"])
        if key is None or key.person != rec.signer or not rec.envelope.verifies(key.public):
            self.find("V9.founding-unsigned", rec)
            return None
        if not office.is_founder(rec.signer, rec.data["role"]):
            self.find("V9.role-not-held", rec)
        self._attested(rec, key)
        self._law(office, rec, 0)
        if rec.data["under"] is not None:
            self.find("V9.under-unfit", rec)
        self.ctx.office, self.ctx.founding = rec.stream, rec.event
        return office

    def _countersigned(self, office: Office) -> bool:
        """Say whether seq 2 is the other founder's countersignature."""
        first, second = office.chain[0], office.chain[1]
        key = office.keys.get(second.data["key"])
        return (
            second.good
            and second.type == "founding-countersigned.v1"
            and second.event["founded"] == first.e
            and second.signer != first.signer
            and key is not None
            and key.founder
        )

    def _record(self, office: Office, rec: Rec) -> None:
        """Check one record, and take what it establishes."""
        head = self._head(office, rec)
        if head is None:
            return
        self._law(office, rec, head)
        key = self._key(office, rec, head)
        if key is not None:
            self._right(office, rec, key, head)
        self._under(office, rec, head)
        if is_authority(rec.type):
            if not event_is_good(rec.type, rec.event, self.ctx.trust.origin):
                self.find("V9.event-malformed", rec)
            else:
                self._authority(office, rec, head)
        if rec.good:
            office.apply(rec)

    def _head(self, office: Office, rec: Rec) -> int | None:
        """Check the office head that a record names, and return its seq."""
        named = rec.data["office"]
        if rec.stream == office.stream:
            if named["seq"] != rec.seq - 1 or named["head"] != rec.data["prev"]:
                self.find("V9.head-differs", rec)
                return None
            if rec.seq > len(office.chain):
                self.find("V9.head-not-shown", rec)
                return None
            return rec.seq - 1
        before = self.shown.before.get((rec.stream, rec.seq))
        if before is not None and before.office_seq > rec.office_seq:
            self.find("V9.head-falls", rec)
        if named["seq"] == 0 or named["head"] == ZERO64:
            self.find("V9.head-differs", rec)
            return None
        if named["seq"] > len(office.chain):
            self.find("V9.head-not-shown", rec)
            return None
        if office.chain[named["seq"] - 1].e != named["head"]:
            self.find("V9.head-differs", rec)
            return None
        return int(named["seq"])

    def _law(self, office: Office, rec: Rec, head: int) -> None:
        """Check the law that a record names, and that its file is there."""
        law = rec.data["law"]
        if law != office.law_at(head):
            self.find("V9.law-differs", rec)
        if law in self.laws:
            return
        self.laws.add(law)
        path = f"law/{law}.json"
        if not self.ctx.has(path):
            self.report.find("V9.law-missing", path)

    def _attested(self, rec: Rec, key: Enrolment) -> None:
        """Check that custody is stated as enrolled."""
        custody = "service" if key.custody == "service" else "own-device"
        if rec.data["attested"] != custody:
            self.find("V9.attested", rec)

    def _key(self, office: Office, rec: Rec, head: int) -> Enrolment | None:
        """Check the signer's key and signature."""
        key = office.key_at(rec.data["key"], rec, head)
        if key is None:
            self.find("V9.key-unknown", rec)
            return None
        if key.person != rec.signer:
            self.find("V9.key-of-another", rec)
        if not rec.envelope.verifies(key.public):
            self.find("V9.signature", rec)
        self._attested(rec, key)
        return key

    def _right(self, office: Office, rec: Rec, key: Enrolment, head: int) -> None:
        """Check the signer's role at the head, and that the record did not come too late."""
        role = rec.data["role"]
        if key.principal == "desk" and (
            role != "desk" or not rec.type.startswith("intake-") or rec.data["actor"] != rec.signer
        ):
            self.find("V9.desk-limits", rec)
            return
        if not office.holds(rec.signer, role, rec, head):
            self.find("V9.role-not-held", rec)
        else:
            schedule = self.ctx.ticks
            for end in office.endings(rec, head):
                if rec.tick > end.tick + schedule.delay(end.tick) and not self._is_look(rec):
                    self.find("V9.too-late", rec)
        if role == "designee":
            named = rec.data["under"]
            basis = self.shown.at.get(position(named)) if named else None
            if named is None or (basis is not None and basis.type not in ABSENCES):
                self.find("V9.designee-alone", rec)

    def _is_look(self, rec: Rec) -> bool:
        """Tell whether a record stands in a stream that begins with a look."""
        first = self.shown.at.get((rec.stream, 1))
        return first is not None and first.type in LOOKS

    def _under(self, office: Office, rec: Rec, head: int) -> None:
        """Check what `under` names."""
        if rec.data["under"] is None:
            return
        stream, seq = position(rec.data["under"])
        basis = self.shown.at.get((stream, seq))
        if basis is None:
            self.find("V9.under-not-shown", rec)
            return
        reach = office.reaches(stream, seq, rec, head) or self._beside(rec, stream, seq)
        if not reach or not self._basis_fits(office, rec, basis, head):
            self.find("V9.under-unfit", rec)

    def _beside(self, rec: Rec, stream: str, seq: int) -> bool:
        """For a closing record: say whether its successor continues that stream as well."""
        if rec.type != "stream-closed.v1":
            return False
        return any(
            seq <= self.shown.continued(s.stream).get(stream, 0)
            for s in self.shown.successors(rec.e)
        )

    def _basis_fits(self, office: Office, rec: Rec, basis: Rec, head: int) -> bool:
        """Say whether a basis is one by which the actor could act."""
        event = basis.event
        if basis.type not in BASES or not event_is_good(basis.type, event, self.ctx.trust.origin):
            return False
        if basis.type not in ABSENCES:
            if event["person"] != rec.data["actor"]:
                return False
            if basis.type == "delegation-recorded.v1":
                return rec.occurred < instant(event["until"])
            return office.still_holds(basis, rec, head)
        if rec.data["role"] == "designee" and not any(
            office.holds(event["person"], role, rec, head) for role in ("custodian", "director")
        ):
            return False
        if basis.type == "absence-recorded.v1":
            return instant(event["from"]) <= rec.occurred < instant(event["until"])
        return True

    def _authority(self, office: Office, rec: Rec, head: int) -> None:
        """Check where an authority record stands and whether its signer may make it."""
        kind, event, role = rec.type, rec.event, rec.data["role"]
        inside = rec.stream == office.stream
        vault = office.chain[0].event["vault_office"]
        if (
            kind == "ledger-founded.v1"
            or (kind == "founding-countersigned.v1" and rec.seq != 2)
            or (kind in OFFICE_ONLY and not inside)
            or (kind == "stream-erased.v1" and not inside and rec.stream != vault)
            or (kind == "attestation-detailed.v1" and rec.stream != vault)
        ):
            self.find("V9.misplaced", rec)
            return
        if kind in BY_HEADS and role not in ("director", "custodian"):
            own = kind == "role-ended.v1" and event["person"] == rec.signer
            if kind == "key-revoked.v1":
                key = office.keys.get(event["key"])
                own = key is not None and key.person == rec.signer
            elif kind == "passkey-revoked.v1":
                enrolled = office.passkey_at(event["passkey"], rec, head)
                own = enrolled is not None and enrolled.event["person"] == rec.signer
            if not own:
                self.find("V9.may-not", rec)
        if kind == "passkey-enrolled.v1":
            if event["person"] != rec.signer:
                self.find("V9.may-not", rec)
            if sha256(unbase64(event["credential"])).hex() in office.passkeys:
                self.find("V9.passkey-enrolled-twice", rec)
        elif kind == "passkey-approved.v1":
            self._approval(office, rec, head)
        if kind in COUNSELS and role != "counsel":
            self.find("V9.may-not", rec)
        if kind == "key-enrolled.v1" and self._digest(event["key"]) in office.keys:
            self.find("V9.key-enrolled-twice", rec)

    def _approval(self, office: Office, rec: Rec, head: int) -> None:
        """Check an approval by passkey."""
        digest = rec.event["passkey"]
        enrolled = office.passkey_at(digest, rec, head)
        if enrolled is None or enrolled.event["person"] != rec.signer:
            self.find("V9.passkey-unknown", rec)
            return
        end = office.passkey_ending(digest)
        if end is not None and rec.tick > end.tick + self.ctx.ticks.delay(end.tick):
            self.find("V9.too-late", rec)
        if not approves(enrolled.event, rec.event):
            self.find("V9.assertion-refused", rec)

    @staticmethod
    def _digest(text: str) -> str:
        """Return the digest of a key in base64."""
        return sha256(unbase64(text, 32)).hex()
