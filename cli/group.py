"""Groups of commands."""

import typer


def group(help_: str) -> typer.Typer:
    """Return a group; called alone it prints its help, which is no mistake."""
    made = typer.Typer(help=help_, rich_markup_mode=None)

    @made.callback(invoke_without_command=True, help=help_)
    def alone(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            typer.echo(context.get_help())

    return made
