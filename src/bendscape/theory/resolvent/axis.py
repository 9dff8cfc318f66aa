r"""The real axis left of the bulk, followed from `-inf` to the edge.

With `<.>` over the eigenvalues `sigma` of the covariance of the inputs, the matrix equation of theory is

    Gamma = <sigma (z - sigma Omega)^{-1}>,    Omega = alpha E[A],    A = F (I - Gamma F)^{-1}     :eq:`general-bulk`

where `E` is over a law, or over the points of one sample. For white inputs `Gamma = G`. Outside the bulk `Gamma` is
definite and monotone in `z`, so `tau = -Tr Gamma/p` parametrises the axis, :eq:`general-tau`: `z(tau)` rises from
`-inf`, and where `dz/dtau = 0` the real solution ends, in a sharp edge.

An outlier is where `M(z)` is singular, :eq:`general-outlier`. In the coordinates of student and teacher, whose weight
vectors `w` an input sees through `Sigma w`, `M = Psi^{-1} + Omega - alpha T`, `Psi = <sigma^2 (z - sigma Omega)^{-1}>`;
in those of the mean of the inputs `M = <(z - sigma Omega)^{-1}>^{-1} - alpha T`; for white inputs `M = z - alpha T`.
"""

from __future__ import annotations

import math
from bisect import bisect, insort
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._types import Array
from ...errors import AccuracyError
from ..law.block import Sector
from ..law.matrix_averages import MatrixAverages, SpectralLaw
from ..numerics.newton import Newton
from ..numerics.roots import bracketed_root

__all__ = ["Axis", "AxisPoint"]

_STEPS, _PATIENCE = 12, 2  # of Newton's method
_HALVINGS = 60  # of the first tau, and of a step of Newton's method
_LAST_STEP, _LAST_STEP_OF_REFINED = 1e-8, 1e-13  # of Gamma, in its own units; what is left of the error is the square
_ROUNDING = 1e-14  # of the residual, in units of Gamma
_DENSE_POLES = 32  # up to so many poles of Gamma, z is an eigenvalue of a dense matrix
_LEAST_LOG_STEP = 1e-9  # of tau
_RESTART = 0.93  # tau of a first place over that of the edge at another alpha
_START = 0.3  # elements of alpha tau^2 K at a first place; its largest eigenvalue is one at an edge
_SINGULAR = 1e-10  # an eigenvalue of the equation that is one where nothing interacts, and zero at a fold
_DEGENERATE = 0.03  # the difference of two of them that is an error of averages


@dataclass(frozen=True, eq=False)
class AxisPoint:
    """A point of the real axis outside the bulk, with `Omega`, `Gamma` and derivatives in `tau`.

    `unstable` directions of the equation for `Gamma`: none outside the bulk, one just past a sharp edge. `error` is the
    relative one of the derivatives; that of the rest is its square.
    """

    tau: float
    z: float
    omega: Array
    gamma: Array
    slope: float
    gamma_slope: Array
    omega_slope: Array
    unstable: int
    error: float


