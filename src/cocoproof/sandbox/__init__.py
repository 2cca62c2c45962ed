"""Child processes with limits on memory and time, for code that a hostile file may crash: the parent's side and the child's side.

Only `parent` and the standard library are imported by the one, only `child` by the other.
"""
