"""The options of a check, declared once, and how configuration, command line, calls and pytest resolve to one `CheckSettings`.

`options` declares the options, `layer` holds the values that one place sets, `resolve` merges the layers.
"""
