r"""The spectrum in the limit `N -> inf`: its value, and its solution for a scalar law."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._types import Array
from ...arguments import number, refuse
from ...errors import AccuracyError, InvalidParameterError, LimitError
from ...expected import choice
from ...memory import require_memory
from ...models.network import IsotropicNetwork, described
from ...results import Edge, Estimate, Outlier, plain_record, sampling_record, table_html
from ...user_arrays import check_finite, complex_array, numbers_of, shown
from ..law.averages import without_end
from ..law.measure import BULK
from ..law.quadrature import curvature_moment, real_measure, turning
from ..numerics.roots import U_MAX, find_root
from ..resolvent.continuation import Continuation, Solution
from ..resolvent.edges import edge_at
from ..resolvent.outliers import outliers_at

if TYPE_CHECKING:
    import xarray as xr

    from ..law.sampling import Averaging

__all__ = ["Spectrum", "real_points", "spectrum_of_law"]

DENSITY_TOLERANCE = 1e-7  # absolute, in units of 1/eigenvalue; of `g` relative to values above one
MASS_TOLERANCE = 1e-6  # absolute
ROUGH_TOLERANCE = 1e-3  # relative to the largest density, where contours cannot turn
_BYTES_A_POINT = 1000  # temporary arrays of one point
_ORDER_MAX = 200  # of a moment; few moments of a higher order fit into a double
_LARGE_Z = 1e100  # from which on `g = 1/z` to all digits, far beyond all eigenvalues
_KEPT = 4  # points above which the resolvent is kept
_LOG_Y = np.linspace(-30.0, 42.0, 241)  # nodes of the integral over log y, in units of the spectrum's width


@dataclass(frozen=True)
class Spectrum:
    """The spectrum of a Hessian in the limit of infinite `N`, at one `alpha`. Eigenvalues are in units of `unit`.

    Attributes
    ----------
    net : QuadraticNetwork, Network or SpectralMethod
    alpha : float
        Samples over inputs, `M/N`.
    unit : str
        ``"H"``, the Hessian of the loss as written, ``"(p/2) H"`` at `p = inf`, or ``"D"`` of a spectral method.
    left_edge, right_edge : Edge
        Edges of the bulk; false where it has no end.
    outliers : tuple of Outlier
        All eigenvalues outside the bulk, of every sector and on both sides, by increasing value.
    zero_mass : float
        Share of eigenvalues that are exactly zero, `1 - alpha` for `alpha < 1`.
    converged : bool
        Whether all errors are within the requested tolerance.
    points : int or None
        Number of points of each replicate, where averages are sampled.
    averaging : Averaging or None
        Accuracy and seed of sampled averages, from which they can be reproduced.
    """

    net: Any
    alpha: float
    unit: str
    left_edge: Edge
    right_edge: Edge
    outliers: tuple[Outlier, ...]
    zero_mass: float
    converged: bool = True
    points: int | None = None
    averaging: Averaging | None = field(default=None, repr=False)
    law: Any = field(default=None, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the result for JSON: numbers, texts, and dictionaries of a number and its error."""
        return {
            key: value for key, value in plain_record(self, self.averaging is not None).items() if key != "net"
        } | sampling_record(self)

    def _repr_html_(self) -> str:
        rows: list[tuple[str, ...]] = [("left edge", str(self.left_edge), self.left_edge.kind, "", "")]
        for o in self.outliers:
            overlaps = str(o.overlap2_teacher), str(o.overlap2_student)
            rows.append((f"{o.side} outlier", str(Estimate(o.value, o.error)), o.sector, *overlaps))
        rows.append(("right edge", str(self.right_edge), self.right_edge.kind, "", ""))
        head = ("", self.unit, "", "m^2 teacher", "m^2 student")
        return table_html(f"Spectrum, {self.net}, alpha = {self.alpha:g}", [head, *rows])

    def density(self, x: Any) -> Array:
        """Density of the bulk at real points, without the zero eigenvalues; zero outside the bulk.

        Parameters
        ----------
        x : array_like of real numbers
            Eigenvalues, of any shape; it may be empty.

        Raises
        ------
        AccuracyError
            If the error at a point is too large: above 1e-7 for the paper's network, above 1e-3 of the largest density
            for any other. :meth:`curves` returns the values with their errors instead.
        """
        return self._checked(x, BULK)

    def signal_density(self, x: Any, sector: str = "teacher") -> Array:
        r"""Distribution of a unit vector of a sector over the bulk, `-(1/pi) Im 1/(z - alpha T(z))`, :eq:`sum-rule`.

        Together with the squared overlaps of the sector's outliers and its share of zero eigenvalues (`zero_mass`) it
        integrates to one. If directions of the teacher mix, it is the mean over them. Times `p_star/(N density)` it is
        the mean squared overlap of one eigenvector with the teacher's span. Arguments and errors are those of
        :meth:`density`, but the error is relative for values above one: below a discontinuous threshold a resonance
        can be very high and narrow.

        Examples
        --------
        >>> import bendscape as bs
        >>> spectrum = bs.spectrum(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.5)
        >>> spectrum.signal_density([0.0, 0.5]).round(4).tolist()
        [0.3174, 0.1787]
        """
        self._sector(sector)
        return self._checked(x, sector)

    def curves(self, x: Any) -> xr.Dataset:
        """Return densities over the eigenvalues `x` (one axis), the error at each point, and whether it is small.

        Examples
        --------
        >>> import bendscape as bs
        >>> spectrum = bs.spectrum(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.5)
        >>> spectrum.curves([0.0, 0.5]).density.values.round(4).tolist()
        [0.3266, 0.2621]
        """
        import xarray as xr

        at = np.atleast_1d(real_points(x))
        if at.ndim != 1:
            raise InvalidParameterError(f"x has shape {at.shape}: give one axis of eigenvalues")
        sectors = {"": BULK} | {f"{t.name}_": t.name for t in self._law.sectors}
        table: dict[str, Any] = {}
        solved = self._solve(at)
        for prefix, sector in sectors.items():
            values, error = self._imaginary(at, solved, sector)
            name = "density of the bulk" if sector == BULK else f"density of a {sector} direction"
            table[f"{prefix}density"] = ("eigenvalue", values, {"long_name": name, "units": f"1/({self.unit})"})
            table[f"{prefix}error"] = ("eigenvalue", error, {"long_name": f"absolute error of the {name}"})
        coordinate = ("eigenvalue", at, {"long_name": "eigenvalue", "units": self.unit})
        data = xr.Dataset(table, coords={"eigenvalue": coordinate})
        data["converged"] = data.error <= self._tolerance(data.density.values)
        return data.assign_attrs(described(self.net), alpha=self.alpha, unit=self.unit)

    def stieltjes(self, z: Any) -> Array:
        """Stieltjes transform `g(z) = (1/pN) Tr (z - H)^{-1}` in the limit, at complex or real points of any shape.

        On the real axis inside the bulk it is the limit from above.

        Raises
        ------
        LimitError
            At `z = 0` for `alpha < 1`.
        AccuracyError
            If the error is above 1e-7 of the value (or of one, for small values) at a point.

        Examples
        --------
        >>> import bendscape as bs
        >>> spectrum = bs.spectrum(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.5)
        >>> g = spectrum.stieltjes(1 + 1j)
        >>> round(float(g.real), 4), round(float(g.imag), 4)
        (0.0165, -0.4213)
        """
        points, _ = complex_array(f"z = {shown(z)}", z), self._law
        _require_point_memory(points.size)
        if points.size:
            check_finite(f"z = {shown(z)}", points, "give finite numbers")
        # far away g = 1/z; on the real axis outside the bulk a root; elsewhere continuation above the axis
        flat = points.reshape(-1).astype(complex)
        if self.zero_mass and np.any(flat == 0):
            raise LimitError(f"z = 0 is a pole: a share {self.zero_mass:g} of the eigenvalues is zero; give another z")
        g = np.empty(flat.shape, complex)
        far = np.abs(flat) > _LARGE_Z
        g[far] = 1 / flat[far]
        out = (flat.imag == 0) & ~far & ~self._inside(flat.real)
        g[out] = [self._outside(x) for x in flat.real[out]]
        rest = ~out & ~far
        if np.any(rest):
            upper = np.where(flat.imag < 0, flat.conj(), flat)[rest]
            z = upper / self._scale
            solution = self._continuation.solve(z, 1e-9)
            error = np.abs(solution.difference) / np.maximum(1.0, np.abs(solution.g))
            _require(error, DENSITY_TOLERANCE, "Stieltjes transform", "move the points away from zero or off the axis")
            value = (solution.g + (self.zero_mass / z if self.zero_mass else 0.0)) / self._scale
            g[rest] = np.where(flat[rest].imag < 0, value.conj(), value)
        return g.reshape(points.shape)[()]

    def moment(self, n: int) -> float:
        """Moment `(1/pN) Tr H^n` in the limit, from the free cumulants `alpha <f^n>`.

        Raises
        ------
        LimitError
            If the moment diverges: at `a = 0` for `n >= p_star/2`.

        Examples
        --------
        >>> import bendscape as bs
        >>> spectrum = bs.spectrum(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.5)
        >>> round(spectrum.moment(1), 4), round(spectrum.moment(2), 4)
        (3.2795, 31.5242)
        """
        if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or not 0 <= n <= _ORDER_MAX:
            raise refuse("n", n, f"an integer from 0 to {_ORDER_MAX}")
        if n >= self._law.finite_moments:
            raise LimitError(
                f"moment {n} diverges at a = 0 for p_star = {self.net.p_star}, because E[y^-{n}] does; "
                "take a > 0 or a wider teacher"
            )
        with np.errstate(all="ignore"):  # overflow is reported below
            cumulants = [self.alpha * curvature_moment(self._law, k) for k in range(1, n + 1)]
            moment = self._scale**n * _moment_from_free_cumulants(cumulants)
        if not math.isfinite(moment) or (moment == 0 and n % 2 == 0):
            raise AccuracyError(f"moment {n} is too large or too small for a double: give a lower order")
        return moment

    def mass(self, low: float | None = None, high: float | None = None, sector: str = BULK) -> float:
        r"""Share of the eigenvalues between two points, by default the edges of the bulk; or of a sector's unit vector.

        It is computed above the real axis, `F(x) = 1/2 + (1/pi) int_0^inf Re G(x + iy) dy`, which resolves even the
        narrowest resonance of the signal. Zero eigenvalues count if zero lies between the points (by half at an end);
        so do outliers, for their sector.

        Returns
        -------
        float
            Over the whole bulk it is one for the eigenvalues; for a sector it is one minus the squared overlaps of its
            outliers, the sum rule.

        Raises
        ------
        AccuracyError
            If the estimated error is above 1e-6 (it is usually below 1e-8).

        Examples
        --------
        >>> import bendscape as bs
        >>> spectrum = bs.spectrum(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.5)
        >>> round(spectrum.mass(high=0.0), 4), round(spectrum.mass(sector="teacher"), 4)
        (0.1535, 0.6199)
        >>> round(1 - spectrum.outliers[0].overlap2_teacher, 4)
        0.6199
        """
        choice("sector", sector, [BULK, *(s.name for s in self._law.sectors)])
        given = {
            "low": self.left_edge.value if low is None else low,
            "high": self.right_edge.value if high is None else high,
        }
        ends = [number(name, end, "a real number", infinite=True) for name, end in given.items()]
        if ends[0] > ends[1]:
            raise InvalidParameterError(f"low = {ends[0]!r}, high = {ends[1]!r}: give them in order")
        below = [(float(x > 0), 0.0) if abs(x) > _LARGE_Z else self._cumulative(float(x), sector) for x in ends]
        error = np.array([error for _, error in below])
        between = f"mass between {ends[0]:.6g} and {ends[1]:.6g}"
        _require(error, MASS_TOLERANCE, between, "move the end away from an outlier or edge")
        return below[1][0] - below[0][0]

    def _sector(self, name: str) -> None:
        choice("sector", name, [s.name for s in self._law.sectors])

    @property
    def _law(self) -> IsotropicNetwork:
        """Law of the curvature, if it is scalar.

        Raises
        ------
        LimitError
            If averages are sampled.
        """
        if self.law is None:
            raise LimitError(
                f"{self.net}: its averages are sampled, which gives edges, outliers, density and curves, but not the "
                "signal's density, moments or masses: use the former, or a network of quadratic neurons"
            )
        law: IsotropicNetwork = self.law
        return law

    @cached_property
    def _scale(self) -> float:
        return float(self._law.scale)

    @cached_property
    def _continuation(self) -> Continuation:
        measure = real_measure(self._law)
        if measure.lower is None:
            size = self.alpha * measure.size
            return Continuation(self._law, self.alpha, -3.0 * size, size)
        edge = self.left_edge.value / self._scale
        mean = self.alpha * float(
            measure.mean(0.5 / measure.lower.value)
        )  # of the order of alpha <f>, which may diverge
        width = 0.3 * min(abs(edge), abs(mean - edge)) or 0.1
        return Continuation(self._law, self.alpha, edge, width)

    def _tolerance(self, values: Array) -> float:
        """Largest error of a converged density; relative to the largest density if contours cannot turn."""
        if all(turning(self._law)):
            return DENSITY_TOLERANCE
        return ROUGH_TOLERANCE * float(np.max(values, initial=0.0))

    def _inside(self, x: Array) -> Array:
        return np.asarray((x > self.left_edge.value) & (x < self.right_edge.value) & (np.abs(x) <= _LARGE_Z))

    def _solve(self, x: Array) -> Solution | None:
        """Solve the bulk equation at the points inside the bulk; None if there are none."""
        inside = self._inside(x)
        tolerance = 0.1 * DENSITY_TOLERANCE * math.pi * self._scale
        return self._continuation.solve(x[inside] / self._scale + 0j, tolerance) if np.any(inside) else None

    def _imaginary(self, x: Array, solved: Solution | None, sector: str) -> tuple[Array, Array]:
        """Density and its absolute error: zero outside the bulk."""
        values, error = np.zeros((2, *x.shape))
        if solved is not None:
            g, difference = self._continuation.sector(solved, sector)
            inside, factor = self._inside(x), math.pi * self._scale
            values[inside], error[inside] = np.maximum(-g.imag / factor, 0.0), np.abs(difference) / factor
        return values, error

    def _checked(self, x: Any, sector: str) -> Array:
        points = real_points(x)
        flat = points.reshape(-1)
        values, error = self._imaginary(flat, self._solve(flat), sector)
        error = error if sector == BULK else error / np.maximum(values, 1.0)
        _require(error, self._tolerance(values), "density", "Spectrum.curves returns every value with its error")
        return np.asarray(values.reshape(points.shape))[()]

    def _outside(self, x: float) -> float:
        """Solve for `g` at a real point outside the bulk."""
        edge = self.left_edge if x <= self.left_edge.value else self.right_edge
        measure, z = real_measure(self._law), x / self._scale
        start = edge.stieltjes * self._scale

        def distance(u: Array) -> Array:
            g = start * np.exp(-u)
            return 1.0 - g * (z - self.alpha * measure.mean(g))

        if x == edge.value:
            return edge.stieltjes
        return float(start * np.exp(-find_root(distance, 0.0, U_MAX))) / self._scale

    def _part(self, outlier: Outlier) -> float:
        """Share of its sector that an outlier has: one, unless directions of the teacher mix."""
        directions = real_measure(self._law).directions(outlier.sector)
        each = next(s.multiplicity for s in self._law.sectors if s.name == outlier.sector)
        return 1.0 if directions == 1 else outlier.multiplicity / (each * directions)

    @cached_property
    def _above(self) -> dict[float, Solution]:
        """Solutions above the points at which masses were asked for last."""
        return {}

    def _cumulative(self, x: float, sector: str) -> tuple[float, float]:
        """Return `F(x)`, :eq:`mass`, and its error: trapezoidal rule in `log y`, with singularities `i pi/2` away.

        Zero eigenvalues and the sector's outliers are taken out as poles and put back as steps.
        """
        y = (abs(self._continuation.anchor) + self._continuation.width) * np.exp(_LOG_Y)
        z = x / self._scale + 1j * y
        solution = self._above.get(x)
        if solution is None:  # the resolvent above a point serves all sectors
            solution = self._above[x] = self._continuation.solve(z, 1e-9)
            if len(self._above) > _KEPT:
                del self._above[next(iter(self._above))]
        g, difference = self._continuation.sector(solution, sector)
        steps = [(0.0, self.zero_mass)]
        for o in self.outliers:
            if o.sector == sector:
                steps.append((o.value, self._part(o) * (o.overlap2_teacher + o.overlap2_student)))
                g = g - steps[-1][1] / (z - o.value / self._scale)
        difference = np.where(np.isinf(difference), g, difference)  # without a solution the whole term is the error
        width = _LOG_Y[1] - _LOG_Y[0]
        terms, errors = width * y * g.real / math.pi, width * y * difference.real / math.pi
        # halving the step squares the error of the rule; the differences cancel in the sum as the terms do
        error = (2 * terms[::2].sum() - terms.sum()) ** 2 + abs(errors.sum())
        share = 0.5 * (1.0 - sum(weight for _, weight in steps)) + terms.sum()
        return float(share) + sum(weight * float(np.heaviside(x - at, 0.5)) for at, weight in steps), float(error)


