"""Commands that play: scenario files. (stub until scenario room stands)"""

from __future__ import annotations

from cyclopts import App

scenario = App(name="scenario", help="Scenario files.")


def demo() -> int:
    """Play the main job."""
    return 0
