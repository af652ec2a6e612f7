"""`catalog import`: what other catalogs exported."""  # noqa: N999 - a group's module has its name

from . import handing
from .group import group

app = group("Take in what other catalogs exported.")
app.command("records")(handing.take)
