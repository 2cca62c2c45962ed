"""A COCO file through the real readers, pycocotools and supervision, in a child process with limits."""

from __future__ import annotations

from cocoproof.reload.outcome import (
    MAX_LOSSES,
    Counts,
    Ending,
    IouType,
    Limits,
    Loader,
    Loss,
    ReloadOutcome,
    ReloadRequest,
    SelfEvaluation,
    Stage,
)
from cocoproof.reload.process import ReloadProcess

__all__ = [
    "MAX_LOSSES",
    "Counts",
    "Ending",
    "IouType",
    "Limits",
    "Loader",
    "Loss",
    "ReloadOutcome",
    "ReloadProcess",
    "ReloadRequest",
    "SelfEvaluation",
    "Stage",
]
