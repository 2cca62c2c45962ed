# FiftyOne, its importer 1.22.1: images_complete
# load raised ValidationError: ValidationError (Detection:None) (score 18 could not be converted to float: ['confidence'])
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage, FileCase, FileForm

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('0.png', 8, 8, boxes=((0.0, 0.0, 1.0, 1.0),), class_id=(0,), data={'score': ('score 18',)}),
))
mapping = ClassMapping.from_ids({0: 1}, {1: '0'}, source=['0'])
case = FileCase(drawn, mapping, FileForm())
paths = case.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
# {"info": {"description": "written by a test"}, "licenses": [{"id": 1, "name": "any", "url": ""}], "images": [{"id": 1, "file_name": "0.png", "width": 8, "height": 8}], "annotations": [{"image_id": 1, "category_id": 1, "bbox": [0.0, 0.0, 1.0, 1.0], "area": 1.0, "iscrowd": 0, "attributes": {"score": "score 18"}, "id": 1}], "categories": [{"id": 1, "name": "0"}]}
