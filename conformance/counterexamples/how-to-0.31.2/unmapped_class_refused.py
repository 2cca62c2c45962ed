# supervision, by the how-to 0.31.2: unmapped_class_refused
# the mapping has no category for '0', yet the export went through
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0', '00'), images=(
    DrawnImage('0.png', 1, 1, boxes=((0.0, 0.0, 1.0, 1.0),), class_id=(0,)),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({1: 1}, {1: '00'}, source=['0', '00'])
