"""The properties of the process of an export, which all contracts of exporters share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cocoproof.testing.properties import behaviour, process, surroundings
from cocoproof.testing.subject import Property

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    from cocoproof.testing.drawn import DrawnCase

__all__ = ["process_properties"]


def process_properties(
    anything: Callable[[Any], SearchStrategy[DrawnCase]], unmapped: Callable[[Any], SearchStrategy[DrawnCase]]
) -> dict[str, Property]:
    """The properties by name.

    Args:
        anything: Makes datasets, from the claims of an exporter.
        unmapped: The same with detections of a class that the mapping does not have.
    """
    return {
        "unmapped_class_refused": Property(behaviour.unmapped_class_refused, unmapped, "maps_classes", directed="none"),
        "deterministic": Property(behaviour.deterministic, anything, directed="busy"),
        "no_clock": Property(behaviour.no_clock, anything, directed="none"),
        "input_unchanged": Property(behaviour.input_unchanged, anything),
        "atomic_overwrite": Property(behaviour.atomic_overwrite, anything, directed="busy"),
        "replaced_at_once": Property(behaviour.replaced_at_once, anything, directed="busy"),
        "nothing_left_behind": Property(surroundings.nothing_left_behind, None, "writes_one_file", directed="busy"),
        "no_side_effects": Property(surroundings.no_side_effects, None, directed="busy"),
        "images_not_decoded": Property(surroundings.images_not_decoded, None, "reads_headers_only", directed="busy"),
        "after_a_failure": Property(process.after_a_failure, None, directed="busy"),
        "at_the_same_time": Property(process.at_the_same_time, None, directed="busy", tries=40),
        "independent_of_process": Property(process.independent_of_process, None, directed="busy", tries=1),
    }