class Axis:
    """Left of the bulk, for one set of points.

    Parameters
    ----------
    averages : MatrixAverages
    alpha : float
    law : SpectralLaw
    """

    def __init__(self, averages: MatrixAverages, alpha: float, law: SpectralLaw) -> None:
        self.averages, self.alpha, self.law = averages, alpha, law
        self.known: list[AxisPoint] = []  # by rising tau
        root = np.sqrt(averages.norms)
        self.one, self.orthonormal = np.eye(len(root)), np.divide.outer(root, root)

    def start(self) -> AxisPoint:
        """A first place, well outside the bulk."""
        tau = 0.5 / self.averages.points.scale
        for _ in range(_HALVINGS):
            gamma = -tau * self.averages.identity
            mean, slope = self.averages.mean(gamma)
            small = max(tau**2 * np.abs(slope).max(), tau * np.abs(mean).max())
            if self.alpha * small < _START and np.all(self.averages.regular(gamma)):
                place = self._solve(tau, gamma)
                if place.slope > 0 and not place.unstable:
                    return self._keep(place)
            tau /= 2
        remedy = self.averages.points.remedy
        raise AccuracyError(
            f"no place outside the bulk at alpha = {self.alpha:g}: curvatures as large as {1 / tau:.1g} occur; {remedy}"
        )

    def beside(self, place: AxisPoint) -> AxisPoint:
        """A first place inside of one that another `alpha` has."""
        return self._keep(self._solve(_RESTART * place.tau, _RESTART * place.gamma))

    def step(self, tau: float) -> AxisPoint:
        """The place with this `tau`, from the nearest one known, or two.

        Raises
        ------
        AccuracyError
            If Newton's method does not converge from there, or the axis ends before.
        """
        near = self._nearest(tau)
        if near.tau == tau:
            return near
        try:
            place = self._solve(tau, self._guess(tau, near))
        except AccuracyError:
            place = self._solve(tau, _along_tangent(tau, near))
        if (place.unstable > 0) != (place.slope < 0) or place.unstable > 1:
            remedy = self.averages.points.remedy
            raise AccuracyError(f"another branch at z = {place.z:.6g}, alpha = {self.alpha:g}: {remedy}")
        return self._keep(place)

    def at(self, tau: float) -> AxisPoint:
        """The same where places on both sides are known: in smaller steps, if need be."""
        try:
            return self.step(tau)
        except AccuracyError:
            near = self._nearest(tau)
            if abs(np.log(tau / near.tau)) < _LEAST_LOG_STEP:
                raise
            self.at(float(np.sqrt(tau * near.tau)))
        return self.at(tau)

    def forget(self, tau: float) -> None:
        """All places beyond this one."""
        self.known = [place for place in self.known if place.tau <= tau]

    def refined(self, place: AxisPoint) -> AxisPoint:
        """A place of :meth:`step`, with derivatives that are exact."""
        return place if place.error < _LAST_STEP_OF_REFINED else self._solve(place.tau, place.gamma)

    def blocks(self, place: AxisPoint) -> list[tuple[Sector, Any]]:
        """Every sector with its `M(z)`, singular at an outlier: :eq:`general-outlier`."""
        weights, mean = self._left(place.omega, place.z)
        return [
            (block, block.left(weights) + block.left_of_mean(mean) - self.alpha * block.T)
            for block in self.averages.blocks(place.gamma)
        ]

    def _left(self, omega: Any, z: Any) -> tuple[Any, Any]:
        """What `M` has on weight vectors, and on the mean, beside `T`."""
        inverse = self.averages.inverse
        return inverse(2, omega, z, self.law) + omega, inverse(0, omega, z, self.law)

    def slopes(self, place: AxisPoint) -> list[Any]:
        """`dM/dz` of every sector; of all but `T` by a complex step, exact to rounding."""
        step = 1e-20j * abs(place.z or 1.0)
        omega = place.omega + step * place.omega_slope / place.slope
        weights, mean = (x.imag / abs(step) for x in self._left(omega, place.z + step))
        return [
            rate.left(weights) + rate.left_of_mean(mean) - self.alpha * rate.T
            for rate in self.averages.rates(place.gamma, place.gamma_slope / place.slope)
        ]

    def shares(self, place: AxisPoint, block: Sector, vector: Array, slope: Array) -> tuple[float, float]:
        """Squared overlaps of an outlier's eigenvectors with the teacher's and the student's weight vectors.

        :eq:`general-overlap`, from the residue of `Gamma Psi^{-1} M^{-1} Psi^{-1} Gamma`, :eq:`general-residue`, with
        `M v = 0`.
        """
        inverse = self.averages.inverse(2, place.omega, place.z, self.law)
        there, norm = block.left(place.gamma) @ (block.left(inverse) @ vector), vector @ slope @ vector
        return float(block.teacher(there) / norm), float(block.student(there) / norm)

    def _keep(self, place: AxisPoint) -> AxisPoint:
        insort(self.known, place, key=lambda x: x.tau)
        return place

    def _nearest(self, tau: float) -> AxisPoint:
        return min(self.known, key=lambda place: abs(math.log(place.tau / tau)))

    def _guess(self, tau: float, near: AxisPoint) -> Array:
        """`Gamma` by the cubic that two places and their tangents define, or along one tangent.

        Of `Gamma/tau` as a function of `log tau`, so that the trace comes out exact.
        """
        i = bisect(self.known, tau, key=lambda x: x.tau)
        if not 0 < i < len(self.known):
            return _along_tangent(tau, near)
        low, high = self.known[i - 1], self.known[i]
        width = math.log(high.tau / low.tau)
        s = math.log(tau / low.tau) / width
        ends = (1 + 2 * s) * (1 - s) ** 2 * _shape(low) + (3 - 2 * s) * s**2 * _shape(high)
        tangents = s * (1 - s) * ((1 - s) * _tangent(low) - s * _tangent(high))
        return np.asarray(tau * (ends + width * tangents))

    def _solve(self, tau: float, gamma: Array) -> AxisPoint:
        """The place with this `tau`, by Newton's method from a guess of `Gamma` that has its trace."""
        equation = _Equation(self, tau)
        if self.averages.eigenvalues(gamma)[0].max() < 0:
            found = equation.newton.solve(gamma[None])
            if found.converged and np.all(self.averages.regular(equation.gamma)):
                return equation.place(found.x[0], float(found.size[0]))
        trace, remedy = -tau * self.averages.p, self.averages.points.remedy
        raise AccuracyError(f"no Stieltjes matrix of trace {trace:.3g} at alpha = {self.alpha:g}: {remedy}")


