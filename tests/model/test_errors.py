"""One tree of errors: every exception of cocoproof's is a `CocoproofError`, or is listed here with the reason why not."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil

import pytest

import cocoproof
from cocoproof import CocoproofError

INTERNAL = {
    "cocoproof.attestation.digests.Unhashable": "reported with the file by the caller",
    "cocoproof.consumers.loading.NotModelled": "the report says that nothing is known",
    "cocoproof.consumers.loading.LoaderRaised": "what a consumer's loader raises: the report says so",
    "cocoproof.export.json_values.NoJson": "reported by the exporter as ExportError",
    "cocoproof.images.decoding.Undecodable": "becomes a finding",
    "cocoproof.images.headers.window.MalformedHeader": "becomes a finding",
    "cocoproof.images.headers.window.UnsupportedHeader": "another reader is tried",
    "cocoproof.images.open_file.OpenError": "becomes a finding, or ImagesError",
    "cocoproof.input_files.packed_data.PackedError": "reported with the file by the caller",
    "cocoproof.input_files.regular_file.NotRegularError": "reported with the file by the caller",
    "cocoproof.json_text.decoding.JsonError": "reported with the file by the caller",
    "cocoproof.mcp_server.commands.CommandFailed": "answered as an error of the tool",
    "cocoproof.mcp_server.confinement.OutsideRoot": "answered as an error of the tool",
    "cocoproof.mapping.plain_files.PlainFileError": "reported with the file as CategoryListError or MappingError",
    "cocoproof.readers.columns_content.Unread": "becomes a loss of a round trip",
    "cocoproof.reading.plain_rows.NotPlain": "the reader in Python reads the file, and explains it",
    "cocoproof.reports.html.bitmaps.NoBitmap": "the report shows a placeholder",
    "cocoproof.rules.rule.RuleSkipped": "becomes the verdict skipped",
    "cocoproof.sources.jsonl_rows.BadField": "reported with the file as SourceError",
    "cocoproof.sources.protocol.OptionError": "reported as an error of usage",
    "cocoproof.sources.yolo_rows.BadRow": "reported with the file as SourceError",
    "cocoproof.testing.fresh_process.Unusable": "the test is skipped with the reason",
    "cocoproof.testing.ghostwriter.target.TargetError": "reported as an error of usage",
    "cocoproof.testing.importing.oracle.MaskError": "caught where a mask of an importer is compared: a failed test",
    "cocoproof.testing.trial.PropertyBroken": "a failed test: an AssertionError, as pytest expects",
    "cocoproof.testing.trial.Raised": "a failed test",
    "cocoproof.testing.trial.ExportUnreadable": "a failed test",
}
"""Exceptions that no public function lets out, or that are not errors of the user's."""


def exceptions() -> dict[str, type[BaseException]]:
    found = {}
    for module in pkgutil.walk_packages(cocoproof.__path__, "cocoproof."):
        if module.name.endswith("__main__"):
            continue
        # Imported in a child process alone, and only where lvis is installed.
        if module.name == "cocoproof.readers.lvis_reload" and importlib.util.find_spec("lvis") is None:
            continue
        # Imported by `cocoproof mcp` alone, which names the extra.
        if module.name == "cocoproof.mcp_server.tools" and importlib.util.find_spec("mcp") is None:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if inspect.isclass(value) and issubclass(value, BaseException) and value.__module__ == module.name:
                found[f"{module.name}.{name}"] = value
    return found


def test_every_exception_is_in_the_tree_or_internal() -> None:
    public = {name for name in exceptions() if not name.rpartition(".")[2].startswith("_")}
    outside = {name for name in public if not issubclass(exceptions()[name], CocoproofError)}
    assert outside == set(INTERNAL)


def test_every_exception_of_the_tree_is_exported() -> None:
    tree = {value for value in exceptions().values() if issubclass(value, CocoproofError)}
    exported = {getattr(cocoproof, name) for name in cocoproof.__all__ if inspect.isclass(getattr(cocoproof, name))}
    assert tree <= exported


@pytest.mark.parametrize(
    ("name", "base"),
    [
        *((name, ValueError) for name in ("BaselineError", "CategoryListError", "ExportError", "GroundTruthError", "ImagesError")),
        *((name, ValueError) for name in ("MappingError", "SettingsError", "UnknownProfile", "UnknownRule", "NotFixable", "NotComparable")),
        ("ExportVerificationError", RuntimeError),
        ("MissingExtra", ImportError),
        ("SourceError", cocoproof.ExportError),
    ],
)
def test_the_built_in_bases_stay(name: str, base: type[Exception]) -> None:
    assert issubclass(getattr(cocoproof, name), base)
    assert issubclass(getattr(cocoproof, name), CocoproofError)
