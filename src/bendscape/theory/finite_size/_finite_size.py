"""Spectra of random samples of finite size, from theory: ``bs.finite_size(net, alpha=..., N=..., seed=...)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..._types import Array
from ...arguments import RUNS, count, positive, seed_sequence
from ...attributes import plain_attrs
from ...errors import InvalidParameterError
from ...expected import instance
from ...models.general import Network
from ...models.quadratic import QuadraticNetwork
from ...units import hessian_scale, unit_name
from .background import BulkEquivalent
from .labels import Labels, draw_labels, finite_width
from .pencil import KEPT, SchurPencil, draw_pencil

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["finite_size", "labels_edge"]

_NEXT = 8  # eigenvalues beyond the teacher's `p p_star`; bs.simulate has as many


def labels_edge(labels: Labels) -> tuple[float, float]:
    """Solve for the left edge of a sample's equivalent, in units of `2/p`, and `D(g_-) = z(g_-) - T(g_-)`.

    The second is positive where the equivalent has the teacher's outlier in front of its bulk, :eq:`fs-outlier`.
    """
    bulk = BulkEquivalent(labels)
    return bulk.edge, bulk.edge - bulk.teacher(bulk.g_edge).real


_PER_SAMPLE = {
    "smallest_eigenvalue": "smallest eigenvalue",
    "captured": "mean squared overlap of the lowest p p_star eigenvectors with the teacher's span",
    "phi": "one if the eigenvector of largest overlap is among the lowest p p_star",
    "left_edge": "left edge of the bulk that belongs to the sample's labels",
    "has_outlier": "one if the equations of the sample's labels have the teacher's outlier in front of the bulk",
}


def _observables(labels: Labels, number: int, kept: int, stream: np.random.SeedSequence) -> dict[str, Any]:
    net = labels.net
    p, directions = int(net.p), int(net.p) * net.p_star
    if not kept + 2 < len(labels.y):
        raise InvalidParameterError(
            f"kept = {kept}: there are {len(labels.y)} samples; give at most {len(labels.y) - 3}"
        )
    draw = draw_pencil(p, net.p_star, number, kept, np.random.default_rng(stream))
    values, overlaps = SchurPencil(labels, number, kept).solve(draw)
    edge, gap = labels_edge(labels)
    scale = hessian_scale(p)
    return {
        "value": scale * values,
        "overlap2": overlaps,
        "smallest_eigenvalue": scale * values[0],
        "captured": overlaps[:directions].mean(),
        "phi": float(np.argmax(overlaps) < directions),
        "left_edge": scale * edge,
        "has_outlier": float(gap > 0),
    }


def finite_size(
    net: QuadraticNetwork | Network,
    *,
    alpha: float,
    N: float,
    samples: int = 200,
    seed: int,
    labels: Labels | None = None,
    kept: int = KEPT,
) -> xr.Dataset:
    """Draw the lowest eigenvalues and overlaps of random samples of any size, without a matrix of that size.

    Each sample is a draw of labels and of a small effective matrix, :eq:`fs-schur`. There is no free parameter; the
    error decreases with `N`. Variables have the names of :func:`bendscape.simulate`.

    Parameters
    ----------
    net : QuadraticNetwork, or the Network that is one
        A network of finite width.
    alpha, N : float
        Samples over inputs, `M/N`, and input dimension, up to 1e20.
    samples : int
        Number of samples to draw.
    seed : int
        Sample `i` is drawn from child `i` of ``SeedSequence(seed)``.
    labels : Labels, optional
        Labels of your sample, from :func:`bendscape.theory.given_labels`: only the rest is drawn. `alpha` and `N` must
        be those of the sample.
    kept : int
        Number of extreme samples in the effective matrix: few compared with `N`. The result should not depend on it.

    Returns
    -------
    xarray.Dataset
        `value` and `overlap2` over (`sample`, `eigenvalue`); `smallest_eigenvalue`, `captured`, `phi`, `left_edge` and
        `has_outlier` over `sample`. Long names define them; eigenvalues have units.

    Raises
    ------
    InvalidParameterError
        If a parameter lies outside its domain.
    AccuracyError
        If a sample is so small that its spectrum has no left edge.

    See Also
    --------
    bendscape.finite_threshold : the threshold of samples of one size.
    bendscape.simulate : the same variables from sampled Hessians.

    Examples
    --------
    >>> import bendscape as bs
    >>> net = bs.QuadraticNetwork(p=2, p_star=1, a=1.5)
    >>> data = bs.finite_size(net, alpha=1.1, N=1e6, samples=20, seed=1)
    >>> dict(data.sizes), bool(data.captured.mean() < 0.2)
    ({'sample': 20, 'eigenvalue': 10}, True)
    """
    import xarray as xr

    net = finite_width(net)
    alpha, N, samples, kept = (
        positive("alpha", alpha),
        positive("N", N),
        count("samples", samples, RUNS),
        count("kept", kept),
    )
    if labels is not None:
        instance("labels", labels, Labels, "those of bs.theory.given_labels")
    if labels is not None and (labels.net != net or labels.N != N or abs(labels.alpha - alpha) * N > 1):
        raise InvalidParameterError(
            f"net = {net}, alpha = {alpha}, N = {N:g}: give those of the labels, {labels.net}, "
            f"alpha = {labels.alpha:g}, N = {labels.N:g}"
        )
    if labels is None and alpha * N < kept + 3:
        raise InvalidParameterError(
            f"alpha = {alpha:g}: {alpha * N:.3g} samples at N = {N:g} are too few for this theory, which keeps {kept} "
            "of them explicit: give a larger alpha or a larger N"
        )
    number = int(net.p) * net.p_star + _NEXT
    rows = []
    for child in seed_sequence(seed).spawn(samples):
        own, other = child.spawn(2)
        sample = draw_labels(net, alpha=alpha, N=N, seed=own) if labels is None else labels
        rows.append(_observables(sample, number, kept, other))
    unit = {"units": unit_name(net.p)}
    table: dict[str, Any] = {
        "value": (("sample", "eigenvalue"), _stack(rows, "value"), {"long_name": "eigenvalue"} | unit),
        "overlap2": (("sample", "eigenvalue"), _stack(rows, "overlap2"), {"long_name": "squared overlap"}),
    }
    for key, name in _PER_SAMPLE.items():
        units = unit if key in ("smallest_eigenvalue", "left_edge") else {}
        table[key] = ("sample", _stack(rows, key), {"long_name": name} | units)
    about = {"p": net.p, "p_star": net.p_star, "a": net.a, "alpha": alpha, "N": N, "seed": seed, "kept": kept}
    return xr.Dataset(table, coords={"sample": np.arange(samples)}, attrs=plain_attrs(about))


def _stack(rows: list[dict[str, Any]], key: str) -> Array:
    return np.stack([np.asarray(sample[key]) for sample in rows])
