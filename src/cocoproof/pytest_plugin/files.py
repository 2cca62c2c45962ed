"""The COCO files of a run."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cocoproof.model.errors import SettingsError
from cocoproof.model.escaping import escape
from cocoproof.reading.source import STDIN
from cocoproof.settings.path_arguments import expand_paths

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["chosen", "node_id"]


def chosen(config: pytest.Config) -> list[Path]:
    """The files that `--coco` and `coco_paths` name, absolute, in order, each once.

    Paths of tests on the command line narrow `coco_paths` as they narrow `testpaths`: only files that are named, or are in a folder
    that is named, remain.

    Raises:
        pytest.UsageError: If a path does not lead to a file.
    """
    found = dict.fromkeys(_expand(config.option.coco, "--coco"))
    configured = [_from_configuration(config, path) for path in config.getini("coco_paths")]
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        named = [Path(os.path.abspath(config.invocation_params.dir / str(arg).split("::")[0])) for arg in config.args]  # noqa: PTH100 # resolve() would follow links
        # Missing data must not prevent tests that do not use them from running.
        near = [path for path in configured if any(_meet(Path(_before_magic(path)), one) for one in named)]
        found.update(dict.fromkeys(path for path in _expand(near, "coco_paths") if any(path.is_relative_to(one) for one in named)))
    elif not config.option.coco:
        found.update(dict.fromkeys(_expand(configured, "coco_paths")))
    return list(found)


def node_id(path: Path, root: Path) -> str:
    """The name of a file in ids and reports: relative to pytest's root folder if it is in it, with control characters escaped."""
    return escape((path.relative_to(root) if path.is_relative_to(root) else path).as_posix())


def _from_configuration(config: pytest.Config, path: str) -> str:
    base = config.inipath.parent if config.inipath else config.rootpath
    plain = str(base / path)
    # The folder of the project is not a pattern, whatever its name is.
    return plain if os.path.exists(plain) else os.path.join(glob.escape(str(base)), path)  # noqa: PTH110, PTH118 # too long a name must not raise


def _before_magic(path: str) -> str:
    """The folder that a pattern starts from, or the path if it is not a pattern."""
    while glob.has_magic(path) and path != os.path.dirname(path):  # noqa: PTH120
        path = os.path.dirname(path)  # noqa: PTH120
    return path


def _meet(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _expand(given: Iterable[str], option: str) -> list[Path]:
    paths = tuple(given)
    try:
        files = [Path(os.path.abspath(file)) for file in expand_paths(paths) if _is_file(file, option)]  # noqa: PTH100
    except SettingsError as error:
        msg = f"{option}: {escape(str(error))}"
        raise pytest.UsageError(msg) from None
    return files


def _is_file(path: str, option: str) -> bool:
    if path == STDIN:
        msg = f"{option}: a test needs a file; `cocoproof check -` checks standard input"
        raise pytest.UsageError(msg)
    if path.endswith(".py"):
        msg = f"{option}: {escape(path)} is not a COCO file; paths of tests go before {option}"
        raise pytest.UsageError(msg)
    if not os.path.isfile(path):  # noqa: PTH113 # False for names that are too long, where Path raises
        msg = f"{option}: the file {escape(path)} does not exist"
        raise pytest.UsageError(msg)
    return True
