"""Identities of runs, as text and numbers, and their comparison.

What the user asked for is compared exactly. Numbers that were computed before the run, such as the eigenvalues of a
covariance, differ in their last digits from one kind of processor to another; they agree when they are equal to nine
digits, also where they stand inside a text.
"""

from __future__ import annotations

import hashlib
import inspect
import math
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

__all__ = ["DIGITS", "agree", "described", "same"]

DIGITS = 1e-9  # relative; `round(1e9 alpha)` is what seeds are made of
_NUMBER = re.compile(r"(?<![\w.])(?:\d+\.\d*(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)(?![\w.])")  # not integers, not versions
_COMPUTED = {"alpha", "inputs_law", "label_weight", "data", "start"}  # of an identity; the others were asked for


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
    return math.isclose(float(one), float(other), rel_tol=DIGITS)


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
