"""Attestations: which files passed which rules, as an in-toto statement, and whether files still are those that passed.

`digests` hashes files, `statement` makes a statement of a report, `verification` reads one and compares it with files. Signing is left to
cosign, sigstore and the like.
"""

from __future__ import annotations

__all__: list[str] = []
