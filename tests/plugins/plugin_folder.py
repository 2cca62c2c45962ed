"""Plug-ins as pip installs them, made in a folder without pip: modules, and the metadata of a distribution."""

from __future__ import annotations

import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["EXAMPLE", "RULE", "install", "install_example"]

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugin"

RULE = '''
from cocoproof.plugin import OBJECTS, Severity, Violations, dataset, rule

@rule("{code}", severity=Severity.WARNING, kinds=OBJECTS, accept=[dataset()], reject=[(dataset(), "")])
def {name}(context):
    """A rule of a test.

    It says nothing of use.
    """
    {body}

RULES = [{name}]
'''
"""A module with one rule."""


def install(folder: Path, name: str, module: str | None, *, value: str = "", version: str = "1.0") -> Path:
    """Make a plug-in in a folder, which is then to be put on the path.

    Args:
        folder: The folder.
        name: The distribution and its module.
        module: The source of the module; None for no module.
        value: The value of the entry point.
        version: The version of the distribution.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if module is not None:
        (folder / f"{name}.py").write_text(module, encoding="utf-8")
    _metadata(folder, name, version, {"rules": value or f"{name}:RULES"})
    return folder


def _metadata(folder: Path, name: str, version: str, entries: dict[str, str]) -> None:
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    lines = [f"{key} = {one}" for key, one in entries.items()]
    (info / "entry_points.txt").write_text("\n".join(["[cocoproof.rules]", *lines, ""]), encoding="utf-8")


def install_example(folder: Path) -> list[str]:
    """The entries of the path with which the example of the repository is installed."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    folder.mkdir(parents=True, exist_ok=True)
    _metadata(folder, project["name"], project["version"], project["entry-points"]["cocoproof.rules"])
    return [str(folder), str(EXAMPLE / "src")]
