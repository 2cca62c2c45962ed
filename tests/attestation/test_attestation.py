"""Attestations: what they say, and that every changed byte is found."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof import AttestationError
from cocoproof.attestation.verification import FileChange, read_attestation, verify_files
from cocoproof.cli import attest as command
from cocoproof.cli.main import run
from cocoproof.images.png_writer import black_png

if TYPE_CHECKING:
    from collections.abc import Sequence

FIXTURES = Path(__file__).parents[2] / "fixtures"


def document(**changes: Any) -> dict[str, Any]:
    rows = {
        "images": [
            {"id": 1, "file_name": "below/a.png", "width": 5, "height": 4},
            {"id": 2, "file_name": "b.png", "width": 6, "height": 4},
        ],
        "annotations": [{"id": k, "image_id": k, "category_id": 1, "bbox": [0, 0, 2, 2], "area": 4, "iscrowd": 0} for k in (1, 2)],
        "categories": [{"id": 1, "name": "cat"}],
    }
    return rows | changes


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "dataset"
    (folder / "images" / "below").mkdir(parents=True)
    (folder / "images" / "below" / "a.png").write_bytes(black_png(5, 4))
    (folder / "images" / "b.png").write_bytes(black_png(6, 4))
    (folder / "train.json").write_text(json.dumps(document()))
    monkeypatch.chdir(tmp_path)
    return folder


def attested(dataset: Path, *options: str, name: str = "attestation.json") -> dict[str, Any]:
    out = dataset.parent / name
    assert run(["attest", str(dataset / "train.json"), "-o", str(out), "--reload", "never", *options]) == 0
    statement: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return statement


def verified(dataset: Path, capsys: pytest.CaptureFixture[str], name: str = "attestation.json") -> tuple[int, str]:
    capsys.readouterr()
    return run(["verify-attestation", str(dataset.parent / name), str(dataset)]), capsys.readouterr().out


def test_it_names_files_by_their_digests_and_rules_by_their_verdicts(dataset: Path) -> None:
    statement = attested(dataset)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    digest = hashlib.sha256((dataset / "train.json").read_bytes()).hexdigest()
    assert statement["subject"] == [{"name": "train.json", "digest": {"sha256": digest}}]
    predicate = statement["predicate"]
    groups = [predicate[name] for name in ("failedTests", "warnedTests", "notedTests", "passedTests", "skippedTests")]
    codes = [code for group in groups for code in group]
    assert len(set(codes)) == len(codes) > 120
    assert predicate["failedTests"] == []
    assert predicate["result"] == ("WARNED" if predicate["warnedTests"] else "PASSED")
    assert "COCO201" in predicate["passedTests"]
    assert "COCO801" in predicate["skippedTests"]  # no image file was opened
    (file,) = predicate["files"]
    assert (file["name"], file["kind"], file["counts"]["annotations"]) == ("train.json", "instances", 2)
    assert set(file["passed"]) | set(file["failed"]) | set(file["skipped"]) == set(codes)
    assert all(file["skipped"].values())


def test_images_are_attested_where_their_folder_is_named(dataset: Path) -> None:
    statement = attested(dataset, "--images", str(dataset / "images"))
    assert [one["name"] for one in statement["subject"]] == ["images/b.png", "images/below/a.png", "train.json"]
    assert "COCO801" in statement["predicate"]["passedTests"]
    assert statement["predicate"]["configuration"][0]["annotations"]["options"]["images"] is True


def test_a_warning_is_not_a_pass(dataset: Path) -> None:
    (dataset / "train.json").write_text(json.dumps(document(categories=[{"id": 1, "name": "cat "}])))
    predicate = attested(dataset)["predicate"]
    assert predicate["result"] == "WARNED"
    assert predicate["warnedTests"]


def test_the_same_dataset_has_the_same_attestation(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attested(dataset, name="one.json")
    before = (dataset.parent / "one.json").read_bytes()
    os.utime(dataset / "train.json", (1, 1))
    moved = dataset.parent / "elsewhere" / "dataset"
    moved.parent.mkdir()
    dataset.rename(moved)
    monkeypatch.chdir(moved)
    assert run(["attest", "train.json", "-o", "two.json", "--reload", "never"]) == 0
    assert (moved / "two.json").read_bytes() == before


def test_files_given_as_inputs_are_named_too(dataset: Path) -> None:
    (dataset / "classes.txt").write_text("cat\n")
    _, classes = attested(dataset, "--categories", str(dataset / "classes.txt"))["predicate"]["configuration"]
    assert classes == {"name": "classes.txt", "digest": {"sha256": hashlib.sha256(b"cat\n").hexdigest()}}


@pytest.mark.parametrize("change", ["byte", "gone", "folder", "image", "none"])
def test_what_changed_is_named(dataset: Path, change: str, capsys: pytest.CaptureFixture[str]) -> None:
    attested(dataset, "--images", str(dataset / "images"))
    name = "images/below/a.png" if change == "image" else "train.json"
    path = dataset / name
    data = bytearray(path.read_bytes())
    if change in ("byte", "image"):
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    elif change != "none":
        path.unlink()
        if change == "folder":
            path.mkdir()
    code, out = verified(dataset, capsys)
    if change == "none":
        assert (code, out.split(",")[0]) == (0, "3 files unchanged")
        return
    word = {"byte": "changed", "image": "changed", "gone": "missing", "folder": "unreadable"}[change]
    assert code == 1
    assert out.splitlines()[0].startswith(f"{word}: {name}")
    assert "1 of 3 files changed or missing" in out


def test_a_dataset_with_errors_is_not_attested(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (dataset / "train.json").write_text(json.dumps(document(categories=[])))
    assert run(["attest", str(dataset / "train.json"), "-o", str(dataset / "att.json"), "--reload", "never"]) == 1
    assert "not attested" in capsys.readouterr().out
    assert not (dataset / "att.json").exists()


def test_a_file_that_changes_meanwhile_is_not_attested(
    dataset: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = command.run_check

    def check(files: Sequence[str], *others: Any) -> Any:
        report = real(files, *others)
        with Path(files[0]).open("a") as file:
            file.write(" ")
        return report

    monkeypatch.setattr(command, "run_check", check)
    assert run(["attest", str(dataset / "train.json"), "-o", str(dataset / "att.json"), "--reload", "never"]) == 1
    assert "was changed" in capsys.readouterr().out
    assert not (dataset / "att.json").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-"], "not a file on disk"),
        (["dataset/train.json", "--images", "https://example.org/images"], "not a file on disk"),
        (["dataset/train.json", "--root", "dataset/images"], "name another with --root"),
        (["dataset/train.json", "-o", "dataset/train.json"], "train.json"),
    ],
)
def test_usage(dataset: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = (dataset / "train.json").read_bytes()
    assert run(["attest", "-o", "out.json", "--reload", "never", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert (dataset / "train.json").read_bytes() == before


def test_an_envelope_is_opened_and_its_signature_is_said_not_to_be_verified(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    attested(dataset)
    payload = base64.b64encode((dataset.parent / "attestation.json").read_bytes()).decode()
    envelope = {"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": [{"keyid": "", "sig": "AA=="}]}
    bundle = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": envelope}
    for name, text in (("dsse.json", envelope), ("bundle.json", bundle)):
        (dataset.parent / name).write_text(json.dumps(text))
        code, out = verified(dataset, capsys, name)
        assert (code, "its signature was not verified" in out) == (0, True)


def statement(**changes: Any) -> dict[str, Any]:
    row = {"name": "a.json", "digest": {"sha256": "0" * 64}}
    tool = {"name": "cocoproof", "annotations": {"version": "1"}}
    whole = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [row],
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {"result": "PASSED", "configuration": [tool]},
    }
    return whole | changes


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 5000,
        "\ud800",
        json.dumps({"payload": "%%%"}),
        json.dumps({"payload": base64.b64encode(b"[]").decode()}),
        json.dumps({"dsseEnvelope": 3}),
        json.dumps(statement(_type="https://in-toto.io/Statement/v0.1")),
        json.dumps(statement(predicateType="https://slsa.dev/provenance/v1")),
        json.dumps(statement(predicate=3)),
        json.dumps(statement(predicate={"result": "PASSED", "configuration": []})),
        json.dumps(statement(predicate={"result": "PASSED", "configuration": [{"name": "other", "annotations": {}}]})),
        json.dumps(statement(subject=[])),
        json.dumps(statement(subject=["a.json"])),
        *(
            json.dumps(statement(subject=[{"name": name, "digest": {"sha256": "0" * 64}}]))
            for name in ("../a.json", "/etc/passwd", "a/../../b", "", "a\0b", "a\\b", None, 3)
        ),
        json.dumps(statement(subject=[{"name": "a", "digest": {"sha256": "0" * 63}}])),
        json.dumps(statement(subject=[{"name": "a", "digest": {"sha1": "0" * 40}}])),
    ],
)
def test_what_is_not_an_attestation_is_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "attestation.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(AttestationError):
        read_attestation(path)
    assert run(["verify-attestation", str(path), str(tmp_path)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_one_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(AttestationError):
            read_attestation(path)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no FIFOs")
def test_a_fifo_in_the_place_of_a_file_does_not_block(dataset: Path) -> None:
    attested(dataset)
    (dataset / "train.json").unlink()
    os.mkfifo(dataset / "train.json")
    (changed,) = verify_files(read_attestation(dataset.parent / "attestation.json"), dataset)
    assert changed.change is FileChange.UNREADABLE
