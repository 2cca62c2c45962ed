"""What all contracts have: how properties are tried, and known failures."""

from __future__ import annotations

import difflib
import os
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

import pytest
from hypothesis.errors import Unsatisfiable

from cocoproof.readers.comparison_options import FieldNames
from cocoproof.testing.property_runs import PROFILES, prove
from cocoproof.testing.trial import PropertyBroken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cocoproof.readers.comparison_options import Reader
    from cocoproof.testing.claims import Claims
    from cocoproof.testing.subject import Property, Subject

__all__ = ["Contract"]

_VARIABLE = "COCOPROOF_PROFILE"


class Contract:
    """The base of contracts; `ExporterContract` documents the attributes."""

    SUBJECT: ClassVar[Subject]
    known_failures: ClassVar[Mapping[str, str]] = {}
    keys: FieldNames = FieldNames()
    via: Reader = "pycocotools"
    profile: ClassVar[Literal["quick", "ci", "fuzz"]] = "ci"
    max_examples: ClassVar[int | None] = None
    directed: ClassVar[Literal["most", "all", "none"] | None] = None
    derandomize: ClassVar[bool | None] = None
    seed: ClassVar[int | None] = None

    def __init_subclass__(cls) -> None:
        for name in cls.known_failures:
            properties = cls.SUBJECT.properties
            if name not in properties:
                near = difflib.get_close_matches(name, properties, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(properties)}"
                msg = f"known_failures of {cls.__name__} names {name!r}, which is not a property; {hint}"
                raise TypeError(msg)

    def _claims(self) -> Claims:
        """The claims that determine the datasets."""
        raise NotImplementedError

    def prove(self, name: str, *, shrink: bool = True) -> None:
        """Try one property, even if it is not claimed or known to fail.

        Args:
            name: The name of the property.
            shrink: Whether to reduce a counterexample.

        Raises:
            PropertyBroken: If it fails; an AssertionError.
        """
        self._prove(name, None, shrink=shrink)

    def _prove(self, name: str, together: Mapping[str, Property] | None, *, shrink: bool) -> None:
        chosen = PROFILES[os.environ.get(_VARIABLE) or self.profile]
        profile = replace(
            chosen,
            max_examples=chosen.max_examples if self.max_examples is None else self.max_examples,
            derandomize=chosen.derandomize if self.derandomize is None else self.derandomize,
            directed=chosen.directed if self.directed is None else self.directed,
            seed=self.seed,
            shrink=shrink,
        )
        prove(name, self._property(name), self.SUBJECT, self, self._claims(), profile, together)

    def _property(self, name: str) -> Property:
        """The property of this name."""
        return self.SUBJECT.properties[name]

    def _test(self, name: str) -> None:
        __tracebackhide__ = True
        claimed = {
            own: self._property(own) for own, entry in self.SUBJECT.properties.items() if entry.claim is None or getattr(self, entry.claim)
        }
        if name not in claimed:
            pytest.skip(f"it is not claimed: {self.SUBJECT.properties[name].claim} is False")
        reason = self.known_failures.get(name)
        try:
            self._prove(name, claimed, shrink=reason is None)
        except Unsatisfiable:
            pytest.skip("the exporter rejects every dataset that was drawn")
        except PropertyBroken:
            if reason is None:
                raise
            pytest.xfail(reason)
        if reason is None:
            return
        pytest.fail(f"{name} is a known failure ({reason}), but it passes: remove it from known_failures")
