"""Fig. 3 and the other observables of its samples: the samples are those of one call."""

from __future__ import annotations

import numpy as np
import xarray as xr
from alone import assert_experiment

import bendscape as bs
from bendscape.reproduction.experiment import Samples
from bendscape.reproduction.experiments import c7_observables, fig3_recovery

SIZES = (Samples(20, 4), Samples(100, 4))


def test_points_together_are_one_sweep_and_serve_two_figures() -> None:
    data, _ = assert_experiment(fig3_recovery.EXPERIMENT, fig3_recovery.Effort(SIZES, drawn=3))
    net = fig3_recovery.NETS["continuous"]
    alpha = np.array(fig3_recovery.RATIOS["continuous"]) * bs.threshold(net).alpha
    together = bs.compare(bs.simulate(net, alpha=alpha, N=[20, 100], samples=4, seed=3, eigenvalues=20))
    xr.testing.assert_identical(data["continuous"].drop_attrs(), together.drop_attrs())
    assert_experiment(c7_observables.EXPERIMENT, c7_observables.Effort(SIZES), {"fig3": data})
