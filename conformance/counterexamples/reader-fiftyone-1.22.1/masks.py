# FiftyOne, its importer 1.22.1: masks
# image '0.png', annotation 0: mask 2 px in the file, mask 1 px in the reader, IoU 0.500
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage, FileCase, FileForm

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('0.png', 2, 1, boxes=((0.0, 0.0, 1.0, 1.0),), class_id=(0,), masks=(('##',),)),
))
mapping = ClassMapping.from_ids({0: 1}, {1: '0'}, source=['0'])
case = FileCase(drawn, mapping, FileForm())
paths = case.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
# {"info": {"description": "written by a test"}, "licenses": [{"id": 1, "name": "any", "url": ""}], "images": [{"id": 1, "file_name": "0.png", "width": 2, "height": 1}], "annotations": [{"image_id": 1, "category_id": 1, "bbox": [0.0, 0.0, 1.0, 1.0], "area": 2, "iscrowd": 0, "segmentation": [[0, 1, 0, 0, 2, 0, 2, 1]], "id": 1}], "categories": [{"id": 1, "name": "0"}]}
