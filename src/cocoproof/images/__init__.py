"""The files that images name: found below a root and never elsewhere, their headers read, their content compared.

with open_root("val2017") as root:
    pictures = survey(root, names, wanted)  # columns, one row an image
    same = digest(root, names[0]) == digest(root, names[1])
"""

from __future__ import annotations

from cocoproof.images.file_formats import Format
from cocoproof.images.open_file import FileState, ImageFile, OpenError
from cocoproof.images.root import Root, open_root
from cocoproof.images.scan import ImageScan, digest, scan

__all__ = ["FileState", "Format", "ImageFile", "ImageScan", "OpenError", "Root", "digest", "open_root", "scan"]
