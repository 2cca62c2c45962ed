"""What arrives in a consumer, in one sentence. Text from the file is not escaped here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cocoproof.model.wording import count_of

if TYPE_CHECKING:
    from cocoproof.model.arrivals import Arrival, Loss

__all__ = ["headline", "reason_of"]

_PLURAL = re.compile(r"^(have|are|share|begin)\b")
_SINGULAR = {"have": "has", "are": "is", "share": "shares", "begin": "begins"}


def headline(arrival: Arrival) -> str:
    """What arrives, in one sentence: `detectron2 trains on 0 of 90 annotations: 90 have iscrowd 1`."""
    if arrival.not_modelled is not None or arrival.annotations is None:
        return f"{arrival.consumer}: what arrives is not known: {arrival.not_modelled}"
    lost = [reason_of(loss) for loss in arrival.losses if loss.what == "annotations" and not _is_raised(arrival, loss)]
    if arrival.error is not None:
        lost.append(f"the loader raises {arrival.error}")
    parts = [f"{arrival.consumer} {arrival.verb} {_share(arrival)}" + (f": {', '.join(lost)}" if lost else "")]
    parts += [
        f"{count_of(change.annotations, 'annotation')} of {count_of(change.count, 'class')} get another class" for change in arrival.changes
    ]
    return "; ".join(parts)


def _share(arrival: Arrival) -> str:
    counts = arrival.annotations
    if counts is None:
        return ""
    if counts.arrived == counts.given:
        return f"{'all ' if counts.given > 1 else ''}{count_of(counts.given, 'annotation')}"
    return f"{counts.arrived:,} of {count_of(counts.given, 'annotation')}"


def _is_raised(arrival: Arrival, loss: Loss) -> bool:
    """Whether the loss is what is left when the loader raises its exception."""
    return arrival.error is not None and loss.reason.endswith(arrival.error)


def reason_of(loss: Loss) -> str:
    """The count and the reason: `1 has iscrowd 1`."""
    reason = _PLURAL.sub(lambda match: _SINGULAR[match[1]], loss.reason) if loss.count == 1 else loss.reason
    return f"{loss.count:,} {reason}"
