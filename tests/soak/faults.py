"""What goes wrong in eight hours: servers that take the writes die, and programs are killed."""

from __future__ import annotations

import os
import signal
import time
from random import Random

from ledger.web.site import Side
from tests.postgresql.cluster import Cluster
from tests.soak.meter import Meter, side_of
from tests.soak.person import World
from tests.web.served import Served

KILLS: tuple[tuple[float, Side], ...] = ((0.6, "desk"), (1.2, "room"), (1.9, "desk"), (2.4, "room"))
"""At which hours of the soak which program is killed. Afterwards both live to the end, and what
they take of the machine is measured over that life.
"""
FAILOVERS = tuple(hour + 0.35 for hour in range(8))


def fail_over(world: World, cluster: Cluster, random: Random) -> None:
    """Once in each hour kill the primary, let a standby take over, and bring the old one back."""
    for number, hour in enumerate(FAILOVERS):
        if not _wait(world, hour + random.uniform(0, 0.4)):
            return
        with world.tally.watched("failover"):
            gone = cluster.primary_name
            began = time.monotonic()
            if number % 2:
                # Whoever commits at that moment never hears what became of it.
                cluster.primary.pause()
            cluster.kill_primary()
            time.sleep(random.uniform(0, 2))
            cluster.promote()
            seconds = time.monotonic() - began
            world.tally.happened(f"failover: nobody took writes for {seconds:.1f} s")
            cluster.rejoin(gone)


def kill_programs(world: World, programs: Served, inodes: dict[Side, str]) -> None:
    """Kill a program now and then; the one that started it starts another."""
    for hour, side in KILLS:
        if not _wait(world, hour):
            return
        for pid in programs.children():
            if side_of(pid, inodes) == side:
                os.kill(pid, signal.SIGKILL)
                world.tally.happened(f"the {side}'s program was killed")


def watch(world: World, programs: Served, inodes: dict[Side, str], meter: Meter) -> None:
    """Look at each program every two minutes of the soak's clock."""
    while not world.over.is_set():
        meter.look("serve", programs.process.pid)
        for pid in programs.children():
            side = side_of(pid, inodes)
            if side is not None:
                meter.look(side, pid)
        world.over.wait(world.clock.real_seconds(1 / 30))


def _wait(world: World, hour: float) -> bool:
    """Wait until an hour of the soak; says whether the soak still goes on then."""
    return not world.over.wait(max(0.0, world.clock.real_seconds(hour - world.clock.hours)))
