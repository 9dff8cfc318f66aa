"""The library against a slow, literal transcription of the specification that shares no code with it.

First the transcription itself: its float64 averages against 30 digits (closed form in `y`, another quadrature in
`yhat`) and against itself with other panels. Then more than 200 random networks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import pytest

import bendscape as bs
from domain import unit
from transcription import Plain, Precise

CHUNKS, POINTS = 8, 26
TOLERANCE = 1e-8  # the accuracy that the library states
OVERLAP_FLOOR = 1e-10  # absolute, for m^2: it starts from zero, where a relative error says nothing

Point = tuple[float, int, float, float]


@cache
def points() -> tuple[Point, ...]:
    """Random `p`, `p_star`, `a` and `alpha/alpha_BBP`; every tenth student or so is infinitely wide."""
    rng = np.random.default_rng(20251018)

    def width() -> int:
        return int(np.clip(round(10 ** rng.uniform(0, 2)), 1, 100))

    return tuple(
        (
            math.inf if rng.random() < 0.12 else width(),
            width(),
            float(10 ** rng.uniform(-3, 3)),
            float(np.exp(rng.uniform(np.log(0.3), np.log(3)))),
        )
        for _ in range(CHUNKS * POINTS)
    )


PRECISE_AT = [
    (1, 1, 1e-3, -0.37),
    (1, 1, 1e-3, -1.0),
    (1, 1, 1e3, -0.999),
    (1, 100, 1e-3, -0.02),
    (100, 1, 1e-3, -0.9),
    (100, 100, 1e-3, -0.5),
    (100, 100, 1e3, -1.0),
    (math.inf, 1, 1e-3, -0.7),
    (math.inf, 100, 1e3, -0.99),
    (2, 1, 0.7, -0.6),
    (2, 1, 1.5, -0.9999),
    (3, 2, 1.0, -1e-3),
    (7, 3, 0.05, -0.8),
    (30, 11, 20.0, -0.3),
    (5, 60, 0.3, -0.1),
    (2, 1, 0.7, -0.5 - 0.8j),
    (4, 3, 0.1, -0.3 - 0.5j),
]


@pytest.mark.parametrize(("p", "p_star", "a", "g"), PRECISE_AT)
def test_plain_averages_agree_with_thirty_digits(p: float, p_star: int, a: float, g: complex) -> None:
    plain = Plain(p, p_star, a)
    averages = {
        "<A>": plain.mean(lambda A: A, g=g),
        "<A^2>": plain.mean(lambda A: A**2, g=g),
        "<y A>": plain.T(g),
        "<y A^2>": plain.T(g, power=2),
    }
    sizes = [plain.mean(lambda A, n=n: np.abs(A) ** n, label=y, g=g) for y in (1.0, plain.y) for n in (1, 2)]  # type: ignore[misc]
    for (name, value), size, exact in zip(averages.items(), sizes, Precise(p, p_star, a).averages(g), strict=True):
        assert abs(value - complex(exact)) < 1e-12 * size, name


@pytest.mark.parametrize("point", points()[::16])
def test_plain_results_do_not_depend_on_the_panels(point: Point) -> None:
    p, p_star, a, factor = point
    coarse, fine = Plain(p, p_star, a), Plain(p, p_star, a, order=18)
    alpha = factor * fine.alpha_bbp
    assert coarse.kind == fine.kind
    assert coarse.alpha_bbp == pytest.approx(fine.alpha_bbp, rel=1e-11)
    assert abs(coarse.left_edge(alpha) - fine.left_edge(alpha)) < 1e-11 * size(fine, alpha, fine.edge_g(alpha))
    assert coarse.outlier_g(alpha) == pytest.approx(fine.outlier_g(alpha), rel=1e-9, nan_ok=True)


def size(exact: Plain, alpha: float, g: float) -> float:
    """`|1/g| + alpha <|A|>`: what the two terms of `z(g)` weigh before they cancel; an edge may sit at zero."""
    return float(abs(1 / g) + alpha * exact.mean(np.abs, g=g))


def deviations(point: Point) -> dict[str, float]:
    """Of every quantity, over what it is measured by: below :data:`TOLERANCE` is a pass."""
    p, p_star, a, factor = point
    net, exact = bs.QuadraticNetwork(p, p_star, a), Plain(p, p_star, a)
    found, scale = bs.threshold(net), unit(p)
    assert found.kind == exact.kind, f"{net}: {found.kind}, transcription {exact.kind}"

    def relative(value: float, true: float, floor: float = 0.0) -> float:
        return abs(value - true) / (abs(true) + floor / TOLERANCE)

    def position(value: float, alpha: float, g: float) -> float:
        return float(abs(value / scale - exact.z(alpha, g)) / size(exact, alpha, g))

    at_threshold = exact.edge_g(exact.alpha_bbp)
    result = {
        "alpha_BBP": relative(found.alpha, exact.alpha_bbp),
        "alpha_smooth": relative(found.alpha_smooth, exact.alpha_smooth),
        "edge at threshold": position(found.edge, exact.alpha_bbp, at_threshold),
        "jump": relative(found.overlap2_jump, exact.jump, OVERLAP_FLOOR),
    }

    alpha = factor * exact.alpha_bbp
    spectrum = bs.spectrum(net, alpha=alpha)
    g_edge, g_outlier = exact.edge_g(alpha), exact.outlier_g(alpha)
    result["left edge"] = position(spectrum.left_edge.value, alpha, g_edge)
    assert spectrum.left_edge.kind == ("smooth" if alpha <= exact.alpha_smooth else "sharp"), net
    left = [o for o in spectrum.outliers if o.sector == "teacher" and o.side == "left"]
    assert len(left) == (0 if math.isnan(g_outlier) else 1), f"{net}, alpha = {alpha}: {left}"
    assert bool(left) == (factor > 1), f"{net}: the outlier exists above the threshold and only there"
    if left:
        result["outlier"] = position(left[0].value, alpha, g_outlier)
        result["m^2"] = relative(left[0].overlap2_teacher, exact.overlap2(alpha, g_outlier), OVERLAP_FLOOR)
    return result


@pytest.fixture(scope="module")
def largest() -> Iterator[dict[str, tuple[float, Point]]]:
    """The largest deviation of each quantity and where; printed at the end (`pytest -s`)."""
    worst: dict[str, tuple[float, Point]] = {}
    yield worst
    for name, (value, point) in worst.items():
        print(f"\nlargest deviation of {name}: {value:.1e} at {point}", end="")  # noqa: T201


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_library_agrees_with_the_transcription(
    chunk: int, largest: dict[str, tuple[float, Point]], record_property: Callable[[str, object], None]
) -> None:
    failures: list[str] = []
    for point in points()[chunk::CHUNKS]:
        for name, value in deviations(point).items():
            if value >= largest.get(name, (-1.0, point))[0]:
                largest[name] = value, point
            if not value < TOLERANCE:
                failures.append(f"{name} off by {value:.1e} at p, p*, a, alpha/alpha_BBP = {point}")
    for name, (value, _) in largest.items():
        record_property(name, value)
    assert not failures, "\n".join(failures)
