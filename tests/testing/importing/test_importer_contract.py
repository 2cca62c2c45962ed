"""The contract of importers tested: right ones pass, and each broken one is caught by the property that names it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

import cocoproof
from cocoproof.testing import FileCase, FileForm, ImportedDataset, ImporterContract
from cocoproof.testing.claims import Claims
from cocoproof.testing.importing.file_form import ids_at
from cocoproof.testing.importing.file_worlds import FileWorlds
from cocoproof.testing.importing.import_list import PROPERTIES
from cocoproof.testing.importing.oracle import MaskError, pixels_of
from cocoproof.testing.trial import PropertyBroken, Raised

from ...examples import PROFILE
from .honest import STYLES, Honest
from .saboteurs import SABOTEURS

PAGE = Path(__file__).parents[3] / "docs" / "contract.md"
ALL = Claims(masks=True, crowds=True, folders=True, mapped=True, first_category_id=None)
SMALL = [saboteur for saboteur in SABOTEURS if not saboteur.size]
SIZED = [saboteur for saboteur in SABOTEURS if saboteur.size]
SEEDS = (1, 2, 3) if PROFILE != "ordinary" else (1,)


def caught(contract, saboteur) -> None:
    with pytest.raises(PropertyBroken, match=rf"^{saboteur.breaks}: ") as error:
        contract.prove(saboteur.breaks, shrink=False)
    assert not isinstance(error.value, Raised), "a saboteur that stumbles over itself would be caught by anything"


class TestHonest(Honest):
    """The whole contract on an importer that is right."""

    max_examples = 10
    directed = "none"


@pytest.mark.parametrize("saboteur", SMALL, ids=lambda saboteur: saboteur.name)
def test_is_caught_by_the_property_that_names_it(saboteur) -> None:
    for seed in SEEDS:
        contract = saboteur.make()
        contract.seed = seed
        contract.max_examples = 0 if PROFILE == "ordinary" and PROPERTIES[saboteur.breaks].directed != "none" else 60
        caught(contract, saboteur)


@pytest.mark.fuzz
@pytest.mark.parametrize("saboteur", SIZED, ids=lambda saboteur: saboteur.name)
def test_is_caught_by_the_whole_contract(saboteur) -> None:
    contract = saboteur.make()
    contract.max_examples = 100
    caught(contract, saboteur)


@pytest.mark.fuzz
@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.__name__)
def test_a_right_importer_in_another_style_is_not_refused(style) -> None:
    importer = style()
    for name, entry in PROPERTIES.items():
        if entry.claim is None or getattr(importer, entry.claim):
            importer._test(name)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.__name__)
def test_right_importers_on_one_busy_file(style, tmp_path) -> None:
    importer = style()
    case = FileWorlds().busy(importer._claims(), twins=False).case
    trial = importer.SUBJECT.trial(case, importer, tmp_path)
    for entry in PROPERTIES.values():
        if entry.directed == "all" and (entry.claim is None or getattr(importer, entry.claim)):
            entry.check(trial)
    assert len(trial.images.pairs) == 11


def test_there_are_enough_and_every_property_is_broken_by_one() -> None:
    assert len(SABOTEURS) >= 60
    assert {saboteur.breaks for saboteur in SABOTEURS} == set(PROPERTIES)
    assert len({saboteur.name for saboteur in SABOTEURS}) == len(SABOTEURS)
    assert len(STYLES) >= 5


def test_the_documentation_has_them_all() -> None:
    text = PAGE.read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \| (.+) \|$", text.split("<!-- importer properties -->")[1].split("<!-- end")[0], re.MULTILINE)
    assert listed == [(name, (entry.check.__doc__ or "").splitlines()[0]) for name, entry in PROPERTIES.items()]
    broken = re.findall(r"^\| ([^|`]+?) +\| `(\w+)` \|", text.split("<!-- importer saboteurs -->")[1].split("<!-- end")[0], re.MULTILINE)
    assert broken == [(saboteur.name, saboteur.breaks) for saboteur in SABOTEURS]


def test_files_are_valid_and_pycocotools_reads_every_row_of_them(tmp_path) -> None:
    world = FileWorlds().busy(ALL, twins=False)
    paths = world.case.build(tmp_path / "images")
    assert [finding for finding in cocoproof.check(paths.annotations, images=paths.images).findings if finding.severity == "error"] == []
    coco = COCO(str(paths.annotations))
    assert len(coco.anns) == len(world.case.document()["annotations"]) >= 20
    assert all((paths.images / row["file_name"]).is_file() for row in coco.imgs.values())


@pytest.mark.parametrize("masks", ["polygons", "fractions", "counts", "text", "mixed"])
def test_a_mask_is_the_same_in_every_form(masks, tmp_path) -> None:
    case = FileWorlds().busy(ALL, twins=False).case
    document = FileCase(case.dataset, case.mapping, FileForm(masks=masks)).document()
    sizes = {row["id"]: (row["height"], row["width"]) for row in document["images"]}
    dropped = {row.id for row in case.mapping.classes if row.dropped}
    drawn = [
        np.array([[pixel == "#" for pixel in line] for line in image.masks[place]])
        for image in case.dataset.images
        for place, class_id in enumerate(image.class_id)
        if class_id not in dropped and image.masks is not None
    ]
    written = [pixels_of(row["segmentation"], sizes[row["image_id"]]) for row in document["annotations"] if "segmentation" in row]
    assert len(written) == len(drawn) > 10
    assert all(map(np.array_equal, written, drawn))
    kinds = {
        type(row["segmentation"]) if isinstance(row["segmentation"], list) else type(row["segmentation"]["counts"])
        for row in document["annotations"]
    }
    assert kinds == {"polygons": {list}, "fractions": {list}, "counts": {list}, "text": {str}, "mixed": {list, str}}[masks]


@pytest.mark.parametrize("level", ["count", "zero", "gaps", "descending", "scattered", "2^31", "2^53"])
def test_ids_are_different(level) -> None:
    assert len(set(ids_at(level, 2000))) == 2000
    assert (len({float(own) for own in ids_at(level, 2000)}) < 2000) == (level == "2^53")


BAD_MASKS = {
    "another size": np.zeros((3, 3), bool),
    "no polygons": [],
    "a polygon of two points": [[0, 0, 1, 1]],
    "an odd number": [[0, 0, 1, 1, 2, 0, 1]],
    "not finite": [[0.0, 0.0, float("nan"), 1.0, 2.0, 0.0]],
    "runs too long": {"size": [4, 4], "counts": [0, 17]},
    "runs too short": {"size": [4, 4], "counts": [0, 15]},
    "a negative run": {"size": [4, 4], "counts": [-1, 17]},
    "text of a larger mask": coco_mask.encode(np.ones((5, 5), np.uint8, order="F")),
    "text that ends early": {"size": [4, 4], "counts": b"0"},
    "no runs": {"size": [4, 4]},
}


@pytest.mark.parametrize("name", BAD_MASKS)
def test_a_mask_that_is_none_is_no_crash(name) -> None:
    with pytest.raises(MaskError):
        pixels_of(BAD_MASKS[name], (4, 4))


@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (3, 700), (200, 190)])
def test_run_lengths_as_text_are_summed_as_pycocotools_does(shape) -> None:
    mask = np.random.default_rng(0).random(shape) < 0.4
    found = pixels_of(coco_mask.encode(np.asfortranarray(mask.astype(np.uint8))), shape)
    assert np.array_equal(found, mask)


@pytest.mark.fuzz
def test_a_counterexample_is_small_and_its_code_writes_the_file(tmp_path) -> None:
    class Sorted(Honest):
        directed = "none"

        def read(self, document) -> ImportedDataset:
            document["annotations"].sort(key=lambda row: row["id"])
            return super().read(document)

    with pytest.raises(PropertyBroken) as error:
        Sorted().prove("annotations_in_order")
    case = error.value.case
    assert len(case.dataset.images) == 1
    assert len(case.dataset.images[0]) == 2
    assert case.form.masks == "polygons"
    code = str(error.value).split("that shows it:\n\n")[1]
    names: dict[str, object] = {"folder": tmp_path}
    exec(compile(code, "counterexample", "exec"), names)  # noqa: S102 - what the contract printed
    assert json.loads(names["paths"].annotations.read_text(encoding="utf-8")) == case.document()
    assert json.dumps(case.document()) in code


@pytest.mark.fuzz
def test_a_directed_counterexample_is_reduced_in_form_and_content() -> None:
    class Few(Honest):
        max_examples = 0

        def read(self, document) -> ImportedDataset:
            document["images"] = document["images"][:10]
            document["annotations"] = [
                row for row in document["annotations"] if row["image_id"] in {own["id"] for own in document["images"]}
            ]
            return super().read(document)

    with pytest.raises(PropertyBroken) as error:
        Few().prove("images_complete")
    assert len(error.value.case.dataset.images) == 11
    assert error.value.case.form == FileForm()


def test_what_is_not_claimed_is_skipped_and_not_in_the_files(tmp_path) -> None:
    class Boxes(Honest):
        keeps_masks = keeps_crowds = keeps_areas = False
        max_examples = 10
        directed = "none"
        seen = []  # noqa: RUF012 - of this class alone

        def read(self, document) -> ImportedDataset:
            self.seen.append(document)
            return super().read(document)

    importer = Boxes()
    with pytest.raises(pytest.skip.Exception, match="keeps_areas is False"):
        importer.test_areas()
    importer.test_boxes()
    rows = [row for document in importer.seen for row in document["annotations"]]
    assert rows
    assert not any("segmentation" in row or row["iscrowd"] for row in rows)


def test_an_importer_may_refuse_what_it_does_not_support() -> None:
    class Refuses(Honest):
        max_examples = 30
        directed = "none"

        def read(self, document) -> ImportedDataset:
            if any("segmentation" in row for row in document["annotations"]):
                hypothesis.reject()
            return super().read(document)

    Refuses().prove("boxes")


@pytest.mark.parametrize(("result", "said"), [(None, "load returned NoneType"), (KeyError("id"), "load raised KeyError: 'id'")])
def test_what_is_no_dataset_breaks_every_property(result, said) -> None:
    class Wrong(ImporterContract):
        max_examples = 2
        directed = "none"

        def load(self, annotations_path, images_folder):
            if result is not None:
                raise result
            return result

    with pytest.raises(Raised, match=said):
        Wrong().prove("images_complete")
