"""Write the tables of docs/contract.md anew: each saboteur, the property that catches it, and how many datasets that took.

python -m tests.testing.saboteur_table [--jobs N | --quick]      from the root of the repository
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
from pathlib import Path

from cocoproof.testing.directed.dimensions import DIMENSIONS
from cocoproof.testing.property_list import PROPERTIES
from cocoproof.testing.trial import PropertyBroken

from .honest_styles import STYLES
from .saboteurs import SABOTEURS

PAGE = Path(__file__).parents[2] / "docs" / "contract.md"
SEEDS = (1, 2, 3)


def needed(saboteur, *, seed: int | None = None, directed: bool = False) -> str:
    """How many datasets were tried until one showed it: drawn ones, or directed ones; a dash if none did."""
    contract = saboteur.make()
    contract.seed = seed
    if directed:
        contract.max_examples = 0
    else:
        contract.directed = "none"
    try:
        contract.prove(saboteur.breaks, shrink=False)
    except PropertyBroken as error:
        if saboteur.raises not in (None, "export raised" in str(error).splitlines()[0]):
            return "raises an error"
        return str(error.examples)
    return "-"


def row(place: int) -> list[str]:
    """The cells of one saboteur: directed datasets are the same under every seed, so the seeds are tried where none of those shows it."""
    saboteur = SABOTEURS[place]
    directed = needed(saboteur, directed=True)
    drawn = ["-" if PROPERTIES[saboteur.breaks].draw is None else needed(saboteur)]
    if saboteur.group == "any dataset" or directed == "-":
        drawn += [needed(saboteur, seed=seed) for seed in SEEDS]
    return [*drawn, *[""] * (4 - len(drawn)), directed]


def caught(cells: list[str]) -> bool:
    return any(cell.isdigit() for cell in cells)


def tables(jobs: int) -> tuple[str, str]:
    """The summary by group, and the table of all."""
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        found = []
        for place, cells in enumerate(pool.imap(row, range(len(SABOTEURS)))):
            found.append(cells)
            if not caught(cells) or "raises an error" in cells:
                print(SABOTEURS[place].group, "|", SABOTEURS[place].name, "|", SABOTEURS[place].breaks, "|", cells, flush=True)
            if place % 20 == 0:
                print(place, flush=True)
    return render(found)


def render(found: list[list[str]]) -> tuple[str, str]:
    """Both tables, from the cells of each saboteur."""
    lines = ["| what is broken | caught by | CI | seed 1 | seed 2 | seed 3 | directed |", "|---|---|---|---|---|---|---|"]
    summary = ["| group | saboteurs | caught | on drawn datasets | on directed ones |", "|---|---|---|---|---|"]
    for group in dict.fromkeys(saboteur.group for saboteur in SABOTEURS):
        own = [(saboteur, cells) for saboteur, cells in zip(SABOTEURS, found, strict=True) if saboteur.group == group]
        counts = [
            len(own),
            *(sum(map(test, (cells for _, cells in own))) for test in (caught, lambda c: c[0].isdigit(), lambda c: c[4].isdigit())),
        ]
        summary.append(f"| {group} | {' | '.join(map(str, counts))} |")
        lines += [f"| {saboteur.name} | `{saboteur.breaks}` | {' | '.join(cells)} |" for saboteur, cells in own]
    return "\n".join(summary), "\n".join(lines)


def filled(text: str, mark: str, content: str) -> str:
    return re.sub(rf"(<!-- {mark} -->\n).*?(\n<!-- end)", lambda match: match[1] + content + match[2], text, count=1, flags=re.DOTALL)


def properties() -> str:
    """Every property with its meaning."""
    lines = [f"| `{name}` | {(entry.check.__doc__ or '').splitlines()[0]} |" for name, entry in PROPERTIES.items()]
    return "\n".join(["| property | meaning |", "|---|---|", *lines])


def dimensions() -> str:
    """Every dimension of directed datasets."""
    lines = [f"| {one.name} | {one.meaning} | {one.breaks} | {len(one.bands)} | {len(list(one.levels()))} |" for one in DIMENSIONS]
    return "\n".join(["| dimension | what varies | where code breaks | bands | levels |", "|---|---|---|---|---|", *lines])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="without the saboteurs, which take long")
    options = parser.parse_args()
    contents = {"properties": properties(), "dimensions": dimensions(), "styles": "\n".join(f"- {name}" for name in STYLES)}
    if not options.quick:
        contents["groups"], contents["saboteurs"] = tables(options.jobs)
    text = PAGE.read_text(encoding="utf-8")
    for mark, content in contents.items():
        text = filled(text, mark, content)
    PAGE.write_text(text, encoding="utf-8", newline="\n")
