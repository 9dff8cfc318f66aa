"""``bendscape best``."""

from __future__ import annotations

import numpy as np
import pytest

import bendscape as bs
from bendscape.models import ColumnOrthogonal, GaussianNoise, Noiseless, Poisson, Saturated
from command_line import assert_refused, document, printed


@pytest.mark.parametrize(
    ("options", "channel"),
    [
        ([], Noiseless(1)),
        (["--p-star", "2"], Noiseless(2)),
        (["--noise", "0.5"], GaussianNoise(1, 0.25)),
        (["--saturation", "2"], Saturated(Noiseless(1), 2.0)),
        (["--counts", "0.5", "--dark", "2"], Poisson(1, 0.5, 2.0)),
    ],
)
def test_best_is_that_of_the_library(options: list[str], channel: bs.models.Channel) -> None:
    expected = bs.threshold(bs.BayesOptimal(channel))
    printed_ = document("best", *options)
    assert printed_["alpha"] == expected.alpha
    assert printed_["kind"] == expected.kind


def test_overlaps_and_orthonormal_columns() -> None:
    answer = document("best", "--columns", "orthogonal", "--alpha", "1.4,1.6")
    data = bs.overlap(bs.BayesOptimal(Noiseless(1), ColumnOrthogonal()), alpha=[1.4, 1.6])
    np.testing.assert_array_equal(answer["overlap"]["data_vars"]["overlap2"]["data"], data.overlap2)
    text = printed("best", "--alpha", "1.05")
    assert "0.5684" in text
    assert "posterior mean 1" in text


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--noise", "-1"], "noise = -1"),
        (["--noise", "1", "--counts", "3"], "leave one of the two out"),
        (["--dark", "2"], "give --counts too"),
        (["--columns", "square"], "gaussian, orthogonal"),
        (["--columns", "orthogonal", "--alpha", "0.5"], "alpha >= 1"),
        (["--p-star", "0"], "p-star = 0"),
    ],
)
def test_wrong_options(options: list[str], told: str) -> None:
    assert_refused("best", *options, message=told)
