"""What makes two runs one run: what was asked for, as text and numbers.

What was asked for is compared exactly. Numbers that were computed before the run, such as the eigenvalues of a
covariance, differ in their last digits from one kind of processor to another; they agree when they are equal to nine
digits, also where they stand inside a text.
"""

from __future__ import annotations

import hashlib
import inspect
import math
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from ..arguments import shown
from ..errors import InvalidParameterError
from ..models.general import Network
from ..models.inputs import WHITE
from .arrays import to_numpy
from .inputs import read, row_blocks
from .sample import Sample

__all__ = [
    "agree",
    "described",
    "fingerprint",
    "network_identity",
    "plain_seed",
    "require_text",
    "same",
    "sample_fingerprint",
    "seed_parts",
]

_DIGITS = 1e-9  # relative; `round(1e9 alpha)` is what seeds are made of
_COARSE = {4: 1e-5, 2: 1e-2}  # what single and half precision hold after a product, by bytes of a number
_NUMBER = re.compile(r"(?<![\w.])(?:\d+\.\d*(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)(?![\w.])")  # not integers, not versions
_COMPUTED = {"alpha", "inputs_law", "label_weight", "data", "start"}  # of an identity; the others were asked for
_PROBES = 6
_KEPT = 64  # eigenvalues of a covariance


def same(name: str, one: Any, other: Any) -> bool:
    """Whether two entries of an identity are those of one run."""
    return agree(one, other) if name in _COMPUTED else type(one) is type(other) and bool(one == other)


