"""How the suite runs: side by side where it is long, in one process where it is short or somebody looks into it."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings

from cocoproof.readers.reload_process import ReloadProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.readers.reload_outcome import Limits, Loader

MOST = 8
"""Every worker imports pycocotools, supervision and Hypothesis anew: beyond this many, starting takes longer than is saved."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes `-n auto` means, which is what `pyproject.toml` asks for.

    None, for the tests of one file, or of a few, are done before the workers are up. `-n 4`, `-n 0` and `--pdb` go before this.
    """
    places = [Path(argument.split("::")[0]) for argument in config.args]
    if places and all(place.is_file() for place in places):
        return 0
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), MOST)
    return min(os.cpu_count() or 1, MOST)


def pytest_configure(config: pytest.Config) -> None:
    """Let the tier choose how Hypothesis runs, unless `--hypothesis-profile` does; run a test that is named, whatever its tier."""
    tier = next((name for name in ("fuzz", "slow") if re.search(rf"(?<!not )\b{name}\b", config.option.markexpr)), "ordinary")
    if any("::" in argument for argument in config.args) and config.option.markexpr == config.getini("addopts")[-1]:
        config.option.markexpr = ""
    suppressed = [HealthCheck.too_slow]
    # The same examples in every run; no limit on time, which a busy machine would exceed.
    settings.register_profile("ordinary", derandomize=True, deadline=None, suppress_health_check=suppressed)
    settings.register_profile("slow", settings.get_profile("ordinary"))
    # A mutant is killed by the first failure, the smaller the better is of no interest.
    settings.register_profile(
        "mutation", max_examples=50, derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate], report_multiple_bugs=False
    )
    settings.register_profile("fuzz", deadline=None, print_blob=True, suppress_health_check=suppressed)
    if config.getoption("hypothesis_profile", None) is None:
        settings.load_profile(tier)


@pytest.fixture(scope="session")
def quick_folder() -> Iterator[Path]:
    """A folder in memory where there is such a thing, for properties that write a file an example: the disk takes the most time."""
    memory = Path("/dev/shm")  # noqa: S108 - a fresh folder is made below it
    with tempfile.TemporaryDirectory(prefix="cocoproof-", dir=memory if os.access(memory, os.W_OK | os.X_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def _waiting() -> Iterator[list[tuple[Loader, Limits, ReloadProcess]]]:
    waiting: list[tuple[Loader, Limits, ReloadProcess]] = []
    yield waiting
    for _, _, process in waiting:
        process.close()


@pytest.fixture(autouse=True)
def warm_readers(_waiting: list[tuple[Loader, Limits, ReloadProcess]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A child process that is free at the end of one test serves the next: to import supervision takes each a second or two.

    Tests of how processes start and end have a fixture of this name that does nothing.
    """
    start, close = ReloadProcess.start, ReloadProcess.close
    ours: dict[int, tuple[Loader, Limits]] = {}

    def start_or_take(loader: Loader, limits: Limits) -> ReloadProcess:
        free = next((one for one in _waiting if one[:2] == (loader, limits) and one[2].alive), None)
        if free is not None:
            _waiting.remove(free)
        process = start(loader, limits) if free is None else free[2]
        ours[id(process)] = loader, limits
        return process

    def keep_or_close(process: ReloadProcess) -> None:
        known = ours.pop(id(process), None)
        if known is not None and process.alive:
            _waiting.append((*known, process))
        else:
            close(process)

    monkeypatch.setattr(ReloadProcess, "start", start_or_take)
    monkeypatch.setattr(ReloadProcess, "close", keep_or_close)
