# pylabel 0.1.55: categories_in_order
# the order of categories changed: 00, 0 in, 0, 00 out
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0', '00'), images=(
    DrawnImage('0.png', 1, 1, boxes=((0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 1.0, 1.0)), class_id=(0, 1), box_type='int64'),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 2, 1: 1}, {1: '00', 2: '0'}, source=['0', '00'])
