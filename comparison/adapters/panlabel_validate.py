"""panlabel: `panlabel validate --format coco --strict --output-format json FILE`."""

from common import Message, call, json_of, main


def report(job):
    ended = call("panlabel", "validate", "--format", "coco", "--strict", "--output-format", "json", job.path)
    document = json_of(ended.stdout, [ended.stderr])
    for issue in document["issues"]:
        yield Message(issue["code"], issue["severity"], f"{issue['message']} {issue['context']}")


main(report)
