"""The root of the exceptions that cocoproof raises on purpose."""

from __future__ import annotations

__all__ = ["CocoproofError", "MissingExtra", "SettingsError"]


class CocoproofError(Exception):
    """The base class of all exceptions of cocoproof's public functions.

    Each exception keeps a built-in base as well, such as ValueError, so that callers need not know this one.
    """


class SettingsError(CocoproofError, ValueError):
    """Options that cannot be used: an unknown name, a value of the wrong type, or two options that contradict each other."""


class MissingExtra(CocoproofError, ImportError):
    """An optional dependency is not installed; the message names the extra to install."""
