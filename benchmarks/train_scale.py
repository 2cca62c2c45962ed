"""cocoproof check against its peers on a file of the shape of COCO instances_train2017.

    python benchmarks/train_scale.py [--scale 1.0] [--repeat 1] [--folder bench-data] [--peers VENV/bin/python]

Makes the input once, then runs each contender in a process of its own, one after the other, in the same run: the machine's
load then weighs on all alike. Prints wall seconds, processor seconds, peak memory, how many of the defects of `fixtures/reject` each
sees, and ratios to `pycocotools.COCO(file)` and to hotcoco's API with its healthcheck.

Peers are taken where the interpreter of `--peers` has them, by default the one that runs this:

    pip install pycocotools hotcoco ultrafast-pycocotools faster-coco-eval vernier

The first loads and evaluates, the second checks too; the others are replacements of the first. `vernier` (github.com/NoeFontana/vernier) is an evaluation package
with a core in Rust; its `CocoDataset.from_json` is what it has for loading. None of the loaders promises to find defects.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parent / "fixtures"

AUTO, NEVER = "cocoproof check (--reload auto)", "cocoproof check --reload never"
LOAD, HEALTH = "pycocotools.COCO(file)", "hotcoco API: load + healthcheck"
IN_PYTHON, ONE_CORE = ", reader in Python", ", one core"

SNIPPETS = {
    "json.load": ("json", "import json; json.load(open(path, 'rb'))"),
    LOAD: ("pycocotools", "from pycocotools.coco import COCO; COCO(path)"),
    "hotcoco API: load": ("hotcoco", "from hotcoco import COCO; COCO(path)"),
    HEALTH: ("hotcoco", "from hotcoco import COCO; found = COCO(path).healthcheck()"),
    "ultrafast_pycocotools.COCO(file)": ("ultrafast-pycocotools", "from ultrafast_pycocotools import COCO; COCO(path)"),
    "faster_coco_eval.COCO(file)": ("faster-coco-eval", "from faster_coco_eval import COCO; COCO(path)"),
    "vernier CocoDataset.from_json": (
        "vernier",
        "from vernier.instance import CocoDataset; from pathlib import Path; CocoDataset.from_json(Path(path).read_bytes())",
    ),
}
"""The distribution that each contender needs, and what it does with `path`; `found` has what it says of the file."""

SEEING = """
import json, sys
seen = {{}}
for path in sys.argv[1:]:
    found = {{}}
    try:
        {code}
        said = [one['code'] for level in ('errors', 'warnings') for one in found.get(level, ())]
    except Exception as error:
        said = ['refused']
    seen[path] = said
