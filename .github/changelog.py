"""Print the section of CHANGELOG.md for the tag of a release: the release's notes.

    python .github/changelog.py v1.2.3

The exit code is 1, with the reason on standard error, if the tag is not the version of the package, or if the changelog has no dated,
non-empty section for it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def section(changelog: str, version: str) -> str:
    """The text below the heading of a version, such as `## [1.2.3] - 2026-11-30`, up to the next heading.

    Raises:
        ValueError: If there is no such heading, it has no date, or nothing is below it.
    """
    found = re.search(rf"^## \[{re.escape(version)}\](.*)$", changelog, re.MULTILINE)
    if found is None:
        msg = f"CHANGELOG.md has no section '## [{version}] - YYYY-MM-DD'"
        raise ValueError(msg)
    if not re.fullmatch(r" - \d{4}-\d\d-\d\d", found[1].rstrip()):
        msg = f"the section [{version}] of CHANGELOG.md has no date: '## [{version}] - YYYY-MM-DD'"
        raise ValueError(msg)
    # A section ends at the next version, or at the link definitions of the last lines.
    text = re.split(r"^(?:## |\[[^\]]+\]: )", changelog[found.end() :], maxsplit=1, flags=re.MULTILINE)[0].strip()
    if not re.sub(r"^#.*$", "", text, flags=re.MULTILINE).strip():
        msg = f"the section [{version}] of CHANGELOG.md is empty"
        raise ValueError(msg)
    return text


def main(tag: str, root: Path = ROOT) -> int:
    """Check the tag, and print its section."""
    version = re.findall(r'^__version__ = "(.+)"$', (root / "src/cocoproof/version.py").read_text(encoding="utf-8"), re.MULTILINE)
    if version != [tag.removeprefix("v")] or not tag.startswith("v"):
        print(f"the tag is {tag}, and the version of the package is {', '.join(version)}", file=sys.stderr)
        return 1
    try:
        print(section((root / "CHANGELOG.md").read_text(encoding="utf-8"), version[0]))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
