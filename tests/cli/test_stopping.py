"""Stopped from outside: nothing is left behind, and nobody is kept waiting."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from cocoproof.readers import Loader
from cocoproof.readers.reload_run import Readers, Reloads
from cocoproof.reading.document import read
from cocoproof.reading.source import read_document
from cocoproof.rules.examples import dataset

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def warm_readers() -> None:
    """Every test here starts its own."""


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", 130)])
def test_a_signal_leaves_no_temporary_files(tmp_path: Path, name: str, code: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "cocoproof", "check", "-"],  # it waits for standard input, its readers running
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        # Who runs the tests in a shell's background has SIGINT ignored, and so had the child.
        preexec_fn=lambda: signal.signal(getattr(signal, name), signal.SIG_DFL),
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.iterdir()) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert list(tmp_path.iterdir())
    time.sleep(0.2)
    process.send_signal(getattr(signal, name))
    _, errors = process.communicate(timeout=30)
    assert process.returncode == code
    assert b"Traceback" not in errors
    assert not list(tmp_path.iterdir())


def test_an_error_does_not_wait_for_the_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    def result(*_: object) -> None:
        pytest.fail("waited")

    monkeypatch.setattr(Readers, "result", result)
    with Readers([Loader.PYCOCOTOOLS]) as readers:
        reloads = Reloads(readers)
        reloads.submit(read(read_document(dataset())), None)
        reloads.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
