"""Damages that are planted in a network, and how many of them each level of verification sees.

A kind is a function of the undamaged fp16 tensors and of chance. It returns what it changes, or
nothing where chance chose what changes nothing (two equal tensors swapped), and is asked again.
"""

import math
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import networks

from catalog.core import fingerprints
from catalog.core.fingerprints import Environment, Fingerprint
from catalog.forward import reading

Tensors = dict[str, Any]
BITS = 16


@dataclass(frozen=True, slots=True)
class Damage:
    """What a damaged checkpoint has instead.

    Args:
        tensors: by name, those that are not as they were.
        settings: of its config, that are not as they were.
    """

    tensors: Tensors = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a damage is made of.

    Args:
        tensors: of the undamaged network, fp16, by name.
        others: the tensors of the run's other checkpoints.
        shape: the network's.
        chance: what chooses.
    """

    tensors: Tensors
    others: Sequence[Tensors]
    shape: networks.Shape
    chance: random.Random

    def name(self, *, square: bool = False) -> str:
        """Return a tensor's name, drawn by size as a stray bit would hit it."""
        names = [name for name in self.tensors if not square or "attention.dense.weight" in name]
        return self.chance.choices(names, [self.tensors[name].numel() for name in names])[0]

    def layers(self) -> tuple[str, str]:
        """Return the prefixes of two layers."""
        first, second = self.chance.sample(range(self.shape.layers), 2)
        return f"gpt_neox.layers.{first}.", f"gpt_neox.layers.{second}."


# The kinds -------------------------------------------------------------------------------------


def flipped(bit: int) -> Callable[[Setting], Damage]:
    """Return the kind that flips this bit of one fp16 number, 0 the least."""

    def flip(setting: Setting) -> Damage:
        import torch

        name = setting.name()
        value = setting.tensors[name].clone()
        words = value.view(torch.int16).flatten()
        words[setting.chance.randrange(len(words))] ^= (1 << bit) - (1 << BITS if bit == 15 else 0)
        return Damage({name: value})

    return flip


def swapped_layers(setting: Setting) -> Damage:
    """Two layers in each other's place."""
    first, second = setting.layers()
    return Damage(
        {
            other + name.removeprefix(one): value
            for one, other in ((first, second), (second, first))
            for name, value in setting.tensors.items()
            if name.startswith(one)
        }
    )


def swapped_tensors(setting: Setting) -> Damage:
    """One tensor of a layer in the place of another layer's."""
    first, second = setting.layers()
    part = setting.chance.choice([n for n in setting.tensors if n.startswith(first)])
    name = part.removeprefix(first)
    one, other = setting.tensors[first + name], setting.tensors[second + name]
    return Damage({first + name: other, second + name: one})


def zeroed_head(setting: Setting) -> Damage:
    """What one head of attention computes is lost."""
    layer, _ = setting.layers()
    name = f"{layer}attention.dense.weight"
    size = setting.shape.width // setting.shape.heads
    head = setting.chance.randrange(setting.shape.heads) * size
    value = setting.tensors[name].clone()
    value[:, head : head + size] = 0
    return Damage({name: value})


def other_revision(setting: Setting) -> Damage:
    """The tensors of another step of the run."""
    return Damage(setting.chance.choice(setting.others))


def cast(dtype: str) -> Callable[[Setting], Damage]:
    """Return the kind that writes all numbers in this dtype and reads them back."""

    def through(setting: Setting) -> Damage:
        import torch

        kind = getattr(torch, dtype)
        return Damage({name: value.to(kind).half() for name, value in setting.tensors.items()})

    return through


def drawn_anew(setting: Setting) -> Damage:
    """One tensor as it was before training: what a loader puts where it finds none."""
    name = setting.chance.choice(list(setting.tensors))
    draws = networks.generator(setting.chance.randrange(1 << 30))
    size = tuple(setting.tensors[name].shape)
    return Damage({name: networks.untrained(name, size, networks.STANDARD_DEVIATION, draws)})


def rotary(**choices: Sequence[float]) -> Callable[[Setting], Damage]:
    """Return the kind that sets one rotary setting of the config to one of some numbers."""

    def turn(setting: Setting) -> Damage:
        ((key, numbers),) = choices.items()
        whole = {"rope_type": "default", "rope_theta": 10_000.0, "partial_rotary_factor": 0.25}
        return Damage(settings={"rope_parameters": whole | {key: setting.chance.choice(numbers)}})

    return turn


def transposed(setting: Setting) -> Damage:
    """A square matrix transposed: its shape does not tell."""
    name = setting.name(square=True)
    return Damage({name: setting.tensors[name].T.contiguous()})


