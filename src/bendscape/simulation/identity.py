"""What identifies the network and the data of a run in its store."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import InvalidParameterError
from ..models.general import Network
from ..models.inputs import WHITE
from .arrays import to_numpy
from .inputs import read, row_blocks
from .jobs.identity import DIGITS
from .sample import Sample

__all__ = ["fingerprint", "network_identity", "require_text", "sample_fingerprint"]

_COARSE = {4: 1e-5, 2: 1e-2}  # what single and half precision hold after a product, by bytes of a number
_PROBES = 6
_KEPT = 64  # eigenvalues of a covariance


def fingerprint(*arrays: Any) -> str:
    """Numbers of some arrays, as text: their projections on fixed directions, over the norm, and the norm.

    A change of one entry changes them. They are moved to ten, so that the nine digits of
    :func:`.jobs.identity.agree` are an absolute tolerance, and are scaled so that it is as wide as the precision of the
    array.
    """
    parts = []
    for array in map(to_numpy, arrays):
        rng = np.random.default_rng(array.shape)
        rows = np.asarray(array, dtype=float).reshape(len(array), -1)
        norm = float(np.linalg.norm(rows))
        ends = rng.standard_normal((_PROBES, len(rows))), rng.standard_normal((rows.shape[1], _PROBES))
        found = np.einsum("im,mn,ni->i", ends[0], rows, ends[1], optimize=True) / (norm or 1.0)
        weight = DIGITS / _COARSE.get(array.dtype.itemsize, DIGITS)
        size = math.log(norm) if norm > 0 else 0.0
        parts.append(" ".join(f"{x:.12e}" for x in 10.0 + weight * np.append(found, size)))
    return "; ".join(parts)


def sample_fingerprint(sample: Sample) -> str:
    """Numbers of the labels and of every block of inputs, by which a store made from other data is recognised."""
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
