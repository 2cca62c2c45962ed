"""The tools of the server, and what it is started with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from cocoproof.mcp_server.commands import CommandFailed, run_for_json, run_for_text
from cocoproof.mcp_server.confinement import OutsideRoot
from cocoproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from cocoproof.mcp_server.confinement import ServedFolder

__all__ = ["make_server"]

Answer = TypeVar("Answer")

_FEW = 20
"""Findings listed per rule and file, unless a client asks for more: a report is read by a model."""

_ANNOTATIONS = "A COCO file (.json, .json.gz, .json.zst), relative to the root."

# Pydantic evaluates these when a tool is declared, so they are here and not under TYPE_CHECKING.
File = Annotated[str, Field(description=_ANNOTATIONS)]
Files = Annotated[
    list[str], Field(description="COCO files, relative to the root. Several are compared as splits if `splits` is set.", min_length=1)
]
Codes = Annotated[list[str], Field(description="Codes, prefixes (COCO5) or names of rules.")]
Consumers = Annotated[list[str], Field(description="What will read the file, such as pycocotools, ultralytics or detectron2.")]


def _tool(method: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
    """A method that answers what is wrong with its arguments with a tool error: the SDK hides the message of any other exception."""

    @wraps(method)
    async def answer(*args: Any, **kwargs: Any) -> Answer:
        try:
            return await method(*args, **kwargs)
        except (OutsideRoot, CommandFailed) as error:
            raise ToolError(str(error)) from None

    return answer


@dataclass(frozen=True)
class _Tools:
    """The tools; each method is one.

    Attributes:
        root: The folder that paths are confined to.
        may_write: Whether `fix` may write.
    """

    root: ServedFolder
    may_write: bool

    @_tool
    async def check(
        self,
        files: Files,
        consumers: Consumers | None = None,
        select: Codes | None = None,
        ignore: Codes | None = None,
        profile: Annotated[Literal["release"] | None, Field(description="`release`: what a published dataset must fulfil.")] = None,
        ground_truth: Annotated[str | None, Field(description="The ground truth of a list of results.")] = None,
        categories: Annotated[str | None, Field(description="A file that lists the expected categories.")] = None,
        images: Annotated[str | None, Field(description="The folder of the image files; without it none is opened.")] = None,
        splits: Annotated[bool, Field(description="Whether the files are splits of one dataset.")] = False,
        max_findings: Annotated[int, Field(description="Findings listed per rule and file; counts are exact.", ge=1, le=1000)] = _FEW,
    ) -> dict[str, Any]:
        """Check COCO files by the rules. Returns the JSON report: findings with rule, place and message, and a verdict of each rule."""
        options = ["--format", "json", "--max-findings", str(max_findings), "--fail-on", "error"]
        options += _listed("--for", consumers) + _listed("--select", select) + _listed("--ignore", ignore)
        options += [] if profile is None else ["--profile", profile]
        options += ["--splits"] if splits else []
        with_paths = [self.root.file(name) for name in files]
        options += [] if ground_truth is None else ["--gt", self.root.file(ground_truth)]
        options += [] if categories is None else ["--categories", self.root.file(categories)]
        options += ["--no-images"] if images is None else ["--images", self.root.subfolder(images)]
        return await run_for_json(["check", *options, "--", *with_paths], self.root.folder)

    @_tool
    async def explain(self, rule: Annotated[str, Field(description="A code such as COCO605, or the name of a rule.")]) -> str:
        """Explain a rule: what it means, why it matters, what breaks it, and how to fix it."""
        return await run_for_text(["explain", "--", rule], self.root.folder)

    @_tool
    async def diff(
        self,
        before: File,
        after: File,
        box_tolerance: Annotated[float, Field(description="Pixels that an edge of a box may be off.", ge=0, allow_inf_nan=False)] = 0,
        mask_iou: Annotated[float, Field(description="The least IoU of masks that count as the same.", ge=0, le=1)] = 1,
    ) -> dict[str, Any]:
        """Show what changed between two COCO files in meaning: images by name, categories by name, annotations by content."""
        options = ["--format", "json", "--box-tolerance", repr(box_tolerance), "--mask-iou", repr(mask_iou)]
        return await run_for_json(["diff", *options, "--", self.root.file(before), self.root.file(after)], self.root.folder)

    @_tool
    async def fix(
        self,
        file: File,
        output: Annotated[str | None, Field(description="A new file for the result; without it nothing is written.")] = None,
        select: Codes | None = None,
        unsafe_fixes: Annotated[bool, Field(description="Also fixes where another answer may be meant, or something is lost.")] = False,
    ) -> dict[str, Any]:
        """Fix unambiguous errors of a COCO file. Returns the changes. The file itself is never changed: the result goes to `output`."""
        options = ["--format", "json", *_listed("--select", select)]
        options += ["--unsafe-fixes"] if unsafe_fixes else []
        source = self.root.file(file)
        if output is None:
            options.append("--dry-run")
        elif self.may_write:
            options += ["--output", self.root.new_file(output)]
        else:
            msg = "the server is read-only: leave `output` out to see the changes, or start it with --allow-write"
            raise ToolError(msg)
        return await run_for_json(["fix", *options, "--", source], self.root.folder)


def _listed(option: str, values: Sequence[str] | None) -> list[str]:
    return [f"{option}={','.join(values)}"] if values else []


def make_server(root: ServedFolder, *, may_write: bool) -> Any:
    """The server, an `mcp.server.MCPServer`.

    Args:
        root: The folder that the paths of clients are confined to.
        may_write: Whether `fix` may write new files there.
    """
    tools = _Tools(root, may_write)
    writing = "fix may write new files." if may_write else "Nothing is written."
    server = MCPServer(
        "cocoproof",
        version=__version__,
        instructions=f"Checks COCO JSON files in one folder, the root; paths are relative to it. {writing}",
        log_level="WARNING",
    )
    for tool in (tools.check, tools.explain, tools.diff, tools.fix):
        writes = may_write and tool.__name__ == "fix"
        hints = ToolAnnotations(read_only_hint=not writes, destructive_hint=False, idempotent_hint=not writes, open_world_hint=False)
        server.add_tool(tool, annotations=hints)
    return server
