"""panlabel: its own JSON, converted by its command line."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from panlabel import find_panlabel_bin

from adapters.common import Adapter, images_of, write_source

if TYPE_CHECKING:
    from pathlib import Path


class Convert(Adapter):
    how = (
        "Its lossless `ir-json`, written by the adapter, then `panlabel convert --from ir-json --to coco --allow-lossy`. Crowd flags as "
        "the attribute `iscrowd`, scores as `confidence`. The adapter maps the classes."
    )
    keeps_masks = False
    keeps_scores = True
    not_claimed = {
        "nothing_left_behind": "the adapter's `ir-json` stays beside the folder",
        "keeps_masks": "its scope is upright boxes",
        "keeps_track_ids": "its scope excludes tracks",
        "keeps_oriented_boxes": "its scope excludes oriented boxes",
        "keeps_data": "its COCO writer takes `area` and `iscrowd` from the attributes, no others",
        "unmapped_class_refused": "the adapter maps the classes",
    }

    def export(self, dataset, mapping, folder) -> Path:
        images = images_of(dataset, mapping)
        numbers = iter(range(1, 1_000_000))
        document = {
            "info": {},
            "images": [{"id": image.id, "file_name": image.name, "width": image.width, "height": image.height} for image in images],
            "categories": [
                {"id": own.id, "name": own.name, **({"supercategory": own.supercategory} if own.supercategory else {})}
                for own in mapping.categories
            ],
            "annotations": [
                {
                    "id": next(numbers),
                    "image_id": image.id,
                    "category_id": one.category.id,
                    "bbox": dict(zip(("xmin", "ymin", "xmax", "ymax"), one.corners, strict=True)),
                    **({} if one.score is None else {"confidence": one.score}),
                    **({"attributes": {"iscrowd": str(one.crowd)}} if one.crowd else {}),
                }
                for image in images
                for one in image.annotations
            ],
        }
        source, target = folder.parent / f"{folder.name}.ir.json", folder / "coco.json"
        write_source(source, json.dumps(document))
        command = [find_panlabel_bin(), "convert", "-f", "ir-json", "-t", "coco", "-i", str(source), "-o", str(target), "--allow-lossy"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(" ".join(done.stderr.split())[:400])
        return target
