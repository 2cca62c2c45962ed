"""cocoproof check against its peers on a file of the shape of COCO instances_train2017.

    python benchmarks/train_scale.py [--scale 1.0] [--repeat 1] [--folder bench-data]

Makes the input once, then runs each contender in a process of its own, one after the other, in the same run: the machine's
load then weighs on all alike. Prints wall seconds, processor seconds, peak memory, and ratios to `pycocotools.COCO(file)` and to
`coco healthcheck`. hotcoco is taken where it is installed (`pip install hotcoco`).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent

SNIPPETS = {
    "json.load": "import json, sys; json.load(open(sys.argv[1], 'rb'))",
    "pycocotools.COCO(file)": "import sys; from pycocotools.coco import COCO; COCO(sys.argv[1])",
    "hotcoco API: load": "import sys; from hotcoco import COCO; COCO(sys.argv[1])",
    "hotcoco API: load + healthcheck": "import sys; from hotcoco import COCO; COCO(sys.argv[1]).healthcheck()",
}


@dataclass
class Run:
    """One run of one contender."""

    wall: float
    cpu: float
    peak_mb: float
    code: int


def measure(command: list[str]) -> Run:
    """Run a command to its end; the peak is that of its largest process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        print(error.decode(errors="replace")[-500:], file=sys.stderr)
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, code)


def contenders(path: Path) -> dict[str, list[str]]:
    """Every command, by its name."""
    python = sys.executable
    program = [python, "-m", "cocoproof", "check", str(path), "--no-color"]
    found = {
        "cocoproof check (--reload auto)": program,
        "cocoproof check --reload never": [*program, "--reload", "never"],
        "json.load": [python, "-c", SNIPPETS["json.load"], str(path)],
        "pycocotools.COCO(file)": [python, "-c", SNIPPETS["pycocotools.COCO(file)"], str(path)],
    }
    if importlib.util.find_spec("hotcoco") is not None:
        for name in ("hotcoco API: load", "hotcoco API: load + healthcheck"):
            found[name] = [python, "-c", SNIPPETS[name], str(path)]
        coco = shutil.which("coco", path=str(Path(python).parent)) or shutil.which("coco")
        if coco is not None:
            found["coco healthcheck"] = [coco, "healthcheck", str(path)]
    else:
        print("hotcoco is not installed: its rows are left out", file=sys.stderr)
    return found


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=HERE.parent / "bench-data")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    path, half = make(options.folder, options.scale), make(options.folder, options.scale / 2)
    size = path.stat().st_size / 1e6
    commands = contenders(path)
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(options.repeat):
        for name, command in commands.items():
            runs[name].append(measure(command))
    linear = best([measure(contenders(half)["cocoproof check (--reload auto)"]) for _ in range(options.repeat)])
    figures = {name: best(all_runs) for name, all_runs in runs.items()}
    reference = figures["pycocotools.COCO(file)"].wall
    peer = figures.get("coco healthcheck")
    print(f"\n{path.name}: {size:,.0f} MB\n")
    print(f"| what | wall s | cpu s | peak MB | peak / file | / pycocotools.COCO | / coco healthcheck |\n|{'---|' * 7}")
    for name, run in figures.items():
        health = f"{run.wall / peer.wall:.2f}" if peer else "-"
        print(
            f"| {name} | {run.wall:.1f} | {run.cpu:.1f} | {run.peak_mb:,.0f} | {run.peak_mb / size:.1f} | {run.wall / reference:.2f} | {health} |"
        )
    ours = figures["cocoproof check (--reload auto)"]
    print(
        f"\ndoubling: {ours.wall:.1f} s at scale {options.scale:g}, {linear.wall:.1f} s at half of it: ratio {ours.wall / linear.wall:.2f}"
    )
    if options.json:
        options.json.write_text(json.dumps({name: vars(run) for name, run in figures.items()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
