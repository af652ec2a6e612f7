"""`--attest` and `--key`: what a command checked, as a file that others can check too."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import INTERRUPTED, BadInput

from . import output, writing
from .reports import two_in_one_file

if TYPE_CHECKING:
    from catalog.core.attestations.envelopes import Signs
    from catalog.core.verdicts import Verification
    from catalog.verbs.populate import Populated

    from .call import Call
    from .reports import Reports

PASSWORD = "CATALOG_KEY_PASSWORD"  # noqa: S105 - the variable's name
AttestOpt = Annotated[
    Path | None,
    typer.Option(
        "--attest",
        metavar="FILE",
        readable=False,
        show_default=False,
        help="Write what was checked as in-toto statements, one a line, for others to check.",
    ),
]
ForceAttestOpt = Annotated[
    bool, typer.Option("--force", help="Write over an attestation that is there.")
]
KeyOpt = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="FILE",
        readable=False,
        show_default=False,
        help=f"Sign them with this private key (PEM; its password: ${PASSWORD}, or asked for).",
    ),
]
SigstoreOpt = Annotated[
    bool,
    typer.Option(
        "--sigstore", help="Sign them in the name of this CI job, by sigstore's public services."
    ),
]


@dataclass(frozen=True, slots=True)
class Signing:
    """Who is to sign.

    Attributes:
        key: a private key, None where none was named.
        sigstore: whether this machine's identity signs.
        offline: whether nobody is to be asked.
    """

    key: Path | None = None
    sigstore: bool = False
    offline: bool = False

    def __bool__(self) -> bool:
        """Return whether anybody is to sign."""
        return self.sigstore or self.key is not None

    def signer(self, call: "Call") -> "Signs | None":
        """Return what signs, None for nobody.

        Raises:
            BadInput: it cannot, or two are named.
            CouldNotCheck: the key cannot be read, or sigstore does not answer.
            MissingExtra: what signs is not installed.
        """
        if self.sigstore and self.key is not None:
            raise BadInput("a key or an identity signs, not both", "leave one of them out")
        if self.sigstore and self.offline:
            raise BadInput(
                "--sigstore asks its services", "leave out --offline, or sign with --key"
            )
        if not self:
            return None
        password = None if self.key is None else password_of(self.key)
        return call.catalog.signer(self.key, password=password)


@dataclass(frozen=True, slots=True)
class Attest:
    """What is to be attested, and where.

    Attributes:
        call: of the command.
        file: where to write, None where nothing is attested.
        signer: signs it, None for bare statements.
        made: what was verified or recorded so far.
    """

    call: "Call"
    file: Path | None = None
    signer: "Signs | None" = None
    made: "list[Verification | Populated]" = field(default_factory=list)

    @classmethod
    def of(
        cls,
        call: "Call",
        reports: "Reports",
        file: Path | None,
        signing: Signing,
        level: str,
        *,
        force: bool,
    ) -> "Attest":
        """Return what options ask for, before any work is done.

        Raises:
            BadInput: they contradict one another, or the key cannot sign.
            CouldNotCheck: the file could not be written, or the key not be read.
            MissingExtra: cryptography is not installed.
        """
        if file is None:
            if signing:
                raise BadInput("a signature is of what --attest writes", "add --attest FILE")
            return cls(call)
        if level == "metadata":
            raise BadInput("at level metadata no byte is read to attest", "take --level files")
        if file.absolute() in {other.absolute() for other in reports.files.values()}:
            raise two_in_one_file()
        writing.require_free(file, b"in-toto", "attestation", force=force)
        return cls(call, file, signing.signer(call))

    def require_none(self) -> None:
        """Refuse to attest what was not done.

        Raises:
            BadInput: an attestation was asked for.
        """
        if self.file is not None:
            raise BadInput("a dry run checks nothing to attest", "leave out --attest")

    @property
    def exclude(self) -> tuple[Path, ...]:
        """The file, which may lie among those that are verified."""
        return () if self.file is None else (self.file,)

    def written(self, code: int, lock: str | None = None) -> int:
        """Write the file once all was verified, and return the command's exit code.

        An interrupted command writes none: half of what was asked for would look like all of it.

        Args:
            code: of the command so far.
            lock: the lock that was compared with.

        Raises:
            BadInput: what was verified cannot be attested.
            CouldNotCheck: the file cannot be written.
        """
        if self.file is None or code == INTERRUPTED:
            return code
        text = self.call.catalog.attest(*self.made, signer=self.signer, lock=lock)
        if unread := len(self.made) - text.count("\n"):
            self.call.notes([f"{unread} of {len(self.made)} not attested: no file was read whole"])
        if not text:
            output.say(f"catalog: nothing to attest, so {self.file} is not written")
            return code
        writing.write_file(self.file, text)
        if self.signer is None:
            self.call.notes([f"{self.file} is unsigned; --key FILE signs it"])
        return code


def password_of(key: Path) -> Callable[[], str | None]:
    """Return what asks for a key's password: the environment first, then who sits there."""

    def ask() -> str | None:
        if PASSWORD in os.environ:
            return os.environ[PASSWORD]
        if not sys.stdin.isatty():
            return None
        asked: str = typer.prompt(f"password of {key}", hide_input=True, err=True)
        return asked

    return ask
