"""What a network computes from one probe, what some of its weights are, and what ran it: values.

A fingerprint (`catalog.core.fingerprints`) is made of them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Environment:
    """What ran the network.

    Args:
        device: `cpu` or `cuda`.
        device_name: the processor's or card's own name.
        dtype: of weights and arithmetic: `float32`, `bfloat16`, `float16`.
        torch: its version.
        transformers: its version.
        attention: the attention implementation, `eager`.
    """

    device: str
    device_name: str
    dtype: str
    torch: str
    transformers: str
    attention: str = "eager"


@dataclass(frozen=True, slots=True)
class TopLogits:
    """The largest logits at one position.

    Args:
        position: in the probe, from 0.
        ids: token ids, largest logit first.
        logits: theirs.
    """

    position: int
    ids: tuple[int, ...]
    logits: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ProbeReading:
    """What the network made of one probe.

    Args:
        name: the probe's.
        nll: mean negative log-likelihood of its tokens but the first, in nats.
        tops: the largest logits at the set's positions.
        logit_rms: root mean square of all its logits: the scale that logits are compared on.
        norms: root mean square of the hidden states after the embedding and after each layer, the
            last one after the final normalisation.
    """

    name: str
    nll: float
    tops: tuple[TopLogits, ...]
    logit_rms: float
    norms: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SpreadReading:
    """How unlike the numbers of one vector are.

    Biases and the weights of norms start all alike, in every run, so this is how far training has
    taken them: no record of the start is needed to say so. It is no test of a copy: where training
    has not come far, a coarser dtype changes it.

    Args:
        name: what transformers calls it.
        spread: standard deviation of some thousands of its numbers.
    """

    name: str
    spread: float


@dataclass(frozen=True, slots=True)
class WeightReading:
    """Some numbers of one tensor of the network: always the same places of it.

    Nothing is computed of them but a square, so that every device and version reads the same.

    Args:
        name: `embedding`, `head`, or what transformers calls it.
        rms: root mean square of some thousands of its numbers.
        numbers: the first of those, to seven digits.
    """

    name: str
    rms: float
    numbers: tuple[float, ...]
