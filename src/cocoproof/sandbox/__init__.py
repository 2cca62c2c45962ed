"""Child processes with limits on memory and time, for code that a file may harm: as the parent sees them, and what the child takes on.

Only `parent` and the standard library are imported by the one, only `child` by the other.
"""
