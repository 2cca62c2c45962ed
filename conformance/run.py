"""Put exporters and importers under their contracts, each in an environment of its own: `python conformance/run.py [NAME...]`.

NAME is an exporter or importer with or without its version; without a name all are run. What came of it goes to results/ and
counterexamples/, and the page is written anew: docs/conformance.md. Results of exporters that are not run stay.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from environments import last_line, make_environment  # noqa: E402 - found beside this file, however it is started
from exporters import EXPORTERS, Exporter  # noqa: E402
from importers import IMPORTERS  # noqa: E402
from page import RESULTS, read_causes, write_page  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = HERE.parent
COUNTEREXAMPLES = HERE / "counterexamples"
ALL = (*EXPORTERS, *IMPORTERS)


def main() -> int:
    """Run what is asked for; exit with 1 where an exporter could not be run at all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true", help="list the exporters and stop")
    parser.add_argument("--page", action="store_true", help="write the page from what there is, and stop")
    parser.add_argument("--date", help="the date that the results bear (today's)")
    parser.add_argument(
        "--property", action="append", metavar="PROPERTY", help="try this one alone; may be given again; other results stay"
    )
    parser.add_argument("--examples", type=int, default=60, help="data sets a property (60, as in the contract's ci profile)")
    parser.add_argument("--jobs", type=int, default=1, help="exporters at a time (1)")
    parser.add_argument("--patience", type=float, default=900, help="seconds that one property may take (900)")
    parser.add_argument("--environments", type=Path, default=HERE / ".environments", help="where virtual environments are made")
    options = parser.parse_args()
    if options.list:
        print("\n".join(exporter.key for exporter in ALL))
        return 0
    if options.page:
        write_page()
        return 0
    chosen = [one for one in ALL if not options.names or {one.key, one.name} & set(options.names)]
    unknown = [name for name in options.names if not any(name in (one.key, one.name) for one in ALL)]
    if unknown:
        parser.error(f"no exporter {', '.join(unknown)}; --list names them")
    date = options.date or dt.datetime.now().astimezone().date().isoformat()
    held = threading.Lock()

    def run(exporter: Exporter) -> bool:
        began = time.monotonic()
        result = result_of(exporter, options.environments.resolve(), options.examples, options.patience, options.property or ())
        result["run"] = {"date": date, "examples": options.examples, "seconds": round(time.monotonic() - began)}
        with held:
            if options.property:
                result = _with_what_was_known(exporter, result)
            keep(exporter, result)
            print(f"{exporter.key}: {_summary(result)}", flush=True)
            for line in _unread(exporter, result):
                print(f"  {line}", flush=True)
        return "reason" not in result

    with ThreadPoolExecutor(options.jobs) as pool:
        fine = list(pool.map(run, chosen))
    write_page()
    return 0 if all(fine) else 1


def result_of(exporter: Exporter, environments: Path, examples: int, patience: float, only: Sequence[str] = ()) -> dict[str, Any]:
    """What came of one exporter: `reason` where it could not be run, else `about` and `properties`; of `only` some, if any are named."""
    try:
        python = environment(exporter, environments)
    except subprocess.CalledProcessError as error:
        return {"reason": f"its environment could not be made: {last_line(error.stderr)}"}
    lines = environments / f"{exporter.key}.jsonl"
    lines.unlink(missing_ok=True)
    about: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    while True:
        ended = _run_trial(exporter, python, lines, examples, list(properties), only, patience)
        tried = None
        for row in map(json.loads, lines.read_text(encoding="utf-8").splitlines() if lines.exists() else ()):
            about = row.get("about", about)
            tried = row.get("trying", tried)
            if "property" in row:
                properties[row.pop("property")] = row
        if tried is None:
            return {"reason": f"the trial did not start: {ended}"}
        if ended is None:
            return {"about": about, "properties": properties}
        # The process is gone, or was stopped: what it was at is told so, and the others are tried without it.
        properties[tried] = {"outcome": "could not run", "said": ended}


def _run_trial(
    exporter: Exporter, python: Path, lines: Path, examples: int, done: list[str], only: Sequence[str], patience: float
) -> str | None:
    """Run the trial; None where it came to its end, else what became of it."""
    command = [str(python), str(HERE / "trial.py"), exporter.key, "--output", str(lines), "--examples", str(examples)]
    command += ["--skip", *done, "--only", *only]
    # One order of hashes, so that a run can be repeated; no progress bars.
    variables = {**os.environ, "PYTHONHASHSEED": "0", "TQDM_DISABLE": "1", "PYTHONIOENCODING": "utf-8"}
    # What it prints goes through a pipe: where the size of files is limited, a print to a file would fail before the export does.
    printed, pipe = os.pipe()
    process = subprocess.Popen(command, cwd=lines.parent, env=variables, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe)
    os.close(pipe)
    log = lines.with_suffix(".log")
    copier = threading.Thread(target=_copy, args=(printed, log), daemon=True)
    copier.start()
    try:
        size, since = -1, time.monotonic()
        while process.poll() is None:
            time.sleep(0.2)
            now = lines.stat().st_size if lines.exists() else 0
            if now != size:
                size, since = now, time.monotonic()
            elif time.monotonic() - since > patience:
                process.kill()
                process.wait()
                return f"it took more than {patience:.0f} s"
    finally:
        copier.join(5)  # no longer: a process that it left behind may hold the pipe
    if process.returncode == 0:
        return None
    return f"the process ended with {process.returncode}: {last_line(log.read_text(encoding='utf-8', errors='replace'))}"


