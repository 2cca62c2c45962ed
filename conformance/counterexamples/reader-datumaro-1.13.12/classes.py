# datumaro, `coco_instances` 1.13.12: classes
# image '1.png', annotation 0: category '0' in the file, '' in the reader
# image '1.png', annotation 1: category '0' in the file, '' in the reader
# image '0.png', annotation 0: category '0' in the file, '' in the reader
# image '0.png', annotation 1: category '0' in the file, '' in the reader
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage, FileCase, FileForm

drawn = DrawnDataset(classes=('0', '1', '00', '000'), images=(
    DrawnImage('1.png', 1, 1, boxes=((0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 1.0, 1.0)), class_id=(0, 0), masks=(('#',), ('#',)), confidence=(1.0, 1.0)),
    DrawnImage('0.png', 1, 1, boxes=((0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 1.0, 1.0)), class_id=(0, 0), confidence=(1.0, 1.0)),
))
mapping = ClassMapping.from_ids({0: 0, 1: 0, 2: 0, 3: 0}, {0: '0'}, source=['0', '1', '00', '000'])
case = FileCase(drawn, mapping, FileForm())
paths = case.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
# {"info": {"description": "written by a test"}, "licenses": [{"id": 1, "name": "any", "url": ""}], "images": [{"id": 1, "file_name": "1.png", "width": 1, "height": 1}, {"id": 2, "file_name": "0.png", "width": 1, "height": 1}], "annotations": [{"image_id": 1, "category_id": 0, "bbox": [0.0, 0.0, 1.0, 1.0], "area": 1, "iscrowd": 0, "segmentation": [[0, 1, 0, 0, 1, 0, 1, 1]], "score": 1.0, "id": 1}, {"image_id": 1, "category_id": 0, "bbox": [0.0, 0.0, 1.0, 1.0], "area": 1, "iscrowd": 0, "segmentation": [[0, 1, 0, 0, 1, 0, 1, 1]], "score": 1.0, "id": 2}, {"image_id": 2, "category_id": 0, "bbox": [0.0, 0.0, 1.0, 1.0], "area": 1.0, "iscrowd": 0, "score": 1.0, "id": 3}, {"image_id": 2, "category_id": 0, "bbox": [0.0, 0.0, 1.0, 1.0], "area": 1.0, "iscrowd": 0, "score": 1.0, "id": 4}], "categories": [{"id": 0, "name": "0"}]}
