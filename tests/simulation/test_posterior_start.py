"""The start from a posterior: its span, its place among the others, its limit, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.comparison import compare_starts, every_start
from bendscape.models import GaussianNoise, Noiseless, channel_of
from bendscape.simulation import (
    GradientDescent,
    MessagePassingStart,
    RandomStart,
    SpectralStart,
    draw,
    leading_span,
    message_passing,
    run_starts,
    span_overlap2,
)
from bendscape.simulation.training import Start

NET = bs.QuadraticNetwork(2, 1, 1.0)
OPTIONS: dict[str, Any] = {"alpha": [1.4], "N": 80, "samples": 3, "seed": 4, "method": GradientDescent(steps=20)}
OTHERS: dict[str, Start] = {"random": RandomStart(), "optimal": SpectralStart(bs.models.Optimal())}


@pytest.mark.parametrize(("p", "p_star"), [(2, 1), (2, 2), (1, 2), (3, 2)])
def test_it_has_the_span_of_the_posterior_means(p: int, p_star: int) -> None:
    sample = draw(bs.QuadraticNetwork(p, p_star, 1.0), alpha=1.5 * p_star, N=60, seed=2)
    weights = message_passing(sample, Noiseless(p_star)).weights
    student = MessagePassingStart()(sample, np.random.default_rng(0))
    assert np.allclose(np.linalg.norm(student, axis=1), np.sqrt(60))
    number = min(p, p_star)
    assert np.linalg.matrix_rank(student, tol=1e-6) == number
    assert span_overlap2(leading_span(student, number), weights) == pytest.approx(number / p_star)


def test_labels_without_a_signal_still_give_a_student() -> None:
    """Below the weak threshold the posterior means shrink to nothing."""
    sample = draw(NET, alpha=0.2, N=100, seed=1)
    student = MessagePassingStart()(sample, np.random.default_rng(0))
    assert np.all(np.isfinite(student))
    assert span_overlap2(student[:1], sample.teacher) < 0.3


def test_noise_needs_its_channel() -> None:
    sample = draw(NET, alpha=3.0, N=200, seed=1)
    noisy = replace(sample, labels=np.abs(sample.labels + 0.3 * np.random.default_rng(5).standard_normal(600)))
    right, wrong = (
        span_overlap2(each(noisy, np.random.default_rng(0))[:1], sample.teacher)
        for each in (MessagePassingStart(GaussianNoise(1, 0.09)), MessagePassingStart())
    )
    assert right > 0.95 > wrong


def test_the_channel_is_that_of_the_network() -> None:
    net = bs.Network(2, 1, noise=bs.Noise(0.3))
    sample = draw(net, alpha=3.0, N=200, seed=1)
    own, given = (
        each(sample, np.random.default_rng(0)) for each in (MessagePassingStart(), MessagePassingStart(channel_of(net)))
    )
    assert np.array_equal(own, given)
    assert span_overlap2(own[:1], sample.teacher) > 0.9


def test_a_sixth_start_changes_no_other_number() -> None:
    alone = run_starts(NET, **OPTIONS, starts=OTHERS)
    more = run_starts(NET, **OPTIONS, starts=OTHERS | {"message passing": MessagePassingStart()})
    assert more.sel(start=list(OTHERS)).drop_attrs().identical(alone.drop_attrs())
    assert list(every_start(NET))[-1] == "message passing"
    assert more.identical(
        run_starts(NET, **OPTIONS, starts=OTHERS | {"message passing": MessagePassingStart()}, workers=2)
    )


def test_it_recovers_where_the_other_starts_do_not() -> None:
    data = run_starts(NET, **(OPTIONS | {"alpha": [1.35], "N": 200}), starts=every_start(NET))
    share = (data.overlap2.sel(alpha=1.35) > 0.99).mean("sample")
    assert share.sel(start="message passing", refined=False) == 1
    assert (share.drop_sel(start="message passing") < 1).all()


def test_its_limit_is_that_of_state_evolution_for_the_same_law_of_labels() -> None:
    starts = {"own": MessagePassingStart(), "noise": MessagePassingStart(GaussianNoise(1, 0.1))}
    data = compare_starts(NET, **(OPTIONS | {"alpha": [0.7, 1.4], "samples": 1}), starts=starts)
    assert np.array_equal(data.overlap2_limit.sel(start="own"), data.overlap2_message_passing)
    assert data.overlap2_message_passing.values == pytest.approx([0.12412, 1.0], abs=1e-4)
    assert float(data.alpha_BBP.sel(start="own")) == pytest.approx(0.5)
    assert np.isnan(data.overlap2_limit.sel(start="noise")).all()
    assert np.isnan(data.alpha_BBP.sel(start="noise"))


@pytest.mark.parametrize("wrong", [Noiseless, "noiseless", 3])
def test_a_channel_is_a_value(wrong: Any) -> None:
    with pytest.raises(bs.errors.InvalidParameterError, match="channel = "):
        MessagePassingStart(wrong)


def test_a_channel_of_another_width_gives_its_own_directions() -> None:
    sample = draw(NET, alpha=3.0, N=60, seed=1)
    student = MessagePassingStart(Noiseless(2))(sample, np.random.default_rng(0))
    assert np.linalg.matrix_rank(student) == 2
