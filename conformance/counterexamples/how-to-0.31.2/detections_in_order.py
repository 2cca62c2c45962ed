# supervision, by the how-to 0.31.2: detections_in_order
# image 0.png: the order changed: detections come back as 1, 0; 2 of 2 out of place
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0', '1'), images=(
    DrawnImage('0.png', 1, 1, boxes=((0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 1.0, 1.0)), class_id=(0, 1)),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 2, 1: 1}, {1: '1', 2: '0'}, source=['0', '1'])
