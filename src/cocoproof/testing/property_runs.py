"""A property tried on drawn data sets, under a profile; what breaks it is shrunk and told as code."""

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
        max_examples: Data sets a property.
        derandomize: Whether they are the same in every run.
        shrink: Whether what breaks a property is made smaller.
        seed: Of the random numbers; None leaves it to Hypothesis. A seed goes before `derandomize`.
    """

    max_examples: int
    derandomize: bool = True
    shrink: bool = True
    seed: int | None = None

    @property
    def settings(self) -> settings:
        """The same as Hypothesis has it."""
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
        Broken: If it is not kept: with what is wrong, and the smallest data set that shows it as code.
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
                broken = type(error)(_told(name, error, case))  # of one type, so that it is not shrunk into another defect
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
            # The same data set fails in one run and not in the next: that is the exporter's, and no matter of Hypothesis.
            seen[-1].args = (f"{seen[-1]}\nIt does not fail every time.\n",)
            raise seen[-1] from error


def _room() -> str | None:
    """The folder to work in: in memory where the system has such a one, unless TMPDIR says otherwise; None for the usual.

    An exporter that takes care of its files waits for the disk longer than for all else, and no data set is kept.
    """
    if any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")):
        return None
    return _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK | os.X_OK) else None


def _told(name: str, error: PropertyBroken, case: DrawnCase) -> str:
    return f"{name}: {error}\n\nThe smallest data set found that shows it:\n\n{case.code()}\n"
