"""docs/mutation.md from results/ and excuses.tsv: `python tests/mutation/table.py`; with `--check` exit with 1 where it is stale.

`excuses.tsv` has a line an excuse: module and functions with `|` between (empty: any), a regular expression that is searched in the change ("removed
=> added"), and why no test need notice. The first that fits counts. A survivor without an excuse is an error.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from run import GROUPS, RESULTS, Mutant, scores, survivors

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "mutation.md"

TITLES = {"rle": "Run-length encoding", "mapping": "Mapping", "roundtrip": "Comparison"}

INTRODUCTION = """\
<!-- Written by tests/mutation/table.py; do not edit. -->

# What the tests notice

The code that judges others is itself put to the test: [mutmut](https://mutmut.readthedocs.io) makes copies of it with one small change
each, such as `<` for `<=`, another number, an argument left out, a text in capitals, and the tests must fail. A mutant that no test
notices shows a test that is missing, or a change that changes nothing; below stands which of the two it is, for each.

    python -m pip install -e '.[dev]' 'mutmut==3.8.1'
    python tests/mutation/run.py
    python tests/mutation/table.py

Every group is judged by its own tests alone ({tests}), with 50 examples a Hypothesis property and
without the slow ones of `test_properties.py`. mutmut changes
neither code outside of functions nor functions with decorators, such as properties. Last run: {date}.

A mutant that runs until its time is up, such as a loop without an end, was noticed too.

| group | module | mutants | killed | out of time | survived | score |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Excuse:
    """Why no test need notice some mutants."""

    module: str
    function: str
    change: re.Pattern[str]
    why: str

    def fits(self, mutant: Mutant) -> bool:
        """Whether it is for this one."""
        if self.module not in ("", mutant.module) or (self.function and mutant.function not in self.function.split("|")):
            return False
        return self.change.search(f"{mutant.removed} => {mutant.added}") is not None


def excuses() -> list[Excuse]:
    """Those of excuses.tsv, in order."""
    with (HERE / "excuses.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    return [Excuse(module, function, re.compile(change), why) for module, function, change, why in rows]


def percent(part: int, whole: int) -> str:
    """Rounded down, so that 100 % is all."""
    return f"{int(1000 * part / whole) / 10} %" if whole else "-"


def code(text: str) -> str:
    """Code in a cell of a table."""
    ticks = "``" if "`" in text else "`"
    return f"{ticks}{text}{ticks}".replace("|", "\\|") if text else "nothing"


def page() -> str:
    """The page."""
    tests = "; ".join(f"{TITLES[name].lower()}: {', '.join(f'`tests/{test}`' for test in group.tests)}" for name, group in GROUPS.items())
    lines = [INTRODUCTION.format(tests=tests, date=(RESULTS / "last_run.txt").read_text(encoding="utf-8").strip())]
    for name in GROUPS:
        rows = [row for row in scores() if row.group == name]
        total = ("all", *(sum(row[place] for row in rows) for place in (2, 3, 4)))
        for module, killed, timeout, survived in [*(row[1:] for row in rows), total]:
            whole = killed + timeout + survived
            cells = (TITLES[name], module, whole, killed, timeout, survived, percent(killed + timeout, whole))
            lines.append("| " + " | ".join(f"**{cell}**" if module == "all" else str(cell) for cell in cells) + " |\n")
    known = excuses()
    lines.append("\n## Those that survived, and why\n")
    for name in GROUPS:
        lines.append(f"\n### {TITLES[name]}\n\n")
        by_excuse: dict[str, list[Mutant]] = {}
        for mutant in survivors(name):
            why = next((excuse.why for excuse in known if excuse.fits(mutant)), None)
            if why is None:
                raise SystemExit(f"no excuse: {mutant.module}.{mutant.function}: {mutant.removed} => {mutant.added}")
            by_excuse.setdefault(why, []).append(mutant)
        for why, mutants in sorted(by_excuse.items(), key=lambda item: (-len(item[1]), item[0])):
            lines.append(f"{why.removesuffix('.')} ({len(mutants)}):\n\n| function | is | became |\n|---|---|---|\n")
            for mutant, times in Counter(mutants).items():
                again = f" ({times} times)" if times > 1 else ""
                lines.append(f"| `{mutant.module}.{mutant.function}` | {code(mutant.removed)} | {code(mutant.added)}{again} |\n")
            lines.append("\n")
    return "".join(lines).rstrip("\n") + "\n"


def main() -> None:
    text = page()
    if "--check" in sys.argv[1:]:
        raise SystemExit(PAGE.read_text(encoding="utf-8") != text)
    PAGE.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
