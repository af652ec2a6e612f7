"""Titles of panels: names of tasks are long, and have no spaces to be broken at."""

import re


def wrapped(text: str, width: int) -> str:
    r"""Return a title in lines; names of tasks may be broken behind their joints.

    >>> wrapped("hendrycksTest-high_school_physics", 20)
    'hendrycksTest-high_\nschool_physics'
    """
    lines = [""]
    for part in re.findall(rf"[^_:/ -]{{0,{width - 1}}}[_:/ -]|[^_:/ -]{{1,{width}}}", text):
        if lines[-1] and len(lines[-1]) + len(part.rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.strip() for line in lines)
