r"""The most negative curvatures of a sample of any size by order statistics, and the rest by quadrature.

The lowest eigenvalue of a sample's curvature matrix is `f = (c yhat - y)/(a + y)`, with `c = 1`, or 3 at `p = 1`. With
`tau = 1/(1 + f)`, `f` lies below a value exactly if `y > Y = c yhat tau + a (tau - 1)`, so that the expected number of
samples beyond `tau` is `M P(tau)`, `P = E_yhat[P(y > Y)]`. The numbers `M P(tau_k)` of the `k` most extreme samples
are the arrival times of a Poisson process: sums of `k` exponential variables. Inverting `P` gives `tau_k`, and the law
of `yhat` given `tau_k` is proportional to that of `yhat` times `p_y(Y) (c yhat + a)`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special
from scipy.interpolate import PchipInterpolator

from ...models.quadratic import QuadraticNetwork
from ..measure import Array
from ..quadrature import nodes

__all__ = ["extremes", "remainder"]

EXPLICIT = 400  # samples drawn one by one
_NODES = 40  # of the rule for the rest, in each label
_LARGE = 1e4  # a Poisson number beyond this is normal


def _slope(net: QuadraticNetwork) -> float:
    return 3.0 if net.p == 1 else 1.0


@lru_cache(maxsize=64)
def _student(net: QuadraticNetwork) -> tuple[Array, Array]:
    """A rule for `yhat` that keeps the weight of small values, which the extremes are made of."""
    return nodes(net.student_label, 400, 0.0, 80.0)


def _beyond(net: QuadraticNetwork, tau: Array, yhat: Array) -> Array:
    """`Y`: the `y` beyond which `f` lies below `1/tau - 1`."""
    return np.asarray(_slope(net) * yhat * tau + net.a * (tau - 1.0))


@lru_cache(maxsize=64)
def _tail(net: QuadraticNetwork) -> PchipInterpolator:
    """`log(tau - 1)` as a function of `-log P`."""
    yhat, weight = _student(net)
    shape = net.p_star / 2
    log_excess = np.linspace(-12.0, 30.0, 4000)
    y = _beyond(net, 1.0 + np.exp(log_excess)[:, None], yhat)
    share = special.gammaincc(shape, shape * y) @ weight
    good = (share > 1e-280) & (share < 1 - 1e-12)
    depth = -np.log(share[good])
    rising = np.concatenate([[True], np.diff(depth) > 0])
    return PchipInterpolator(depth[rising], log_excess[good][rising])


def _student_given(net: QuadraticNetwork, tau: Array, uniform: Array) -> Array:
    """`yhat` of samples whose `tau` is known, by inverting its distribution function."""
    yhat, weight = _student(net)
    shape, y = net.p_star / 2, _beyond(net, tau[:, None], yhat)
    log_density = np.log(weight) + (shape - 1) * np.log(y) - shape * y + np.log(_slope(net) * yhat + net.a)
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    total = np.cumsum(density, axis=1) - density / 2  # up to the node itself
    total /= density.sum(axis=1, keepdims=True)
    after = np.minimum((total < uniform[:, None]).sum(axis=1), len(yhat) - 1)
    row = np.arange(len(tau))
    high, low = total[row, after], np.where(after > 0, total[row, after - 1], 0.0)
    fraction = (uniform - low) / np.maximum(high - low, 1e-300)
    log_yhat = np.log(yhat)
    step = log_yhat[after] - log_yhat[np.maximum(after - 1, 0)]
    return np.asarray(np.exp(log_yhat[after] - (1.0 - fraction) * step))


def extremes(net: QuadraticNetwork, M: float, rng: np.random.Generator) -> tuple[Array, Array, float]:
    """`y` and `yhat` of the samples of most negative curvature, and the `tau` of the last of them."""
    arrivals = np.cumsum(rng.standard_exponential(EXPLICIT))
    uniform = rng.random(EXPLICIT)
    number = min(EXPLICIT, max(1, int(M // 4)))
    tau = 1.0 + np.exp(_tail(net)(np.log(M / arrivals[:number])))
    yhat = _student_given(net, tau, uniform[:number])
    return _beyond(net, tau, yhat), yhat, float(tau[-1])


def _poisson(mean: Array, uniform: Array) -> Array:
    """Poisson numbers by inversion, so that they grow with their means."""
    normal = mean + np.sqrt(mean) * special.ndtri(uniform)
    exact = np.ceil(special.pdtrik(uniform, np.minimum(mean, _LARGE)))
    return np.where(mean > _LARGE, normal, np.where(uniform > np.exp(-np.minimum(mean, _LARGE)), exact, 0.0))


def remainder(
    net: QuadraticNetwork, M: float, drawn: int, tau: float, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """`y`, `yhat` and numbers of the samples less extreme than `tau`, as points of a rule."""
    yhat, weight = nodes(net.student_label, _NODES, 0.0, 25.0)
    x, gauss = np.polynomial.legendre.leggauss(_NODES)
    t, shape = (x + 1) / 2, net.p_star / 2
    # y = Y t^4 makes the singular density at y = 0 smooth
    top = np.minimum(_beyond(net, np.asarray(tau), yhat), special.gammainccinv(shape, 1e-60) / shape)[:, None]
    y = top * t**4
    log_density = (shape - 1) * np.log(y) - shape * y + shape * np.log(shape) - special.gammaln(shape)
    share = weight[:, None] * np.exp(log_density) * top * 4 * t**3 * gauss / 2
    count = _poisson(M * share.ravel(), rng.random(share.size))
    count *= (M - drawn) / count.sum()  # M is known, and its parts fluctuate
    order = np.argsort(np.asarray(net.curvature(y, yhat[:, None])[0]), axis=None)
    some = order[count[order] > 0]
    return y.ravel()[some], np.broadcast_to(yhat[:, None], y.shape).ravel()[some], count[some]
