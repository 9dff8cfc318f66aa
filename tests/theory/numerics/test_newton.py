"""Newton's loop: how it ends, for many points at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from bendscape.theory.numerics.newton import Newton, Status


def relative(step: Any, x: Any) -> Any:
    return np.abs(step / x)


def test_points_end_on_their_own() -> None:
    """Roots of `x^2 = c`: one converges at once, one slowly, one has no real root, one is not a number."""
    c = np.array([4.0, 1e6, -1.0, np.nan])
    seen: list[int] = []

    def correction(x: Any, active: Any) -> Any:
        seen.append(len(active))
        return (x**2 - c[active]) / (2 * x)

    found = Newton(correction, relative, tolerance=1e-9, most=30).solve(np.array([2.0, 1.0, 0.7, 1.0]))
    assert found.status.tolist() == [Status.CONVERGED, Status.CONVERGED, Status.RUNNING, Status.LOST]
    np.testing.assert_allclose(found.x[:2], [2.0, 1e3], rtol=1e-14)
    assert not found.converged
    assert seen[:2] == [4, 2]  # those that have ended are not evaluated again
    assert seen[-1] == 1


def test_corrections_that_do_not_shrink_lead_astray() -> None:
    found = Newton(lambda x, _: (x**2 + 1) / (2 * x), relative, 1e-9, most=30, patience=3).solve(np.array([0.7]))
    assert found.status.tolist() == [Status.ASTRAY]
    assert found.steps < 15


def test_points_that_still_run_after_all_steps_are_left_as_they_are() -> None:
    found = Newton(lambda x, _: x / 2, relative, tolerance=1e-3, most=5).solve(np.array([1.0]))
    assert found.status.tolist() == [Status.RUNNING]
    assert found.steps == 5
    assert found.x[0] == 2.0**-5


def test_damping_takes_a_share_of_each_correction() -> None:
    """`arctan` from far away: whole steps diverge, halves of large ones do not."""

    def correction(x: Any, _: Any) -> Any:
        return np.arctan(x) * (1 + x**2)

    def damping(x: Any, step: Any, size: Any) -> Any:  # noqa: ARG001
        return 1 / np.maximum(size, 1.0)

    def size(step: Any, _: Any) -> Any:
        return np.abs(step)

    start = np.array([3.0])
    assert Newton(correction, size, 1e-12, 20, patience=2).solve(start).status[0] == Status.ASTRAY
    found = Newton(correction, size, 1e-12, 20, damping=damping).solve(start)
    assert found.converged
    assert abs(found.x[0]) < 1e-12
    assert start[0] == 3.0  # the guess is not changed


def test_a_point_can_be_a_system() -> None:
    """`x + y = 3`, `x y = 2`."""

    def correction(v: Any, _: Any) -> Any:
        (x, y) = v[0]
        return np.linalg.solve([[1.0, 1.0], [y, x]], [x + y - 3, x * y - 2])[None]

    found = Newton(correction, lambda step, _: np.abs(step).max(axis=1), 1e-10, 20).solve(np.array([[0.0, 2.5]]))
    np.testing.assert_allclose(found.x[0], [1.0, 2.0], rtol=1e-12)
