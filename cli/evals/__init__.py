"""`catalog evals`: the group of all commands about scores."""

from ..group import group
from . import compare, import_, pack, show

app = group("Evaluation scores: import, show, compare.")
app.command("show")(show.show)
app.command("compare")(compare.compare)
app.command("import")(import_.import_)
app.command("pack", hidden=True)(pack.pack)
