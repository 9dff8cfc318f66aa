r"""The most negative curvatures of a sample of any size by order statistics, and the rest by quadrature.

The lowest eigenvalue of a sample's curvature matrix is `f = (c - y)/(a + y)`, with `c = yhat`, or `3 yhat` at `p = 1`.
With `tau = 1/(1 + f)`,

    f < 1/tau - 1  <=>  y > Y(tau, yhat) = c tau + a (tau - 1),    P(tau) = E_yhat[P(y > Y)]               :eq:`fs-tail`

so that the expected number of samples beyond `tau` is `M P(tau)`. The numbers `M P(tau_k)` of the `k` most extreme
samples are the arrival times of a Poisson process, sums of `k` exponential variables. Inverting `P` gives `tau_k`, and
the law of `yhat` given `tau_k` is proportional to that of `yhat` times `p_y(Y) (c + a)` (:eq:`fs-arrivals`).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special
from scipy.interpolate import PchipInterpolator

from ..._types import Array
from ...models.quadratic import QuadraticNetwork
from ..law.labels import nodes

__all__ = ["extreme_labels", "remaining_labels"]

EXPLICIT = 400  # number of extreme samples that are drawn one by one
_NODES = 40  # of the quadrature rule for the other samples, in each label
_NORMAL_ABOVE = 1e4  # mean from which on a Poisson number is drawn from the normal law


def _c_over_yhat(net: QuadraticNetwork) -> float:
    """Return `c/yhat`: 3 along the pre-activation of a single neuron, 1 across those of several, :eq:`law`."""
    return 3.0 if net.p == 1 else 1.0


@lru_cache(maxsize=64)
def _student_rule(net: QuadraticNetwork) -> tuple[Array, Array]:
    """Return a rule for `yhat` that resolves small values, on which the extreme curvatures depend."""
    return nodes(net.student_label, 400, 0.0, 80.0)


def _least_y(net: QuadraticNetwork, tau: Array, yhat: Array) -> Array:
    """Return `Y`, the label beyond which `f` lies below `1/tau - 1`, :eq:`fs-tail`."""
    return np.asarray(_c_over_yhat(net) * yhat * tau + net.a * (tau - 1.0))


@lru_cache(maxsize=64)
def _inverse_tail(net: QuadraticNetwork) -> PchipInterpolator:
    """Interpolate `log(tau - 1)` as a function of `-log P`: :eq:`fs-tail`, inverted."""
    yhat, weight = _student_rule(net)
    shape = net.p_star / 2
    log_excess = np.linspace(-12.0, 30.0, 4000)
    y = _least_y(net, 1.0 + np.exp(log_excess)[:, None], yhat)
    P = special.gammaincc(shape, shape * y) @ weight  # y is chi^2_p*/p*
    usable = (P > 1e-280) & (P < 1 - 1e-12)
    depth = -np.log(P[usable])
    rising = np.concatenate([[True], np.diff(depth) > 0])
    return PchipInterpolator(depth[rising], log_excess[usable][rising])


def _yhat_given_tau(net: QuadraticNetwork, tau: Array, uniform: Array) -> Array:
    """Draw `yhat` of samples with these `tau`, by inverting its distribution function, :eq:`fs-arrivals`."""
    yhat, weight = _student_rule(net)
    shape, Y = net.p_star / 2, _least_y(net, tau[:, None], yhat)
    # log of  p(yhat) dyhat   Y^(p*/2 - 1) e^(-p* Y/2)   (c + a)
    log_density = np.log(weight) + (shape - 1) * np.log(Y) - shape * Y + np.log(_c_over_yhat(net) * yhat + net.a)
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


def extreme_labels(net: QuadraticNetwork, M: float, rng: np.random.Generator) -> tuple[Array, Array, float]:
    """Draw `y` and `yhat` of the samples of most negative curvature; returns the `tau` of the last of them, too."""
    arrivals = np.cumsum(rng.standard_exponential(EXPLICIT))  # M P(tau_k) = E_1 + ... + E_k           :eq:`fs-arrivals`
    uniform = rng.random(EXPLICIT)
    number = min(EXPLICIT, max(1, int(M // 4)))
    tau = 1.0 + np.exp(_inverse_tail(net)(np.log(M / arrivals[:number])))
    yhat = _yhat_given_tau(net, tau, uniform[:number])
    return _least_y(net, tau, yhat), yhat, float(tau[-1])


def _poisson(mean: Array, uniform: Array) -> Array:
    """Draw Poisson numbers by inversion, so that they grow with their means."""
    normal = mean + np.sqrt(mean) * special.ndtri(uniform)
    exact = np.ceil(special.pdtrik(uniform, np.minimum(mean, _NORMAL_ABOVE)))
    positive = uniform > np.exp(-np.minimum(mean, _NORMAL_ABOVE))
    return np.where(mean > _NORMAL_ABOVE, normal, np.where(positive, exact, 0.0))


def remaining_labels(
    net: QuadraticNetwork, M: float, drawn: int, tau: float, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Return `y`, `yhat` and numbers of the samples less extreme than `tau`, on the points of a rule, :eq:`fs-rest`."""
    yhat, weight = nodes(net.student_label, _NODES, 0.0, 25.0)
    x, gauss = np.polynomial.legendre.leggauss(_NODES)
    t, shape = (x + 1) / 2, net.p_star / 2
    # y = Y t^4 makes the singular density at y = 0 smooth
    top = np.minimum(_least_y(net, np.asarray(tau), yhat), special.gammainccinv(shape, 1e-60) / shape)[:, None]
    y = top * t**4
    # w = w_yhat p_y(y) dy,   p_y = (p*/2)^(p*/2) y^(p*/2 - 1) e^(-p* y/2)/Gamma(p*/2),   dy = 4 Y t^3 dt
    log_density = (shape - 1) * np.log(y) - shape * y + shape * np.log(shape) - special.gammaln(shape)
    share = weight[:, None] * np.exp(log_density) * top * 4 * t**3 * gauss / 2
    # n = Poisson(M w), rescaled to the sum M - k                                                          :eq:`fs-rest`
    count = _poisson(M * share.ravel(), rng.random(share.size))
    count *= (M - drawn) / count.sum()
    order = np.argsort(np.asarray(net.curvature(y, yhat[:, None])[0]), axis=None)
    occupied = order[count[order] > 0]
    return y.ravel()[occupied], np.broadcast_to(yhat[:, None], y.shape).ravel()[occupied], count[occupied]
