"""One Hessian under the density of the limit."""

from __future__ import annotations

from alone import assert_experiment

from bendscape.reproduction.experiments.spectrum import EXPERIMENT, Effort

TINY = Effort(alpha=2.5, N=30)


def test_all_eigenvalues_of_one_hessian_are_there() -> None:
    data, _ = assert_experiment(EXPERIMENT, TINY)
    assert data["hessian"].sizes["eigenvalue"] == 60
