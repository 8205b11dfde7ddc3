"""The home of one ledger on one machine: its files, and how they are opened.

A home is opened for one of two sides (DESIGN §4.1). The open side has no vault: whatever serves
people without clearance is written for `OpenHome`, which knows of none, so that it neither opens
nor waits for one, whatever became of it. `Home` is the vault's side, for who looks among sealed
matters, and for the programs of the administrator.

HOME/ledger.json      origin, zone, law pack: what a program must know before it can read anything
HOME/open.db          office and opened cases          HOME/keystore.db  wraps, people's public keys
HOME/inbox.db         desk saves, insert only          HOME/log.db       ticks, before publication
HOME/vault.db         sealed matters                   HOME/law/<hex>.json  resolved packs
HOME/master.key  HOME/log.keys  HOME/signer.json       HOME/people/<person>.keyring, .passkeys
HOME/log/             the published log: static files  HOME/trust.json   what a verifier must hold

The five databases may stand on a server of PostgreSQL instead; `ledger.json` then has its address.
Everything else stays in files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from keys.errors import KeysError
from keys.files import is_open_to_others, write_private
from keys.log import LogKeys
from keys.master import MasterKey
from keys.succession import LogKeySet
from ledger.config import Config, dump_config, load_config, where
from ledger.domain.law.pack import Law, load_resolved
from ledger.errors import BadRequest, EvidenceCorrupt, Unavailable
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.schedule import Schedule
from ledger.logkeys import own_checkpoint, own_text
from ledger.stores.feeds import FeedRows
from ledger.stores.guard import GuardRows
from ledger.stores.keystore import Keystore
from ledger.stores.logbook import Logbook
from ledger.stores.opening import Where, open_database
from ledger.stores.place import STORE_NAMES, StoreName
from ledger.stores.projected import Projected
from ledger.stores.store import Store
from ledger.stores.tokens import TokenRows
from ledger.stores.unchanged import Unchanged
from ledger.stores.webhooks import WebhookRows

ROW_STORES: tuple[StoreName, ...] = ("open", "inbox", "vault")
_NO_TRUST = (
    "trust.json is missing or damaged: nothing can be verified with it. Bring back the copy that"
    " you hold outside; compare it with the fingerprint on the founding sheet."
)


class OpenHome:
    """The open side of an existing ledger home. Stores open on first use; `close` closes what was
    opened.
    """

    def __init__(self, path: Path) -> None:
        """Read `ledger.json`.

        Raises:
            BadRequest: there is no ledger at `path`.
        """
        self.path = path
        self.config = load_config(path)

    @property
    def origin(self) -> str:
        """The log's origin: the ledger's name for ever."""
        return self.config.origin

    @cached_property
    def zone(self) -> ZoneInfo:
        """The library's time zone, in which the law's days are counted."""
        return ZoneInfo(self.config.zone)

    @cached_property
    def open(self) -> Store:
        """The open store."""
        return Store(self._where("open"))

    @cached_property
    def inbox(self) -> Store:
        """The insert-only inbox of desk saves."""
        return Store(self._where("inbox"))

    @cached_property
    def keystore(self) -> Keystore:
        """The wraps and the people's public keys."""
        return Keystore(self._where("keystore"))

    @cached_property
    def projected(self) -> Projected:
        """The stored views of open cases, in the open store's file."""
        return Projected(self.open.database)

    @cached_property
    def feeds(self) -> FeedRows:
        """The entries of the feeds, in the open store's file."""
        return FeedRows(self.open.database)

    @cached_property
    def webhooks(self) -> WebhookRows:
        """Who is sent the feeds, in the open store's file."""
        return WebhookRows(self.open.database)

    @property
    def guard(self) -> GuardRows:
        """The guard's list and agents, in the open store's file."""
        return GuardRows(self.open.database)

    @property
    def tokens(self) -> TokenRows:
        """The tokens of programs, in the open store's file."""
        return TokenRows(self.open.database)

    @cached_property
    def logbook(self) -> Logbook:
        """The ticks built so far."""
        return Logbook(self._where("log"))

    @cached_property
    def master(self) -> MasterKey:
        """The master key.

        Raises:
            Unavailable: missing, damaged, or readable by others.
        """
        try:
            return MasterKey.load(self.path / "master.key")
        except KeysError as error:
            raise Unavailable(str(error)) from error

    @property
    def log_keys(self) -> LogKeys:
        """The keys that sign checkpoints and receipts now.

        Raises:
            Unavailable: missing or not under this master key.
        """
        return self.log_key_set.current

    @property
    def log_key_set(self) -> LogKeySet:
        """All keys of the log, past ones and those that are to follow; as the file is now.

        Raises:
            Unavailable: missing or not under this master key.
        """
        try:
            return self._log_key_sets.read(self._log_keys_path)
        except (KeysError, OSError) as error:
            raise Unavailable("The log's keys cannot be opened with this master key.") from error

    @cached_property
    def _log_key_sets(self) -> Unchanged[LogKeySet]:
        return Unchanged(self._log_key_set)

    def _log_key_set(self, path: Path, data: bytes) -> LogKeySet:
        if is_open_to_others(path):
            raise Unavailable(f"Others may read the log's keys. Run: chmod 600 {path}")
        return LogKeySet.load(self.master, data)

    @property
    def fingerprint(self) -> str:
        """The digest of `ledger-founded`, 64 hex, as this home's trust file has it.

        Raises:
            Unavailable: the file is missing or damaged.
        """
        try:
            return str(json.loads((self.path / "trust.json").read_bytes())["founded"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise Unavailable(_NO_TRUST) from error

    @property
    def log_directory(self) -> Path:
        """Where the published log lies."""
        return self.path / "log"

    @property
    def schedule(self) -> Schedule:
        """The schedule as published and signed; it may get another epoch while this home is open.

        Raises:
            EvidenceCorrupt: it is missing, or not what the log's key signed.
        """
        try:
            return self._schedules.read(self._schedule_path)
        except (OSError, ValueError) as error:
            raise EvidenceCorrupt("The published schedule is missing or altered.") from error

    @cached_property
    def _schedule_path(self) -> Path:
        return self.log_directory / "schedule"

    @cached_property
    def _schedules(self) -> Unchanged[Schedule]:
        return Unchanged(self._schedule)

    def _schedule(self, _path: Path, data: bytes) -> Schedule:
        return Schedule.load(own_text(self.origin, self.log_key_set, data))

    def newest_checkpoint(self) -> Checkpoint | None:
        """The newest published checkpoint, its Ed25519 line checked; None before the first.

        Raises:
            EvidenceCorrupt: it is not what the log's keys signed.
        """
        try:
            return self._checkpoints.read(self._checkpoint_path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise EvidenceCorrupt("The published checkpoint is missing or altered.") from error

    def published(self) -> Checkpoint:
        """As `newest_checkpoint`. Raises: BadRequest before the first."""
        if (newest := self.newest_checkpoint()) is None:
            raise BadRequest("Nothing was published yet. Wait for the next tick, then repeat this.")
        return newest

    @cached_property
    def _checkpoint_path(self) -> Path:
        # Every act asks for this file and the next, and joining a path costs more than looking.
        return self.log_directory / "checkpoint"

    @cached_property
    def _log_keys_path(self) -> Path:
        return self.path / "log.keys"

    @cached_property
    def _checkpoints(self) -> Unchanged[Checkpoint]:
        return Unchanged(self._checkpoint)

    def _checkpoint(self, _path: Path, data: bytes) -> Checkpoint:
        return own_checkpoint(self.origin, self.log_key_set, data)

    def law(self, digest: bytes) -> Law:
        """The resolved law pack with this digest.

        Raises:
            EvidenceCorrupt: the file is missing or does not hash to its name.
        """
        try:
            return self._laws.read(self.path / "law" / f"{digest.hex()}.json")
        except (OSError, ValueError) as error:
            raise EvidenceCorrupt("The law pack that a record names is missing.") from error

    def law_of(self, digest: str) -> Law:
        """The resolved law pack that a record pins by its digest in hex.

        Raises:
            EvidenceCorrupt: the file is missing or does not hash to its name.
        """
        return self.law(bytes.fromhex(digest))

    @cached_property
    def _laws(self) -> Unchanged[Law]:
        return Unchanged(_law)

    def has_law(self, digest: bytes) -> bool:
        """Whether a resolved pack with this digest is kept here."""
        return (self.path / "law" / f"{digest.hex()}.json").is_file()

    def keep_law(self, law: Law) -> bytes:
        """Keep a resolved pack by its digest; gives the digest."""
        digest = law.digest()
        target = self.path / "law" / f"{digest.hex()}.json"
        target.parent.mkdir(exist_ok=True)
        if not target.exists():
            write_private(target, law.dump())
        return digest

    def keyring_path(self, person: str) -> Path:
        """Where the keyring file of a person lies on this machine."""
        return self.path / "people" / f"{person}.keyring"

    def passkeys_path(self, person: str) -> Path:
        """Where the locks lie by which a person's passkeys open their keyring."""
        return self.path / "people" / f"{person}.passkeys"

    def close(self) -> None:
        """Close whatever was opened."""
        for name in (*ROW_STORES, "keystore", "logbook"):
            opened = self.__dict__.pop(name, None)
            if opened is not None:
                opened.close()

    def _where(self, name: StoreName) -> Where:
        return where(self.path, self.config, name)


class Home(OpenHome):
    """The vault's side of a home: all that the open side has, and the vault."""

    def __init__(self, path: Path, side: OpenHome | None = None) -> None:
        """Read `ledger.json`. `side` is the open side of this home, if it is in use already: its
        open store serves both.

        Raises:
            BadRequest: there is no ledger at `path`.
        """
        super().__init__(path)
        self._side = side

    @cached_property
    def open(self) -> Store:
        """The open store."""
        return super().open if self._side is None else self._side.open

    @cached_property
    def vault(self) -> Store:
        """The store of sealed matters."""
        return Store(self.where("vault"))

    def store(self, name: str) -> Store:
        """One of `ROW_STORES` by its name."""
        found = {"open": lambda: self.open, "inbox": lambda: self.inbox}
        return found.get(name, lambda: self.vault)()

    @property
    def row_stores(self) -> tuple[Store, ...]:
        """The three stores of rows, in the order of `ROW_STORES`."""
        return tuple(self.store(name) for name in ROW_STORES)

    @property
    def newest_first(self) -> tuple[Store, ...]:
        """The three stores of rows, from the last to the first on a stream's way: so its newest
        keys are found wherever triage takes it meanwhile.
        """
        return (self.open, self.vault, self.inbox)

    def where(self, name: StoreName) -> Where:
        """Where a store is kept: its file in this home, or its place on the server."""
        return self._where(name)

    @property
    def stores(self) -> dict[StoreName, Where]:
        """Where each store is kept."""
        return {name: self.where(name) for name in STORE_NAMES}


def _law(path: Path, data: bytes) -> Law:
    law = load_resolved(data)
    if law.digest().hex() != path.stem:
        raise EvidenceCorrupt("A law pack does not hash to its name.")
    return law


def create_home(path: Path, config: Config) -> tuple[Home, LogKeys]:
    """Make an empty home: directories, stores, master key, log keys, configuration.

    On a server the stores are made beforehand: see `ledger.stores.transfer.new_stores`.

    Raises:
        BadRequest: something is there already.
        Unavailable: the disk or the server refuses.
    """
    if path.exists() and any(path.iterdir()):
        raise BadRequest(f"{path} is not empty. Choose an empty folder for a new ledger.")
    for directory in (path, path / "people", path / "law", path / "log"):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if config.store is None:
        for name in STORE_NAMES:
            open_database(where(path, config, name), name, create=True).close()
    master = MasterKey.create(path / "master.key")
    keys = LogKeys.create()
    write_private(path / "log.keys", keys.dump(master))
    write_private(path / "ledger.json", dump_config(config))
    return Home(path), keys


@contextmanager
def opened(path: Path) -> Iterator[Home]:
    """Open a home for the length of a block.

    Raises:
        BadRequest: there is no ledger at `path`.
    """
    home = Home(path)
    try:
        yield home
    finally:
        home.close()
