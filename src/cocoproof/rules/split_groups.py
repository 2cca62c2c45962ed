"""Rules about images of two splits that belong together: one group, or frames of one sequence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images.file_names import plain
from cocoproof.model.findings import Severity
from cocoproof.rules.examples import dataset
from cocoproof.rules.frame_evidence import agreement_of_boxes, agreement_of_looks
from cocoproof.rules.frame_names import find_neighbours, names_a_video
from cocoproof.rules.rule import DATASETS, RuleContext, RuleSkipped, Violation, Violations, ViolationScope, quote, rule
from cocoproof.rules.split_context import earlier_splits, with_unread
from cocoproof.rules.split_examples import EARLIER
from cocoproof.rules.split_roles import words_of

if TYPE_CHECKING:
    from cocoproof.rules.earlier_splits import EarlierSplits, OwnSplit, SplitRecord
    from cocoproof.rules.frame_evidence import Agreement
    from cocoproof.rules.frame_names import Neighbours
    from cocoproof.rules.image_groups import ImageGroups

__all__ = ["RULES"]

_LISTED = 8
"""Groups up to which each is a finding. With more, the split was made without regard to them, which is one finding."""
_CUT = 0.05
"""Share of a split's images under which neighbours in another are those where a sequence was cut."""
_SLOW = 60.0
"""Spacing of a sequence's numbers from which its name alone does not say that neighbours are alike: two seconds at 30 frames a second."""

_IMAGE = {"id": 3, "file_name": "3.jpg"}
_ROW = {"id": 3, "image_id": 3}


@dataclass(frozen=True, eq=False)
class _Shared:
    """The groups of a file that are in earlier splits, too.

    Attributes:
        groups: The groups of the file.
        there: For each group the earlier splits that have it, with the number of its images there.
        place: For each group the first image of it in the first of them.
    """

    groups: ImageGroups
    there: dict[int, list[tuple[SplitRecord, int]]]
    place: dict[int, tuple[SplitRecord, int]]


def _shared_groups(splits: EarlierSplits, own: OwnSplit) -> _Shared | None:
    """What groups the file shares with earlier splits; None where there are no groups."""
    groups = own.videos if splits.group_by is None else own.groups
    if groups is None or not groups.names:
        return None
    places = {name: code for code, name in enumerate(groups.names)}
    shared = _Shared(groups, {}, {})
    for side in splits.sides:
        theirs = side.videos if splits.group_by is None else side.groups
        if theirs is None:
            continue
        counts = theirs.counts
        codes, first = np.unique(theirs.codes, return_index=True)
        rows = dict(zip(codes.tolist(), first.tolist(), strict=True))
        for code, name in enumerate(theirs.names):
            if name in places:
                shared.there.setdefault(places[name], []).append((side, int(counts[code])))
                shared.place.setdefault(places[name], (side, rows[code]))
    return shared


@rule(
    "COCO854",
    severity=Severity.ERROR,
    kinds=DATASETS,
    needs=("images.file_name",),
    requires=("splits",),
    earlier=EARLIER,
    accept=[
        dataset([_ROW], images=[_IMAGE | {"video_id": "town hall"}]),
        # An image without a video is in no group; the other's video is another one.
        dataset([_ROW], images=[_IMAGE, _IMAGE | {"id": 4, "file_name": "4.jpg", "video_id": "market square 2"}]),
    ],
    reject=[
        (
            dataset(
                [_ROW],
                images=[_IMAGE | {"video_id": 7, "frame_index": 0}],
                document={"videos": [{"id": 7, "name": "market square"}]},
            ),
            "/images/0/video_id",
        ),
        (dataset([_ROW], images=[_IMAGE | {"video_id": "market square"}]), "/images/0/video_id"),
    ],
)
def split_group_leak(context: RuleContext) -> Violations:
    """Images of one group (a video, a folder, a place) are in two splits.

    Images of one video, one patient or one field are alike. If some of them are in training and others in validation, a model is evaluated on what
    it has nearly seen, and the score is too high. Draw the splits by group, not by image.

    `--group-by` says what belongs together: `folder` (the folder of `file_name`, without folders such as `train` and `val2017`), `video`
    (`video_id`, by the name in `videos` where there is one), a key of the image rows or of `extra` in them, or a regular expression over file names whose first
    or named group is the group. By default it is the video, and only where the file names it: `video_id` is a text, or
    `videos` gives it a name. Numbers are not compared, because each file counts them anew.

    Up to 8 groups are a finding each. More are one finding: the split was made without regard to them.
    """
    splits, own = earlier_splits(context)
    what = "video" if splits.group_by is None else splits.group_by.what
    shared = _shared_groups(splits, own)
    if shared is None:
        why = "no image names its video for certain (--group-by says what belongs together)"
        raise RuleSkipped(why if splits.group_by is None else f"no image has a {what} (--group-by)")
    others = {name for side in splits.sides for name in (_names(splits, side))}
    if len(others | set(shared.groups.names)) == 1 and _without_group(splits, shared) == 0:
        msg = f"all images of all splits have the {what} {quote(shared.groups.names[0])}: it does not group them"
        raise RuleSkipped(msg)
    if splits.group_by is not None and not others:
        msg = f"no image of an earlier split has a {what} (--group-by)"
        raise RuleSkipped(msg)
    without = int((shared.groups.codes < 0).sum())
    found = _group_violations(shared, what, place=("video_id",) if splits.group_by is None else splits.group_by.place)
    violations = Violations.of_document(found)
    if without:
        violations = violations.with_remark(f"{without:,} of {len(shared.groups.codes):,} images have no {what}, and were not compared")
    return with_unread(violations, splits)


