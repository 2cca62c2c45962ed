"""Tries a property on drawn and on directed datasets, under a profile; a counterexample is reduced and reported as code."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky, Unsatisfiable

from cocoproof.testing.directed.run import first_failures, keeps_twins, smaller, smallest
from cocoproof.testing.trial import PropertyBroken

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from cocoproof.testing.claims import Claims
    from cocoproof.testing.directed.run import Failure
    from cocoproof.testing.drawn import DrawnCase
    from cocoproof.testing.subject import Property, Subject
    from cocoproof.testing.trial import Exporter

__all__ = ["PROFILES", "TrialProfile", "prove"]


@dataclass(frozen=True)
class TrialProfile:
    """How long a property is tried.

    Attributes:
        max_examples: Datasets per property that Hypothesis draws; 0 for none.
        derandomize: Whether they are the same in every run.
        shrink: Whether to reduce a counterexample.
        seed: The seed of the random numbers; None leaves it to Hypothesis. A seed takes precedence over `derandomize`.
        directed: Which directed datasets are tried after them.
    """

    max_examples: int
    derandomize: bool = True
    shrink: bool = True
    seed: int | None = None
    directed: Literal["most", "all", "none"] = "most"

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

PROFILES = {
    "quick": TrialProfile(15, directed="none"),
    "ci": TrialProfile(60),
    "fuzz": TrialProfile(2_000, derandomize=False, directed="all"),
}
"""Profiles by name."""

_Failures: TypeAlias = "dict[str, Failure]"

_tried: weakref.WeakKeyDictionary[type, dict[Hashable, _Failures]] = weakref.WeakKeyDictionary()
"""What directed datasets showed, by the exporter's class: the tests of a class share them."""


def prove(
    name: str,
    entry: Property,
    subject: Subject,
    exporter: Exporter,
    claims: Claims,
    profile: TrialProfile,
    together: Mapping[str, Property] | None = None,
) -> None:
    """Try a property, first on drawn and then on directed datasets.

    Args:
        name: The name of the property.
        entry: The property.
        subject: The subject of the contract.
        exporter: The exporter under test.
        claims: What it claims.
        profile: How long.
        together: The properties that are tried on the same exports of directed datasets; their outcomes are kept for the other
            tests of the exporter's class. None for this property alone.

    Raises:
        Unsatisfiable: If the exporter rejects every dataset that was drawn, and it does not fail on directed ones.
        PropertyBroken: If it fails: with what is wrong, and the smallest counterexample as code.
    """
    with tempfile.TemporaryDirectory(prefix="cocoproof-", dir=_room()) as root:
        drawn, rejected = 0, None
        try:
            if entry.draw is not None and profile.max_examples:
                drawn = _drawn(name, entry, subject, exporter, claims, profile, Path(root))
        except Unsatisfiable as unsatisfiable:  # directed datasets may still show something
            rejected = unsatisfiable
        tried = entry.directed == "busy" or (entry.directed == "all" and profile.directed != "none")
        failure = _directed(name, entry, subject, exporter, claims, profile, Path(root), together) if tried else None
        if failure is None:
            if rejected is not None:
                raise rejected
            return
        case, error = failure.world.case, failure.error
        if profile.shrink:
            case, error = smallest(failure, entry, exporter, claims, Path(root), subject)
        broken = type(error)(_message(name, error, case, failure.world.name))
        broken.examples, broken.case = drawn + failure.place, case
        raise broken from error.__cause__


def _directed(
    name: str,
    entry: Property,
    subject: Subject,
    exporter: Exporter,
    claims: Claims,
    profile: TrialProfile,
    root: Path,
    together: Mapping[str, Property] | None,
) -> Failure | None:
    """The first directed dataset that breaks a property."""
    twins = keeps_twins(root)
    if entry.directed == "busy":
        return first_failures({name: entry.check}, exporter, [subject.directed.busy(claims, twins=twins)], root, subject.trial).get(name)
    tried = subject.directed.worlds(claims, twins=twins, large=profile.directed == "all")
    if together is None or name not in together:
        return first_failures({name: entry.check}, exporter, tried, root, subject.trial).get(name)
    known = _tried.setdefault(type(exporter), {})
    key = claims, profile.directed, exporter.via, frozenset(together)
    if key not in known:
        checks = {other: own.check for other, own in together.items() if own.directed == "all"}
        known[key] = first_failures(checks, exporter, tried, root, subject.trial)
    return known[key].get(name)


def _drawn(name: str, entry: Property, subject: Subject, exporter: Exporter, claims: Claims, profile: TrialProfile, root: Path) -> int:
    """Try a property on the datasets that Hypothesis draws; returns how many there were."""
    if entry.draw is None:
        return 0
    runs = itertools.count()
    needed: list[int] = []
    seen: list[PropertyBroken] = []

    @profile.settings
    @given(case=entry.draw(claims))
    def holds(case: DrawnCase) -> None:
        run = next(runs)
        folder = root / str(run)
        folder.mkdir()
        try:
            entry.check(subject.trial(case, exporter, folder))
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
    except PropertyBroken as error:
        # Where no directed dataset is tried, the property is about datasets of one sort, and a reduced one may not be of it.
        if not profile.shrink or error.case is None or entry.directed == "none":
            raise
        case, reduced = smaller(error.case, error, entry, exporter, claims, root, subject)
        if case is error.case:
            raise
        broken = type(reduced)(_message(name, reduced, case))
        broken.examples, broken.case = needed[0], case
        raise broken from reduced.__cause__
    return next(runs)


def _room() -> str | None:
    """The working folder: in memory if the system has one, unless TMPDIR is set; None for the default.

    An exporter that syncs its files mostly waits for the disk, and the datasets are not kept.
    """
    if any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")):
        return None
    return _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK | os.X_OK) else None


def _message(name: str, error: PropertyBroken, case: DrawnCase, directed: str | None = None) -> str:
    where = "" if directed is None else f" (a directed dataset: {directed})"
    return f"{name}: {error}\n\nThe smallest dataset found that shows it{where}:\n\n{case.code()}\n"
