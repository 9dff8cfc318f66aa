"""Theory against simulation on random networks, in standard errors, and how the difference shrinks with size."""

from __future__ import annotations

import numpy as np
import pytest

from agreement import above, below, compared, gathered, random_networks
from tolerances import CAPTURED, SIGMAS


def test_two_random_networks_agree_with_the_limit() -> None:
    nets = random_networks(2, 3)
    table = gathered(
        [compared(net, above(net, i), (1, i), sizes=(40, 80), samples=(40, 20)) for i, net in enumerate(nets)]
    )
    last = table.isel(N=-1)
    assert float(np.abs(last.outlier_deviation).max()) < 4
    allowed = SIGMAS * last.captured_stderr + CAPTURED.at(float(last.N))
    assert bool(np.all(np.abs(last.captured - last.overlap2_limit) < allowed))


def test_a_theory_with_another_factor_would_be_noticed() -> None:
    net = random_networks(2, 3)[0]
    table = compared(net, above(net, 0), (1, 0), sizes=(80,), samples=(20,)).isel(N=0)
    for factor in (0.5, 2.0):
        assert abs(float(table.outlier) - factor * float(table.outlier_limit)) > 4 * float(table.outlier_stderr)


@pytest.mark.long
def test_thirty_random_networks_agree_with_the_limit() -> None:
    nets = random_networks(30, 0)
    high = gathered([compared(net, above(net, i), (7, i), workers=2) for i, net in enumerate(nets)])
    z = high.outlier_deviation.isel(N=-1).values
    assert np.sqrt(np.mean(z**2)) < 1.5
    assert np.abs(z).max() < 4
    # m^2 of a finite sample is lower by a term of order 1/N, which doubling N halves ...
    mean, error, limit = high.captured, high.captured_stderr, high.overlap2_limit
    bias = (mean - limit).mean("network").values
    np.testing.assert_allclose(bias[:-1] / bias[1:], 2.0, rtol=0.4)
    # ... and without which nothing is left but the statistical error
    without = 2 * mean.isel(N=2) - mean.isel(N=1) - limit
    z = (without / np.hypot(2 * error.isel(N=2), error.isel(N=1))).values
    assert np.sqrt(np.mean(z**2)) < 1.5
    assert np.abs(z).max() < 4


@pytest.mark.long
def test_smallest_eigenvalues_approach_both_kinds_of_edge() -> None:
    nets = random_networks(30, 0)
    low = gathered([compared(net, below(net, i), (8, i), workers=2) for i, net in enumerate(nets)])
    shift = (low.smallest_eigenvalue - low.left_edge) / np.abs(low.left_edge)
    sharp, smooth = (shift.where(low.edge == kind, drop=True).mean("network").values for kind in ("sharp", "smooth"))
    slopes = np.diff(np.log(smooth)) / np.log(2)
    assert np.all((slopes > -0.6) & (slopes < -0.05))  # as of 1/(log N + c)
    assert np.all(np.abs(sharp) < smooth)
    assert abs(sharp[-1]) < 0.05
