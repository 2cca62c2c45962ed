"""Tries a property on drawn datasets, under a profile; a counterexample is shrunk and reported as code."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky

from cocoproof.testing.trial import PropertyBroken, Trial

if TYPE_CHECKING:
    from cocoproof.testing.drawn import DrawnCase
    from cocoproof.testing.property_list import Claims, Property
    from cocoproof.testing.trial import Exporter

__all__ = ["PROFILES", "TrialProfile", "prove"]


@dataclass(frozen=True)
class TrialProfile:
    """How long a property is tried.

    Attributes:
        max_examples: Datasets per property.
        derandomize: Whether they are the same in every run.
        shrink: Whether to shrink a counterexample.
        seed: The seed of the random numbers; None leaves it to Hypothesis. A seed takes precedence over `derandomize`.
    """

    max_examples: int
    derandomize: bool = True
    shrink: bool = True
    seed: int | None = None

    @property
    def settings(self) -> settings:
        """The settings of Hypothesis."""
        return settings(
            max_examples=self.max_examples,
            derandomize=self.derandomize,
            database=None,
            deadline=None,  # an exporter writes files, as fast as it can
            print_blob=False,
            report_multiple_bugs=False,
            phases=[Phase.generate, Phase.shrink] if self.shrink else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        )


_IN_MEMORY = "/dev/shm"  # noqa: S108 - a fresh folder is made below it

PROFILES = {"ci": TrialProfile(60), "fuzz": TrialProfile(2_000, derandomize=False)}
"""Profiles by name."""


def prove(name: str, entry: Property, exporter: Exporter, claims: Claims, profile: TrialProfile) -> None:
    """Try a property.

    Raises:
        PropertyBroken: If it fails: with what is wrong, and the smallest counterexample as code.
    """
    with tempfile.TemporaryDirectory(prefix="cocoproof-", dir=_room()) as root:
        runs = itertools.count()
        needed: list[int] = []
        seen: list[PropertyBroken] = []

        @profile.settings
        @given(case=entry.draw(claims))
        def holds(case: DrawnCase) -> None:
            run = next(runs)
            folder = Path(root, str(run))
            folder.mkdir()
            try:
                entry.check(Trial(case, exporter, folder))
            except PropertyBroken as error:
                needed.append(run + 1)
                broken = type(error)(_message(name, error, case))  # of one type, so that it is not shrunk into another defect
                broken.examples, broken.case = needed[0], case
                seen.append(broken)
                raise broken from error.__cause__
            finally:
                shutil.rmtree(folder, ignore_errors=True)

        try:
            (holds if profile.seed is None else seed(profile.seed)(holds))()
        except Flaky as error:
            if not seen:
                raise
            # The same dataset fails in one run and not in the next: the exporter is flaky, not Hypothesis.
            seen[-1].args = (f"{seen[-1]}\nIt does not fail every time.\n",)
            raise seen[-1] from error


def _room() -> str | None:
    """The working folder: in memory if the system has one, unless TMPDIR is set; None for the default.

    An exporter that syncs its files mostly waits for the disk, and the datasets are not kept.
    """
    if any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")):
        return None
    return _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK | os.X_OK) else None


def _message(name: str, error: PropertyBroken, case: DrawnCase) -> str:
    return f"{name}: {error}\n\nThe smallest dataset found that shows it:\n\n{case.code()}\n"
