"""The catalogue: every rule, in the order of the codes; and how options name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.model.errors import CocoproofError
from cocoproof.model.suggestions import nearest
from cocoproof.rules import (
    areas,
    arrivals,
    boxes,
    categories,
    contract_attributes,
    contract_counts,
    contract_images,
    crashes,
    duplicates,
    identity,
    image_file_names,
    image_files,
    image_libraries,
    image_sizes,
    keypoints,
    lvis,
    masks,
    names,
    near_duplicates,
    numbering,
    oriented,
    oriented_angles,
    panoptic,
    path_names,
    person_dialects,
    plausibility,
    polygons,
    references,
    reload,
    result_meaning,
    results,
    split_classes,
    split_groups,
    split_ids,
    splits,
    structure,
    syntax,
    tracks,
    value_types,
)
from cocoproof.rules.plugins import load_plugins

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cocoproof.rules.rule import Rule

__all__ = ["RULES", "UnknownRule", "find", "known_rules", "rules_named", "select"]

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *areas.RULES,
            *arrivals.RULES,
            *boxes.RULES,
            *categories.RULES,
            *contract_attributes.RULES,
            *contract_counts.RULES,
            *contract_images.RULES,
            *crashes.RULES,
            *duplicates.RULES,
            *identity.RULES,
            *image_file_names.RULES,
            *image_files.RULES,
            *image_libraries.RULES,
            *image_sizes.RULES,
            *keypoints.RULES,
            *lvis.RULES,
            *masks.RULES,
            *names.RULES,
            *near_duplicates.RULES,
            *numbering.RULES,
            *oriented.RULES,
            *oriented_angles.RULES,
            *panoptic.RULES,
            *path_names.RULES,
            *person_dialects.RULES,
            *plausibility.RULES,
            *polygons.RULES,
            *references.RULES,
            *reload.RULES,
            *result_meaning.RULES,
            *results.RULES,
            *split_classes.RULES,
            *split_groups.RULES,
            *split_ids.RULES,
            *splits.RULES,
            *structure.RULES,
            *syntax.RULES,
            *tracks.RULES,
            *value_types.RULES,
        ),
        key=lambda rule: rule.code,
    )
)
"""All rules, by code."""


def known_rules(*, plugins: bool = True) -> tuple[Rule, ...]:
    """All rules, by code, and after them those of plug-ins.

    Args:
        plugins: Whether to look for plug-ins.

    Raises:
        SettingsError: If a plug-in cannot be used.
    """
    return (*RULES, *load_plugins(RULES)) if plugins else RULES


def rules_named(codes: Iterable[str]) -> dict[str, Rule]:
    """All rules by code; plug-ins are looked for only if one of these codes is not a rule of cocoproof.

    Args:
        codes: The codes that a report has.
    """
    own = {rule.code: rule for rule in RULES}
    return own if own.keys() >= set(codes) else {rule.code: rule for rule in known_rules()}


class UnknownRule(CocoproofError, ValueError):
    """A code, prefix or name that no rule has."""

    def __init__(self, given: str, among: Sequence[Rule] | None = None) -> None:
        known = [name for rule in (RULES if among is None else among) for name in (rule.code, rule.name)]
        near = nearest(given, known)
        hint = f"did you mean {near}?" if near else "`cocoproof rules` lists them"
        super().__init__(f"unknown rule {given!r}; {hint}")


def find(given: str, among: Sequence[Rule] | None = None) -> tuple[Rule, ...]:
    """The rules that a code (`COCO501`), a prefix (`COCO5`) or a name (`box-not-positive`) means.

    Args:
        given: The code, prefix or name.
        among: The rules to search; None for those of cocoproof.

    Raises:
        UnknownRule: If there is none.
    """
    text = given.strip()
    known = RULES if among is None else among
    found = tuple(rule for rule in known if rule.name == text.lower() or (text and rule.code.startswith(text.upper())))
    if not found:
        raise UnknownRule(given, known)
    return found


def select(
    chosen: Iterable[str] = (), ignored: Iterable[str] = (), off: frozenset[str] = frozenset(), among: Sequence[Rule] | None = None
) -> tuple[Rule, ...]:
    """The rules to run.

    Args:
        chosen: Codes, prefixes and names; none means all rules but those that are off.
        ignored: The same, taken away again.
        off: Codes of the rules that a profile does not want.
        among: The rules to choose from; None for those of cocoproof.

    Raises:
        UnknownRule: If one of them means no rule.
    """
    known = RULES if among is None else among
    wanted = {rule.code for given in chosen for rule in find(given, known)} or {rule.code for rule in known} - off
    wanted -= {rule.code for given in ignored for rule in find(given, known)}
    return tuple(rule for rule in known if rule.code in wanted)
