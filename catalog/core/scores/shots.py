"""Numbers of few-shot examples in files of harness 0.4, with the faults that these are known for.

The harness printed 0 for every group of tasks, whatever its tasks ran with (its issue 1352): so a
group has the shots of its tasks, and none are known where these differ or are not in the file.
"""

from collections.abc import Mapping

from catalog.core.scores.reading import mapping, whole

Json = Mapping[str, object]


Groups = Mapping[str, list[str]]


def of_task(content: Json, task: str, groups: Groups | None = None) -> int | None:
    """Return the shots of a task or a group of tasks, None where the file does not tell.

    Args:
        content: of the file.
        task: or a group.
        groups: those of the file, as `groups_of` returns them, where several tasks are asked for.
    """
    groups = groups_of(content) if groups is None else groups
    if task in groups:
        shots = {_of_one(content, leaf) for leaf in _leaves(groups, task)}
        return next(iter(shots)) if len(shots) == 1 else None
    if task in mapping(content.get("groups")):
        return None
    return _of_one(content, task)


def _of_one(content: Json, task: str) -> int | None:
    """Return the shots of a single task; what was printed and what was configured must agree."""
    printed = mapping(content.get("n-shot")).get(task)
    configs = mapping(content.get("configs"))
    if printed == 0 and configs and task not in configs:
        return None  # tasks alone are configured: it is a group of which the file says no more
    configured = mapping(configs.get(task)).get("num_fewshot")
    silent = (None, "", " ", "N/A")
    stated = [whole(number) for number in (printed, configured) if number not in silent]
    if not stated:
        return whole(mapping(content.get("config")).get("num_fewshot"))
    return stated[0] if len(set(stated)) == 1 else None


def groups_of(content: Json) -> Groups:
    """Return the groups that have tasks; the harness lists plain tasks with none."""
    listed = mapping(content.get("group_subtasks"))
    return {
        group: [str(task) for task in tasks]
        for group, tasks in listed.items()
        if isinstance(tasks, list) and tasks
    }


def _leaves(children: Groups, group: str) -> set[str]:
    """Return the tasks of a group and of its groups; a circle ends where it began."""
    leaves: set[str] = set()
    seen = {group}
    waiting = list(children[group])
    while waiting:
        task = waiting.pop()
        if task not in children:
            leaves.add(task)
        elif task not in seen:
            seen.add(task)
            waiting += children[task]
    return leaves