def _copy(printed: int, log: Path) -> None:
    with open(printed, "rb", buffering=0) as source, log.open("wb") as target:
        shutil.copyfileobj(source, target)


def environment(exporter: Exporter, environments: Path) -> Path:
    """The interpreter of the exporter's virtual environment, which is made where it is not there.

    Raises:
        subprocess.CalledProcessError: If a package cannot be installed.
    """
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return make_environment(environments / exporter.key, [*exporter.requirements, "-e", f"{ROOT}[testing]"], project)


def _with_what_was_known(exporter: Exporter, result: dict[str, Any]) -> dict[str, Any]:
    """A result of some properties with what an earlier run has of the others, in the order of that one."""
    path = RESULTS / f"{exporter.key}.json"
    if "reason" in result or not path.is_file():
        return result
    known = json.loads(path.read_text(encoding="utf-8"))
    return {**result, "properties": {**known.get("properties", {}), **result["properties"]}}


def keep(exporter: Exporter, result: dict[str, Any]) -> None:
    """Write the counterexamples of a result, and the result without them; drop those of exporters that are no more."""
    folder = COUNTEREXAMPLES / exporter.key
    rows = [
        (name, kind, own)
        for name, row in result.get("properties", {}).items()
        for kind, own in (("lost", row), ("raised", row.get("raised")), ("unreadable", row.get("unreadable")))
        if own and ("code" in own or "counterexample" in own)
    ]
    known = {own["counterexample"].split("/")[-1] for _, _, own in rows if "counterexample" in own}
    for path in folder.glob("*"):
        if path.stem not in known:
            path.unlink()
    shown = {own["said"]: own["counterexample"].split("/")[-1] for _, kind, own in rows if kind != "lost" and "counterexample" in own}
    for name, kind, own in rows:
        if "code" in own:
            # An error that stands in the way of many properties is shown once.
            stem = name if kind == "lost" else shown.setdefault(own["said"], f"{name}-{kind}")
            _write_counterexample(folder / stem, exporter, name, own)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{exporter.key}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    keys = {one.key for one in ALL}
    for folder in COUNTEREXAMPLES.glob("*"):
        if folder.name not in keys:
            shutil.rmtree(folder)
    for path in RESULTS.glob("*.json"):
        if path.name.removesuffix(".json") not in keys:
            path.unlink()


def _write_counterexample(stem: Path, exporter: Exporter, name: str, row: dict[str, Any]) -> None:
    row["counterexample"] = f"{exporter.key}/{stem.name}"
    code, text = row.pop("code"), row.pop("file", None)
    if stem.with_name(f"{stem.name}.py").exists():
        return
    stem.parent.mkdir(parents=True, exist_ok=True)
    said = "\n".join(f"# {line}".rstrip() for line in row["said"].splitlines())
    head = f"# {exporter.title} {exporter.version}".rstrip() + f": {name}\n{said}\n# Needs `folder`, a pathlib.Path. Written by run.py.\n\n"
    stem.with_name(f"{stem.name}.py").write_text(head + code + "\n", encoding="utf-8")
    if text is not None:
        stem.with_name(f"{stem.name}.json").write_text(text.rstrip("\n") + "\n", encoding="utf-8")


def _unread(exporter: Exporter, result: dict[str, Any]) -> list[str]:
    """What is to be mended in causes.tsv by hand: a loss is published with its cause."""
    lost = {name for name, row in result.get("properties", {}).items() if row["outcome"] == "lost"}
    told = {name for key, name in read_causes() if key == exporter.key}
    return [
        *(f"{name} is lost: read its counterexample, and say in causes.tsv why" for name in sorted(lost - told)),
        *(f"{name} is no longer lost: take its cause out of causes.tsv" for name in sorted(told - lost)),
    ]


def _summary(result: dict[str, Any]) -> str:
    if "reason" in result:
        return str(result["reason"])
    outcomes = [row["outcome"] for row in result["properties"].values()]
    counts = ", ".join(f"{outcomes.count(kind)} {kind}" for kind in dict.fromkeys(outcomes))
    return f"{counts} ({result['run']['seconds']} s)"


if __name__ == "__main__":
    sys.exit(main())