def real_points(x: Any) -> Array:
    """Return checked eigenvalues, an array of real numbers of any shape; they may be infinite, but not nan."""
    points = numbers_of(f"x = {shown(x)}", x)
    _require_point_memory(points.size)
    if np.any(np.isnan(points)):
        raise refuse("x", x, "real numbers")
    return points


def _require_point_memory(size: int) -> None:
    require_memory(_BYTES_A_POINT * size, f"the spectrum at {size} points", "give fewer points at a time")


def _require(error: Array, tolerance: float, what: str, cure: str) -> None:
    bad = ~(error <= tolerance)
    if np.any(bad):
        where = f"at {np.count_nonzero(bad)} of {error.size} points (largest error {np.max(error):.1e})"
        raise AccuracyError(f"the {what} has an error above {tolerance:.0e} {where}: {cure}")


def _moment_from_free_cumulants(cumulants: list[float]) -> float:
    """Moment of a law from its free cumulants: `m_n = sum_k kappa_k sum_{i_1+..+i_k = n-k} m_{i_1}..m_{i_k}`."""
    n = len(cumulants)
    moments = np.zeros(n + 1)
    moments[0] = 1.0
    for m in range(1, n + 1):
        power = np.zeros(n + 1)
        power[0] = 1.0
        for k in range(1, m + 1):
            power = np.convolve(power, moments)[: n + 1]
            moments[m] += cumulants[k - 1] * power[m - k]
    return float(moments[n])


def spectrum_of_law(net: Any, law: IsotropicNetwork, alpha: float) -> Spectrum:
    """Solve :func:`bendscape.spectrum` for a scalar law."""
    measure, scale = real_measure(law), law.scale
    advice = without_end(net, law, ("left", "right"))
    left, right = (edge_at(measure, alpha, side, scale, advice) for side in ("left", "right"))
    outliers = outliers_at(law, measure, alpha, scale)
    return Spectrum(net, alpha, law.unit, left, right, outliers, max(0.0, 1.0 - alpha), law=law)
