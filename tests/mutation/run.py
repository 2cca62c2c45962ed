"""Mutation testing of the mapping, the run-length encoding and the comparison, with mutmut.

    python -m pip install -e '.[dev]' 'mutmut==3.8.1'
    python tests/mutation/run.py            # all groups; or rle, mapping, roundtrip
    python tests/mutation/table.py          # writes docs/mutation.md from what was found and from excuses.tsv

A mutant is a copy of a function with one small change, such as `<` for `<=`; it is killed if a test fails. What was found goes to
`results/GROUP.tsv`, a line a mutant. `--modules` runs a part and puts it in the place of the former lines. mutmut writes into the tree,
so that it works on a copy, which `--folder` keeps: a later run judges there only what changed. Linux and macOS: mutmut forks.
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
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).parent / "results"

KILLED, SURVIVED, UNTESTED, TIMEOUT = "killed", "survived", "no test", "timeout"
STATUS = {0: SURVIVED, 1: KILLED, 3: KILLED, 5: UNTESTED, 33: UNTESTED, 24: TIMEOUT, 36: TIMEOUT, 152: TIMEOUT, 255: TIMEOUT, -24: TIMEOUT}
"""mutmut's exit codes. 3 is an error of pytest itself, which only the mutant can have caused; a mutant that dies of a signal is killed."""


class Mutant(NamedTuple):
    """One change of one function, and what came of it: the lines that it lacks, and those in their place."""

    module: str
    function: str
    status: str
    removed: str
    added: str


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
    "rle": Group("coco", ("rle.py",), ("coco/test_rle.py",)),
    "mapping": Group("mapping", ("[!_]*.py",), ("mapping",)),
    "roundtrip": Group("roundtrip", ("[!_]*.py",), ("roundtrip", "cli/test_diff_command.py")),
}

CONFIGURATION = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = {modules}
also_copy = ["fixtures", "docs", "schemas", "README.md"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "--hypothesis-profile=mutation"]
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


def read(group: str) -> list[Mutant]:
    """What was found last; of a killed one nothing but that it was."""
    path = RESULTS / f"{group}.tsv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [Mutant(*row) for row in list(csv.reader(file, delimiter="\t"))[1:]]


def write(group: str, mutants: list[Mutant]) -> None:
    """Write it down. What was killed is only counted later: nobody reads how."""
    RESULTS.mkdir(exist_ok=True)
    rows = sorted(mutant._replace(removed="", added="") if mutant.status == KILLED else mutant for mutant in mutants)
    with (RESULTS / f"{group}.tsv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows([Mutant._fields, *rows])


def found(folder: Path) -> list[Mutant]:
    """What mutmut found in a folder."""
    codes = {}
    for path in sorted((folder / "mutants").rglob("*.py.meta")):
        codes.update(
            {
                (path.relative_to(folder / "mutants").as_posix()[:-5], name): code
                for name, code in json.loads(path.read_text())["exit_code_by_key"].items()
            }
        )
    if unjudged := [name for (_, name), code in codes.items() if code is None]:
        raise SystemExit(f"{len(unjudged)} mutants were not judged; run again with the same --folder")
    shown = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=folder, check=True, input=json.dumps(list(codes)), capture_output=True, text=True
    )
    diffs = json.loads(shown.stdout)
    rows = []
    for (path, name), code in codes.items():
        lines = diffs[name].splitlines()[2:]
        removed = " / ".join(line[1:].strip() for line in lines if line.startswith("-"))
        added = " / ".join(line[1:].strip() for line in lines if line.startswith("+"))
        function = re.sub(r"__mutmut_\d+$", "", name.rsplit(".", 1)[1])
        function = function[2:].replace("ǁ", ".", 1) if function.startswith("x_") else function[1:].strip("ǁ").replace("ǁ", ".")
        rows.append(Mutant(Path(path).stem, function, STATUS.get(code, KILLED if code < 0 else f"exit {code}"), removed, added))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []], metavar="GROUP", help=f"of {', '.join(GROUPS)}; all unless told")
    parser.add_argument("--modules", nargs="+", help="file names without .py; all of the group unless told")
    parser.add_argument("--folder", type=Path, help="where to work, to go on there later; else a folder that is removed")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    for name in options.groups or GROUPS:
        group = GROUPS[name]
        modules = [f"{module}.py" for module in options.modules] if options.modules else list(group.modules)
        with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
            folder = Path(options.folder or scratch, name)
            folder.mkdir(parents=True, exist_ok=True)
            prepare(group, modules, folder)
            mutmut(folder, "run", "--max-children", str(options.processes))
            rows = found(folder)
        if options.modules:
            rows += [row for row in read(name) if row.module not in options.modules]
        write(name, rows)
        print(name, dict(Counter(row.status for row in rows)))


if __name__ == "__main__":
    main()
