"""hotcoco: `coco healthcheck --json FILE`, of results `coco healthcheck --json GROUND_TRUTH --dt FILE`."""

from common import Aborted, Message, call, json_of, main


def report(job):
    files = [job.truth, "--dt", job.path] if job.kind == "results" else [job.path]
    ended = call("coco", "healthcheck", "--json", *files)
    document = json_of(ended.stdout, [ended.stderr])
    if "error" in document:
        raise Aborted(document["error"])
    for severity in ("error", "warning"):
        for one in document[f"{severity}s"]:
            yield Message(one["code"], severity, f"{one['message']} affected_ids: {sorted(one['affected_ids'])}")
    if empty := document["summary"]["images_without_annotations"]:
        yield Message("summary.images_without_annotations", "info", f"No annotations: {empty}")
    for line in ended.stderr.splitlines():
        if line.startswith("hotcoco: "):
            yield Message("stderr", "warning", line)


main(report)
