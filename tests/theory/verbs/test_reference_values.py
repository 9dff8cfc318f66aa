"""Reference values of thresholds, jumps and extrapolations, to six digits (those of `p* = 1` against `a` and more)."""

from __future__ import annotations

import math

import pytest

import bendscape as bs

INF = math.inf
KIND = {"c": "continuous", "d": "discontinuous"}
THRESHOLDS = [
    (1, 1, 0.1, "2.166681 c"),
    (1, 1, 0.7, "1.243388 c"),
    (1, 1, 1.0, "1.134854 c"),
    (1, 1, 1.5, "1.374529 d"),
    (2, 1, 0.1, "1.255368 c"),
    (2, 1, 0.7, "0.927055 c"),
    (2, 1, 1.0, "1.018382 d"),
    (2, 1, 1.5, "1.322938 d"),
    (3, 1, 0.1, "1.012223 c"),
    (3, 1, 0.7, "0.827071 d"),
    (3, 1, 1.0, "1.010847 d"),
    (3, 1, 1.5, "1.301006 d"),
    (10, 1, 0.1, "0.663729 c"),
    (10, 1, 0.7, "0.839490 d"),
    (10, 1, 1.0, "1.001542 d"),
    (10, 1, 1.5, "1.265844 d"),
    (INF, 1, 0.1, "0.55 d"),
    (INF, 1, 0.7, "0.85 d"),
    (INF, 1, 1.0, "1.0 d"),
    (INF, 1, 1.5, "1.25 d"),
    (2, 2, 0.7, "2.609728 c"),
    (2, 2, 1.5, "2.645875 d"),
    (1, 2, 1.0, "6.322999 c"),
]


def printed(value: float, as_printed: str) -> str:
    """A number with as many digits after the point as the table prints."""
    return f"{value:.{len(as_printed.partition('.')[2])}f}"


@pytest.mark.parametrize(("p", "p_star", "a", "entry"), THRESHOLDS)
def test_threshold_and_kind(p: float, p_star: int, a: float, entry: str) -> None:
    digits, kind = entry.split()
    found = bs.threshold(bs.QuadraticNetwork(p, p_star, a))
    assert printed(found.alpha, digits) == digits
    assert found.kind == KIND[kind]


# the specification prints 1.1135 for p = 1; the transcription and the library both give 1.113397
@pytest.mark.parametrize(
    ("p", "a_c", "alpha"),
    [(1, "1.1088", "1.1134"), (2, "0.8304", "0.9096"), (3, "0.6936", "0.8231"), (10, "0.3511", "0.6445")],
)
def test_critical_constant_and_the_threshold_there(p: int, a_c: str, alpha: str) -> None:
    found = bs.theory.critical_a(p, 1)
    assert printed(found, a_c) == a_c
    assert printed(bs.threshold(bs.QuadraticNetwork(p, 1, found)).alpha, alpha) == alpha


def test_infinite_width_is_discontinuous_for_every_constant_and_reaches_one_half() -> None:
    assert bs.theory.critical_a(INF, 1) == 0
    found = bs.threshold(bs.QuadraticNetwork(INF, 1, 0.0))
    assert found.alpha == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize(
    ("p", "alpha_0", "jump"), [(1, "1.0842", "0.055"), (2, "0.9130", "0.110"), (3, "0.8437", "0.137")]
)
def test_tangent_extrapolation_and_jump(p: int, alpha_0: str, jump: str) -> None:
    found = bs.threshold(bs.QuadraticNetwork(p, 1, 1.5))
    assert printed(found.alpha_0_tangent, alpha_0) == alpha_0
    assert printed(found.overlap2_jump, jump) == jump


def test_example_spectrum() -> None:
    net = bs.QuadraticNetwork(2, 1, 0.7)
    spectrum = bs.spectrum(net, alpha=2.5)
    (outlier,) = spectrum.outliers
    assert printed(spectrum.left_edge.value, "-0.892093") == "-0.892093"
    assert printed(outlier.value, "-1.013815") == "-1.013815"
    assert printed(outlier.overlap2_teacher, "0.380064") == "0.380064"
    assert (outlier.sector, outlier.side, outlier.multiplicity) == ("teacher", "left", net.p * net.p_star)