def agree(one: Any, other: Any) -> bool:
    """Whether two texts, numbers or lists of them are equal to nine digits."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(agree(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(agree, one, other))
    if isinstance(one, str) and isinstance(other, str):
        same_words = _NUMBER.sub("#", one) == _NUMBER.sub("#", other)
        return same_words and all(map(_close, _NUMBER.findall(one), _NUMBER.findall(other)))
    if isinstance(one, float) and isinstance(other, float):
        return _close(one, other)
    return type(one) is type(other) and bool(one == other)


def _close(one: Any, other: Any) -> bool:
    return math.isclose(float(one), float(other), rel_tol=_DIGITS)


def fingerprint(*arrays: Any) -> str:
    """Numbers of some arrays, as text: their projections on fixed directions, over the norm, and the norm.

    A change of one entry changes them. They are moved to ten, so that the nine digits of :func:`agree` are an absolute
    tolerance, and are scaled so that it is as wide as the precision of the array.
    """
    parts = []
    for array in map(to_numpy, arrays):
        rng = np.random.default_rng(array.shape)
        rows = np.asarray(array, dtype=float).reshape(len(array), -1)
        norm = float(np.linalg.norm(rows))
        ends = rng.standard_normal((_PROBES, len(rows))), rng.standard_normal((rows.shape[1], _PROBES))
        found = np.einsum("im,mn,ni->i", ends[0], rows, ends[1], optimize=True) / (norm or 1.0)
        weight = _DIGITS / _COARSE.get(array.dtype.itemsize, _DIGITS)
        size = math.log(norm) if norm > 0 else 0.0
        parts.append(" ".join(f"{x:.12e}" for x in 10.0 + weight * np.append(found, size)))
    return "; ".join(parts)


def sample_fingerprint(sample: Sample) -> str:
    """Of the labels and of every block of inputs: what tells runs on different data apart."""
    return fingerprint(sample.labels, *(read(sample.inputs, *bounds) for bounds in row_blocks(sample.inputs)))


def network_identity(net: Any) -> dict[str, Any]:
    """The text of a network; eigenvalues of the inputs and weights of the labels as numbers beside it."""
    if not isinstance(net, Network):
        return {"network": str(net)}
    found: dict[str, Any] = {"network": str(replace(net, inputs=WHITE))}
    if not net.inputs.standard:
        values = np.array(net.inputs.eigenvalues)
        chosen = values[np.linspace(0, len(values) - 1, min(len(values), _KEPT)).round().astype(int)]
        # one is added: small eigenvalues are no more precise than the mean one, which is one
        moments = [net.inputs.mean, *chosen, *(np.mean(values**k) for k in (2, 3))]
        found["inputs_law"] = [len(values), *(1.0 + np.array(moments)).tolist()]
    weight = getattr(net.loss.value, "weight", None)
    if weight is not None:
        found["network"] = found["network"].replace(str(weight), "label weight")
        found["label_weight"] = [*weight.knots, *weight.values]
    return found


def require_text(net: Any, store: Any) -> None:
    """Raise if a run with this network cannot be told from others, and so must not be kept in a store.

    Raises
    ------
    InvalidParameterError
        If the network has functions of the user's own: their names say nothing about what they compute.
    """
    own = net.own_functions if isinstance(net, Network) else ()
    if store is not None and own:
        raise InvalidParameterError(
            f"store = {str(store)!r}: {', '.join(own)} is a function of your own, and another function may have its "
            "name, so a store cannot tell two such runs apart: give a formula as text, such as activation='tanh(3*x)', "
            "a name of the library, or leave the store out"
        )


def plain_seed(seed: Any) -> int | tuple[int, ...]:
    """An integer or a tuple of them, so that a result can be made again from what is written in it.

    A seed sequence becomes the tuple whose streams are the same: its words, filled up to its pool, and its place.
    """
    if isinstance(seed, np.random.SeedSequence):
        return _words(seed)
    several = isinstance(seed, tuple | list) or getattr(seed, "ndim", 0) == 1
    parts = tuple(seed) if several else (seed,)
    if not parts or any(isinstance(s, bool) or not isinstance(s, int | np.integer) or s < 0 for s in parts):
        raise InvalidParameterError(f"seed = {shown(seed)}: give an integer, zero or positive, or a tuple of them")
    return tuple(int(s) for s in parts) if several else int(seed)


def _words(seed: np.random.SeedSequence) -> tuple[int, ...]:
    if seed.pool_size != 4:
        raise InvalidParameterError(f"seed = {seed!r}: give one with the usual pool_size of 4, or an integer")
    numbers = np.atleast_1d(np.array(seed.entropy, dtype=object))
    words: list[int] = []
    for number in map(int, numbers):
        words += [number >> shift & 0xFFFFFFFF for shift in range(0, max(number.bit_length(), 1), 32)]
    return (*words, *(0,) * (4 - len(words)), *seed.spawn_key) if seed.spawn_key else tuple(words)


def seed_parts(seed: int | tuple[int, ...]) -> tuple[int, ...]:
    """What the seeds of the points of a grid begin with."""
    return seed if isinstance(seed, tuple) else (seed,)


def described(value: Any) -> str:
    """The text of a start, method or solver, with a digest of the code of each class that is not the library's.

    A class whose code cannot be read is `#unknown`, which a store refuses: two such classes may have one text.
    """
    codes = [f"{kind.__qualname__} #{_digest(kind)}" for kind in dict.fromkeys(_kinds(value)) if _foreign(kind)]
    return ", ".join([repr(value), *codes])


def _kinds(value: Any) -> Iterator[type]:
    """Classes of a value and of what its fields hold."""
    yield from type(value).__mro__
    held = [getattr(value, field.name) for field in fields(value)] if is_dataclass(value) else []
    for part in [*held, *(value if isinstance(value, list | tuple) else ())]:
        yield from _kinds(part)


def _foreign(kind: type) -> bool:
    return kind.__module__.partition(".")[0] not in {"bendscape", "builtins", "numpy", "scipy", "typing", "abc"}


def _digest(kind: type) -> str:
    try:
        return hashlib.sha256(inspect.getsource(kind).encode()).hexdigest()[:12]
    except (OSError, TypeError):
        return "unknown"
