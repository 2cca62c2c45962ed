"""How the exporter is called: which argument each parameter gets, in every way that its signature leaves open."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cocoproof.testing.ghostwriter.roles import code_for, layouts_of, role_of, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cocoproof.testing.ghostwriter.roles import Layout, Role
    from cocoproof.testing.ghostwriter.target import Parameter, Target

__all__ = ["Argument", "CallPlan", "call_plans"]

_MAPPED: frozenset[Role] = frozenset({"mapping", "class to id", "name to id"})
_SOURCES: frozenset[Role] = frozenset({"dataset", "detections", "boxes", "boxes xywh", "labels", "label names", "masks"})
_COLUMNS: frozenset[Role] = frozenset({"boxes", "boxes xywh", "labels", "label names"})
_OUTPUT: frozenset[Role] = frozenset({"file", "folder", "stream"})
_FURTHER: frozenset[Role] = frozenset({"class names", "categories", "scores", "masks", "tracks"})
_WANTED: frozenset[Role] = _MAPPED | _OUTPUT | _FURTHER
"""What a parameter with a default is given, where nothing else has it already."""


@dataclass(frozen=True)
class Argument:
    """One argument of the call.

    Attributes:
        parameter: Its parameter.
        role: What the parameter wants; None where that is not known.
        code: The code of the value.
        named: Whether it is given by name.
    """

    parameter: Parameter
    role: Role | None
    code: str
    named: bool

    @property
    def text(self) -> str:
        """The argument as the call has it."""
        return f"{self.parameter.name}={self.code}" if self.named else self.code


@dataclass(frozen=True)
class CallPlan:
    """One way of calling an exporter.

    Attributes:
        arguments: Those of the function.
        init: Those of the class that has it.
        layout: How columns of detections are given.
        as_text: Whether paths are text where the signature does not say.
    """

    arguments: tuple[Argument, ...]
    init: tuple[Argument, ...]
    layout: Layout
    as_text: bool

    @property
    def roles(self) -> frozenset[Role]:
        """All roles that are given."""
        return frozenset(one.role for one in (*self.arguments, *self.init) if one.role is not None)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The required parameters of which nothing is known."""
        return tuple(one.parameter.name for one in (*self.init, *self.arguments) if one.role is None)

    @property
    def maps(self) -> bool:
        """Whether the exporter gets the mapping in some form."""
        return bool(self.roles & _MAPPED)

    @property
    def has_columns(self) -> bool:
        """Whether detections are given as columns."""
        return bool(self.roles & _COLUMNS)


def call_plans(target: Target) -> list[CallPlan]:
    """Every way of calling an exporter that its signature leaves open, the most likely one first; one at least."""
    roles = {id(one): role_of(one) for one in (*target.init, *(target.parameters or ()))}
    required = [one for one in (*target.init, *(target.parameters or ())) if one.required]
    if not target.is_dataset and not any(roles[id(one)] in _SOURCES for one in required):
        # One of them must have the detections.
        first = next((one for one in required if roles[id(one)] is None), None)
        if first is not None:
            roles[id(first)] = "dataset"
    chosen = list(_chosen(target, roles))
    columns = [(one, role) for one, _ in chosen if (role := roles[id(one)]) is not None]
    layouts: list[Layout] = ["mapping", "lists", "one"]
    for one, role in columns:
        own = layouts_of(role, shape_of(one.annotation))
        layouts = [layout for layout in layouts if layout in own] or layouts
    texts = [False, True] if any(role in ("file", "folder") and not shape_of(one.annotation).is_known for one, role in columns) else [False]
    plans = [_plan(target, chosen, roles, layout, as_text) for layout, as_text in itertools.product(layouts, texts)]
    return list({(plan.arguments, plan.init): plan for plan in reversed(plans)}.values())[::-1]


def _chosen(target: Target, roles: dict[int, Role | None]) -> Iterator[tuple[Parameter, bool]]:
    """The parameters that are given, and whether they are those of the class."""
    every = [(one, True) for one in target.init] + [(one, False) for one in target.parameters or ()]
    required = [(one, init) for one, init in every if one.required]
    taken = {roles[id(one)] for one, _ in required}
    has_columns = bool(taken & _COLUMNS)
    for one, init in every:
        role = roles[id(one)]
        if one.required:
            yield one, init
        elif role in _WANTED and not one.is_variadic and role not in taken and _may_be_given(one, role, taken, has_columns=has_columns):
            taken.add(role)
            yield one, init


def _may_be_given(one: Parameter, role: Role, taken: set[Role | None], *, has_columns: bool) -> bool:
    """Whether a parameter with a default is given: where the default says nothing, and nothing else has what it would have."""
    if role in _OUTPUT:
        return not taken & _OUTPUT
    if role in ("scores", "masks", "tracks"):
        return has_columns and one.default == "None"
    if role in ("class names", "categories") and taken & {"mapping", "dataset"}:
        return False
    return one.default in ("None", "()", "{}", "[]")


def _plan(
    target: Target, chosen: Sequence[tuple[Parameter, bool]], roles: dict[int, Role | None], layout: Layout, as_text: bool
) -> CallPlan:
    def arguments(of_class: bool, every: Sequence[Parameter]) -> tuple[Argument, ...]:
        given = [one for one, init in chosen if init == of_class]
        out, skipped = [], False
        for one in every:
            if one not in given:
                skipped |= not one.is_variadic
                continue
            role = roles[id(one)]
            code = one.name if role is None else code_for(role, one, layout, as_text=as_text)
            named = one.kind == "KEYWORD_ONLY" or (one.kind == "POSITIONAL_OR_KEYWORD" and (skipped or not one.required))
            out.append(Argument(one, role, code, named))
        return tuple(out)

    return CallPlan(arguments(False, target.parameters or ()), arguments(True, target.init), layout, as_text)
