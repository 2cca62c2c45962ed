"""Documents with one named defect."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from cocoproof.testing.strategies.documents import coco_documents
from cocoproof.testing.strategies.oriented import ORIENTED_SEEDS
from cocoproof.testing.strategies.persons import PERSON_SEEDS
from cocoproof.testing.strategies.seeds import MIN_SIDE, SEEDS, base_kind

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from cocoproof.testing.strategies.documents import Json

__all__ = ["SEEDED", "defects"]

_SEEDS = {**SEEDS, **ORIENTED_SEEDS, **PERSON_SEEDS}

SEEDED: tuple[str, ...] = tuple(_SEEDS)
"""The codes of the rules whose defect can be seeded.

Not among them: defects of the text, which no document in memory has (001 to 006, 008); near duplicates (210), for which a copy is
a duplicate already; those that need a class list (401 to 403, 409), a ground truth (911, 912, 915), images (801 to 809) or a
second file (851 to 853); and the effects of the other defects on readers (901 to 905, 999).
"""


def defects(*, code: str | None = None) -> SearchStrategy[Json]:
    """Documents that are valid except for one defect, which the rule of that code reports.

    Other rules may report the same defect: a copy of an annotation with the same id is a duplicate id, and a duplicate annotation.

    Args:
        code: The code of the rule, one of `SEEDED`; None draws it.

    Raises:
        ValueError: If there is no defect for that rule.
    """
    if code is not None and code not in _SEEDS:
        msg = f"no defect is made for {code!r}; there are {', '.join(SEEDED)}"
        raise ValueError(msg)
    return st.sampled_from(SEEDED if code is None else (code,)).flatmap(_spoilt)


@st.composite
def _spoilt(draw: DrawFn, code: str) -> Json:
    document = copy.deepcopy(draw(coco_documents(kind=base_kind(code), min_side=MIN_SIDE, max_annotations=3, max_images=2)))
    other = _SEEDS[code](draw, document)
    return document if other is None else other
