"""The options of a check: name, type, help and default of each, declared once.

The options of the command line, the keys of the configuration file, the keywords of `cocoproof.check` and of the pytest fixtures, and
the options of the pytest plugin are all made from `OPTIONS`. This module imports nothing but the standard library: pytest loads it in
every run.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CONTRACT",
    "COUNT",
    "FILE",
    "FLAG",
    "FOLDER",
    "NAME",
    "NAMES",
    "NUMBERS",
    "OPTIONS",
    "RULES",
    "CheckOption",
    "OptionType",
    "option_named",
]


@dataclass(frozen=True, kw_only=True)
class OptionType:
    """How the values of an option are written.

    Attributes:
        metavar: What the help of a command line calls the value.
        toml: The type of the value in a configuration file, or several.
        expected: What a configuration file must hold, for messages.
        annotation: The type of the keyword in Python.
    """

    metavar: str
    toml: type | tuple[type, ...]
    expected: str
    annotation: str


RULES = OptionType(metavar="CODES", toml=list, expected="a list of strings", annotation="str | Sequence[str]")
NAMES = OptionType(metavar="NAMES", toml=list, expected="a list of strings", annotation="str | Sequence[str]")
NAME = OptionType(metavar="NAME", toml=str, expected="a string", annotation="str")
FLAG = OptionType(metavar="", toml=bool, expected="true or false", annotation="bool")
COUNT = OptionType(metavar="N", toml=int, expected="an integer of at least 0", annotation="int")
FILE = OptionType(metavar="FILE", toml=str, expected="a string", annotation="str | os.PathLike[str]")
FOLDER = OptionType(metavar="DIR", toml=str, expected="a string", annotation="str | os.PathLike[str] | bool")
CONTRACT = OptionType(
    metavar="FILE", toml=(str, dict), expected="a table or the name of a file", annotation="str | os.PathLike[str] | Mapping[str, object]"
)
NUMBERS = OptionType(metavar="NAME=VALUE", toml=dict, expected="a table", annotation="Thresholds")


@dataclass(frozen=True, kw_only=True)
class CheckOption:
    """One option, in all places.

    Attributes:
        name: The keyword in Python.
        type: How its values are written.
        help: What it does, for help texts and documentation.
        doc: What the keyword does in Python's terms, where the help text is not enough.
        choices: The values that it takes, where they are few.
        default: The default of the keyword of `cocoproof.check`, as source code.
        shown_default: The default that help texts show; empty if the help states it.
        annotation: The type of the keyword, where it differs from that of the option's type.
        key: The key of the configuration file, and the long option without `--`; empty for the name with dashes.
        flag: The long option, where it differs from `--` and the key.
        off: The help of the switch `--no-<key>`, which is False in Python; empty where there is no switch.
        adds_up: Whether the values of all places are put together; otherwise the most specific place wins.
        several_files: Whether it only means something for a run over several files; the pytest fixtures check one.
        in_check: Whether it is a keyword of `cocoproof.check`, which returns a report and neither fails nor writes.
    """

    name: str
    type: OptionType
    help: str
    doc: str = ""
    choices: tuple[str, ...] = ()
    default: str = "None"
    shown_default: str = ""
    annotation: str = ""
    key: str = ""
    flag: str = ""
    off: str = ""
    adds_up: bool = False
    several_files: bool = False
    in_check: bool = True

    @property
    def toml_key(self) -> str:
        """The key of the configuration file."""
        return self.key or self.name.replace("_", "-")

    @property
    def long_flag(self) -> str:
        """The option of the command line."""
        return self.flag or f"--{self.toml_key}"

    @property
    def off_key(self) -> str:
        """The key that switches it off, without `--` on the command line."""
        return f"no-{self.toml_key}"


OPTIONS = (
    CheckOption(
        name="select",
        type=RULES,
        default="()",
        help="Run only these rules: codes, prefixes (COCO5) or names, separated by commas.",
        doc="Codes, prefixes (`COCO5`) and names of the rules to run, or one of them; none means all.",
    ),
    CheckOption(
        name="ignore",
        type=RULES,
        default="()",
        adds_up=True,
        help="Do not run these rules.",
        doc="Codes, prefixes and names of rules not to run, or one of them.",
    ),
    CheckOption(
        name="plugins",
        type=FLAG,
        help="Run the rules of installed plug-ins, too (the default).",
        doc="Whether the rules of installed plug-ins run; None for yes.",
    ),
    CheckOption(
        name="profile",
        type=NAME,
        help="Apply the rules and severities of a profile: release, or default for none.",
        doc="The profile to apply, such as `release`; None for the rules as they are.",
    ),
    CheckOption(
        name="consumers",
        key="for",
        type=NAMES,
        default="()",
        help="Apply the rules and severities of these consumers' loaders: pycocotools, supervision, torchvision, detectron2, ultralytics, rf-detr, cvat, mmdetection, mmrotate, mmpose, transformers, paddledetection, sahi, datumaro, fiftyone, label-studio, hotcoco, faster-coco-eval, separated by commas.",
        doc="The consumers of the file, such as `pycocotools`, or one of them: their rules and severities apply.",
    ),
    CheckOption(
        name="categories",
        type=FILE,
        annotation="CategoryList | str | os.PathLike[str]",
        help="Compare the categories with this list: names one a line, TOML, JSON, YAML, or a COCO file.",
        doc="The expected categories, or the file that lists them.",
    ),
    CheckOption(
        name="contract",
        type=CONTRACT,
        annotation="str | os.PathLike[str] | Mapping[str, object] | Literal[False]",
        off="Use no dataset contract, even if the configuration sets one.",
        help="Compare the dataset with this contract, a TOML file: attributes, counts, images, licences, balance. In the configuration it may be a table.",
        doc="The dataset contract, as a file or a dict as TOML has it; False for none, even if the configuration sets one.",
    ),
    CheckOption(
        name="contiguous",
        type=FLAG,
        default="False",
        help="Require contiguous category ids (COCO404 becomes an error).",
        doc="Whether category ids must be contiguous.",
    ),
    CheckOption(name="gt", type=FILE, help="The ground truth of results lists.", doc="The ground truth of a results list."),
    CheckOption(
        name="splits",
        type=FLAG,
        several_files=True,
        help="The files are splits of one dataset: compare them with each other.",
        doc="Whether the paths are splits of one dataset, to be compared with each other; None for the default of the profile.",
    ),
    CheckOption(
        name="group_by",
        type=NAME,
        several_files=True,
        help="What must not be in two splits: folder, video, a field of the images, or a regular expression over file names whose group names it; by default videos that the files name.",
        doc="What must not be in two splits: `folder`, `video`, a field of the images, or a regular expression over file names whose group names it; None for videos that the files name.",
    ),
    CheckOption(
        name="train",
        type=FILE,
        several_files=True,
        help="Which of the files is the training split; by default those named train or training, or in a folder of that name.",
        doc="Which of the paths is the training split; None for those named train or training, or in a folder of that name.",
    ),
    CheckOption(
        name="similar",
        type=FLAG,
        default="False",
        several_files=True,
        help="Compare the images of splits by perceptual hash, too, with each other and within each split. Decodes every image; needs Pillow.",
        doc="Whether the images of splits are compared by perceptual hash, too, with each other and within each split. Decodes every image; needs Pillow.",
    ),
    CheckOption(
        name="kind",
        type=NAME,
        annotation="Kind | str",
        choices=("instances", "keypoints", "captions", "panoptic", "image_info", "lvis", "results", "video_instances", "video_results"),
        help="Read the files as this kind instead of the detected one.",
        doc="Read the input as this kind instead of the detected one.",
    ),
    CheckOption(
        name="images",
        type=FOLDER,
        default="True",
        off="Open no image file.",
        help="The folder that file_name is relative to; by default it is searched for beside each file.",
        doc="The folder that `file_name` is relative to; True searches for it beside each file, False opens no image file.",
    ),
    CheckOption(
        name="panoptic",
        type=FOLDER,
        annotation="str | os.PathLike[str]",
        help="The folder with the PNGs of panoptic files; by default it is searched for beside each file.",
        doc="The folder with the PNGs of a panoptic file; None searches for it beside the file, unless `images` is False.",
    ),
    CheckOption(
        name="decode",
        type=FLAG,
        help="Decode every image instead of reading only its header. Needs Pillow.",
        doc="Whether to decode every image, in child processes, instead of reading only headers; None for the default of the profile.",
    ),
    CheckOption(
        name="reload",
        type=NAME,
        annotation='ReloadMode | Literal["auto", "always", "never"]',
        choices=("auto", "always", "never"),
        default='"auto"',
        help="Reload through pycocotools (and supervision): all of a file up to 4 MiB and a sample of larger ones (auto), all of every file (always), or nothing (never).",
        doc="How much of a file goes through pycocotools and supervision: `auto` takes files up to 4 MiB completely and a sample of images of larger ones.",
    ),
    CheckOption(
        name="thresholds",
        flag="--threshold",
        type=NUMBERS,
        help="Set a tolerance, such as box-tolerance=2.",
        doc="The numbers that rules compare with.",
    ),
    CheckOption(
        name="fail_on",
        type=NAME,
        annotation='Severity | Literal["error", "warning", "note"]',
        choices=("error", "warning", "note"),
        shown_default="error",
        in_check=False,
        help="The lowest severity that fails the run.",
        doc="The lowest severity that fails; None for that of the run, `error` by default.",
    ),
    CheckOption(
        name="baseline",
        type=FILE,
        annotation="str | os.PathLike[str] | Literal[False]",
        off="Accept no finding, even if the configuration sets a baseline.",
        help="Accept the findings that this file lists, and fail only on new ones.",
        doc="The file of the accepted findings: they are not reported.",
    ),
    CheckOption(
        name="max_findings",
        type=COUNT,
        annotation="int | None",
        default="1000",
        shown_default="1000",
        help="List at most N findings per rule and file; 0 lists all. Counts stay exact.",
        doc="Findings listed per rule and file, None for all. Counts are exact either way.",
    ),
)
"""Every option, in the order of the help text. A new option is an entry here."""


def option_named(name: str) -> CheckOption:
    """The option of this name in Python.

    Raises:
        KeyError: If there is none.
    """
    for option in OPTIONS:
        if option.name == name:
            return option
    raise KeyError(name)
