"""The trained run's steps on the stand-in Hub, with all that a user loads."""

import json

import planted

# One word a token, and as much of a configuration as a fast tokenizer needs.
TOKENIZER = {
    "version": "1.0",
    "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1, "[UNK]": 2}, "unk_token": "[UNK]"},
    "pre_tokenizer": {"type": "Whitespace"},
    "added_tokens": [],
}
CONFIG = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]"}


def files(config, step, *forms):
    """Return a branch: a step's weights, what belongs to them, a file that nobody needs."""
    found = {
        "config.json": config,
        "tokenizer.json": b'{"version": "1.0"}',
        "modeling_own.py": b"#",
        "README.md": b"#",
    }
    for form in forms:
        found |= planted.copy_of(planted.REPO, step, form)
    return found


def publish(hub, config, step, *forms, of=None):
    """Let a step's branch hold another step's weights, or its own, in these forms only."""
    content = files(config, step if of is None else of, *forms)
    return hub.repositories[planted.REPO].commit(f"step{step}", content)


def with_tokenizer(config, forms, *, stale):
    """Return a branch's files, with a tokenizer that loads."""
    branch = files(config, 64, *forms)
    if stale:
        branch |= planted.copy_of(planted.REPO, planted.LAST, "single")
    branch["tokenizer.json"] = json.dumps(TOKENIZER).encode()
    branch["tokenizer_config.json"] = json.dumps(CONFIG).encode()
    return branch
