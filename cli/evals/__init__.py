"""`catalog evals`: the group of all commands about scores."""

from ..group import group
from . import compare, import_, move, pack, plot, remove, show, tasks

app = group("Evaluation scores: import, show, compare, plot.")
app.command("tasks")(tasks.tasks)
app.command("show")(show.show)
app.command("compare")(compare.compare)
app.command("plot")(plot.plot)
app.command("import")(import_.import_)
app.command("move")(move.move)
app.command("remove")(remove.remove)
app.command("pack", hidden=True)(pack.pack)
