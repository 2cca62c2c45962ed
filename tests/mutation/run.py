"""Mutation testing of the mapping, the run-length encoding and the comparison, with mutmut.

    python -m pip install -e '.[dev]' 'mutmut==3.8.1'
    python tests/mutation/run.py            # all groups; or rle, mapping, roundtrip
    python tests/mutation/table.py          # writes docs/mutation.md from what was found and from excuses.tsv

A mutant is a copy of a function with one small change, such as `<` for `<=`; it is killed if a test fails. What was found goes to
`results/`: how many of each module, and a line a survivor. `--modules` runs a part and puts it in the place of what was known of that. mutmut writes into the tree,
so that it works on a copy, which `--folder` keeps: a later run judges there only what changed, and with `--again` what survived, for new
tests. Properties of whole data sets (`test_properties.py`) are left out: they take seconds, and are no more than a second net. Linux and macOS:
mutmut forks.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).parent / "results"

KILLED, SURVIVED, UNTESTED, TIMEOUT = "killed", "survived", "no test", "timeout"
STATUS = {0: SURVIVED, 1: KILLED, 3: KILLED, 5: UNTESTED, 33: UNTESTED, 24: TIMEOUT, 36: TIMEOUT, 152: TIMEOUT, 255: TIMEOUT, -24: TIMEOUT}
"""mutmut's exit codes. 3 is an error of pytest itself, which only the mutant can have caused."""


class Mutant(NamedTuple):
    """One change of one function, and what came of it: the lines that it lacks, and those in their place."""

    module: str
    function: str
    status: str
    removed: str
    added: str


class Score(NamedTuple):
    """How many mutants of a module came to what."""

    group: str
    module: str
    killed: int
    timeout: int
    survived: int


@dataclass(frozen=True)
class Group:
    """What is mutated, and the tests that are to notice.

    Attributes:
        folder: Under `src/cocoproof`.
        modules: Globs in it.
        tests: Under `tests`.
    """

    folder: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


GROUPS = {
    "rle": Group("geometry", ("rle.py",), ("geometry/test_rle.py",)),
    "mapping": Group("mapping", ("[!_]*.py",), ("mapping",)),
    "roundtrip": Group("roundtrip", ("[!_]*.py",), ("roundtrip", "readers")),
    "diff": Group("diff", ("[!_]*.py",), ("diff", "cli/test_diff_command.py")),
}

CONFIGURATION = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = {modules}
also_copy = ["fixtures", "docs", "schemas", "README.md"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "--hypothesis-profile=mutation", "--ignore-glob=*/test_properties.py"]
pytest_add_cli_args_test_selection = {tests}
use_git_change_detection = false
on_dependency_change = "ignore"

