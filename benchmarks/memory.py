"""Peak memory of `cocoproof check` on large files: `python benchmarks/memory.py FILE ... [--reload never] [-- OPTION ...]`.

Prints for each file: wall and processor seconds; the peak of the process's own memory (RssAnon of /proc, read every 10 ms), which pages of the mapped
file are not part of; the peak of everything resident (VmHWM), which they are; and the own memory as a multiple of the file, over that of a run on an
empty document. Linux alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Use:
    """What one run took; bytes and seconds."""

    own: int
    resident: int
    wall: float
    cpu: float
    code: int


def measure(command: list[str]) -> Use:
    """Run a command to its end."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    own = resident = 0
    status = Path(f"/proc/{process.pid}/status")
    while True:
        done, result, usage = os.wait4(process.pid, os.WNOHANG)
        if done:
            break
        try:
            found = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        own = max(own, int(found.get("RssAnon", "0").split()[0]) * 1024)
        resident = max(resident, int(found.get("VmHWM", "0").split()[0]) * 1024)
        time.sleep(0.01)
    process.returncode = os.waitstatus_to_exitcode(result)
    return Use(own, resident, time.perf_counter() - start, usage.ru_utime + usage.ru_stime, process.returncode)


def main(arguments: list[str]) -> None:
    """Print the table."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    options = arguments[cut + 1 :] or ["--reload", "never", "--no-images"]

    def run(file: str) -> Use:
        return measure([sys.executable, "-m", "cocoproof", "check", file, "--no-color", *options])

    with tempfile.TemporaryDirectory() as place:
        small = Path(place) / "a.json"
        small.write_text('{"images": [], "annotations": [], "categories": []}')
        base = run(str(small)).own
    print(f"the interpreter's own: {base / 1e6:.0f} MB")
    print("| file | MB | wall | processor | own memory | resident | own, times the file | exit |")
    print("|---|---|---|---|---|---|---|---|")
    for file in arguments[:cut]:
        size, use = Path(file).stat().st_size, run(file)
        print(
            f"| {Path(file).name} | {size / 1e6:.0f} | {use.wall:.1f} s | {use.cpu:.1f} s | {use.own / 1e6:.0f} MB | {use.resident / 1e6:.0f} MB "
            f"| {(use.own - base) / size:.2f} | {use.code} |",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
