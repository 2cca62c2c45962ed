"""Run the pre-commit hook of this clone in a scratch repository: a bad commit must be stopped, a good one go through.

    python tests/acceptance/pre_commit.py

Needs pre-commit, git and a package index, from which the hook's own environment is made. The hook is taken from the last commit.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BAD, GOOD = "COCO207-annotation-id-zero.json", "instances.json"
AUTHOR = ("-c", "user.name=cocoproof", "-c", "user.email=cocoproof@example.org", "-c", "commit.gpgsign=false")


def main() -> int:
    """Run it; the exit code is 0 where the hook did what it should."""
    with tempfile.TemporaryDirectory(prefix="cocoproof-pre-commit-") as scratch:
        repository = Path(scratch)

        def git(*words: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(["git", *AUTHOR, *words], cwd=repository, capture_output=True, text=True, check=False)

        revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
        configuration = f"repos:\n  - repo: {ROOT}\n    rev: {revision}\n    hooks:\n      - id: cocoproof\n"
        (repository / ".pre-commit-config.yaml").write_text(configuration, encoding="utf-8")
        git("init", "-q")
        subprocess.run([sys.executable, "-m", "pre_commit", "install"], cwd=repository, check=True, capture_output=True)

        shutil.copy(ROOT / "fixtures" / "reject" / BAD, repository / "instances_train.json")
        shutil.copy(ROOT / "fixtures" / "reject" / BAD, repository / "package.json")  # not a name of a COCO file: left alone
        git("add", "-A")
        stopped = git("commit", "-qm", "a broken file")
        said = stopped.stdout + stopped.stderr
        print(said)
        shutil.copy(ROOT / "fixtures" / "accept" / GOOD, repository / "instances_train.json")
        git("add", "-A")
        passed = git("commit", "-qm", "a sound one")
        print(passed.stdout + passed.stderr)
        commits = git("log", "--format=%s").stdout.split("\n")[:-1]
    right = stopped.returncode == 1 and "COCO207" in said and "package.json" not in said and commits == ["a sound one"]
    print("as it should be" if right else f"WRONG: exit codes {stopped.returncode}, {passed.returncode}; commits {commits}")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