def _shape(place: AxisPoint) -> Array:
    return np.asarray(place.gamma / place.tau)


def _tangent(place: AxisPoint) -> Array:
    """Of `Gamma/tau`, in `log tau`."""
    return np.asarray(place.gamma_slope - place.gamma / place.tau)


def _along_tangent(tau: float, near: AxisPoint) -> Array:
    return np.asarray(tau * (_shape(near) + math.log(tau / near.tau) * _tangent(near)))


class _Equation:
    """:eq:`general-bulk` for a given trace of `Gamma`, by Newton's method.

    For each `Gamma`, and `Omega = alpha E[A(Gamma)]`, there is one `z` left of all poles at which the trace of
    `S = <sigma (z - sigma Omega)^{-1}>` is that of `Gamma`. Then

        (1 - S_Omega alpha K) dGamma - S_z dz = Gamma - S,    Tr dGamma = 0,

    with `K` the derivative of `E[A]`, `S_Omega` and `S_z` those of `S`, is regular at a sharp edge, too. With zero and
    `-p` on the right it gives the derivatives in `tau`.
    """

    def __init__(self, curve: Axis, tau: float) -> None:
        self.curve, self.averages, self.tau = curve, curve.averages, tau
        self.newton = Newton(
            self.correction,
            self.size,
            tolerance=_LAST_STEP,
            most=_STEPS,
            patience=_PATIENCE,
            damping=self.damping,
        )

    def correction(self, x: Array, _: Any) -> Array:
        """The step of `Gamma`; nan where there is none."""
        try:
            return np.asarray(self._evaluate(x[0])[None])
        except np.linalg.LinAlgError:
            return np.full_like(x, np.nan)

    def _evaluate(self, gamma: Array) -> Array:
        averages, n = self.averages, len(gamma)
        mean, slope = averages.mean(gamma)
        if not np.all(np.isfinite(slope)):
            return np.full(n, np.nan)
        self.gamma, self.omega, self.by_gamma = gamma, self.curve.alpha * mean, self.curve.alpha * slope
        self.z = self._level()
        there, self.by_omega, by_z = averages.stieltjes(self.omega, self.z, self.curve.law)
        whole, right = np.zeros((n + 1, n + 1)), np.zeros((n + 1, 2))
        np.subtract(self.curve.one, self.by_omega @ self.by_gamma, out=whole[:-1, :-1])
        whole[:-1, -1], whole[-1, :-1] = -by_z, averages.trace
        right[:-1, 0], right[-1, 1] = gamma - there, -averages.p
        try:
            solution = np.linalg.solve(whole, right)
        except np.linalg.LinAlgError:  # at a fold at which neurons that do not see each other all become unstable
            solution = np.linalg.lstsq(whole, right)[0]
        self.step, self.tangent = solution.T
        if np.abs(right[:-1, 0]).max() < _ROUNDING * self.tau and averages.relative(right[:-1, 0], gamma) < _ROUNDING:
            self.step = np.zeros(n + 1)  # where the system is singular, too, a step would be rounding
        return np.asarray(self.step[:-1])

    def _level(self) -> float:
        """`z` for this `Omega`, the lowest solution of `Tr S/p = sum w/(z - x) = -tau`, with poles `x` of weight `w`.

        All solutions are the eigenvalues of `diag(x) - w^(1/2) w^(T/2)/tau`. The sum is at most any one term of it, and
        at most `1/(z - sum w x)`; it is at least that of all weight on the lowest pole.
        """
        values, shares = self.averages.eigenvalues(self.omega)
        law, tau = self.curve.law, self.tau
        x = np.multiply.outer(values, law.values).ravel()
        w = np.multiply.outer(shares, law.weights * law.values).ravel()
        if x.size <= _DENSE_POLES:
            root = np.sqrt(w / tau)
            return float(np.linalg.eigvalsh(np.diag(x) - np.multiply.outer(root, root))[0])
        high = min(float((x - w / tau).min()), float(w @ x) - 1 / tau)

        def excess(z: float) -> float:
            return 1 / float(w @ (1 / (z - x))) + 1 / tau

        low = float(x.min()) - (1 + 1e-9) / tau
        return bracketed_root(excess, low, high, f"z at tau = {tau:.6g}", xtol=4e-16 * abs(low))

    def size(self, step: Array, x: Array) -> Array:
        """Of a step, in units of `Gamma`."""
        try:
            return np.array([self.averages.relative(step[0], x[0])])
        except np.linalg.LinAlgError:
            return np.array([math.nan])

    def damping(self, x: Array, step: Array, size: Array) -> float:
        """The largest of 1, 1/2, 1/4, .. with which `Gamma` stays negative definite."""
        if not size[0] >= 1:  # then it does, or there is no step
            return 1.0
        for share in 0.5 ** np.arange(_HALVINGS):
            if self.averages.eigenvalues(x[0] - share * step[0])[0].max() < 0:
                return float(share)
        return 0.0

    def place(self, gamma: Array, error: float) -> AxisPoint:
        """After the last step, `error`, which `Omega` and `z` follow along their tangents: its square is left out."""
        omega, z = self.omega - self.by_gamma @ self.step[:-1], self.z - float(self.step[-1])
        gamma_slope, slope = self.tangent[:-1], float(self.tangent[-1])
        omega_slope, unstable = self.by_gamma @ gamma_slope, self._unstable(slope)
        return AxisPoint(self.tau, z, omega, gamma, slope, gamma_slope, omega_slope, unstable, error)

    def _unstable(self, slope: float) -> int:
        """Eigenvalues of the symmetric matrix that is similar to `1 - S_Omega alpha K`."""
        C = np.linalg.cholesky(self.by_omega * self.curve.orthonormal)
        values = np.linalg.eigvalsh(self.curve.one - C.T @ (self.by_gamma * self.curve.orthonormal) @ C)
        return _unstable(values, slope)


def _unstable(values: Array, slope: float) -> int:
    """How many directions are; where all that are, or nearly are, differ by the error of an average, these are one.

    Neurons that do not see each other become unstable together, at the fold. At the fold itself an eigenvalue and the
    slope are zero, up to rounding, and the slope decides for both.
    """
    near = values[values < _DEGENERATE]
    if near.size > 1 and np.ptp(near) < _DEGENERATE:
        return int(slope < 0)
    at_fold = np.abs(values) < _SINGULAR
    return int(np.sum(values[~at_fold] < 0) + (np.any(at_fold) and slope < 0))
