"""Tell the stories of seeds, and replay one that broke.

python -m tests.simulator SEED [MORE SEEDS] [--moves N] [--wholly N] [--shrink]
python -m tests.simulator --from FIRST --to LAST
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.simulator.story import founding, sentence, shrunk, story, tell


def main() -> int:
    """Tell them; 1 if one broke."""
    words = argparse.ArgumentParser()
    words.add_argument("seeds", nargs="*", type=int)
    words.add_argument("--from", dest="first", type=int, default=0)
    words.add_argument("--to", dest="last", type=int, default=0)
    words.add_argument("--moves", type=int, default=20)
    words.add_argument("--wholly", type=int, default=1)
    words.add_argument("--shrink", action="store_true")
    words.add_argument("--answers", action="store_true")
    asked = words.parse_args()
    seeds = [*asked.seeds, *range(asked.first, asked.last)]
    broken, moves, began = 0, 0, time.process_time()
    accepted: set[str] = set()
    with founding() as template:
        for seed in seeds:
            tale = story(seed, asked.moves)
            told = tell(template, tale, wholly=asked.wholly)
            accepted |= told.accepted
            moves += told.moves
            if asked.answers:
                for move, answer in zip(tale, told.answers, strict=False):
                    print(f"{answer}: {move}")
                print(told.digest)
            if told.broke is not None:
                broken += 1
                short = shrunk(template, tale, asked.wholly) if asked.shrink else ()
                print(sentence(seed, asked.moves, told, short), flush=True)
    spent = f"{time.process_time() - began:.1f} s of processor"
    kinds = f"{len(accepted)} commands carried out"
    print(f"{len(seeds)} seeds, {moves} moves, {broken} broke; {kinds}; {spent}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
