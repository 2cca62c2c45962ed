"""Messages of the child to the parent: JSON lines, one per stage, so that the results before a crash are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

import msgspec

from cocoproof.json_text import REFUSALS
from cocoproof.readers.reload_outcome import Counts, Ending, LossRows, ReloadLoss, ReloadOutcome, SelfEvaluation, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from cocoproof.sandbox.process import Death

__all__ = ["MAX_LINE", "Answer", "Entered", "Evaluated", "Finished", "Held", "Message", "ReloadFailed", "encode"]

MAX_LINE = 2**26
"""The most bytes of a message; a child that sends more is damaged."""


class Entered(msgspec.Struct, tag="entered", frozen=True, forbid_unknown_fields=True):
    """A stage begins, so the one before it is complete."""

    stage: Stage


class Held(msgspec.Struct, tag="held", frozen=True, forbid_unknown_fields=True):
    """The content of the reader and its losses; a later message adds to the losses and replaces the counts."""

    losses: tuple[ReloadLoss, ...]
    loss_count: int
    counts: Counts
    loss_rows: tuple[LossRows, ...] = ()


class Evaluated(msgspec.Struct, tag="evaluated", frozen=True, forbid_unknown_fields=True):
    """One evaluation."""

    evaluation: SelfEvaluation


class ReloadFailed(msgspec.Struct, tag="failed", frozen=True, forbid_unknown_fields=True):
    """The reload has failed, for a reason."""

    ending: Ending
    failure: str


class Finished(msgspec.Struct, tag="finished", frozen=True, forbid_unknown_fields=True):
    """The reload is complete."""


Message: TypeAlias = Entered | Held | Evaluated | ReloadFailed | Finished

encode: Callable[[Message], bytes] = msgspec.json.Encoder().encode
"""A message as one line of JSON, without the newline."""

_decode = msgspec.json.Decoder(Message).decode


class Answer:
    """One reply, built from its lines."""

    def __init__(self) -> None:
        self._stage = Stage.START
        self._held = Held((), 0, Counts())
        self._evaluations: list[SelfEvaluation] = []
        self._end: ReloadFailed | Finished | None = None

    @property
    def ended(self) -> bool:
        """Whether it is complete: it reached its end, or a line that is not a message."""
        return self._end is not None

    def take(self, line: bytes) -> None:
        """Add one line, which is used only if it is a message."""
        try:
            message = _decode(line)
        except REFUSALS:
            self._end = ReloadFailed(Ending.BROKEN, "the child process gave an invalid answer")
            return
        if isinstance(message, Entered):
            self._stage = message.stage
        elif isinstance(message, Held):
            losses, rows = self._held.losses + message.losses, self._held.loss_rows + message.loss_rows
            self._held = Held(losses, self._held.loss_count + message.loss_count, message.counts, rows)
        elif isinstance(message, Evaluated):
            self._evaluations.append(message.evaluation)
        else:
            self._end = message

    def outcome(self, death: Death | None) -> ReloadOutcome:
        """The outcome of the reload.

        Args:
            death: How the child died before the reply was complete; None if it did not.
        """
        end = self._end
        if end is None:
            # A child that had not opened the file yet did not die because of it.
            ending = Ending.DIED if death and self._stage is not Stage.START else Ending.BROKEN
            if death is not None and death.limit:
                ending = Ending.LIMIT
            end = ReloadFailed(ending, death.reason if death else "the child process gave an incomplete answer")
        loaded = self._stage not in {Stage.START, Stage.LOAD}
        failure = None
        if isinstance(end, ReloadFailed):
            failure = f"{end.failure} while {self._stage.value}" if loaded else end.failure
        return ReloadOutcome(
            loaded,
            end.ending if isinstance(end, ReloadFailed) else Ending.COMPLETE,
            self._stage,
            failure,
            self._held.losses,
            self._held.loss_count,
            tuple(self._evaluations),
            self._held.counts,
            self._held.loss_rows,
        )


class SendMessage(Protocol):
    """Says something to the parent."""

    def __call__(self, message: Message, /) -> None:
        """Send one message at once."""
