"""Access to sealed matters when keys or people change: wrapping anew, and recovery.

    rewrap:   whoever opens a matter wraps it for its audience as that is now, with today's keys
    recover:  a recovery that two people agreed on, and the recovery identity, which k holders of
              codes brought together, let one more person in

Wrapping anew changes nobody's right: the audience follows from the records and the office, so
nothing is recorded. A recovery lets somebody in, so it is recorded in each matter's own stream, in
the transaction that carries the new wraps, where everybody of the matter sees it; and in the office
that it was used, though not for what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from keys.keyring import Keyring
from keys.recovery import RecoveryIdentity
from keys.secrets import AUDIENCE, Opener, StreamSecrets
from ledger.domain.fields import parse_reference
from ledger.domain.office import Office, Recorded
from ledger.domain.office_events import AccessRecovered, RecoveryProposed
from ledger.errors import BadRequest, EvidenceCorrupt, NotFound, NotPermitted
from ledger.home import Home
from ledger.register.acts import OFFICE, Act
from ledger.register.custody import Custody
from ledger.register.glass import break_for_recovery
from ledger.register.handle import Register, place_after
from ledger.register.locks import exclusive
from ledger.register.matters import Group, groups
from ledger.register.reading import Stream
from ledger.register.records import read_stream, recorded
from ledger.register.roles import choose_role
from ledger.register.roster import FULL, is_apart
from ledger.register.writing import Appending, Signing, VaultWriter
from ledger.stores.store import Store

DAMAGED = "A sealed stream is damaged and was left as it is. Call counsel."
NO_PLACE = "A matter has seven readers already and was left as it is: nobody more fits."


@dataclass(frozen=True, slots=True)
class Seen:
    """The matters that an opener opens, and whether something could not be read."""

    groups: tuple[Group, ...]
    is_damaged: bool


class Access:
    """Changes who can open what is sealed, by the rules and by nobody's wish."""

    def __init__(self, home: Home, register: Register, clock: Callable[[], datetime]) -> None:
        self._home = home
        self._register = register
        self._clock = clock
        self._custody = Custody(home)
        self._writer = VaultWriter(home)

    def rewrap(self, keyring: Keyring, opener: Opener | None = None) -> tuple[str, ...]:
        """Wrap all that `opener` opens (else the keyring itself) for its audience as it is now.

        The person of the keyring stays in, because they can read it already. Gives a sentence for
        whatever was left as it is.

        Raises:
            NotPermitted: the keyring is not enrolled, or was revoked.
        """
        self._register.reader(keyring)
        with self._alone():
            office = self._register.office().office
            seen = self._seen(opener or keyring)
            left = [DAMAGED] if seen.is_damaged else []
            for group in seen.groups:
                audience = self._readers(group, office, keyring.person)
                if audience is None:
                    left.append(NO_PLACE)
                    continue
                self._keep(group, audience)
        return tuple(dict.fromkeys(left))

    def recover(
        self,
        keyring: Keyring,
        identity: RecoveryIdentity,
        reference: str | None = None,
        *,
        reason: str | None = None,
    ) -> tuple[str, ...]:
        """Let the person of the keyring into a sealed matter, or into all of them.

        That breaks the glass, which is recorded first, with the reason, for all that takes them.
        What was kept from the director stays so. Gives a sentence for whatever was left as it is.

        Raises:
            NotPermitted: no recovery for this person was agreed on, or the identity is another
                ledger's.
            NotFound: nothing sealed has this reference, or it is kept from this person.
            BadRequest: the matter that was named has seven readers already. No glass is broken; the
                refusal tells that there is such a matter, so it is recorded as a look.
        """
        self._register.reader(keyring)
        proposal = self.agreed(keyring.person)
        self.check_identity(identity)
        with self._alone():
            view = self._register.office()
            person, office = keyring.person, view.office
            mine = self._recovered(self._seen(identity), person, office, reference)
            takes = [one for one in mine if self._readers(one, office, person) is not None]
            if reference is not None and len(takes) < len(mine):
                self._refuse(keyring, _shown(mine, office))
            break_for_recovery(self._register, keyring, _shown(takes, office), reason)
            # Looked at again: the person's own looks, which are sealed as well, have gone on.
            seen = self._seen(identity)
            role = choose_role(office, person, None, None)
            signing = Signing(keyring, role, None, view, self._clock())
            left = [DAMAGED] if seen.is_damaged else []
            for group in self._recovered(seen, person, office, reference):
                audience = self._readers(group, office, person)
                if audience is None:
                    left.append(NO_PLACE)
                    continue
                self._let_in(group, audience, proposal, signing)
        used = Act("record-recovery-used", {"of": proposal.e}, OFFICE)
        self._register.handle(keyring, used)
        return tuple(dict.fromkeys(left))

    def agreed(self, person: str) -> Recorded:
        """The proposed recovery for a person that a second person assented to.

        Raises:
            NotPermitted: there is none.
        """
        for one in self._register.office().office.recoveries:
            if isinstance(one.event, RecoveryProposed) and one.event.person == person:
                return one
        raise NotPermitted(
            f"No recovery for {person} was agreed on. One person runs: recovery propose {person}; "
            "another runs: recovery assent."
        )

    def check_identity(self, identity: RecoveryIdentity) -> None:
        """See that an identity is the one that this ledger announced.

        Raises:
            NotPermitted: it is another ledger's, or one that was replaced.
            EvidenceCorrupt: the keystore does not hold the announced key.
        """
        announced = self._register.office().office.recovery
        if announced is None:
            raise NotPermitted("This ledger has no recovery identity.")
        key = self._custody.recovery_key(announced.key)
        if identity.public != key:
            raise NotPermitted(
                "These capsules belong to another ledger, or to a recovery identity that was "
                "replaced. Bring the newest sheets of this ledger."
            )

    # ---- the parts ----

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep triage away: it would make newer wraps, which ours must not follow."""
        with exclusive(self._home.path / "triage.lock", "deciding on a case"):
            self._custody.settle(self._home.inbox, self._home.vault, self._home.open)
            yield

    def _seen(self, opener: Opener) -> Seen:
        stores = (self._home.open, self._home.vault, self._home.inbox)
        openable = self._custody.openable(opener, stores)
        streams: dict[bytes, Stream] = {}
        is_damaged = bool(openable.damaged)
        for stream, secrets in openable.streams.items():
            try:
                found = self._stream(stream, secrets)
            except EvidenceCorrupt:
                is_damaged = True
                continue
            if found is not None:
                streams[stream] = found
        return Seen(groups(streams), is_damaged)

    def _recovered(
        self, seen: Seen, person: str, office: Office, reference: str | None
    ) -> tuple[Group, ...]:
        """What recovery lets a person into: the matter that is named, or all.

        Raises:
            NotFound: none of these has the reference.
        """
        exact = None if reference is None else parse_reference(reference)
        found = tuple(
            one
            for one in seen.groups
            if one.is_open_to(person, office) and (reference is None or one.case.reference == exact)
        )
        if reference is not None and not (exact and found):
            raise NotFound
        return found

    def _refuse(self, keyring: Keyring, shown: Iterable[tuple[str, bool]]) -> NoReturn:
        """Refuse to let one more person into a full matter, which is recorded as a look at it."""
        looks = self._register.looks(keyring, "duty")
        for reference, apart in shown:
            looks.record((reference,), apart=apart)
        raise BadRequest(FULL)

    def _stream(self, stream: bytes, secrets: StreamSecrets) -> Stream | None:
        """Read a sealed stream whole; None for keys whose act never came."""
        store: Store
        for store in (self._home.vault, self._home.inbox, self._home.open):
            if store.last_seq(stream):
                opened = read_stream(self._home.origin, store, stream, secrets)
                told = tuple(recorded(one) for one in opened)
                return Stream(stream, store, secrets, opened, told)
        return None

    def _readers(self, group: Group, office: Office, person: str) -> dict[str, str] | None:
        """The readers of a group, this person among them; None when one of a matter would not fit.

        Of a waiting visit's triagers the last one gives way, as at the desk.
        """
        names = dict.fromkeys([person, *group.audience(office)])
        keys = office.signing_keys(names)
        live = [one for one in names if one in keys]
        if len(live) > AUDIENCE and group.is_triaged:
            return None
        return office.readers(live[:AUDIENCE])

    def _keep(self, group: Group, audience: Mapping[str, str]) -> None:
        for one in group.streams:
            self._custody.keep_sealed(one.id, one.secrets, audience, self._clock())
            self._custody.forget(one.id)

    def _let_in(
        self, group: Group, audience: Mapping[str, str], proposal: Recorded, signing: Signing
    ) -> None:
        person = signing.keyring.person
        event = AccessRecovered(person=person, proposal=proposal.e)
        known = {r.event for r in group.head.records if isinstance(r.event, AccessRecovered)}
        if group.is_closed or group.head.secrets.personal is None or event in known:
            # Nothing more can be written there, or it was by a recovery that broke off.
            self._keep(group, audience)
            return
        wraps = [
            self._custody.sealed_wrap(one.id, one.secrets, audience, signing.now)
            for one in group.streams
        ]
        act = Act("recover", {"person": person, "proposal": proposal.e})
        new = Appending(place_after(group.head), (event,), wraps=wraps)
        self._writer.append(new, act, signing)
        self._custody.settle(group.head.store)


def _shown(found: Iterable[Group], office: Office) -> tuple[tuple[str, bool], ...]:
    """The references of matters, each with whether the custodian has no part in it."""
    named = ((one.case.reference, is_apart(one.case, office)) for one in found)
    return tuple(dict.fromkeys((m, apart) for m, apart in named if m is not None))