[tool.pytest.ini_options]
addopts = ["--import-mode=importlib", "--strict-markers"]
xfail_strict = true
filterwarnings = ["error", "ignore::DeprecationWarning:supervision.*"]
markers = ["fuzz: long property runs", "slow: takes more than ten seconds"]
"""


def prepare(group: Group, modules: list[str], folder: Path) -> None:
    """Copy what a run needs, where it changed, and tell mutmut and pytest how to."""
    for name in ("src", "tests", "fixtures", "docs", "schemas"):
        shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "acceptance"))
    shutil.copy2(ROOT / "README.md", folder)
    for copied in ("tests", "fixtures", "docs", "schemas"):
        shutil.rmtree(folder / "mutants" / copied, ignore_errors=True)
    tests = [f"tests/{test}" for test in group.tests]
    sources = [f"src/cocoproof/{group.folder}/{module}" for module in modules]
    (folder / "pyproject.toml").write_text(CONFIGURATION.format(modules=json.dumps(sources), tests=json.dumps(tests)), encoding="utf-8")


def forget_survivors(folder: Path) -> None:
    """Let mutmut judge again what survived there, with the tests of today. What they killed once stays killed."""
    for path in (folder / "mutants").rglob("*.py.meta"):
        meta = json.loads(path.read_text())
        codes = meta["exit_code_by_key"]
        meta["exit_code_by_key"] = {name: code if status_of(code) in (KILLED, TIMEOUT) else None for name, code in codes.items()}
        path.write_text(json.dumps(meta))
    (folder / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)


def mutmut(folder: Path, *arguments: str) -> None:
    """Run mutmut there. Its counter, which writes a line a mutant, is for a terminal alone."""
    with (folder / "log.txt").open("w") as log:
        ran = subprocess.run(
            [sys.executable, "-m", "mutmut", *arguments],
            cwd=folder,
            check=False,
            stdout=None if sys.stdout.isatty() else log,
            stderr=subprocess.STDOUT,
        )
    if ran.returncode:
        raise SystemExit(f"mutmut failed: see {folder / 'log.txt'}")


SHOW = """
import sys, json
from mutmut.mutation.diff_apply import get_diff_for_mutant
print(json.dumps({name: get_diff_for_mutant(name, path=path) for path, name in json.load(sys.stdin)}))
"""


def scores() -> list[Score]:
    """What was found last, by module."""
    return [Score(group, module, *map(int, counts)) for group, module, *counts in _read("scores.tsv")]


def survivors(group: str) -> list[Mutant]:
    """What no test noticed when the group was last judged."""
    return [Mutant(*row) for of, *row in _read("survivors.tsv") if of == group]


def _read(name: str) -> list[list[str]]:
    path = RESULTS / name
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t"))[1:]


def _write(name: str, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    with (RESULTS / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows(
            [columns, *sorted(rows, key=lambda row: [str(cell) for cell in row])]
        )


def record(group: str, found: list[Mutant]) -> None:
    """Put what was found in the place of what was known of these modules."""
    RESULTS.mkdir(exist_ok=True)
    judged = {mutant.module for mutant in found}
    others = [row for row in scores() if row.group != group or row.module not in judged]
    for module in judged:
        counts = Counter(mutant.status for mutant in found if mutant.module == module)
        others.append(Score(group, module, counts[KILLED], counts[TIMEOUT], counts[SURVIVED] + counts[UNTESTED]))
    _write("scores.tsv", Score._fields, [tuple(row) for row in others])
    known = [(name, *mutant) for name in GROUPS for mutant in survivors(name) if name != group or mutant.module not in judged]
    alive = [(group, *mutant) for mutant in found if mutant.status in (SURVIVED, UNTESTED)]
    _write("survivors.tsv", ("group", *Mutant._fields), [*known, *alive])
    (RESULTS / "last_run.txt").write_text(f"{datetime.now(tz=timezone.utc):%Y-%m-%d}\n", encoding="utf-8")


def outcome(folder: Path, group: Group, modules: list[str]) -> list[Mutant]:
    """What mutmut found in a folder; the change is told of what is alive."""
    codes: dict[tuple[str, str], int | None] = {}
    for module in modules:
        for path in sorted((folder / "mutants" / "src" / "cocoproof" / group.folder).glob(f"{module}.meta")):
            source = path.relative_to(folder / "mutants").as_posix()[: -len(".meta")]
            codes |= {(source, name): code for name, code in json.loads(path.read_text())["exit_code_by_key"].items()}
    if unjudged := sum(code is None for code in codes.values()):
        raise SystemExit(f"{unjudged} mutants were not judged; run again with the same --folder")
    status = {key: status_of(code) for key, code in codes.items()}
    alive = [key for key in codes if status[key] in (SURVIVED, UNTESTED)]
    shown = subprocess.run([sys.executable, "-c", SHOW], cwd=folder, check=True, input=json.dumps(alive), capture_output=True, text=True)
    diffs: dict[str, str] = json.loads(shown.stdout)
    mutants = []
    for source, name in codes:
        lines = diffs.get(name, "").splitlines()[2:]
        removed, added = (" / ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
        function = re.sub(r"__mutmut_\d+$", "", name.rsplit(".", 1)[1])
        function = function[2:] if function.startswith("x_") else function[1:].strip("ǁ").replace("ǁ", ".")
        mutants.append(Mutant(Path(source).stem, function, status[source, name], removed, added))
    return mutants


def status_of(code: int | None) -> str:
    """What mutmut's exit code means. A mutant that dies of a signal is killed."""
    return SURVIVED if code is None else STATUS.get(code, KILLED if code < 0 else f"exit {code}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []], metavar="GROUP", help=f"of {', '.join(GROUPS)}; all unless told")
    parser.add_argument("--modules", nargs="+", help="file names without .py; all of the group unless told")
    parser.add_argument("--folder", type=Path, help="where to work, to go on there later; else a folder that is removed")
    parser.add_argument("--again", action="store_true", help="with --folder: judge again what survived there")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    for name in options.groups or GROUPS:
        group = GROUPS[name]
        modules = [f"{module}.py" for module in options.modules] if options.modules else list(group.modules)
        with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
            folder = Path(options.folder or scratch, name)
            folder.mkdir(parents=True, exist_ok=True)
            prepare(group, modules, folder)
            if options.again:
                forget_survivors(folder)
            mutmut(folder, "run", "--max-children", str(options.processes))
            mutants = outcome(folder, group, modules)
        record(name, mutants)
        print(name, dict(Counter(mutant.status for mutant in mutants)))


if __name__ == "__main__":
    main()
