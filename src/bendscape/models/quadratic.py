"""The network of the paper: quadratic neurons, a quadratic teacher, a loss normalised by `a + y`."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from ..errors import InvalidParameterError
from ..units import hessian_scale, unit_name
from .labels import ConstantLabel, GammaLabel, LabelLaw, refused
from .network import LawEdge, Mode, Sector

__all__ = ["QuadraticNetwork"]

_WIDTH_MAX = 2 * 10**6  # averages over labels of larger widths lose digits
_A_MIN, _A_MAX = 1e-15, 1e100  # of the loss: averages divide by a, and squares of thresholds overflow
_SLOPE = {"across": 1.0, "along": 3.0}  # f = (slope yhat - y)/(a + y)


def _width(name: str, value: object, *, infinite: bool) -> float:
    allowed, value = f"a positive integer up to {_WIDTH_MAX:.0e}" + (" or inf" if infinite else ""), _plain(name, value)
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise refused(name, value, allowed)
    try:
        width = float(value)
    except OverflowError:
        raise refused(name, value, allowed) from None
    if infinite and width == math.inf:
        return math.inf
    if not (1 <= width <= _WIDTH_MAX and width.is_integer()):
        raise refused(name, value, allowed)
    return int(width)


def _constant(value: object) -> float:
    value = _plain("a", value)
    if isinstance(value, bool) or not isinstance(value, numbers.Real | Decimal):
        raise refused("a", value, "a number, zero or positive")
    try:
        a = float(value)
    except (OverflowError, ValueError):  # an integer of 400 digits, a signalling nan
        a = math.inf
    if 0 < a < _A_MIN or _A_MAX < a < math.inf:
        raise refused("a", value, f"zero, or a number from {_A_MIN:g} to {_A_MAX:g}")
    if not (0 <= a < math.inf):
        raise refused("a", value, "a finite number, zero or positive; the loss divides by a + y")
    return a


def _plain(name: str, value: object) -> object:
    """Return the number in an array without axes; other values are returned unchanged, without NumPy."""
    if isinstance(value, int | float) or not hasattr(value, "shape"):
        return value
    from ..user_arrays import scalar

    return scalar(name, value)


def _label(name: str, value: Any) -> Any:
    """Return labels, real or complex numbers; only types other than floating-point numbers are checked."""
    if type(value).__module__ == "numpy" and getattr(value, "dtype", None) in ("float64", "complex128"):
        return value
    if isinstance(value, float | complex):
        return value
    from ..user_arrays import complex_array

    return complex_array(name, value)


@dataclass(frozen=True)
class QuadraticNetwork:
    r"""A student with `p` quadratic neurons that learns from a teacher with `p_star`.

    Outputs `yhat = (1/p) sum_k u_k^2` and `y = (1/p_star) sum_l s_l^2`, loss (paper, equation (3))
    `L = sum_mu (y - yhat)^2 / (2 (a + y))`, inputs of variance `1/N`. The curvature matrix of a sample is
    `F = (2/p) [(yhat - y) I + (2/p) u u^T] / (a + y)` (5); in units of `2/p` it has the eigenvalue
    `(yhat - y)/(a + y)` across `u` and `(3 yhat - y)/(a + y)` along it.

    Parameters
    ----------
    p : int or inf
        Width of the student. ``inf`` is taken after `N -> inf`; spectra are then those of `(p/2) H`.
    p_star : int
        Width of the teacher; `p < p_star` is allowed.
    a : float
        Constant in the loss, zero or positive. At `a = 0` the spectrum and the thresholds have limits, but moments of
        the spectrum may diverge: then :class:`~bendscape.errors.LimitError` is raised.

    Raises
    ------
    InvalidParameterError
        If a width is not a positive integer (or, for `p`, infinite), or `a` is negative, infinite or not a number.

    Examples
    --------
    >>> import bendscape as bs
    >>> net = bs.QuadraticNetwork(p=2, p_star=1, a=0.7)
    >>> [mode.name for mode in net.modes]
    ['across', 'along']
    >>> net.curvature(y=0.5, yhat=1.0)
    (0.4166666666666667, 2.0833333333333335)

    References
    ----------
    arXiv:2510.18435, equations (3) and (5).
    """

    p: float
    p_star: int
    a: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "p", _width("p", self.p, infinite=True))
        object.__setattr__(self, "p_star", _width("p_star", self.p_star, infinite=False))
        object.__setattr__(self, "a", _constant(self.a))

    @property
    def unit(self) -> str:
        """Unit of eigenvalues in results: ``"H"``, or ``"(p/2) H"`` at `p = inf`."""
        return unit_name(self.p)

    @property
    def scale(self) -> float:
        """Ratio of eigenvalues in this unit to those of the equations, which are in units of `2/p`."""
        return hessian_scale(self.p)

    @property
    def sides(self) -> tuple[Literal["left"]]:
        """Side of the bulk on which outliers correlated with the teacher leave: the left."""
        return ("left",)

    def at_constants(self, constants: Sequence[float] | None) -> tuple[QuadraticNetwork, ...]:
        """Return the network at other constants `a`, to be solved together; empty if one is outside the domain."""
        try:
            return (self,) if constants is None else tuple(replace(self, a=a) for a in constants)
        except InvalidParameterError:  # raised again where that network is solved alone
            return ()

    @property
    def closed(self) -> bool:
        """Whether `A` is linear in the label at the end of the law: yes, `A = (c - y)/(a + c)` at `g = -1`."""
        return True

    @property
    def teacher_label(self) -> LabelLaw:
        """Law of `y`: chi-squared with `p_star` degrees of freedom, over `p_star`."""
        return GammaLabel(self.p_star / 2)

    @property
    def student_label(self) -> LabelLaw:
        """Law of `yhat`: chi-squared with `p` degrees of freedom, over `p`; the constant one at `p = inf`."""
        return ConstantLabel(1.0) if math.isinf(self.p) else GammaLabel(self.p / 2)

    @property
    def modes(self) -> tuple[Mode, ...]:
        """Kinds of eigenvalues: ``across`` the pre-activations `u` (`p - 1` of `p`) and ``along`` them (one of `p`)."""
        along = 1.0 / self.p
        return tuple(m for m in (Mode("across", 1.0 - along), Mode("along", along)) if m.fraction > 0)

    @property
    def sectors(self) -> tuple[Sector, ...]:
        """Sectors: the teacher's, then the student's by their symmetry (trace, antisymmetric, symmetric traceless).

        :eq:`teacher`, and the three eigenspaces of :eq:`student`.

        At `p = inf` the student's own directions never leave the bulk (`T = <A>`, so that `z = alpha T` would ask for
        `1/g = 0`) and only the teacher's remain.
        """
        p = self.p
        teacher = Sector("teacher", "teacher", "y", p * self.p_star, {m.name: m.fraction for m in self.modes})
        if math.isinf(p):
            return (teacher,)
        trace = Sector("trace", "student", "yhat", 1, {"along": 1.0})
        if p == 1:
            return (teacher, trace)
        mixed = 2.0 / (p + 2.0)
        antisym = Sector("antisym", "student", "yhat", p * (p - 1) // 2, {"across": 1.0})
        sym = Sector("sym", "student", "yhat", (p - 1) * (p + 2) // 2, {"across": 1.0 - mixed, "along": mixed})
        return (teacher, trace, antisym, sym)

    @property
    def curvature_edges(self) -> tuple[LawEdge, LawEdge | None]:
        """Ends of the law of `f`, from `1 + f = (a + c)/(a + y)` with `c = yhat` or `3 yhat`.

        Below, `f -> -1` as `y -> inf`: exponential with constant `(p_star/2)(a + min c)`, :eq:`tail`, where `min c`
        is zero, or one at `p = inf`; if `a + min c = 0` the small `c` win and the law ends as the power `p/2 - 1`.
        Above, there is an end only at `p = inf`, `f -> 1/a` as `y -> 0`, with the power `p_star/2 - 1`.
        """
        infinite, y, yhat = math.isinf(self.p), self.teacher_label.moment, self.student_label.moment
        constant = self.p_star / 2 * (self.a + (1.0 if infinite else 0.0))
        upper = None
        if infinite and self.a > 0:  # A = (1 - y)/((1 + a) y) there
            square = math.inf if math.isinf(y(-2)) else (y(-2) - 2 * y(-1) + 1) / (1 + self.a) ** 2
            upper = LawEdge(1 / self.a, "power", self.p_star / 2 - 1, square)
        if constant > 0:
            return (LawEdge(-1.0, "exponential", constant), upper)
        squares = (  # A = 1 - y/c there
            m.fraction * (1 - 2 * yhat(-1) / _SLOPE[m.name] + y(2) * yhat(-2) / _SLOPE[m.name] ** 2) for m in self.modes
        )
        square = math.inf if math.isinf(yhat(-2)) else sum(squares)
        return (LawEdge(-1.0, "power", self.p / 2 - 1, square), upper)

    @property
    def finite_moments(self) -> float:
        """Order below which moments of the curvature and of the spectrum are finite (`p_star/2` at `a = 0`)."""
        return math.inf if self.a > 0 else self.p_star / 2

    def curvature(self, y: Any, yhat: Any) -> tuple[Any, ...]:
        """Return the eigenvalues of `F` in units of `2/p`, one array a mode, at labels that broadcast."""
        import numpy as np

        y, yhat = _label("y", y), _label("yhat", yhat)
        for name, label, bad in (("y", y, y == -self.a), ("yhat", yhat, False)):
            if np.any(bad | ~np.isfinite(label)):
                raise refused(name, label, f"finite labels, and y other than -a = {-self.a:g}")
        with np.errstate(over="ignore"):  # overflow gives infinity
            return tuple((_SLOPE[m.name] * yhat - y) / (self.a + y) for m in self.modes)

    def __str__(self) -> str:
        return f"p={self.p}, p*={self.p_star}, a={self.a:g}"
