"""Every mistake at the public door raises the class named for it, and the message holds the offending value."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.errors import BendscapeError, InvalidParameterError, LimitError

INF, NAN = math.inf, math.nan
NET = bs.QuadraticNetwork(2, 1, 0.7)
GOOD: dict[str, Any] = {"p": 2, "p_star": 1, "a": 0.7, "alpha": 2.5}


def refused(value: Any, call: Callable[[], Any], error: type[BendscapeError] = InvalidParameterError) -> None:
    """The call raises the error, which names the value as Python writes it."""
    with pytest.raises(error, match=re.escape(repr(value))) as caught:
        call()
    assert type(caught.value) is error


@pytest.mark.parametrize("p", [0, -1, 1.5, NAN, -INF, "2", "two", True, None, [1, 2], np.array([1, 2]), 2j])
def test_width_of_the_student_is_a_positive_integer_or_infinite(p: Any) -> None:
    refused(p, lambda: bs.QuadraticNetwork(p, 1, 0.7))
    refused(p, lambda: bs.theory.critical_a(p, 1))
    refused(p, lambda: bs.theory.best_a(p, 1))


@pytest.mark.parametrize("p_star", [0, -1, 2.5, NAN, INF, "1", True, None, [1], np.array([1, 2]), 1j])
def test_width_of_the_teacher_is_a_positive_integer(p_star: Any) -> None:
    refused(p_star, lambda: bs.QuadraticNetwork(2, p_star, 0.7))
    refused(p_star, lambda: bs.theory.critical_a(2, p_star))
    refused(p_star, lambda: bs.theory.best_a(2, p_star))
    refused(p_star, lambda: bs.theory.critical_width(p_star, 0.7))


@pytest.mark.parametrize("a", [-1, -1e-300, NAN, INF, -INF, "0.7", True, None, [0.7], np.array([0.7, 1.0]), 1j])
def test_constant_is_a_finite_number_not_negative(a: Any) -> None:
    refused(a, lambda: bs.QuadraticNetwork(2, 1, a))
    refused(a, lambda: bs.theory.critical_width(1, a))


@pytest.mark.parametrize("alpha", [0, -1.0, NAN, INF, "2.5", True, None, [2.5], np.array([1.0, 2.0]), 1j])
def test_spectrum_takes_one_positive_alpha(alpha: Any) -> None:
    refused(alpha, lambda: bs.spectrum(NET, alpha=alpha))


@pytest.mark.parametrize(
    "alpha",
    [0, -1.0, NAN, INF, [1.0, -2.0], [1.0, NAN], "2.5", ["a"], True, [True], None, [None], 1j, np.array([1 + 1j])],
)
def test_overlap_takes_positive_alphas(alpha: Any) -> None:
    refused(alpha, lambda: bs.overlap(NET, alpha=alpha))


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize(("grid", "shape"), [([], "(0,)"), ([[1, 2], [3, 4]], "(2, 2)"), (np.empty((0, 2)), "(0, 2)")])
def test_grids_have_one_axis_and_are_not_empty(name: str, grid: Any, shape: str) -> None:
    with pytest.raises(InvalidParameterError, match=re.escape(f"{name} has shape {shape}")):
        bs.phase_diagram(**{**GOOD, name: grid})
    if name == "alpha":
        with pytest.raises(InvalidParameterError, match=re.escape(f"alpha has shape {shape}")):
            bs.overlap(NET, alpha=grid)


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("grid", ["2", ["a"], [1, "b"], [[1], [1, 2]], True, [True], [1, 1j], np.array([1 + 1j])])
def test_grids_hold_numbers(name: str, grid: Any) -> None:
    refused(grid, lambda: bs.phase_diagram(**{**GOOD, name: grid}))


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        *[("p", 0), ("p", 1.5), ("p", NAN), ("p", -INF)],
        *[("p_star", 0), ("p_star", 1.5), ("p_star", INF), ("p_star", NAN)],
        *[("a", -1), ("a", NAN), ("a", INF)],
        *[("alpha", 0), ("alpha", -2), ("alpha", NAN), ("alpha", INF)],
    ],
)
def test_one_bad_point_spoils_a_grid(name: str, bad: float) -> None:
    """Rather than leave a hole in the diagram."""
    for grid in (bad, [GOOD[name], bad]):
        with pytest.raises(InvalidParameterError, match=rf"{name} = .*{bad}"):
            bs.phase_diagram(**{**GOOD, name: grid})


@pytest.mark.parametrize("method", ["density", "signal_density", "curves"])
@pytest.mark.parametrize("x", [NAN, [0.0, NAN], 1j, [1 + 1j], "0.5", ["a"], None, {}])
def test_densities_take_real_numbers(method: str, x: Any) -> None:
    refused(x, lambda: getattr(bs.spectrum(NET, alpha=2.5), method)(x))


@pytest.mark.parametrize("z", [NAN, INF, complex(0, INF), [1, NAN], "0.5", None])
def test_stieltjes_takes_finite_numbers(z: Any) -> None:
    refused(z, lambda: bs.spectrum(NET, alpha=2.5).stieltjes(z))


def test_curves_take_one_axis() -> None:
    with pytest.raises(InvalidParameterError, match=re.escape("(2, 2)")):
        bs.spectrum(NET, alpha=2.5).curves(np.zeros((2, 2)))


@pytest.mark.parametrize("sector", ["student", "Teacher", "bulk", "", None, 0])
def test_unknown_sectors_are_refused_with_the_known_ones(sector: Any) -> None:
    spectrum = bs.spectrum(NET, alpha=2.5)
    refused(sector, lambda: spectrum.signal_density(0.5, sector))
    if sector != "bulk":  # the default of `mass`
        refused(sector, lambda: spectrum.mass(sector=sector))
    with pytest.raises(InvalidParameterError, match="teacher, trace, antisym, sym"):
        spectrum.signal_density(0.5, sector)


@pytest.mark.parametrize(("low", "high"), [(NAN, None), (None, NAN), ("0", None), (None, [1.0]), (1j, None)])
def test_mass_lies_between_two_real_numbers(low: Any, high: Any) -> None:
    bad = low if high is None else high
    refused(bad, lambda: bs.spectrum(NET, alpha=2.5).mass(low, high))


@pytest.mark.parametrize(
    "window",
    [(2.0, 1.0), (1.0, 1.0), (0.5, 2.0), (1.0, INF), (NAN, 2.0), (1.0,), (1, 2, 3), 1.5, "ab", (1.0, "b")],
)
def test_window_is_two_rising_numbers_from_one(window: Any) -> None:
    refused(window, lambda: bs.threshold(NET, window=window))


@pytest.mark.parametrize("n", [-1, 1.5, 2.0, NAN, "1", True, None, [1]])
def test_order_of_a_moment_is_an_integer_not_negative(n: Any) -> None:
    refused(n, lambda: bs.spectrum(NET, alpha=2.5).moment(n))


@pytest.mark.parametrize(("p_star", "n"), [(1, 1), (2, 1), (3, 2), (4, 2), (7, 4)])
def test_moments_that_diverge_at_a_zero_are_refused(p_star: int, n: int) -> None:
    """`E[y^-n]` is infinite for `n >= p_star/2`."""
    spectrum = bs.spectrum(bs.QuadraticNetwork(2, p_star, 0.0), alpha=2.5)
    with pytest.raises(LimitError, match=f"moment {n} diverges at a = 0 for p_star = {p_star}"):
        spectrum.moment(n)
    assert math.isfinite(spectrum.moment((p_star - 1) // 2))


def test_no_finite_width_is_discontinuous_at_a_zero() -> None:
    with pytest.raises(LimitError, match="a = 0"):
        bs.theory.critical_width(1, 0)


@pytest.mark.parametrize("net", [None, "p=2", (2, 1, 0.7), {"p": 2}])
def test_functions_take_a_network(net: Any) -> None:
    refused(net, lambda: bs.spectrum(net, alpha=2.5))
    refused(net, lambda: bs.overlap(net, alpha=2.5))
    refused(net, lambda: bs.threshold(net))


def test_errors_are_also_the_builtin_ones() -> None:
    """So that `except ValueError` catches a bad value."""
    assert issubclass(InvalidParameterError, ValueError)
    assert issubclass(LimitError, ValueError)
    assert issubclass(bs.errors.AccuracyError, ArithmeticError)
    assert issubclass(bs.errors.OutputError, OSError)
    for error in (InvalidParameterError, LimitError, bs.errors.AccuracyError, bs.errors.OutputError):
        assert issubclass(error, BendscapeError)
        assert error.__doc__
        assert "Cure" in error.__doc__