def _without_group(splits: EarlierSplits, shared: _Shared) -> int:
    """How many images of all splits have no group."""
    sides = [side.videos if splits.group_by is None else side.groups for side in splits.sides]
    return sum(int((one.codes < 0).sum()) if one is not None else 1 for one in (shared.groups, *sides))


def _names(splits: EarlierSplits, side: SplitRecord) -> tuple[str, ...]:
    groups = side.videos if splits.group_by is None else side.groups
    return () if groups is None else groups.names


def _group_violations(shared: _Shared, what: str, *, place: tuple[str | int, ...]) -> list[Violation]:
    counts = shared.groups.counts
    codes, first = np.unique(shared.groups.codes, return_index=True)
    rows = dict(zip(codes.tolist(), first.tolist(), strict=True))
    leaks = sorted(shared.there, key=rows.__getitem__)
    if not leaks:
        return []

    def one(code: int, more: str = "", about: str = "", scope: ViolationScope = ViolationScope.IMAGE) -> Violation:
        there = " and ".join(f"{count:,} in {side.path}" for side, count in shared.there[code])
        side, row = shared.place[code]
        message = f"its {what} {quote(shared.groups.names[code])} is in two splits: {counts[code]:,} images here, {there}{more}"
        return Violation(
            message,
            place,
            "images",
            rows[code],
            from_row=True,
            elsewhere=((side.path, row),),
            scope=scope,
            about=about or f"{what} {shared.groups.names[code]} in {', '.join(sorted(side.path for side, _ in shared.there[code]))}",
        )

    if len(leaks) <= _LISTED:
        return [one(code, scope=ViolationScope.FILE) for code in leaks]
    images = int(counts[leaks].sum())
    more = (
        f"; so it is with {len(leaks):,} of {len(shared.groups.names):,} such groups, which have {images:,} of the "
        f"{len(shared.groups.codes):,} images here: the splits were drawn by image, not by {what}"
    )
    return [one(leaks[0], more, about=f"many by {what}", scope=ViolationScope.FILE)]


@dataclass(frozen=True, eq=False)
class _Frames:
    """Images with a neighbour in an earlier split, and why they are taken for frames."""

    neighbours: Neighbours
    why: str
    doubtful: bool = False


@rule(
    "COCO855",
    severity=Severity.WARNING,
    kinds=DATASETS,
    needs=("images.file_name",),
    requires=("splits",),
    earlier=EARLIER,
    accept=[
        dataset([_ROW], images=[_IMAGE | {"file_name": "clip_000900.jpg"}]),
        dataset([_ROW], images=[_IMAGE | {"file_name": "another_clip_000141.jpg"}]),
    ],
    reject=[
        (dataset([_ROW], images=[_IMAGE | {"file_name": "clip_000141.jpg"}]), "/images/0/file_name"),
        (dataset([_ROW, _ROW | {"id": 4}], images=[_IMAGE, _IMAGE | {"id": 4, "file_name": "val/clip_99.jpg"}]), "/images/1/file_name"),
    ],
)
def split_neighbouring_frames(context: RuleContext) -> Violations:
    """Neighbouring frames of a video are in two splits.

    Frames that follow each other show the same. A split that was drawn frame by frame puts one of them into training and its neighbour into
    validation, where the score then measures memory. Draw the splits by video, or by long pieces of it with a gap between them. If a video
    may be in one split only, say so with `--group-by`.

    A sequence is folder and stem of `file_name` without its last number: `clip7/frame_000123.jpg` is number 123 of `clip7/frame_#`. Folders that only
    name a split (`train`, `val2017`) and what tools append (Roboflow's hash) are not part of it. Two frames are close if their numbers
    differ by no more than the threshold `frame-distance` times the median difference of consecutive numbers in all splits.

    Most datasets number images that have nothing to do with each other, COCO among them. So a sequence counts only with evidence that it is a video:

    - its name has a word for it, such as `frame`, `clip`, `video` or `mp4`, that is not the name of a category, and its numbers are less than 60 apart;
    - or the largest boxes of neighbours agree (a mean IoU of at least 0.5), clearly more than those of images of the same class further apart;
    - or, with `--similar`, their perceptual hashes do.

    Without evidence the rule is skipped. It is a note where fewer than 5% of the images are close to others, as where a video was cut in two; and where the name
    speaks of frames, but boxes of neighbours do not agree at all.
    """
    splits, own = earlier_splits(context)
    near = _close(context, splits, own)
    if not len(near.rows):
        return with_unread(Violations.of_document([]), splits)
    found, reason = _evident(context, splits, own, near)
    if found is None:
        return with_unread(replace(Violations.of_document([]), unchecked=reason), splits)
    cut = len(found.neighbours.rows) < _CUT * len(own.frames.codes)
    severity = Severity.NOTE if cut or found.doubtful else None
    violations = Violations.of_document([_frame_violation(context, splits, own, found)])
    return with_unread(replace(violations, severity=severity), splits)


