# labelformat, its input of instance segmentation 0.1.17: images_complete
# load raised ValueError: could not convert string to float: 's'
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage, FileCase, FileForm

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('0.png', 3, 3, boxes=((0.0, 0.0, 1.0, 1.0),), class_id=(0,), masks=(('###', '#.#', '###'),)),
))
mapping = ClassMapping.from_ids({0: 1}, {1: '0'}, source=['0'])
case = FileCase(drawn, mapping, FileForm())
paths = case.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
# {"info": {"description": "written by a test"}, "licenses": [{"id": 1, "name": "any", "url": ""}], "images": [{"id": 1, "file_name": "0.png", "width": 3, "height": 3}], "annotations": [{"image_id": 1, "category_id": 1, "bbox": [0.0, 0.0, 1.0, 1.0], "area": 8, "iscrowd": 0, "segmentation": {"size": [3, 3], "counts": [0, 4, 1, 4]}, "id": 1}], "categories": [{"id": 1, "name": "0"}]}
