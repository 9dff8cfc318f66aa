"""State evolution where directions of the teacher differ: equal directions, weak recovery in another way, samples."""

from __future__ import annotations

import numpy as np
import pytest

import bendscape as bs
from bendscape.errors import BendscapeError
from bendscape.models import ColumnOrthogonal, Noiseless, WeightedSquares, channel_of
from bendscape.theory.bayes_optimal.matrix_state_evolution import weak_of_matrices

UNEQUAL = Noiseless(2, WeightedSquares((0.8, 0.2)))


def test_equal_directions_agree_with_one_number() -> None:
    one = bs.overlap(bs.BayesOptimal(Noiseless(2)), alpha=[1.6])
    many = bs.overlap(bs.BayesOptimal(Noiseless(2, WeightedSquares((0.5, 0.5)))), alpha=[1.6])
    assert abs(one.overlap2 - many.overlap2).item() < 4 * many.overlap2_stderr.item() + 0.003


@pytest.mark.parametrize(
    "net",
    [
        bs.Network(1, 2, teacher_weights=[0.8, 0.2]),
        bs.Network(1, 1, teacher_activation="tanh", noise=bs.Noise(0.3)),
        bs.Network(1, 1, teacher_activation="hermite2", noise=bs.Noise(0.5)),
    ],
    ids=str,
)
def test_weak_recovery_equals_the_limit_of_any_method(net: bs.Network) -> None:
    """The other way bins labels, and does not need the law of a label."""
    limit, (weak, error) = bs.theory.weak_recovery_limit(net), weak_of_matrices(channel_of(net))
    assert (limit.alpha == 0) == (weak == 0)
    assert abs(weak - limit.alpha) <= 4 * np.hypot(error, limit.error) + 0.01 * limit.alpha


def test_any_amount_of_data_has_an_overlap_with_an_odd_teacher() -> None:
    best = bs.BayesOptimal(bs.Network(1, 1, teacher_activation="tanh", noise=bs.Noise(0.3)))
    onset = bs.threshold(best)
    assert (onset.alpha, onset.error) == (0.0, 0.0)
    assert np.isinf(onset.alpha_perfect)
    assert bs.overlap(best, alpha=[0.2]).overlap2.item() > 0.1


def test_the_longer_vector_is_recovered_first() -> None:
    data = bs.overlap(bs.BayesOptimal(UNEQUAL), alpha=[1.5])
    longer, shorter = data.overlap2_vectors.isel(alpha=0).values
    assert longer > 0.75 > 0.02 > shorter
    assert data.overlap2.item() == pytest.approx((longer + shorter) / 2)


@pytest.mark.long
def test_samples_of_unequal_vectors_have_these_overlaps() -> None:
    theory = bs.overlap(bs.BayesOptimal(UNEQUAL), alpha=[1.8])
    net = bs.Network(1, 2, teacher_weights=[0.8, 0.2])
    each = []
    for seed in range(8):
        sample = bs.simulation.draw(net, alpha=1.8, N=1000, seed=seed)
        answer = bs.simulation.message_passing(sample, UNEQUAL)
        each.append(bs.simulation.span_overlap2(answer.weights, sample.teacher))
    error = np.hypot(np.std(each, ddof=1) / np.sqrt(8), theory.overlap2_stderr.item())
    assert abs(np.mean(each) - theory.overlap2.item()) < 4 * error + 0.02


def test_other_ensembles_are_refused() -> None:
    with pytest.raises(BendscapeError, match="Gaussian matrix"):
        bs.threshold(bs.BayesOptimal(UNEQUAL, ColumnOrthogonal()))


def test_a_network_is_its_channel() -> None:
    net = bs.Network(2, 2, teacher_weights=[0.8, 0.2])
    assert bs.BayesOptimal(net) == bs.BayesOptimal(channel_of(net)) == bs.BayesOptimal(UNEQUAL)
