# pylabel 0.1.55: schema_valid
# export raised UFuncTypeError: ufunc 'add' did not contain a loop with signature matching types (dtype('<U4'), dtype('int64')) -> None
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0',))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 1}, {1: '0'}, source=['0'])