print('SEEN', json.dumps(seen))
"""


@dataclass
class Run:
    """One run of one contender."""

    wall: float
    cpu: float
    peak_mb: float
    code: int


@dataclass
class Contender:
    """A command, the variables of its environment, and how many defects it sees."""

    command: list[str]
    variables: dict[str, str]
    sees: str = ""


def measure(contender: Contender) -> Run:
    """Run a command to its end; the peak is that of its largest process."""
    start = time.perf_counter()
    process = subprocess.Popen(
        contender.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **contender.variables}
    )
    assert process.stderr is not None
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        print(error.decode(errors="replace")[-500:], file=sys.stderr)
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, code)


def versions(python: str) -> dict[str, str]:
    """The releases of the peers that an interpreter has."""
    code = (
        "import importlib.metadata as m, json\nfound = {}\n"
        f"for name in {sorted({name for name, _ in SNIPPETS.values()})!r}:\n"
        "    try:\n        found[name] = m.version(name)\n    except m.PackageNotFoundError:\n        pass\nprint(json.dumps(found))"
    )
    done = subprocess.run([python, "-c", code], stdout=subprocess.PIPE, check=True, env={**os.environ, "PYTHONPATH": ""})
    found: dict[str, str] = json.loads(done.stdout)
    return {**found, "json": "standard library"}


def defects_seen(python: str, code: str) -> str:
    """How many defective fixtures a peer refuses, or names with a code that it has for no right file; of those that are JSON files."""
    accepted, rejected = (sorted(str(path) for path in (FIXTURES / kind).glob("*.json")) for kind in ("accept", "reject"))
    paths = [*accepted, *rejected]
    seen = _seen(python, code, paths)
    if seen is None:  # one process each: some file ends the process of this loader, or stops it
        each = {path: _seen(python, code, [path]) for path in paths}
        seen = {path: ["refused"] if found is None else found[path] for path, found in each.items()}
    usual = {code for path in accepted for code in seen.get(path, ()) if code != "refused"}
    named = sum(bool(set(seen.get(path, ())) - usual - {"refused"}) for path in rejected)
    refused = sum("refused" in seen.get(path, ()) for path in rejected)
    return f"{named} named, {refused} refused, of {len(rejected)}"


def _seen(python: str, code: str, paths: list[str]) -> dict[str, list[str]] | None:
    """What a peer says of each file, in one process; None if the process ends or waits."""
    command = [python, "-c", SEEING.format(code=code.replace("\n", "; ")), *paths]
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120, check=False, env={**os.environ, "PYTHONPATH": ""}
        )
    except subprocess.TimeoutExpired:
        return None
    line = next((line for line in done.stdout.decode().splitlines() if line.startswith("SEEN ")), None)
    found: dict[str, list[str]] | None = None if line is None else json.loads(line[5:])
    return found


def contenders(path: Path, peers: str, found: dict[str, str]) -> dict[str, Contender]:
    """Every command, by its name."""
    program = [sys.executable, "-m", "cocoproof", "check", str(path), "--no-color"]
    never = [*program, "--reload", "never"]
    pinned = ["taskset", "-c", "0"] if shutil.which("taskset") else None
    out = {
        AUTO: Contender(program, {}),
        NEVER: Contender(never, {}),
        NEVER + IN_PYTHON: Contender(never, {"COCOPROOF_READER": "python"}),
    }
    for name, (package, code) in SNIPPETS.items():
        if package in found:
            out[name] = Contender([peers, "-c", f"import sys; path = sys.argv[1]; {code}", str(path)], {"PYTHONPATH": ""})
        else:
            print(f"{package} is not installed: its rows are left out", file=sys.stderr)
    coco = shutil.which("coco", path=str(Path(peers).parent))
    if coco is not None and "hotcoco" in found:
        out["coco healthcheck"] = Contender([coco, "healthcheck", str(path)], {"PYTHONPATH": ""})
    for name in (NEVER, HEALTH) if pinned else ():
        if name in out:
            out[name + ONE_CORE] = Contender([*pinned, *out[name].command], out[name].variables)
    return out


def make(folder: Path, scale: float) -> Path:
    """The input at this scale, made once."""
    folder.mkdir(exist_ok=True)
    path = folder / f"train-{scale:g}.json"
    if not path.exists():
        subprocess.run([sys.executable, str(HERE / "make_train_scale.py"), str(path), "--scale", str(scale)], check=True)
    return path


def best(runs: list[Run]) -> Run:
    """The quickest: the others were disturbed."""
    return min(runs, key=lambda run: run.wall)


def ratio(ours: float, theirs: float | None) -> str:
    return "-" if theirs is None else f"{ours / theirs:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=HERE.parent / "bench-data")
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON", help="the interpreter that has the other readers")
    parser.add_argument("--defects", action="store_true", help="run each peer over the defective fixtures as well")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    path, half = make(options.folder, options.scale), make(options.folder, options.scale / 2)
    size = path.stat().st_size / 1e6
    found = versions(options.peers)
    every = contenders(path, options.peers, found)
    runs: dict[str, list[Run]] = {name: [] for name in every}
    for _ in range(options.repeat):
        for name, contender in every.items():
            runs[name].append(measure(contender))
    halves = contenders(half, options.peers, found)
    linear = {name: best([measure(halves[name]) for _ in range(options.repeat)]) for name in (AUTO, NEVER)}
    if options.defects:
        for name, (package, code) in SNIPPETS.items():
            if package in found:
                every[name].sees = defects_seen(options.peers, code)
    figures = {name: best(all_runs) for name, all_runs in runs.items()}
    load, health, pinned = (figures.get(name) for name in (LOAD, HEALTH, HEALTH + ONE_CORE))
    print(f"\n{path.name}: {size:,.0f} MB; {', '.join(f'{name} {release}' for name, release in sorted(found.items()))}\n")
    print(f"| what | wall s | CPU s | peak MB | peak / file | wall / {LOAD} | wall / {HEALTH} | CPU / the same | defects |\n|{'---|' * 9}")
    for name, run in figures.items():
        beside = pinned if name.endswith(ONE_CORE) else health
        print(
            f"| {name} | {run.wall:.1f} | {run.cpu:.1f} | {run.peak_mb:,.0f} | {run.peak_mb / size:.1f} | {ratio(run.wall, load.wall if load else None)} | "
            f"{ratio(run.wall, beside.wall if beside else None)} | {ratio(run.cpu, beside.cpu if beside else None)} | {every[name].sees} |"
        )
    for name, run in linear.items():
        whole = figures[name]
        print(
            f"\ndoubling, {name}: {whole.wall:.1f} s at scale {options.scale:g}, {run.wall:.1f} s at half of it: wall {whole.wall / run.wall:.2f}, "
            f"CPU {whole.cpu / run.cpu:.2f}"
        )
    if options.json:
        options.json.write_text(json.dumps({name: vars(run) for name, run in figures.items()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