def nan(setting: Setting) -> Damage:
    """One number is none."""
    name = setting.name()
    value = setting.tensors[name].clone()
    value.flatten()[setting.chance.randrange(value.numel())] = float("nan")
    return Damage({name: value})


KINDS: dict[str, Callable[[Setting], Damage]] = {
    **{f"bit {bit} flipped": flipped(bit) for bit in range(BITS)},
    "one number NaN": nan,
    "cast to bfloat16 and back": cast("bfloat16"),
    "cast to float8 and back": cast("float8_e4m3fn"),
    "one tensor drawn anew": drawn_anew,
    "one tensor swapped with another layer's": swapped_tensors,
    "two layers swapped": swapped_layers,
    "one head zeroed": zeroed_head,
    "a square matrix transposed": transposed,
    "another step of the run": other_revision,
    "rotary share": rotary(partial_rotary_factor=(0.125, 0.5, 0.75, 1.0)),
    "rotary base": rotary(rope_theta=(100.0, 1_000.0, 5_000.0, 20_000.0, 100_000.0, 500_000.0)),
}


# Planting --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Tally:
    """How many damages of one kind were seen.

    Args:
        kind: one of `KINDS`.
        planted: how many.
        digests: of them changed the tensors' digest.
        same_device: were out of the tolerance for one device, or not finite.
        any_device: were out of the tolerance between devices, or not finite.
        differences: the worst of each, infinite where it was not finite.
    """

    kind: str
    planted: int = 0
    digests: int = 0
    same_device: int = 0
    any_device: int = 0
    differences: list[float] = field(default_factory=list)

    def as_data(self) -> dict[str, object]:
        """Return it as a JSON object; a median that is not finite is null."""
        median = statistics.median(self.differences)
        return {
            "kind": self.kind,
            "planted": self.planted,
            "digests": self.digests,
            "same_device": self.same_device,
            "any_device": self.any_device,
            "median": median if math.isfinite(median) else None,
        }


class Bench:
    """One network after another, damaged and read.

    Args:
        shape: of them all.
        checkpoints: fp16 tensors by name, one mapping a checkpoint.
        environment: what runs it.
    """

    def __init__(
        self, shape: networks.Shape, checkpoints: Sequence[Tensors], environment: Environment
    ) -> None:
        import torch

        self.shape, self.checkpoints, self.environment = shape, checkpoints, environment
        self.device, self.dtype = environment.device, getattr(torch, environment.dtype)
        self.model = shape.network().to(self.device, self.dtype)
        self.records: dict[int, tuple[str, Fingerprint]] = {}

    def record(self, number: int) -> tuple[str, Fingerprint]:
        """Return digest and fingerprint of an undamaged checkpoint."""
        if number not in self.records:
            tensors = self.checkpoints[number]
            networks.fill(self.model, tensors)
            read = reading.fingerprint(self.model, self.environment)
            self.records[number] = networks.digest(tensors), read
        return self.records[number]

    def plant(self, kind: str, count: int, seed: int = 0) -> Tally:
        """Plant a kind `count` times, in checkpoints and places drawn by chance."""
        chance, tally = random.Random(f"{kind} {seed}"), Tally(kind)  # noqa: S311 - no secret
        while tally.planted < count:
            number = chance.randrange(len(self.checkpoints))
            tensors = self.checkpoints[number]
            others = [other for other in self.checkpoints if other is not tensors]
            damage = KINDS[kind](Setting(tensors, others, self.shape, chance))
            digest, expected = self.record(number)
            changed = digest != networks.digest(tensors | damage.tensors)
            if changed or damage.settings:
                networks.fill(self.model, tensors)
                self._count(tally, expected, self._observed(damage), changed=changed)
        return tally

    def _observed(self, damage: Damage) -> Fingerprint:
        """Return the damaged network's fingerprint."""
        model = self.model
        if damage.settings:
            model = self.shape.network(**damage.settings).to(self.device, self.dtype)
            model.load_state_dict(self.model.state_dict())
        networks.fill(model, damage.tensors)
        return reading.fingerprint(model, self.environment)

    def _count(
        self, tally: Tally, expected: Fingerprint, observed: Fingerprint, *, changed: bool
    ) -> None:
        """Add one damage to the tally."""
        worst = float("inf")
        if observed.is_finite():
            worst = fingerprints.compare(expected, observed).worst
        limit = fingerprints.limit_between(self.environment, self.environment)
        tally.planted += 1
        tally.digests += changed
        tally.same_device += not worst <= limit.same_device
        tally.any_device += not worst <= limit.any_device
        tally.differences.append(worst)
