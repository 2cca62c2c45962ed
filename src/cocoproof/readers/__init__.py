"""A COCO file through the real readers, pycocotools and supervision, in a child process with limits."""

from __future__ import annotations

from cocoproof.readers.reload_outcome import (
    MAX_LOSSES,
    Counts,
    Ending,
    IouType,
    Limits,
    Loader,
    LossRows,
    ReloadLoss,
    ReloadOutcome,
    ReloadRequest,
    SelfEvaluation,
    Stage,
)
from cocoproof.readers.reload_process import ReloadProcess

__all__ = [
    "MAX_LOSSES",
    "Counts",
    "Ending",
    "IouType",
    "Limits",
    "Loader",
    "LossRows",
    "ReloadLoss",
    "ReloadOutcome",
    "ReloadProcess",
    "ReloadRequest",
    "SelfEvaluation",
    "Stage",
]
