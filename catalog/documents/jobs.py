"""What runs on a cluster, as plain data."""

from typing import TYPE_CHECKING

from catalog.documents.plain import Document, plain

if TYPE_CHECKING:
    from catalog.verbs.tracking import Tracked


def tracked(value: "Tracked") -> Document:
    """Return a run with its tasks."""
    return {
        "folder": str(value.folder),
        "command": value.command,
        "over": value.is_over,
        "checkpoints": value.checkpoints,
        "left": value.left,
        "unsubmitted": value.unsubmitted,
        "tasks": [plain(task) | {"log": str(task.log)} for task in value.tasks],
        "logs": [str(log) for log in value.logs],
    }
