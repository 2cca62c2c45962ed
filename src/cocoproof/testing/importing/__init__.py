"""The contract of importers: COCO files, what they hold by independent arithmetic, and what a reader makes of them."""
