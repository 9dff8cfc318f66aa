r"""The real axis left of the bulk, followed from `-inf` to the edge.

With `<.>` over the eigenvalues `sigma` of the covariance of the inputs, the matrix equation of theory is

    Gamma = <sigma (z - sigma Omega)^{-1}>,    Omega = alpha E[A],    A = F (I - Gamma F)^{-1}     :eq:`general-bulk`

where `E` averages over a law, or over the points of one sample. For white inputs `Gamma = G`. Outside the bulk `Gamma`
is definite and monotone in `z`, so `tau = -Tr Gamma/p` parametrises the axis, :eq:`general-tau`: `z(tau)` rises from
`-inf`, and where `dz/dtau = 0` the real solution ends, in a sharp edge.

An outlier is where `M(z)` is singular, :eq:`general-outlier`. In the coordinates of student and teacher, whose weight
vectors `w` enter an input as `Sigma w`, `M = Psi^{-1} + Omega - alpha T`, `Psi = <sigma^2 (z - sigma Omega)^{-1}>`;
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

_STEPS, _PATIENCE = 12, 2  # steps of Newton's method; how many may be larger than the one before
_HALVINGS = 60  # at most, of the first tau, and of a step of Newton's method
_LAST_STEP, _LAST_STEP_OF_REFINED = 1e-8, 1e-13  # relative to Gamma; the error after a step is its square
_ROUNDING = 1e-14  # of the residual, in units of Gamma
_DENSE_POLES = 32  # up to so many poles of Gamma, z is an eigenvalue of a dense matrix
_LEAST_LOG_STEP = 1e-9  # in log tau; a shorter step does not make Newton's method converge
_RESTART = 0.93  # tau of a first point over that of the edge at another alpha
_START = 0.3  # largest element of alpha tau^2 K at a first point; the largest eigenvalue is one at an edge
_SINGULAR = 1e-10  # eigenvalue of the linearised equation that counts as zero; it is one far from the bulk
_DEGENERATE = 0.03  # difference of two such eigenvalues that the error of averages explains


@dataclass(frozen=True, eq=False)
class AxisPoint:
    """A solution at one point of the real axis outside the bulk: `z`, `Omega`, `Gamma` and derivatives in `tau`.

    `unstable` counts unstable directions of the equation for `Gamma`: none outside the bulk, one just past a sharp
    edge. `error` is the relative error of the derivatives; all else has the square of it.
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
    """The real axis left of the bulk, for one set of points: solutions for increasing `tau`, kept in `solved`.

    Parameters
    ----------
    averages : MatrixAverages
    alpha : float
    law : SpectralLaw
    """

    def __init__(self, averages: MatrixAverages, alpha: float, law: SpectralLaw) -> None:
        self.averages, self.alpha, self.law = averages, alpha, law
        self.solved: list[AxisPoint] = []  # by increasing tau
        root = np.sqrt(averages.norms)
        self.one, self.orthonormal = np.eye(len(root)), np.divide.outer(root, root)

    def start(self) -> AxisPoint:
        """Solve for a first point, well outside the bulk.

        Raises
        ------
        AccuracyError
            If none is found after many halvings of `tau`.
        """
        tau = 0.5 / self.averages.points.scale
        for _ in range(_HALVINGS):
            gamma = -tau * self.averages.identity
            mean, slope = self.averages.mean(gamma)
            small = max(tau**2 * np.abs(slope).max(), tau * np.abs(mean).max())
            if self.alpha * small < _START and np.all(self.averages.regular(gamma)):
                point = self._solve(tau, gamma)
                if point.slope > 0 and not point.unstable:
                    return self._keep(point)
            tau /= 2
        remedy = self.averages.points.remedy
        raise AccuracyError(
            f"no point outside the bulk at alpha = {self.alpha:g}: curvatures as large as {1 / tau:.1g} occur; {remedy}"
        )

    def beside(self, point: AxisPoint) -> AxisPoint:
        """Solve for a first point from one that another `alpha` has, at a slightly smaller `tau`."""
        return self._keep(self._solve(_RESTART * point.tau, _RESTART * point.gamma))

    def step(self, tau: float) -> AxisPoint:
        """Solve for the point with this `tau`, from one or two solved points next to it.

        Raises
        ------
        AccuracyError
            If Newton's method does not converge from there, or the axis ends before this `tau`.
        """
        near = self._nearest(tau)
        if near.tau == tau:
            return near
        try:
            point = self._solve(tau, self._guess(tau, near))
        except AccuracyError:
            point = self._solve(tau, _along_tangent(tau, near))
        if (point.unstable > 0) != (point.slope < 0) or point.unstable > 1:
            remedy = self.averages.points.remedy
            raise AccuracyError(f"another branch at z = {point.z:.6g}, alpha = {self.alpha:g}: {remedy}")
        return self._keep(point)

    def at(self, tau: float) -> AxisPoint:
        """Solve for the point with this `tau`, between two solved points: in smaller steps where one step fails."""
        try:
            return self.step(tau)
        except AccuracyError:
            near = self._nearest(tau)
            if abs(np.log(tau / near.tau)) < _LEAST_LOG_STEP:
                raise
            self.at(float(np.sqrt(tau * near.tau)))
        return self.at(tau)

    def forget(self, tau: float) -> None:
        """Drop all solved points beyond this `tau`."""
        self.solved = [point for point in self.solved if point.tau <= tau]

    def refined(self, point: AxisPoint) -> AxisPoint:
        """Return the point with derivatives exact to rounding."""
        return point if point.error < _LAST_STEP_OF_REFINED else self._solve(point.tau, point.gamma)

    def blocks(self, point: AxisPoint) -> list[tuple[Sector, Any]]:
        """List every sector with its `M(z)`, which is singular at an outlier: :eq:`general-outlier`."""
        weights, mean = self._left(point.omega, point.z)
        return [
            (block, block.left(weights) + block.left_of_mean(mean) - self.alpha * block.T)
            for block in self.averages.blocks(point.gamma)
        ]

    def _left(self, omega: Any, z: Any) -> tuple[Any, Any]:
        """Return the two parts of `M` besides `T`: on weight vectors, and on the mean of the inputs."""
        inverse = self.averages.inverse
        return inverse(2, omega, z, self.law) + omega, inverse(0, omega, z, self.law)

    def slopes(self, point: AxisPoint) -> list[Any]:
        """List `dM/dz` of every sector; all parts but `T` by a complex step, exact to rounding."""
        step = 1e-20j * abs(point.z or 1.0)
        omega = point.omega + step * point.omega_slope / point.slope
        weights, mean = (x.imag / abs(step) for x in self._left(omega, point.z + step))
        return [
            rate.left(weights) + rate.left_of_mean(mean) - self.alpha * rate.T
            for rate in self.averages.rates(point.gamma, point.gamma_slope / point.slope)
        ]

    def shares(self, point: AxisPoint, block: Sector, vector: Array, slope: Array) -> tuple[float, float]:
        """Squared overlaps of an outlier's eigenvectors with the teacher's and the student's weight vectors.

        :eq:`general-overlap`, from the residue of `Gamma Psi^{-1} M^{-1} Psi^{-1} Gamma`, :eq:`general-residue`, with
        `M v = 0`.
        """
        inverse = self.averages.inverse(2, point.omega, point.z, self.law)
        there, norm = block.left(point.gamma) @ (block.left(inverse) @ vector), vector @ slope @ vector
        return float(block.teacher(there) / norm), float(block.student(there) / norm)

    def _keep(self, point: AxisPoint) -> AxisPoint:
        insort(self.solved, point, key=lambda x: x.tau)
        return point

    def _nearest(self, tau: float) -> AxisPoint:
        return min(self.solved, key=lambda point: abs(math.log(point.tau / tau)))

    def _guess(self, tau: float, near: AxisPoint) -> Array:
        """Guess `Gamma`: by the cubic through two points and their tangents, or along one tangent.

        `Gamma/tau` is interpolated in `log tau`, so that the trace is exact.
        """
        i = bisect(self.solved, tau, key=lambda x: x.tau)
        if not 0 < i < len(self.solved):
            return _along_tangent(tau, near)
        low, high = self.solved[i - 1], self.solved[i]
        width = math.log(high.tau / low.tau)
        s = math.log(tau / low.tau) / width
        ends = (1 + 2 * s) * (1 - s) ** 2 * _shape(low) + (3 - 2 * s) * s**2 * _shape(high)
        tangents = s * (1 - s) * ((1 - s) * _tangent(low) - s * _tangent(high))
        return np.asarray(tau * (ends + width * tangents))

    def _solve(self, tau: float, gamma: Array) -> AxisPoint:
        """Solve for the point with this `tau`, by Newton's method from a guess of `Gamma` with the right trace."""
        equation = _Equation(self, tau)
        if self.averages.eigenvalues(gamma)[0].max() < 0:
            root = equation.newton.solve(gamma[None])
            if root.converged and np.all(self.averages.regular(equation.gamma)):
                return equation.point(root.x[0], float(root.size[0]))
        trace, remedy = -tau * self.averages.p, self.averages.points.remedy
        raise AccuracyError(f"no Stieltjes matrix of trace {trace:.3g} at alpha = {self.alpha:g}: {remedy}")