def _close(context: RuleContext, splits: EarlierSplits, own: OwnSplit) -> Neighbours:
    """Images with a close neighbour; without those that other rules report: the same image, or one of a shared group."""
    near = find_neighbours(own.frames, [side.frames for side in splits.sides])
    kept = near.steps <= context.thresholds.frame_distance
    shared = _shared_groups(splits, own)
    if shared is not None:
        kept &= ~np.isin(shared.groups.codes[near.rows], list(shared.there))
    near = near.take(kept)
    known = [side.image_by_name for side in splits.sides]
    names = own.coco.images.file_name.values
    same = [any(plain(names[row]) in side for side in known) for row in near.rows.tolist()]
    return near.take(~np.array(same, bool))


def _evident(context: RuleContext, splits: EarlierSplits, own: OwnSplit, near: Neighbours) -> tuple[_Frames | None, str]:
    """Those neighbours that are frames for a reason, or why none is."""
    categories = frozenset().union(*(words_of(name) for name in own.coco.categories.name.values))
    used = np.unique(near.sequence)
    spoken = np.zeros(len(own.frames.sequences), bool)
    spoken[used] = [names_a_video(own.frames.sequences[code], categories) for code in used.tolist()]
    named = spoken[near.sequence] & (near.spacing < _SLOW)
    contents = [side.contents for side in splits.sides]
    kept, rest = near.take(named), near.take(~named)
    boxes = agreement_of_boxes(rest, own.contents, contents)
    looks = None if boxes.is_video else _looks(context, splits, rest)
    why = []
    doubt = bool(len(kept.rows)) and agreement_of_boxes(kept, own.contents, contents).is_independent
    if len(kept.rows):
        why.append("the names speak of a video" + ", though boxes of neighbours do not agree" * doubt)
    if boxes.is_video:
        why.append(f"boxes of neighbours agree (mean IoU {boxes.near:.2f}, of images further apart {boxes.far:.2f})")
    elif looks is not None and looks.is_video:
        why.append(f"neighbours look alike (they differ in {looks.near:.0f} bits, images further apart in {looks.far:.0f})")
    if len(why) == 2 or (why and not len(kept.rows)):
        return _Frames(near, " and ".join(why)), ""
    if why:
        return _Frames(kept, why[0], doubtful=doubt), ""
    name = own.frames.sequences[int(used[0])]
    return None, (
        f"images are numbered ({quote(name)}) across splits, and nothing shows that they are frames of a video "
        f"({boxes.pairs:,} pairs of boxes compared); --group-by says what belongs together"
    )


def _looks(context: RuleContext, splits: EarlierSplits, near: Neighbours) -> Agreement | None:
    if not splits.similar or context.files is None:
        return None
    return agreement_of_looks(near, context.files.looks, [side.looks for side in splits.sides])


def _frame_violation(context: RuleContext, splits: EarlierSplits, own: OwnSplit, found: _Frames) -> Violation:
    near = found.neighbours
    row, there = int(near.rows[0]), int(near.there[0])
    side = splits.sides[int(near.side[0])]
    names = sorted({own.frames.sequences[code] for code in np.unique(near.sequence).tolist()})
    difference = abs(int(own.frames.numbers[row]) - int(side.frames.numbers[there]))
    others = "" if len(near.rows) == 1 else f"; so it is with {len(near.rows):,} of {len(own.frames.codes):,} images"
    message = (
        f"is {_distance(difference)} {side.image(there)} ({quote(side.file_names.values[there])[1:-1]}), in another split{others}, in "
        f"{_sequences(names)} (close means {context.thresholds.frame_distance:g} times the spacing, here {near.spacing[0]:g}); they are taken "
        f"for frames{' or copies of one image' if (near.steps == 0).any() else ''} because {found.why}"
    )
    about = ", ".join(names) if len(names) <= _LISTED else "many"
    sides = ", ".join(sorted({splits.sides[k].path for k in np.unique(near.side).tolist()}))
    return Violation(
        message,
        ("file_name",),
        "images",
        row,
        from_row=True,
        elsewhere=((side.path, there),),
        scope=ViolationScope.FILE,
        about=f"{about} in {sides}",
    )


def _distance(difference: int) -> str:
    return f"{difference:,} number{'s' * bool(difference != 1)} from" if difference else "the same number as"


def _sequences(names: list[str]) -> str:
    return f"the sequence {quote(names[0])}" if len(names) == 1 else f"{len(names):,} sequences such as {quote(names[0])}"


RULES = (split_group_leak, split_neighbouring_frames)
