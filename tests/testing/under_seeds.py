"""Every right exporter and every saboteur under several seeds: `python -m tests.testing.under_seeds [--seeds N] [--jobs N] [styles | saboteurs]`.

Directed datasets are the same under every seed, so each exporter is tried on all of them once, and on drawn ones once a seed. Prints what
is refused of a right exporter, and which saboteurs pass under which seed, with counts. Exits with 1 if there is any. Takes an hour or more.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter

import pytest

from cocoproof.testing.property_list import PROPERTIES
from cocoproof.testing.trial import PropertyBroken

from .honest_styles import STYLES
from .saboteur_table import needed
from .saboteurs import SABOTEURS


def refused(task: tuple[str, int]) -> tuple[str, list[str], Counter[str]]:
    """What a right exporter of one style is refused for under so many seeds, and how many properties were tried."""
    name, seeds = task
    wrong: list[str] = []
    counts: Counter[str] = Counter()
    for seed in range(1, seeds + 1):
        exporter = STYLES[name]()
        exporter.seed = seed
        exporter.directed = None if seed == 1 else "none"
        for one in PROPERTIES:
            try:
                exporter._test(one)
            except PropertyBroken as error:
                wrong.append(f"seed {seed}: {str(error).splitlines()[0]}")
            except pytest.skip.Exception:
                counts["not claimed"] += 1
                continue
            counts["tried"] += 1
    return name, wrong, counts


def missed(task: tuple[int, int]) -> tuple[str, list[str], Counter[str]]:
    """Under which of so many seeds a saboteur passes the property that it breaks, and how it was caught."""
    place, seeds = task
    saboteur = SABOTEURS[place]
    directed = needed(saboteur, directed=True)
    counts: Counter[str] = Counter()
    wrong = [f"directed: {directed}"] if not directed.isdigit() and directed != "-" else []
    found = directed.isdigit()
    counts["caught by directed datasets, which no seed changes"] += found
    if found and saboteur.group != "any dataset":
        return saboteur.name, wrong, counts
    drawn = [needed(saboteur, seed=seed) for seed in range(1, seeds + 1)]
    counts["caught by drawn datasets under each seed"] += all(map(str.isdigit, drawn))
    wrong += [
        f"seed {seed}: passes" if one == "-" else f"seed {seed}: {one}"
        for seed, one in enumerate(drawn, 1)
        if not one.isdigit() and not found
    ]
    counts["caught by drawn datasets under some seeds alone"] += 0 < sum(map(str.isdigit, drawn)) < seeds
    return saboteur.name, wrong, counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("part", nargs="?", choices=("styles", "saboteurs"), help="default: both")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    parts = {
        "styles": (refused, [(name, given.seeds) for name in STYLES]),
        "saboteurs": (missed, [(place, given.seeds) for place in range(len(SABOTEURS))]),
    }
    bad = 0
    with multiprocessing.get_context("spawn").Pool(given.jobs) as pool:
        for part, (tried, tasks) in parts.items():
            if given.part not in (None, part):
                continue
            start, total, wrong_ones = time.perf_counter(), Counter[str](), 0
            for place, (name, wrong, counts) in enumerate(pool.imap(tried, tasks), 1):
                total += counts
                wrong_ones += bool(wrong)
                for one in wrong:
                    print(f"{part}: {name}: {one}", flush=True)
                if place % 10 == 0:
                    print(f"  {place} of {len(tasks)} {part}, {time.perf_counter() - start:.0f} s", flush=True)
            what = "refused" if part == "styles" else "missed under a seed"
            print(f"{len(tasks)} {part}, {given.seeds} seeds, {time.perf_counter() - start:.0f} s: {wrong_ones} {what}")
            print("".join(f"  {count:,} {of}\n" for of, count in total.items()), end="", flush=True)
            bad += wrong_ones
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
