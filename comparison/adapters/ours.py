"""cocoproof: `cocoproof check`, as a user of the command line runs it."""

from common import Message, call, json_of, main


def report(job):
    arguments = [job.earlier, job.path, "--splits"] if job.earlier else [job.path]
    for option, value in (
        ("--images", job.images),
        ("--panoptic", job.panoptic),
        ("--categories", job.categories),
        ("--gt", job.truth),
        ("--for", job.consumer),
    ):
        if value:
            arguments += [option, value]
    if job.earlier and job.images:
        arguments.append("--similar")
    ended = call("cocoproof", "check", *arguments, "--format", "json")
    document = json_of(ended.stdout, [ended.stderr])
    for finding in document["files"][-1]["findings"]:
        severity = {"note": "info"}.get(finding["severity"], finding["severity"])
        yield Message(finding["code"], severity, finding["name"])


main(report)
