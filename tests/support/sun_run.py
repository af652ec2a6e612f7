"""The run of `suns.SUITE` on a stand-in of the Hub: three steps of one number each."""

import json

HEADER = b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
REPO = "lab/sun-1m"
STEPS = (0, 100, 200)


def weights(number):
    """Return a small safetensors file."""
    return len(HEADER).to_bytes(8, "little") + HEADER + bytes([number, 0, 0, 0])


def publish(hub, repo_id=REPO, first=0):
    """Publish a run of three steps, and main with the last one's weights."""
    repository = hub.add(repo_id)
    for step in STEPS:
        number = first + step // 100
        repository.commit(
            f"step{step}", {"config.json": b"{}", "model.safetensors": weights(number)}
        )
    repository.branches["main"] = repository.branches["step200"]
    return repository


def told(ran, code=0):
    """Return what a command printed as JSON."""
    assert ran.code == code, ran.out + ran.err
    return json.loads(ran.out)
