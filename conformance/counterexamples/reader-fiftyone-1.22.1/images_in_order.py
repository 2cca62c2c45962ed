# FiftyOne, its importer 1.22.1: images_in_order
# the order of images changed: '0.png', '1.png' in the file, '1.png', '0.png' in the reader
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage, FileCase, FileForm

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('0.png', 8, 8),
    DrawnImage('1.png', 8, 8),
))
mapping = ClassMapping.from_ids({0: 1}, {1: '0'}, source=['0'])
case = FileCase(drawn, mapping, FileForm(image_ids='descending'))
paths = case.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
# {"info": {"description": "written by a test"}, "licenses": [{"id": 1, "name": "any", "url": ""}], "images": [{"id": 2, "file_name": "0.png", "width": 8, "height": 8}, {"id": 1, "file_name": "1.png", "width": 8, "height": 8}], "annotations": [], "categories": [{"id": 1, "name": "0"}]}
