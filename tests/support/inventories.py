"""Builds inventories of repositories that were never published: branches, files, bytes by seed.

A file's digest is that of its seed, so equal seeds are equal bytes. It knows no verdict.
"""

import hashlib
import json
from pathlib import Path

COLUMNS = "repo,revision,commit,file,bytes,sha256"
SINGLE, BIN = "model.safetensors", "pytorch_model.bin"
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
INDEX = "model.safetensors.index.json"
STEPS = (0, 1, 2, 1000, 2000, 3000, 4000, 5000)


def sha256(seed) -> str:
    """Return the digest of a seed's bytes."""
    return hashlib.sha256(str(seed).encode()).hexdigest()


def commit_of(branch: str, files: dict) -> str:
    """Return a commit of its own for a branch with these files."""
    return sha256(f"{branch} {sorted(files.items())}")[:40]


class Inventory:
    """A CSV inventory in the making: `branch` adds or replaces one branch of a repository."""

    def __init__(self) -> None:
        self._branches: dict[tuple[str, str], tuple[str, dict]] = {}
        self._sizes: dict[str, int] = {}

    def branch(self, repo, revision, files, *, commit=None):
        """Set what a branch holds: seeds by path, in a commit of its own unless one is given."""
        self._branches[repo, revision] = (
            commit or commit_of(f"{repo}@{revision}", files),
            dict(files),
        )
        return self

    def clean(self, repo, steps=STEPS, *, name="step{}", path=SINGLE):
        """Give a repository a branch a step, all different, and main with the last step's bytes."""
        for step in steps:
            self.branch(repo, name.format(step), {path: f"{repo} {step}"})
        return self.branch(repo, "main", {path: f"{repo} {steps[-1]}"})

    def alias(self, repo, revision, of):
        """Let a branch point at another one's commit."""
        commit, files = self._branches[repo, of]
        return self.branch(repo, revision, files, commit=commit)

    def without(self, repo, revision):
        """Remove a branch."""
        del self._branches[repo, revision]
        return self

    def sized(self, seed, size):
        """Give a seed's bytes a size other than 1,000."""
        self._sizes[str(seed)] = size
        return self

    def text(self) -> str:
        """Return the file."""
        lines = [
            f"{repo},{revision},{commit},{path},{self._sizes.get(str(seed), 1000)},{sha256(seed)}"
            for (repo, revision), (commit, files) in self._branches.items()
            for path, seed in files.items()
        ]
        return "\n".join([COLUMNS, *lines]) + "\n"

    def write(self, folder: Path) -> Path:
        """Write the file into a folder and return its path."""
        file = folder / f"inventory-{sha256(self.text())[:8]}.csv"
        file.write_text(self.text())
        return file


def audited(catalog, url, inventory, folder, *, names=(), code=None):
    """Import an inventory, audit and return the document; check the exit code if one is given."""
    ran = catalog("sync", "--from-file", inventory.write(folder), "--db", url)
    assert ran.code == 0, ran.err
    ran = catalog("audit", *names, "--db", url, "--json")
    assert code is None or ran.code == code, ran.err
    return json.loads(ran.out)


def branches(document) -> dict:
    """Return the branches of an audit by name, with the repository where there are several."""
    several = len({one["repo_id"] for one in document["branches"]}) > 1
    return {
        f"{one['repo_id']}@{one['revision']}" if several else one["revision"]: one
        for one in document["branches"]
    }


def verdicts(document) -> dict[str, str]:
    """Return the verdict of each branch that is not its own."""
    return {
        name: one["verdict"] for name, one in branches(document).items() if one["verdict"] != "own"
    }
