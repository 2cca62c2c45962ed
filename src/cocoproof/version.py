"""The version, in one place: the metadata of the installed distribution is made from it."""

__version__ = "0.1.0"
