"""Reads an attestation, and compares its digests with files."""

from __future__ import annotations

import base64
import binascii
import enum
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import msgspec

from cocoproof.attestation.digests import Unhashable, sha256_of
from cocoproof.attestation.statement import PREDICATE, STATEMENT, HashedFile
from cocoproof.input_files.regular_file import read_regular
from cocoproof.json_text.decoding import JsonError, decode
from cocoproof.model.errors import CocoproofError
from cocoproof.model.suggestions import quoted

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

__all__ = ["Attestation", "AttestationError", "ChangedFile", "FileChange", "read_attestation", "verify_files"]

_LARGEST = 1 << 30
"""Bytes of an attestation: one of eight million files has as many."""

_OBJECT = msgspec.json.Decoder(dict[str, Any])

_SHA256 = re.compile(r"[0-9a-f]{64}")


class AttestationError(CocoproofError, ValueError):
    """An attestation cannot be read, or is not one of cocoproof."""


@dataclass(frozen=True, kw_only=True)
class Attestation:
    """What an attestation says.

    Attributes:
        files: The files that were attested.
        result: `PASSED`, `WARNED` or `FAILED`.
        tool: The release that checked them, such as `cocoproof 0.1.0`.
        signed: Whether it is in an envelope with signatures. They are not verified.
    """

    files: tuple[HashedFile, ...]
    result: str
    tool: str
    signed: bool


class FileChange(str, enum.Enum):
    """How a file differs from the one that was attested."""

    CHANGED = "changed"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that is not the one that was attested.

    Attributes:
        name: As in the attestation.
        change: What is different.
        reason: Why it cannot be read; "" for the other changes.
    """

    name: str
    change: FileChange
    reason: str = ""


def read_attestation(path: str | os.PathLike[str]) -> Attestation:
    """Read a statement, the DSSE envelope around one, or the sigstore bundle around that.

    Raises:
        AttestationError: If it is none of these, or the statement is not one of test results.
    """
    name = quoted(str(path))
    try:
        data = read_regular(path, _LARGEST)
    except (OSError, ValueError) as error:
        msg = f"{name}: {getattr(error, 'strerror', None) or error}"
        raise AttestationError(msg) from None
    if len(data) > _LARGEST:
        msg = f"{name} is larger than {_LARGEST // 2**30} GiB"
        raise AttestationError(msg)
    document = _decoded(data, name)
    signed = False
    envelope = document.get("dsseEnvelope", document)
    if isinstance(envelope, dict) and "payload" in envelope:
        signed = True
        try:
            payload = base64.b64decode(str(envelope["payload"]), validate=True)
        except (binascii.Error, ValueError):
            msg = f"{name}: the payload of the envelope is not base64"
            raise AttestationError(msg) from None
        document = _decoded(payload, name)
    return _read_statement(document, name, signed=signed)


def _decoded(data: bytes, name: str) -> dict[str, Any]:
    try:
        return decode(data, _OBJECT)
    except JsonError as error:
        msg = f"{name} is not a JSON object: {error}"
        raise AttestationError(msg) from None


def _read_statement(document: dict[str, Any], name: str, *, signed: bool) -> Attestation:
    for key, expected in (("_type", STATEMENT), ("predicateType", PREDICATE)):
        if document.get(key) != expected:
            msg = f"{name} is not an attestation of test results: {key} is {quoted(document.get(key))}, and {expected} was expected"
            raise AttestationError(msg)
    predicate = document.get("predicate")
    subjects = document.get("subject")
    if not isinstance(predicate, dict) or not isinstance(subjects, list) or not subjects:
        msg = f"{name}: the statement has no subjects, or no predicate"
        raise AttestationError(msg)
    configuration = predicate.get("configuration")
    tool = configuration[0] if isinstance(configuration, list) and configuration and isinstance(configuration[0], dict) else {}
    settings = tool.get("annotations")
    if tool.get("name") != "cocoproof" or not isinstance(settings, dict):
        msg = f"{name} was not made by cocoproof"
        raise AttestationError(msg)
    return Attestation(
        files=tuple(_subjects(subjects, name)),
        result=str(predicate.get("result"))[:20],
        tool=f"cocoproof {str(settings.get('version'))[:40]}",
        signed=signed,
    )


def _subjects(subjects: list[Any], name: str) -> Iterator[HashedFile]:
    for row in subjects:
        own = row.get("name") if isinstance(row, dict) else None
        digest = row.get("digest") if isinstance(row, dict) else None
        sha256 = digest.get("sha256") if isinstance(digest, dict) else None
        if not isinstance(own, str) or not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
            msg = f"{name}: a subject has no name, or no SHA-256"
            raise AttestationError(msg)
        path = PurePosixPath(own)
        if not own or "\0" in own or "\\" in own or path.is_absolute() or ".." in path.parts or Path(own).drive:
            msg = f"{name}: the subject {quoted(own)} is not below the folder of a dataset"
            raise AttestationError(msg)
        yield HashedFile(own, sha256)


def verify_files(attestation: Attestation, folder: str | os.PathLike[str]) -> Iterator[ChangedFile]:
    """The files of a folder that are not those that were attested, in the order of the attestation.

    Args:
        attestation: The attestation.
        folder: The folder that its names are below.
    """
    for file in attestation.files:
        path = Path(folder, file.name)
        if not path.exists():
            yield ChangedFile(file.name, FileChange.MISSING)
            continue
        try:
            found = sha256_of(path)
        except Unhashable as error:
            yield ChangedFile(file.name, FileChange.UNREADABLE, str(error))
            continue
        if found != file.sha256:
            yield ChangedFile(file.name, FileChange.CHANGED)
