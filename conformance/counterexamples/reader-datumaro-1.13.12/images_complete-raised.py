# datumaro, `coco_instances` 1.13.12: images_complete
# load raised RepeatedItemError: Item ('1', 'default') is repeated in the source sequence.
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage, FileCase, FileForm

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('1.png', 8, 8),
    DrawnImage('1.bmp', 8, 8),
))
mapping = ClassMapping.from_ids({0: 1}, {1: '0'}, source=['0'])
case = FileCase(drawn, mapping, FileForm())
paths = case.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
# {"info": {"description": "written by a test"}, "licenses": [{"id": 1, "name": "any", "url": ""}], "images": [{"id": 1, "file_name": "1.png", "width": 8, "height": 8}, {"id": 2, "file_name": "1.bmp", "width": 8, "height": 8}], "annotations": [], "categories": [{"id": 1, "name": "0"}]}
