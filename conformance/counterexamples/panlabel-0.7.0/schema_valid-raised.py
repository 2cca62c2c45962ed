# panlabel 0.7.0: schema_valid
# export raised RuntimeError: Validation completed with 1 error(s) and 0 warning(s): [ERROR] BBoxOutOfBounds in annotation 1: Bounding box (0.0, 4.0, 6.0, 15.0) extends outside image bounds (0, 0, 8, 8) Error: Validation failed with 1 error(s) and 0 warning(s)
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('0.png', 8, 8, boxes=((0.0, 4.0, 6.0, 15.0),), class_id=(0,)),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 1}, {1: '0'}, source=['0'])