def _shape(point: AxisPoint) -> Array:
    return np.asarray(point.gamma / point.tau)


def _tangent(point: AxisPoint) -> Array:
    """Derivative of `Gamma/tau` in `log tau`."""
    return np.asarray(point.gamma_slope - point.gamma / point.tau)


def _along_tangent(tau: float, near: AxisPoint) -> Array:
    return np.asarray(tau * (_shape(near) + math.log(tau / near.tau) * _tangent(near)))


class _Equation:
    """:eq:`general-bulk` for a given trace of `Gamma`, by Newton's method.

    For each `Gamma`, and `Omega = alpha E[A(Gamma)]`, there is one `z` left of all poles at which the trace of
    `S = <sigma (z - sigma Omega)^{-1}>` is that of `Gamma`. Then

        (1 - S_Omega alpha K) dGamma - S_z dz = Gamma - S,    Tr dGamma = 0,

    is regular at a sharp edge, too. `K` is the derivative of `E[A]`, `S_Omega` and `S_z` are those of `S`. With zero
    and `-p` on the right the solution is the derivatives in `tau`.
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
        """Return the step of `Gamma`; nan where the equations have no solution."""
        try:
            return np.asarray(self._evaluate(x[0])[None])
        except np.linalg.LinAlgError:
            return np.full_like(x, np.nan)

    def _evaluate(self, gamma: Array) -> Array:
        averages, n = self.averages, len(gamma)
        mean, slope = averages.mean(gamma)
        if not np.all(np.isfinite(slope)):
            return np.full(n, np.nan)
        # Omega = alpha E[A], and S at the z at which its trace is that of Gamma                     :eq:`general-bulk`
        self.gamma, self.omega, self.by_gamma = gamma, self.curve.alpha * mean, self.curve.alpha * slope
        self.z = self._level()
        there, self.by_omega, by_z = averages.stieltjes(self.omega, self.z, self.curve.law)
        # the system of the docstring, bordered by the trace; right: the step, and the tangent in tau
        whole, right = np.zeros((n + 1, n + 1)), np.zeros((n + 1, 2))
        np.subtract(self.curve.one, self.by_omega @ self.by_gamma, out=whole[:-1, :-1])
        whole[:-1, -1], whole[-1, :-1] = -by_z, averages.trace
        right[:-1, 0], right[-1, 1] = gamma - there, -averages.p
        try:
            solution = np.linalg.solve(whole, right)
        except np.linalg.LinAlgError:  # at a fold at which neurons that do not interact all become unstable
            solution = np.linalg.lstsq(whole, right)[0]
        self.step, self.tangent = solution.T
        if np.abs(right[:-1, 0]).max() < _ROUNDING * self.tau and averages.relative(right[:-1, 0], gamma) < _ROUNDING:
            self.step = np.zeros(n + 1)  # solved to rounding; where the system is singular, a step would be noise
        return np.asarray(self.step[:-1])

    def _level(self) -> float:
        """Return the lowest solution `z` of `Tr S/p = sum w/(z - x) = -tau`, with the poles `x` of weight `w` of `S`.

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
        """Size of a step relative to `Gamma`."""
        try:
            return np.array([self.averages.relative(step[0], x[0])])
        except np.linalg.LinAlgError:
            return np.array([math.nan])

    def damping(self, x: Array, step: Array, size: Array) -> float:
        """Return the largest of 1, 1/2, 1/4, .. with which `Gamma` stays negative definite."""
        if not size[0] >= 1:  # a small step keeps it so; nan is no step
            return 1.0
        for share in 0.5 ** np.arange(_HALVINGS):
            if self.averages.eigenvalues(x[0] - share * step[0])[0].max() < 0:
                return float(share)
        return 0.0

    def point(self, gamma: Array, error: float) -> AxisPoint:
        """Return the solution: `Omega` and `z` follow the last step, of size `error`, to first order."""
        omega, z = self.omega - self.by_gamma @ self.step[:-1], self.z - float(self.step[-1])
        gamma_slope, slope = self.tangent[:-1], float(self.tangent[-1])
        omega_slope, unstable = self.by_gamma @ gamma_slope, self._unstable(slope)
        return AxisPoint(self.tau, z, omega, gamma, slope, gamma_slope, omega_slope, unstable, error)

    def _unstable(self, slope: float) -> int:
        """Count the unstable directions, by the symmetric matrix that is similar to `1 - S_Omega alpha K`."""
        C = np.linalg.cholesky(self.by_omega * self.curve.orthonormal)
        values = np.linalg.eigvalsh(self.curve.one - C.T @ (self.by_gamma * self.curve.orthonormal) @ C)
        return _unstable(values, slope)


def _unstable(values: Array, slope: float) -> int:
    """Count the unstable directions from the eigenvalues of the linearised equation.

    Neurons that do not interact become unstable together, at the fold: small eigenvalues that differ by less than the
    error of averages count as one. At the fold an eigenvalue and the slope are zero, up to rounding: there the sign of
    the slope decides.
    """
    near = values[values < _DEGENERATE]
    if near.size > 1 and np.ptp(near) < _DEGENERATE:
        return int(slope < 0)
    at_fold = np.abs(values) < _SINGULAR
    return int(np.sum(values[~at_fold] < 0) + (np.any(at_fold) and slope < 0))
