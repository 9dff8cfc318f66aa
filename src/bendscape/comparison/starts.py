"""Recovery from different starts on the same samples, compared with the thresholds of theory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import count, flag, grid, number
from ..errors import AccuracyError, Interrupted, InvalidParameterError
from ..models.channels import Noiseless
from ..models.methods import BayesOptimal, HessianMethod
from ..models.preprocessing import AveragedHessian, Optimal, SpectralMethod
from ..models.quadratic import QuadraticNetwork
from ..simulation._run_starts import run_starts
from ..simulation.posterior_start import MessagePassingStart
from ..simulation.training.descent import DescentMethod
from ..simulation.training.starts import HessianStart, RandomStart, SpectralStart, Start, named_starts
from ..statistics import summarise
from ..theory.finite_size._finite_threshold import sample_thresholds
from ..theory.finite_size.labels import finite_width
from ..theory.verbs._overlap import overlap
from ..theory.verbs._threshold import threshold

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["compare_starts", "every_start", "finite_onset"]

RECOVERED = 0.5  # squared overlap from which on the signal counts as recovered


def every_start(net: QuadraticNetwork) -> dict[str, Start]:
    """Return the six starts that are compared by default, by name.

    Raises
    ------
    InvalidParameterError
        If the width is infinite.

    Examples
    --------
    >>> import bendscape as bs
    >>> list(every_start(bs.QuadraticNetwork(p=2, p_star=1, a=1.0)))
    ['random', 'Hessian', '8 Hessians', 'averaged Hessian', 'optimal spectral', 'message passing']
    """
    net = finite_width(net)
    return {
        "random": RandomStart(),
        "Hessian": HessianStart(1),
        "8 Hessians": HessianStart(8),
        "averaged Hessian": SpectralStart(AveragedHessian(int(net.p), net.a)),
        "optimal spectral": SpectralStart(Optimal()),
        "message passing": MessagePassingStart(),
    }


def compare_starts(
    net: QuadraticNetwork,
    *,
    alpha: Any,
    N: int,
    samples: int,
    seed: int,
    starts: Mapping[str, Start] | None = None,
    method: DescentMethod | None = None,
    sphere: bool = True,
    level: float = RECOVERED,
    workers: int = 1,
    store: str | os.PathLike[str] | None = None,
    progress: bool = False,
) -> xr.Dataset:
    """Return the recovery from each start, before and after gradient descent, with the limits of theory.

    All starts use the same samples.

    Parameters
    ----------
    net : QuadraticNetwork
        Of finite width.
    alpha : array_like
        Number of samples over the input dimension.
    N, samples : int
        Input dimension, and number of samples at each `alpha`.
    seed : int
        Seed of the samples.
    starts : mapping of name to Start, optional
        By default those of :func:`bendscape.comparison.every_start`.
    method, sphere, workers, store, progress
        As for :func:`bendscape.simulation.run_starts`.
    level : float
        Squared overlap from which on the signal counts as recovered.

    Returns
    -------
    xarray.Dataset
        Over (`start`, `refined`, `alpha`), each with `_stderr`: `overlap2`, `max_overlap2`, `generalisation`, `steps`,
        and `recovered`, the share of samples above the level. From theory: `overlap2_limit` of a start before
        the descent, over (`start`, `alpha`), and the `alpha_BBP` of each start (nan for a random one, which has none,
        and for message passing with another law of labels than the network's); over `alpha`, `overlap2_bayes` of the
        posterior mean, the best that any method can reach, and `overlap2_message_passing`, the
        most of all published fast ones.
        The attributes are the `alpha_BBP` of the network, `alpha_half` and its `width` at this `N` (nan if samples are
        too small to have one, with the reason in `why_no_alpha_half`), and `p_star/2` as `limit`.

    Raises
    ------
    InvalidParameterError, MemoryLimitError, OutputError, Interrupted
        As :func:`bendscape.simulate`.

    Examples
    --------
    >>> import bendscape as bs
    >>> net = bs.QuadraticNetwork(p=2, p_star=1, a=1.0)
    >>> method = bs.GradientDescent(steps=300)
    >>> data = bs.comparison.compare_starts(net, alpha=[4.0], N=60, samples=4, seed=1, method=method)
    >>> data.overlap2.isel(alpha=0).sel(start=["random", "Hessian"]).values.round(2).tolist()  # before, after descent
    [[0.01, 1.0], [0.6, 1.0]]
    """
    net = finite_width(net)
    most = min(1.0, net.p / net.p_star)
    level = number("level", level, "a squared overlap")
    if not 0 < level < most:
        raise InvalidParameterError(
            f"level = {level!r}: give a squared overlap between zero and {most:g}, the most that p = {net.p} neurons "
            f"have with p_star = {net.p_star} vectors"
        )
    begin = named_starts(every_start(net) if starts is None else starts)
    for name, value in (("sphere", sphere), ("progress", progress)):
        flag(name, value)
    count("samples", samples)
    count("workers", workers)
    grid("alpha", alpha)
    onset = finite_onset(
        net, count("N", N), seed
    )  # before the samples are drawn, because it raises for sizes that are too small
    options: dict[str, Any] = {"method": method, "sphere": sphere, "workers": workers, "store": store}
    try:
        runs = run_starts(net, alpha=alpha, N=N, samples=samples, seed=seed, starts=begin, progress=progress, **options)
    except Interrupted as error:
        raise Interrupted(str(error), _with_theory(net, error.data, begin, level).assign_attrs(onset)) from None
    return _with_theory(net, runs, begin, level).assign_attrs(onset)


def _with_theory(net: QuadraticNetwork, runs: xr.Dataset, begin: Mapping[str, Start], level: float) -> xr.Dataset:
    """Return the means over samples, with limits and thresholds of theory."""
    data = _means(runs, level)
    alphas = grid("alpha", runs.alpha.values)
    theory = [_theory(net, each, alphas) for each in begin.values()]
    data["overlap2_limit"] = (
        ("start", "alpha"),
        np.stack([curve for _, curve in theory]),
        {"long_name": "squared overlap of the start alone, for infinite N"},
    )
    best = overlap(BayesOptimal(net), alpha=alphas) * min(1.0, net.p / net.p_star)
    data["overlap2_bayes"] = ("alpha", best.overlap2_bayes.values, {"long_name": "best possible, for infinite N"})
    reached = {"long_name": "squared overlap of message passing, for infinite N"}
    data["overlap2_message_passing"] = ("alpha", best.overlap2.values, reached)
    own = {"long_name": "threshold of the start, for infinite N"}
    data = data.assign_coords(alpha_BBP=("start", [alpha for alpha, _ in theory], own))
    settings = {"p": net.p, "p_star": net.p_star, "a": net.a, "level": level, "limit": net.p_star / 2}
    settings |= {"alpha_BBP": threshold(net).alpha}
    return data.assign_attrs(runs.attrs | settings)


def finite_onset(net: QuadraticNetwork, N: int, seed: int, samples: int = 100) -> dict[str, Any]:
    """Return `alpha_half` and its `width` at this size; nan and the reason if samples are too small for a left edge."""
    try:
        each = sample_thresholds(net, N, samples, seed)
    except AccuracyError as error:
        return {"alpha_half": np.nan, "width": np.nan, "why_no_alpha_half": str(error)}
    low, half, high = np.quantile(each, [0.16, 0.5, 0.84])
    return {"alpha_half": float(half), "width": float(high - low) / 2}


def _means(samples: xr.Dataset, level: float) -> xr.Dataset:
    """Return means over the finished samples, with standard errors."""
    overlaps = samples.overlap2
    about = {"long_name": f"share of samples with a squared overlap above {level:g}"}
    data = samples.assign(recovered=(overlaps > level).astype(float).assign_attrs(about))
    done = overlaps.isel(start=0, refined=0).notnull().drop_vars(["start", "refined"])
    numbered = data.assign_coords(sample=np.arange(data.sizes["sample"]))
    return summarise(numbered, done=done, shares=("recovered",)).drop_attrs(deep=False)


def _theory(net: QuadraticNetwork, start: Start, alpha: Any) -> tuple[float, Any]:
    """Return threshold and limiting overlap of a start before the descent.

    A student of width `p < p_star` has only `p` of the `p_star` directions.
    """
    share = min(1.0, net.p / net.p_star)
    if isinstance(start, HessianStart):
        return threshold(net).alpha, share * overlap(HessianMethod(net, start.inits), alpha=alpha).overlap2.values
    if isinstance(start, SpectralStart):
        method = SpectralMethod(start.preprocessing, net.p_star)
        return threshold(method).alpha, share * overlap(method, alpha=alpha).overlap2.values
    if isinstance(start, MessagePassingStart) and start.channel in (None, Noiseless(net.p_star)):
        best = BayesOptimal(net)
        return threshold(best).alpha, share * overlap(best, alpha=alpha).overlap2.values
    return np.nan, np.full(len(alpha), 0.0 if isinstance(start, RandomStart) else np.nan)
