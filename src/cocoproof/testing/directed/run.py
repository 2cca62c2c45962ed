"""Tries properties on directed datasets: each dataset is exported once for all of them."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis.errors import UnsatisfiedAssumption

from cocoproof.testing.directed.minimise import minimised
from cocoproof.testing.trial import PropertyBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cocoproof.testing.claims import Claims
    from cocoproof.testing.drawn import DrawnCase, World
    from cocoproof.testing.subject import MakesTrial, Property, Subject
    from cocoproof.testing.trial import Exporter, Trial

__all__ = ["Failure", "first_failures", "keeps_twins", "smaller", "smallest"]


_MORE_TRIES = 60
"""Smaller datasets that are tried after Hypothesis' own shrinking."""


@dataclass(frozen=True)
class Failure:
    """A property that fails on a directed dataset.

    Attributes:
        world: The dataset.
        place: How many were tried until then, this one included.
        error: What is wrong.
    """

    world: World
    place: int
    error: PropertyBroken


def first_failures(
    checks: Mapping[str, Callable[[Trial], None]], exporter: Exporter, tried: Sequence[World], root: Path, makes: MakesTrial
) -> dict[str, Failure]:
    """The first dataset that breaks each property, by the name of the property.

    A dataset that the exporter rejects (`hypothesis.reject()`) is left out.

    Args:
        checks: The check of each property.
        exporter: The exporter under test.
        tried: The datasets.
        root: A folder to work in.
        makes: Makes the trial of a dataset.
    """
    failures: dict[str, Failure] = {}
    folders = _folders(root)
    for place, world in enumerate(tried, 1):
        left = [name for name in checks if name not in failures]
        if not left:
            break
        folder = next(folders)
        trial = makes(world.case, exporter, folder)
        try:
            for name in left:
                try:
                    checks[name](trial)
                except PropertyBroken as error:
                    failures[name] = Failure(world, place, error)
        except UnsatisfiedAssumption:
            continue
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return failures


def smallest(
    failure: Failure, entry: Property, exporter: Exporter, claims: Claims, root: Path, subject: Subject
) -> tuple[DrawnCase, PropertyBroken]:
    """The smallest dataset found that still breaks a property in the same way, and what is wrong with it.

    The first try is a dataset of one image: much depends on no size at all.
    """
    least = subject.directed.least(claims).case
    return _reduced(failure.world.case, failure.error, entry, exporter, claims, root, subject, first=least, tries=entry.tries)


def smaller(
    case: DrawnCase, error: PropertyBroken, entry: Property, exporter: Exporter, claims: Claims, root: Path, subject: Subject
) -> tuple[DrawnCase, PropertyBroken]:
    """A drawn dataset that breaks a property, without the images, detections and columns that Hypothesis left though they do not matter.

    Hypothesis shrinks by the choices that were drawn, and can stop where no single choice makes the dataset smaller.
    """
    return _reduced(case, error, entry, exporter, claims, root, subject, first=None, tries=min(entry.tries, _MORE_TRIES))


def _reduced(
    case: DrawnCase,
    error: PropertyBroken,
    entry: Property,
    exporter: Exporter,
    claims: Claims,
    root: Path,
    subject: Subject,
    *,
    first: DrawnCase | None,
    tries: int,
) -> tuple[DrawnCase, PropertyBroken]:
    folders = _folders(root)
    found = case, error
    same = type(error)

    def fails(case: DrawnCase) -> bool:
        nonlocal found
        folder = next(folders)
        try:
            entry.check(subject.trial(case, exporter, folder))
        except UnsatisfiedAssumption:
            return False
        except PropertyBroken as other:
            if type(other) is not same:
                return False
            found = case, other
            return True
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return False

    if first is not None and tries > 0:
        tries -= 1
        if fails(first):
            return found
    if tries > 0:
        minimised(case, fails, claims, tries)
    return found


def _folders(root: Path) -> Iterator[Path]:
    for number in itertools.count():
        folder = root / f"directed-{number}"
        folder.mkdir(exist_ok=True)
        yield folder


def keeps_twins(root: Path) -> bool:
    """Whether the file system keeps names apart that are equal but for case or Unicode form."""
    with tempfile.TemporaryDirectory(dir=root) as folder:
        for name in ("a", "A", "\u00e9", "e\u0301"):
            Path(folder, name).touch()
        return len(list(Path(folder).iterdir())) == 4
