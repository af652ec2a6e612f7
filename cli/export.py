"""`catalog export`: what the catalog knows, as files for other programs."""

from . import bills, handing
from .group import group

app = group("Write what is known as files for other programs.")
app.command("records")(handing.export)
app.command()(bills.sbom)
