"""A copy of the package that a test may change, to follow the how-tos of CONTRIBUTING.md."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import cocoproof

ROOT = Path(__file__).parents[1]


class PackageCopy:
    """A copy of `src/cocoproof` in a folder of its own.

    Attributes:
        folder: The folder; programs run in it.
        package: The package in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.package = folder / "cocoproof"
        shutil.copytree(Path(cocoproof.__file__).parent, self.package, ignore=shutil.ignore_patterns("__pycache__"))

    def edit(self, path: str, *changes: tuple[str, str]) -> None:
        """Replace texts in a file, each of which must occur once."""
        file = self.package / path
        text = file.read_text(encoding="utf-8")
        for old, new in changes:
            assert text.count(old) == 1, f"{path}: {old!r} occurs {text.count(old)} times"
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")

    def python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Python with the copy in the place of the package."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder), "PYTHONUTF8": "1", **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    def cocoproof(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command line of the copy."""
        return self.python("-m", "cocoproof", *arguments, **environment)

    def generated(self, expression: str) -> str:
        """What an expression of `docs/generate.py` gives with the copy."""
        program = f"import sys; sys.path.insert(0, {str(ROOT / 'docs')!r}); import generate; print({expression})"
        done = self.python("-c", program)
        assert done.returncode == 0, done.stderr
        return done.stdout


def code_of(heading: str) -> list[str]:
    """The Python examples of a section of CONTRIBUTING.md, without their indentation."""
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return [textwrap.dedent(code) for code in re.findall(r"^ *```python\n(.*?)^ *```$", guide, re.MULTILINE | re.DOTALL)]
