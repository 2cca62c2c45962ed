"""Print the lowest version of each dependency that `pyproject.toml` admits on this Python, as constraints for pip.

Needs `packaging`, and `tomli` on Python 3.10:

    python .ci/lowest_versions.py test > lowest.txt
    python -m pip install -e '.[test]' --constraint lowest.txt
"""

from __future__ import annotations

import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def requirements(extra: str | None) -> list[Requirement]:
    """The direct requirements of an extra, or of the project; extras that it takes in are resolved."""
    found = []
    for line in PROJECT["dependencies"] if extra is None else PROJECT["optional-dependencies"][extra]:
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        if requirement.name == PROJECT["name"]:
            found += [inner for name in sorted(requirement.extras) for inner in requirements(name)]
        else:
            found.append(requirement)
    return found


def main(extras: list[str]) -> None:
    """Print the constraints of the project with these extras."""
    lowest: dict[str, Version] = {}
    for requirement in [one for extra in (None, *extras) for one in requirements(extra)]:
        bounds = [Version(part.version) for part in requirement.specifier if part.operator in {">=", "==", "~="}]
        if not bounds:
            sys.exit(f"{requirement} has no lowest version")
        lowest[requirement.name] = max([*bounds, lowest.get(requirement.name, bounds[0])])
    sys.stdout.write("".join(f"{name}=={version}\n" for name, version in sorted(lowest.items())))


main(sys.argv[1:])
