"""`cocoproof fix` on the command line: what it writes where, what it says, and with which code it ends."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cocoproof.cli.main import run
from cocoproof.rules.examples import GONE, dataset, results

BROKEN = dataset([{"id": 0}, {"area": GONE}, {"bbox": [54, 5, 20, 16], "segmentation": []}])
DUE = dataset([{"id": 4}, {}, {"bbox": [54, 5, 20, 16], "segmentation": []}])


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(BROKEN), encoding="utf-8")
    return path


def load(path):
    data = Path(path).read_bytes()
    return json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)


def in_any_order(document):
    return json.loads(json.dumps(document, sort_keys=True))


class TestWhere:
    def test_to_another_file(self, file, tmp_path, capsys):
        before = file.read_bytes()
        assert run(["fix", str(file), "-o", "out.json"]) == 0
        assert in_any_order(load(tmp_path / "out.json")) == in_any_order(DUE)
        assert file.read_bytes() == before
        assert "written to out.json" in capsys.readouterr().out

    @pytest.mark.parametrize("options", [[], ["--dry-run"], ["--diff"], ["--dry-run", "-o", "out.json"], ["--diff", "--in-place"]])
    def test_nowhere_unless_told(self, file, tmp_path, options):
        before = file.read_bytes()
        assert run(["fix", str(file), *options]) == 1
        assert file.read_bytes() == before
        assert [path.name for path in tmp_path.iterdir()] == ["broken.json"]

    def test_in_place(self, file, tmp_path):
        assert run(["fix", str(file), "--in-place"]) == 0
        assert in_any_order(load(file)) == in_any_order(DUE)
        first = file.read_bytes()
        changed = file.stat().st_mtime_ns
        assert run(["fix", str(file), "--in-place"]) == 0
        assert file.read_bytes() == first
        assert file.stat().st_mtime_ns == changed  # nothing to mend: not even written
        assert [path.name for path in tmp_path.iterdir()] == ["broken.json"]

    def test_several_in_place(self, file, tmp_path):
        other = tmp_path / "sound.json"
        other.write_text(json.dumps(dataset()), encoding="utf-8")
        assert run(["fix", str(tmp_path), "--in-place"]) == 0
        assert load(other) == dataset()
        assert run(["fix", str(tmp_path)]) == 0

    @pytest.mark.parametrize("same", ["broken.json", "./broken.json", "link.json", "hard.json"])
    def test_never_over_the_file_itself(self, file, tmp_path, same, capsys):
        if same == "link.json":
            (tmp_path / same).symlink_to(file)
        elif same == "hard.json":
            (tmp_path / same).hardlink_to(file)
        before = file.read_bytes()
        assert run(["fix", str(file), "-o", same]) == 2
        assert file.read_bytes() == before
        assert "--in-place" in capsys.readouterr().err

    def test_a_file_without_defects_is_copied(self, tmp_path):
        path, out = tmp_path / "sound.json", tmp_path / "out.json"
        path.write_bytes(json.dumps(dataset(), indent=3).encode() + b"\n\n")
        assert run(["fix", str(path), "-o", str(out)]) == 0
        assert out.read_bytes() == path.read_bytes()

    def test_an_old_file_stays_whole_when_writing_fails(self, file, tmp_path, capsys):
        assert run(["fix", str(file), "-o", str(tmp_path / "none" / "out.json")]) == 2
        assert "cannot write" in capsys.readouterr().err

    def test_what_is_read_besides_is_not_written_over(self, file, tmp_path, capsys):
        (tmp_path / "classes.txt").write_text("cat\ndog\n", encoding="utf-8")
        assert run(["fix", str(file), "--categories", "classes.txt", "-o", "classes.txt"]) == 2
        assert (tmp_path / "classes.txt").read_text(encoding="utf-8") == "cat\ndog\n"
        assert "it is the category list" in capsys.readouterr().err

    def test_what_somebody_else_wrote_meanwhile_is_not_lost(self, file, monkeypatch, capsys):
        from cocoproof import fix as package

        def slow(source, options):
            found = package.fix_file.fix(source, options)
            file.write_text(json.dumps(dataset()), encoding="utf-8")
            return found

        monkeypatch.setattr(package, "fix", slow)
        assert run(["fix", str(file), "--in-place"]) == 2
        assert load(file) == dataset()
        assert "changed by another program" in capsys.readouterr().err

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="root alone can give files away")
    def test_the_owner_stays(self, file):
        os.chown(file, 12345, 12346)
        assert run(["fix", str(file), "--in-place"]) == 0
        assert (file.stat().st_uid, file.stat().st_gid) == (12345, 12346)

    @pytest.mark.parametrize(
        "options",
        [
            ["-o", "a.json", "--in-place"],
            ["--select", "COCO301"],
            ["--select", "COCO9999"],
            ["--fractions", "middle"],
            ["--categories", "no.txt"],
        ],
    )
    def test_wrong_usage(self, file, options):
        assert run(["fix", str(file), *options]) == 2

    def test_one_output_for_two_files(self, file, tmp_path):
        (tmp_path / "more.json").write_text(json.dumps(BROKEN), encoding="utf-8")
        assert run(["fix", str(file), "more.json", "-o", "out.json"]) == 2


class TestGzip:
    def test_as_it_came_or_as_the_name_says(self, file, tmp_path):
        packed = tmp_path / "broken.json.gz"
        packed.write_bytes(gzip.compress(file.read_bytes(), mtime=0))
        assert run(["fix", str(packed), "-o", "plain.json"]) == 0
        assert (tmp_path / "plain.json").read_bytes()[:1] == b"{"
        assert run(["fix", str(file), "-o", "packed.json.gz"]) == 0
        assert gzip.decompress((tmp_path / "packed.json.gz").read_bytes()) == (tmp_path / "plain.json").read_bytes()
        assert run(["fix", str(packed), "--in-place"]) == 0
        assert packed.read_bytes() == (tmp_path / "packed.json.gz").read_bytes()
        assert run(["fix", "packed.json.gz", "-o", "again.json.gz"]) == 0
        assert (tmp_path / "again.json.gz").read_bytes() == packed.read_bytes()


class TestPipe:
    def piped(self, data, *options):
        command = [sys.executable, "-m", "cocoproof", "fix", "-", *options]
        return subprocess.run(command, input=data, capture_output=True, check=False)

    def test_from_standard_input_to_standard_output(self, file):
        done = self.piped(file.read_bytes())
        assert done.returncode == 0
        assert in_any_order(json.loads(done.stdout)) == in_any_order(DUE)
        assert b"COCO207" in done.stderr

    def test_packed(self, file):
        done = self.piped(gzip.compress(file.read_bytes()))
        assert json.loads(gzip.decompress(done.stdout))["annotations"][0]["id"] == 4

    def test_standard_input_has_no_place_of_its_own(self, file, monkeypatch):
        assert run(["fix", "-", "--in-place"]) == 2
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.read_bytes())))
        assert run(["fix", "-", "--dry-run"]) == 1

    def test_a_file_to_standard_output(self, file, capfdbinary):
        assert run(["fix", str(file), "-o", "-"]) == 0
        out, err = capfdbinary.readouterr()
        assert in_any_order(json.loads(out)) == in_any_order(DUE)
        assert b"written to standard output" in err


class TestWhat:
    def test_what_is_said(self, file, capsys):
        assert run(["fix", str(file), "--no-color", "--examples", "1"]) == 1
        out = capsys.readouterr().out.replace("→", "->")
        assert "COCO207 annotation-id-zero" in out
        assert "/annotations/0/id  0 -> 4" in out
        assert "/annotations/1/area  none -> 320" in out
        assert "on request, with --unsafe-fixes" in out
        assert "COCO502" in out
        assert "errors 2 -> 0" in out
        assert "nothing was written" in out

    def test_names_of_the_file_are_inert(self, file, capsys):
        evil = "\x1b[2J\u202e"
        document = dataset([{"id": 0, "iscrowd": "1" + evil}, {"iscrowd": False, evil: 1}])
        file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        for options in ([], ["--diff"], ["--format", "json"]):
            run(["fix", str(file), "--no-color", *options])
            out = capsys.readouterr().out
            assert "\x1b" not in out
            assert "\u202e" not in out

    def test_json(self, file, capsys):
        assert run(["fix", str(file), "--format", "json", "-o", "out.json"]) == 0
        (told,) = json.loads(capsys.readouterr().out)["files"]
        assert told["counts"] == {"COCO106": 1, "COCO207": 1}
        assert told["on_request"] == {"COCO502": 1, "COCO606": 1}
        assert told["changes"] == [
            {"code": "COCO106", "pointer": "/annotations/1/area", "before": None, "after": "320", "safe": True},
            {"code": "COCO207", "pointer": "/annotations/0/id", "before": "0", "after": "4", "safe": True},
        ]
        assert (told["before"]["errors"], told["after"]["errors"], told["written"]) == (2, 0, "out.json")

    def test_diff(self, file, capsys):
        file.write_text(json.dumps(BROKEN, indent=2), encoding="utf-8")
        assert run(["fix", str(file), "--diff"]) == 1
        lines = capsys.readouterr().out.splitlines()
        assert [line for line in lines if line.startswith(("-  ", "+  "))] == [
            '-      "id": 0,',
            '+      "id": 4,',
            "-      ]",
            "+      ],",
            '+      "area": 320',
        ]

    def test_options_reach_the_fixers(self, file, tmp_path):
        (tmp_path / "classes.txt").write_text("dog\ncat\n", encoding="utf-8")
        assert run(["fix", str(file), "-o", "out.json", "--categories", "classes.txt", "--ignore", "COCO207", "--unsafe-fixes"]) == 0
        after = load(tmp_path / "out.json")
        assert [row["name"] for row in after["categories"]] == ["dog", "cat"]
        assert after["annotations"][0]["id"] == 0
        assert after["annotations"][2]["bbox"] == [54, 5, 10, 16]

    def test_the_configuration_counts(self, file, tmp_path):
        (tmp_path / "classes.txt").write_text("dog\ncat\n", encoding="utf-8")
        (tmp_path / "cocoproof.toml").write_text('categories = "classes.txt"\nignore = ["COCO106"]\n', encoding="utf-8")
        assert run(["fix", str(file), "-o", "out.json"]) == 0
        after = load(tmp_path / "out.json")
        assert [row["name"] for row in after["categories"]] == ["dog", "cat"]
        assert "area" not in after["annotations"][1]

    def test_results_with_their_ground_truth(self, tmp_path):
        (tmp_path / "truth.json").write_text(json.dumps(dataset()), encoding="utf-8")
        (tmp_path / "found.json").write_text(json.dumps(results([{"bbox": [0.5, 0.25, 0.5, 0.5]}])), encoding="utf-8")
        options = ["--gt", str(tmp_path / "truth.json"), "--fractions", "xywh", "-o", str(tmp_path / "out.json")]
        assert run(["fix", str(tmp_path / "found.json"), *options]) == 0
        assert load(tmp_path / "out.json")[0]["bbox"] == [32, 12, 32, 24]


class TestBadInput:
    @pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe{\0", b'{"type": "FeatureCollection"}', b"\x1f\x8bno", b"[[[[" * 1000])
    def test_what_cannot_be_mended_is_wrong_usage(self, tmp_path, capsys, data):
        path = tmp_path / "bad.json"
        path.write_bytes(data)
        assert run(["fix", str(path), "-o", str(tmp_path / "out.json")]) == 2
        assert "bad.json" in capsys.readouterr().err
        assert not (tmp_path / "out.json").exists()

    def test_the_other_files_are_mended_all_the_same(self, file, tmp_path):
        (tmp_path / "a.json").write_bytes(b"{")
        assert run(["fix", "a.json", str(file), "missing.json", "--in-place"]) == 2
        assert in_any_order(load(file)) == in_any_order(DUE)

    def test_only_the_mark_of_a_broken_text_is_taken_away(self, tmp_path, capsys):
        path = tmp_path / "bad.json"
        path.write_bytes(b"\xef\xbb\xbf{")
        assert run(["fix", str(path), "--diff"]) == 1
        assert run(["fix", str(path), "--in-place"]) == 1  # what is left is no JSON
        assert path.read_bytes() == b"{"
        assert "nothing else can be checked or fixed" in capsys.readouterr().out

    def test_a_text_that_fails_the_proof_is_not_written(self, file, tmp_path, capsys, monkeypatch):
        """Here a splice is made to go wrong, which no input is known to do."""
        from cocoproof.fix import fix_file as module

        true = module.spliced
        monkeypatch.setattr(module, "spliced", lambda text, changes: true(text, changes).replace(b'"width": 64', b'"width": 65'))
        before = file.read_bytes()
        assert run(["fix", str(file), "--in-place"]) == 3
        assert file.read_bytes() == before
        said = capsys.readouterr().err
        assert "/images/0/width is 65, and was 64" in said
        assert "nothing was written" in said
