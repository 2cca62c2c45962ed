"""Run the script of action.yml as GitHub's runner would: an environment of its own, inputs by variables, files for output and summary.

    python tests/acceptance/action.py

Needs bash, PyYAML and a package index, from which the action's environment is made. The exit code is 0 where broken files fail the step, sound ones
pass, and annotations, summary and SARIF are there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def run(step: dict[str, str], inputs: dict[str, str], scratch: Path) -> tuple[int, str, str, str]:
    """The step's exit code, its log, the summary and the outputs."""
    summary, output = scratch / "summary.md", scratch / "output"
    for file in (summary, output):
        file.write_text("", encoding="utf-8")
    variables = {
        "RUNNER_TEMP": str(scratch),
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_OUTPUT": str(output),
        "ACTION_PATH": str(ROOT),
        **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, summary.read_text(encoding="utf-8"), output.read_text(encoding="utf-8")


def main() -> int:
    """Run it on broken and on sound files."""
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    (step,) = action["runs"]["steps"]
    defaults = {name: entry.get("default", "") for name, entry in action["inputs"].items()}
    with tempfile.TemporaryDirectory(prefix="cocoproof-action-") as folder:
        scratch = Path(folder)
        sarif = scratch / "report.sarif"
        given = {"python": sys.executable, "sarif": str(sarif)}
        hostile = 'fixtures/accept/instances.json\n$(touch "$RUNNER_TEMP/run")`touch "$RUNNER_TEMP/run"`.json'
        broken = run(step, {**defaults, **given, "paths": "fixtures/reject/COCO207*.json", "args": "--reload\nnever"}, scratch)
        sound = run(step, {**defaults, **given, "paths": "fixtures/accept/*.json\n"}, scratch)
        missing = run(step, {**defaults, **given, "paths": hostile}, scratch)
        unusable = run(step, {**defaults, **given, "paths": "fixtures/accept/*.json", "args": "--no-such-option"}, scratch)
        written = json.loads(sarif.read_text(encoding="utf-8"))
        facts = {
            "broken files fail the step": broken[0] == 1,
            "with an annotation at the place": "::error file=fixtures/reject/COCO207" in broken[1],
            "and a summary": "COCO207" in broken[2],
            "and the SARIF file as output": broken[3] == f"sarif={sarif}\n" and written["version"] == "2.1.0",
            "sound files pass": sound[0] == 0,
            "after wrong usage there is no SARIF file to upload": unusable[0] == 2 and unusable[3] == "",
            "a path is never run": missing[0] == 1 and not (scratch / "run").exists(),
        }
    for fact, holds in facts.items():
        print(f"{'yes' if holds else 'NO '}  {fact}")
    if not all(facts.values()):
        print(broken[1], sound[1], missing[1], sep="\n---\n")
    return 0 if all(facts.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
