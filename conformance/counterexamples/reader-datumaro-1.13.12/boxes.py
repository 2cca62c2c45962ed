# datumaro, `coco_instances` 1.13.12: boxes
# image '0.png', annotation 0: bbox [0.0, 0.0, 1.0, 1.125] in the file, [0.0, 0.0, 1.0, 1.1200000047683716] in the reader (x, y, width, height)
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage, FileCase, FileForm

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('0.png', 1, 2, boxes=((0.0, 0.0, 1.0, 1.125),), class_id=(0,)),
))
mapping = ClassMapping.from_ids({0: 1}, {1: '0'}, source=['0'])
case = FileCase(drawn, mapping, FileForm())
paths = case.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
# {"info": {"description": "written by a test"}, "licenses": [{"id": 1, "name": "any", "url": ""}], "images": [{"id": 1, "file_name": "0.png", "width": 1, "height": 2}], "annotations": [{"image_id": 1, "category_id": 1, "bbox": [0.0, 0.0, 1.0, 1.125], "area": 1.125, "iscrowd": 0, "id": 1}], "categories": [{"id": 1, "name": "0"}]}
