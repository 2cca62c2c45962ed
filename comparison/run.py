"""Run tools over the fixtures, each in an environment of its own, and write what they report: `python comparison/run.py`.

The results go to comparison/results/, and what follows from them is written: docs/comparison.md, and the table in README.md. The
environments get the newest releases of the day. A fixture that was added or changed since the last run is pending: the page lists it,
and `--pending` runs only such fixtures, unless the tool has a new release.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from comparison.cases import Case, cases  # noqa: E402 - found below the repository, however this file is started
from comparison.page import write_pages  # noqa: E402
from comparison.readings import read_readings, unread  # noqa: E402
from comparison.results import inapplicable, keep, pending, read_result  # noqa: E402
from comparison.tools import TOOLS, Tool  # noqa: E402
from conformance.environments import last_line, make_environment  # noqa: E402

ADAPTERS = Path(__file__).resolve().parent / "adapters"


def main() -> int:
    """Run the command line; exit with 1 where a tool could not be installed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="list the tools and stop")
    parser.add_argument("--page", action="store_true", help="write the page and the README's table from the results, and stop")
    parser.add_argument("--only", action="append", metavar="TOOL", help="run this tool; may be given again; other results stay")
    parser.add_argument("--pending", action="store_true", help="run only the fixtures that are new or changed since the last run")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time (1)")
    parser.add_argument("--timeout", type=float, default=120, help="seconds that a tool may take for one fixture (120)")
    parser.add_argument("--date", type=dt.date.fromisoformat, help="the date of the results (today)")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cocoproof" / "comparison"
    parser.add_argument("--environments", type=Path, default=cache, help=f"where virtual environments are made ({cache})")
    options = parser.parse_args()
    if options.list:
        print("\n".join(tool.name for tool in TOOLS))
        return 0
    if options.page:
        write_pages()
        return 0
    if unknown := set(options.only or ()) - {tool.name for tool in TOOLS}:
        parser.error(f"no tool {', '.join(sorted(unknown))}; --list names them")
    date = (options.date or dt.datetime.now().astimezone().date()).isoformat()
    chosen = [tool for tool in TOOLS if not options.only or tool.name in options.only]
    installed = True
    with ThreadPoolExecutor(options.jobs) as pool:
        for tool in chosen:
            try:
                python = _environment(tool, options.environments.resolve(), date)
            except subprocess.CalledProcessError as error:
                installed = False
                keep(tool, {"date": date, "could_not_install": last_line(error.stderr)})
                print(f"{tool.name}: could not be installed: {last_line(error.stderr)}", flush=True)
                continue
            result = _run_tool(tool, python, pool, options.timeout, only_pending=options.pending)
            keep(tool, {"date": date, **result})
            print(f"{tool.name} {result['version']}: {len(result['fixtures'])} fixtures", flush=True)
            for line in unread(read_readings(), tool.name, result):
                print(f"  unread: {line}", flush=True)
    write_pages()
    return 0 if installed else 1


def _environment(tool: Tool, environments: Path, date: str) -> Path:
    """The interpreter of the tool's virtual environment; made anew each day, for newer releases.

    Raises:
        subprocess.CalledProcessError: If a package cannot be installed.
    """
    requires = [requirement.format(root=ROOT) for requirement in tool.requires]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8") if "-e" in requires else ""
    return make_environment(environments / tool.name, requires, date, project)


def _run_tool(tool: Tool, python: Path, pool: ThreadPoolExecutor, timeout: float, *, only_pending: bool) -> dict[str, Any]:
    """Version and fixtures of one tool's result."""
    version = _printed(python, f"from importlib.metadata import version; print(version({tool.name!r}))")
    known = read_result(tool)
    fresh = only_pending and known is not None and known.get("version") == version
    skipped = {case.name for case in cases() if fresh and not pending(tool, case, known)}

    def one(case: Case) -> tuple[str, dict[str, Any]]:
        if case.name in skipped:
            return case.name, known["fixtures"][case.name]
        if reason := inapplicable(tool, case):
            return case.name, {"digest": case.digest, "inapplicable": reason}
        return case.name, {"digest": case.digest, **run_case(tool, python, case, timeout)}

    fixtures = dict(pool.map(one, cases()))
    return {"version": version, "python": platform.python_version(), "system": platform.system(), "fixtures": fixtures}


def _printed(python: Path, code: str) -> str:
    return subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def run_case(tool: Tool, python: Path, case: Case, timeout: float) -> dict[str, Any]:
    """What a tool reports of one fixture: `messages`, and `aborted` with the reason or None."""
    with tempfile.TemporaryDirectory(prefix="cocoproof-") as root:
        folder = Path(root).resolve()
        job = {"kind": case.kind, "masks": case.masks, "consumer": case.consumer, **_copied(case, folder)}
        job_path, output = folder / "job.json", folder / "output.json"
        job_path.write_text(json.dumps(job), encoding="utf-8")
        command = [str(python), str(ADAPTERS / tool.adapter), str(job_path), str(output)]
        # One order of hashes, so that a run can be repeated; no progress bars.
        variables = {**os.environ, "PYTHONHASHSEED": "0", "TQDM_DISABLE": "1", "PYTHONIOENCODING": "utf-8", "NO_ALBUMENTATIONS_UPDATE": "1"}
        variables.pop("PYTHONPATH", None)
        try:
            ended = subprocess.run(
                command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=timeout
            )
        except subprocess.TimeoutExpired:
            return {"messages": [], "aborted": f"it took more than {timeout:.0f} s"}
        if not output.is_file():
            printed = last_line(ended.stderr.decode("utf-8", "replace"))
            return {"messages": [], "aborted": f"the process ended with {ended.returncode}: {_without(printed, folder, python)}"}
        return json.loads(_without(output.read_text(encoding="utf-8"), folder, python))


def _copied(case: Case, folder: Path) -> dict[str, str | None]:
    """The files of a case, copied: a tool may write beside them."""
    names = {
        "path": "annotations.json",
        "images": "images",
        "panoptic": "panoptic",
        "categories": "categories.toml",
        "truth": "ground_truth.json",
        "earlier": "train.json",
    }
    out: dict[str, str | None] = dict.fromkeys(names)
    for name, path in case.files.items():
        target = folder / names[name]
        if path.is_dir():
            shutil.copytree(path, target)
        else:
            shutil.copy(path, target)
        out[name] = str(target)
    return out


def _without(text: str, folder: Path, python: Path) -> str:
    """A text without the names of folders and the addresses of objects, which are other ones in each run."""
    for path, name in ((folder, "FOLDER"), (python.parents[1], "ENVIRONMENT")):
        for spelled in (str(path), str(path).replace("\\", "\\\\")):
            text = text.replace(spelled, name)
    return re.sub(r"\b0x[0-9a-f]{6,}", "0x...", text)


if __name__ == "__main__":
    sys.exit(main())
