"""The files that images name: found below a root and never elsewhere, their headers read, their content compared.

with open_root("val2017") as root:
    pictures = survey(root, names, wanted)  # columns, one row an image
    same = digest(root, names[0]) == digest(root, names[1])
"""

from __future__ import annotations

from cocoproof.pictures.formats import Format
from cocoproof.pictures.opened import PictureFile, Refused, State
from cocoproof.pictures.root import Root, open_root
from cocoproof.pictures.survey import Pictures, digest, survey

__all__ = ["Format", "PictureFile", "Pictures", "Refused", "Root", "State", "digest", "open_root", "survey"]
