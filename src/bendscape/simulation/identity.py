"""The numbers and texts that identify the network and the data of a run in its store."""

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

_COARSE = {4: 1e-5, 2: 1e-2}  # relative precision of a product in single and half precision, by bytes of a number
_PROBES = 6  # random projections of an array
_KEPT = 64  # eigenvalues of a covariance that are compared


def fingerprint(*arrays: Any) -> str:
    """Return numbers that identify arrays, as text: projections on fixed directions over the norm, and the norm.

    A change of one entry changes them. Ten is added to each number, so that the nine digits of
    :func:`.jobs.identity.agree` are an absolute tolerance. The numbers are scaled so that this tolerance equals the
    precision of the array.
    """
    parts = []
    for array in map(to_numpy, arrays):
        rng = np.random.default_rng(array.shape)
        rows = np.asarray(array, dtype=float).reshape(len(array), -1)
        norm = float(np.linalg.norm(rows))
        ends = rng.standard_normal((_PROBES, len(rows))), rng.standard_normal((rows.shape[1], _PROBES))
        projections = np.einsum("im,mn,ni->i", ends[0], rows, ends[1], optimize=True) / (norm or 1.0)
        weight = DIGITS / _COARSE.get(array.dtype.itemsize, DIGITS)
        size = math.log(norm) if norm > 0 else 0.0
        parts.append(" ".join(f"{x:.12e}" for x in 10.0 + weight * np.append(projections, size)))
    return "; ".join(parts)


def sample_fingerprint(sample: Sample) -> str:
    """Return the :func:`fingerprint` of labels and inputs; it detects a store that was made from other data."""
    return fingerprint(sample.labels, *(read(sample.inputs, *bounds) for bounds in row_blocks(sample.inputs)))


def network_identity(net: Any) -> dict[str, Any]:
    """Return the text of a network, with the eigenvalues of the inputs and the weights of the labels as numbers."""
    if not isinstance(net, Network):
        return {"network": str(net)}
    identity: dict[str, Any] = {"network": str(replace(net, inputs=WHITE))}
    if not net.inputs.standard:
        values = np.array(net.inputs.eigenvalues)
        chosen = values[np.linspace(0, len(values) - 1, min(len(values), _KEPT)).round().astype(int)]
        # one is added, so that the tolerance is relative to the mean eigenvalue, which is one
        moments = [net.inputs.mean, *chosen, *(np.mean(values**k) for k in (2, 3))]
        identity["inputs_law"] = [len(values), *(1.0 + np.array(moments)).tolist()]
    weight = getattr(net.loss.value, "weight", None)
    if weight is not None:
        identity["network"] = identity["network"].replace(str(weight), "label weight")
        identity["label_weight"] = [*weight.knots, *weight.values]
    return identity


def require_text(net: Any, store: Any) -> None:
    """Raise InvalidParameterError if a store is given and the text of the network does not identify it.

    Raises
    ------
    InvalidParameterError
        If the network has user functions: the text contains only their names, not what they compute.
    """
    own = net.own_functions if isinstance(net, Network) else ()
    if store is not None and own:
        raise InvalidParameterError(
            f"store = {str(store)!r}: {', '.join(own)} is a user function, and the store identifies functions by name "
            "only: give a formula as text, such as activation='tanh(3*x)', give a name of the library, or leave the "
            "store out"
        )
