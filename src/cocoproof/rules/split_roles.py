"""What the names of files say of splits: which is for training, and which folders only name a split."""

from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath

__all__ = ["is_training", "without_split_folders", "words_of"]

_TRAINING = frozenset({"train", "training", "trainset", "trainval", "trn"})
_EVALUATION = frozenset(
    {"val", "valid", "validation", "valset", "validset", "test", "testing", "testset", "dev", "devset", "eval", "evaluation", "holdout"}
)
_FOLDERS = _TRAINING | _EVALUATION
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_YEAR = re.compile(r"[-_ .]?\d*$")


def words_of(name: str) -> frozenset[str]:
    """The words of a name in small letters, without numbers.

    >>> sorted(words_of("instances_train2017.json"))
    ['instances', 'json', 'train']
    """
    return frozenset(word.lower() for word in _WORD.findall(name))


def is_training(path: str) -> bool:
    """Whether a file is a training split by its name, or by the folder that it is in where its own name says nothing.

    A name with words for both training and evaluation (`val_of_train.json`) says nothing for certain.

    >>> [is_training(path) for path in ("instances_train2017.json", "train/_annotations.coco.json", "train/val.json", "a.json")]
    [True, True, False, False]
    """
    parts = (PureWindowsPath(path) if "\\" in path else PurePosixPath(path)).parts
    for name in parts[:-3:-1]:
        words = words_of(name)
        if words & _FOLDERS:
            return bool(words & _TRAINING) and not words & _EVALUATION
    return False


def without_split_folders(name: str) -> str:
    """A file_name without the folders that name a split alone: `train/clip1/7.jpg` and `val2017/clip1/7.jpg` become `clip1/7.jpg`.

    >>> without_split_folders("images/train2017/clip1/7.jpg")
    'images/clip1/7.jpg'
    """
    folders, slash, file = name.rpartition("/")
    if not slash:
        return name
    kept = [folder for folder in folders.split("/") if _YEAR.sub("", folder).lower() not in _FOLDERS]
    return "/".join([*kept, file])
