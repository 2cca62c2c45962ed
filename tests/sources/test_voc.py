"""Pascal VOC folders, made of real small files, against plain arithmetic."""

from __future__ import annotations

import json
import re
import time

import pytest
from PIL import Image

from cocoproof import ClassMapping
from cocoproof.export import export_coco
from cocoproof.sources import Refusals, SourceError, VocSource
from cocoproof.sources import errors as source_errors
from cocoproof.sources.xml_tree import read_xml

OBJECT = (
    "<object><name>{name}</name><pose>Left</pose><truncated>1</truncated><difficult>0</difficult>"
    "<bndbox><xmin>{0}</xmin><ymin>{1}</ymin><xmax>{2}</xmax><ymax>{3}</ymax></bndbox>{more}</object>"
)


def voc_object(*box, name="dog", more=""):
    return OBJECT.format(*box, name=name, more=more)


def voc_file(*objects, filename="a.jpg", size=(50, 40)):
    stated = "" if size is None else f"<size><width>{size[0]}</width><height>{size[1]}</height><depth>3</depth></size>"
    return f"<annotation>\n<folder>x</folder><filename>{filename}</filename>\n{stated}\n" + "\n".join(objects) + "\n</annotation>\n"


@pytest.fixture
def tree(tmp_path):
    def make(files, pictures=("a.jpg",)):
        root = tmp_path / "voc"
        for folder in ("Annotations", "JPEGImages"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (root / "Annotations" / name).write_text(text, encoding="utf-8")
        for name in pictures:
            Image.new("RGB", (50, 40)).save(root / "JPEGImages" / name)
        return root

    return make


def exported(root, **options):
    source = VocSource(root, **options)
    out = root.parent / "out.json"
    export_coco(source, out, mapping=ClassMapping.from_names(source.classes))
    return json.loads(out.read_text(encoding="ascii"))


def test_pixels_are_counted_from_one_and_the_last_is_included(tree):
    # The first ten columns and the first five rows; then all 50 x 40 pixels.
    root = tree({"a.xml": voc_file(voc_object(1, 1, 10, 5), voc_object(1, 1, 50, 40, name="cat"))})
    document = exported(root)
    assert [row["bbox"] for row in document["annotations"]] == [[0, 0, 10, 5], [0, 0, 50, 40]]
    assert [row["area"] for row in document["annotations"]] == [50, 2000]
    assert [row["name"] for row in document["categories"]] == ["cat", "dog"]
    assert [row["category_id"] for row in document["annotations"]] == [2, 1]
    assert document["images"] == [{"id": 1, "file_name": "a.jpg", "width": 50, "height": 40}]


def test_edges_counted_from_zero(tree):
    root = tree({"a.xml": voc_file(voc_object(0, 0, 10, 5), voc_object("2.5", "3.25", "10", "7.75"))})
    rows = exported(root, base=0)["annotations"]
    assert [row["bbox"] for row in rows] == [[0, 0, 10, 5], [2.5, 3.25, 7.5, 4.5]]


def test_flags_and_texts_are_attributes_and_what_is_nested_is_told(tree):
    more = "<occluded>1</occluded><confidence>0.5</confidence><part><name>head</name></part>"
    root = tree({"a.xml": voc_file(voc_object(1, 1, 10, 5, more=more))})
    refusals = Refusals()
    (row,) = exported(root, refusals=refusals)["annotations"]
    assert row["attributes"] == {"confidence": "0.5", "difficult": 0, "occluded": 1, "pose": "Left", "truncated": 1}
    assert refusals.notes == {"<part> of objects, not written": 1}


def test_the_stated_size_is_held_to_the_picture(tree):
    root = tree({"a.xml": voc_file(voc_object(1, 1, 10, 5), size=(40, 50))})
    with pytest.raises(SourceError, match=r"a\.xml:3: <size> is 40x50 px, the image .*a\.jpg is 50x40 px .*exif"):
        exported(root)
    # No size, or one of 0 as some tools write it: the picture's.
    for size in (None, (0, 0)):
        (root / "Annotations/a.xml").write_text(voc_file(voc_object(1, 1, 10, 5), size=size))
        assert exported(root)["images"][0]["width"] == 50
    (root / "JPEGImages/a.jpg").unlink()
    with pytest.raises(SourceError, match="no <size>"):
        exported(root)
    (root / "Annotations/a.xml").write_text(voc_file(voc_object(1, 1, 10, 5)))
    assert exported(root)["images"] == [{"id": 1, "file_name": "a.jpg", "width": 50, "height": 40}]


def test_a_picture_is_found_by_the_xml_files_name_where_filename_is_wrong(tree):
    root = tree({"b.xml": voc_file(voc_object(1, 1, 10, 5), filename="C:\\x\\other")}, pictures=("b.png",))
    assert exported(root)["images"][0]["file_name"] == "b.png"


def test_a_split_and_xml_files_without_the_folders(tree, tmp_path):
    root = tree({"a.xml": voc_file(voc_object(1, 1, 10, 5)), "b.xml": voc_file(filename="b.jpg")}, pictures=("a.jpg", "b.jpg"))
    (root / "ImageSets/Main").mkdir(parents=True)
    (root / "ImageSets/Main/val.txt").write_text("b  1\n")
    assert [row["file_name"] for row in exported(root, split="val", classes={0: "dog"})["images"]] == ["b.jpg"]
    with pytest.raises(SourceError, match=r"test\.txt: the list of images of the split"):
        VocSource(root, split="test")
    flat = tmp_path / "flat"
    flat.mkdir()
    Image.new("RGB", (50, 40)).save(flat / "a.jpg")
    (flat / "a.xml").write_text(voc_file(voc_object(1, 1, 10, 5)))
    assert exported(flat)["images"][0]["file_name"] == "a.jpg"


@pytest.mark.parametrize(
    ("text", "line", "say"),
    [
        (voc_file(voc_object(1, 1, "ten", 5)), 4, "<xmax> is 'ten'"),
        (voc_file(voc_object(1, 1, "nan", 5)), 4, "<xmax> is 'nan'"),
        (voc_file(voc_object(10, 1, 9, 5)), 4, "the box 10, 1, 9, 5 is 0 x 5 px"),
        (voc_file("<object><name>dog</name></object>"), 4, "no <bndbox>"),
        (voc_file("<object><bndbox/></object>"), 4, "no <name>"),
        (voc_file("<object><name>dog</name>\n<bndbox><xmin>1</xmin></bndbox></object>"), 5, "no <ymin>"),
        (voc_file(voc_object(1, 1, 10, 5, name="dgo")), 4, "'dgo' is not one of the 2 classes; did you mean 'dog'?"),
        (voc_file() + "<more/>", 6, "junk after document element"),
        (voc_file().replace("</annotation>", "</anotation>"), 5, "mismatched tag"),
        ("<root/>", 1, "the root element is <root>"),
        ("", 1, "no element found"),
        ('<?xml version="1.0" encoding="klingon"?><annotation/>', 1, "not valid XML"),
        ("<a>" * 100 + "</a>" * 100, 1, "nested deeper than 64"),
    ],
)
def test_what_cannot_be_read_is_named_with_file_and_line(tree, text, line, say):
    root = tree({"a.xml": text, "b.xml": voc_file(voc_object(1, 1, 10, 5), filename="b.jpg")})
    with pytest.raises(SourceError, match=re.escape(say)) as caught:
        exported(root, classes={0: "dog", 1: "cat"})
    assert (caught.value.file, caught.value.line) == (str(root / "Annotations/a.xml"), line)
    refusals = Refusals("skip")
    assert len(exported(root, classes={0: "dog", 1: "cat"}, refusals=refusals)["annotations"]) == 1
    assert sum(refusals.counts.values()) == 1


LAUGHS = "".join(f'<!ENTITY l{k} "{f"&l{k - 1};" * 10}">' for k in range(1, 10))


@pytest.mark.parametrize(
    "text",
    [
        f'<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY l0 "lol">{LAUGHS}]>\n<annotation>&l9;</annotation>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">\n<annotation/>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<annotation><filename>&x;</filename></annotation>',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>\n<annotation/>',
    ],
    ids=["billion-laughs", "external-dtd", "external-entity", "parameter-entity"],
)
def test_document_types_are_refused_before_anything_in_them_is_seen(tmp_path, text):
    (tmp_path / "a.xml").write_text(text)
    start = time.process_time()
    with pytest.raises(SourceError, match=r"a\.xml:[12]: there is a document type \(DOCTYPE\)"):
        read_xml(tmp_path / "a.xml")
    assert time.process_time() - start < 1


def test_an_entity_without_a_declaration_is_no_xml(tmp_path):
    (tmp_path / "a.xml").write_text("<annotation>&lol;</annotation>")
    with pytest.raises(SourceError, match="undefined entity"):
        read_xml(tmp_path / "a.xml")


def test_an_image_has_a_limit_of_detections(tree, monkeypatch):
    monkeypatch.setattr(source_errors, "DETECTIONS_OF_IMAGE", 2)
    box = voc_object(1, 2, 9, 9)
    assert len(exported(tree({"a.xml": voc_file(box, box)}))["annotations"]) == 2
    with pytest.raises(SourceError, match=r"a\.xml: the image has 3 detections; at most 2 are read"):
        exported(tree({"a.xml": voc_file(box, box, box)}))
