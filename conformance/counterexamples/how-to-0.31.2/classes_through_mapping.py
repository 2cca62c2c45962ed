# supervision, by the how-to 0.31.2: classes_through_mapping
# image 0.png, detection 0: class 0, category '0', in, '1' out
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0', '1'), images=(
    DrawnImage('0.png', 1, 1, boxes=((0.0, 0.0, 1.0, 1.0),), class_id=(0,)),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 2, 1: 1}, {1: '1', 2: '0'}, source=['0', '1'])
