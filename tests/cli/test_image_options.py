"""`--images`, `--panoptic`, `--no-images` and `--decode`: on the command line, in the configuration, and where they are wrong."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.checking.image_sources import ImageOptions
from cocoproof.cli.main import run
from cocoproof.cli.progress import Progress
from cocoproof.images.png_writer import black_png, segments_png
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import read_source
from cocoproof.rules.examples import dataset, panoptic

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose one picture, of another size, lies in two folders, and beside it under the name of a third."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "instances_val.json").write_text(json.dumps(dataset(images=[{"file_name": "a.png"}])))
    for folder, width in (("val", 65), ("elsewhere", 64), ("broken", 64)):
        (tmp_path / folder).mkdir()
        image = black_png(width, 48)
        damaged = image[:41] + bytes(len(image) - 57) + image[-16:]  # its header and its end are intact
        (tmp_path / folder / "a.png").write_bytes(damaged if folder == "broken" else image)
    return tmp_path


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = run(["check", "annotations/instances_val.json", "--reload", "never", "--format", "json", *arguments])
    out, err = capsys.readouterr()
    return code, json.loads(out)["files"][0] if out else err


def codes(file: Any) -> list[str]:
    return [finding["code"] for finding in file["findings"] if finding["code"] >= "COCO8"]


def test_the_folder_is_given_found_or_left_alone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, file = check(capsys)
    assert (code, codes(file)) == (1, ["COCO803"])
    assert file["images"] == {"path": "val", "guessed": True} or file["images"] == {"path": "annotations/../val", "guessed": True}
    code, file = check(capsys, "--images", "elsewhere")
    assert (code, codes(file), file["images"]) == (0, [], {"path": "elsewhere", "guessed": False})
    code, file = check(capsys, "--no-images")
    assert (code, codes(file), file["images"]) == (0, [], None)


def test_the_text_says_where_and_how_to_leave_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["check", "annotations/instances_val.json", "--reload", "never"])
    out = capsys.readouterr().out
    assert "image files in " in out
    assert "(found beside the file; --no-images opens none)" in out
    run(["check", "annotations/instances_val.json", "--reload", "never", "--images", "elsewhere"])
    assert "image files in elsewhere\n" in capsys.readouterr().out


def test_decoding(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert codes(check(capsys, "--images", "broken")[1]) == []
    assert codes(check(capsys, "--images", "broken", "--decode")[1]) == ["COCO802"]


def test_the_configuration(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configuration = here / "annotations" / "cocoproof.toml"
    options = ("--config", "annotations/cocoproof.toml")
    configuration.write_text('images = "../broken"\ndecode = true\n')  # relative to the configuration
    assert codes(check(capsys, *options)[1]) == ["COCO802"]
    assert codes(check(capsys, *options, "--no-decode")[1]) == []
    assert codes(check(capsys, *options, "--images", "elsewhere")[1]) == []
    configuration.write_text("no-images = true\n")
    assert check(capsys, *options)[1]["images"] is None
    assert codes(check(capsys, *options, "--images", "val")[1]) == ["COCO803"]
    configuration.write_text('images = "memory://nothing/of/that/name"\n')  # an address is relative to nothing
    code, said = check(capsys, *options)
    assert code == 2
    assert "memory://nothing/of/that/name does not exist" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--images", "none"), "the folder of images none does not exist"),
        (("--images", "annotations/instances_val.json"), "a folder in its path is a file"),
        (("--images", "ssh://host/x"), "has the protocol ssh://"),
        (("--panoptic", "none"), "none does not exist"),
        (("--no-images", "--decode"), "--no-images opens none"),
    ],
)
def test_wrong_usage(here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str) -> None:
    code, said = check(capsys, *arguments)
    assert code == 2
    assert words in said.replace("\n", " ")


def test_an_address_without_fsspec_names_the_extra(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    code, said = check(capsys, "--images", "s3://bucket/x")
    assert code == 2
    assert "cocoproof[remote]" in said


def test_panoptic(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "annotations" / "instances_val.json").write_text(json.dumps(panoptic()))
    (here / "maps").mkdir()
    (here / "maps" / "1.png").write_bytes(segments_png(64, 48, {1000: 100, 2000: 201}))
    code, file = check(capsys, "--panoptic", "maps", "--no-images")
    assert (code, codes(file), file["panoptic"]) == (1, ["COCO922"], {"path": "maps", "guessed": False})


def test_hostile_names_reach_no_terminal(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "\x1b[31m\u202egnp.png"
    (here / "annotations" / "instances_val.json").write_text(json.dumps(dataset(images=[{"file_name": name}])))
    run(["check", "annotations/instances_val.json", "--reload", "never", "--images", "val", "--no-color"])
    out = capsys.readouterr().out
    assert "COCO801" in out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_how_far_it_came_is_told(here: Path) -> None:
    (here / "many.json").write_text(json.dumps(dataset(images=[{"file_name": f"{k}.png"} for k in range(300)])))
    told: list[tuple[int, int]] = []
    options = CheckSettings(reload=ReloadMode.NEVER, images=ImageOptions(root="val"))
    check_source(read_source("many.json"), options, watch=lambda done, total: told.append((done, total)))
    assert told[-1] == (300, 300)
    assert len(told) > 3
    assert told == sorted(told)
    with Progress(10) as progress:
        progress.show("reading", 3)
        progress.update_label("image files 5 of 9")
        assert (progress._label, progress._done) == ("image files 5 of 9", 3)


def test_the_progress_of_a_large_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes, and their rate since that began; a total that is not known yet is not shown."""
    now = [100.0]
    monkeypatch.setattr("cocoproof.cli.progress.time.monotonic", lambda: now[0])
    with Progress(10) as progress:
        progress.show_bytes("a.json.gz", 50_000_000, None)
        assert progress._label == "a.json.gz: 50 MB unpacked"
        now[0] += 2
        progress.show_bytes("a.json.gz", 350_000_000, None)
        assert progress._label == "a.json.gz: 350 MB unpacked, 150 MB/s"
        progress.show_bytes("a.json.gz", 0, 16_000_000_000)
        now[0] += 4
        progress.show_bytes("a.json.gz", 2_000_000_000, 16_000_000_000)
        assert progress._label == "a.json.gz: 2.0 GB of 16.0 GB read, 500 MB/s"
