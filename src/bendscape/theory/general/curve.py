r"""The real axis left of the bulk, followed from `-inf` to the edge.

With `Omega = alpha E[F (I - Gamma F)^{-1}]` the matrix equation of theory is `Gamma = <sigma (z - sigma Omega)^{-1}>`
over the eigenvalues `sigma` of the covariance of the inputs; for white inputs `Gamma = G`. Outside the bulk `Gamma` is
definite and monotone in `z`, so `tau = -Tr Gamma/p` parametrises the axis: `z(tau)` rises from `-inf`, and where
`dz/dtau = 0` the real solution ends, in a sharp edge.

An outlier is where `M(z)` is singular. In the coordinates of student and teacher, whose weight vectors `w` an input
sees through `Sigma w`, `M = Psi^{-1} + Omega - alpha T`, `Psi = <sigma^2 (z - sigma Omega)^{-1}>`; in those of the mean
of the inputs `M = <(z - sigma Omega)^{-1}>^{-1} - alpha T`. For white inputs without a mean this is `z - alpha T`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ...errors import AccuracyError
from ...models.inputs import Inputs
from .block import Block
from .points import Array, Points

__all__ = ["Averages", "Curve", "Place", "SpectralLaw"]

MORE = "give more points (bs.Averaging(points=...)), or another alpha"
_NEWTON, _HALVINGS = 40, 60
_CLOSE = 1e-6
_STILL = 1e-7  # relative change of Gamma by one step, where rounding lets it be no smaller
_ROUNDING = 1e-10  # of an eigenvalue that is one where nothing interacts, and zero at a fold
_LEAST_WAY = 1e-4  # in log tau, between places
_INSIDE = 0.93  # of tau at an edge
_TOGETHER = 0.03
_FAR = 0.1  # alpha tau^2 E[Tr A^2] is one at an edge


@dataclass(frozen=True, eq=False)
class SpectralLaw:
    """Eigenvalues of the covariance of the inputs, in units of their mean, with weights that add up to one."""

    values: Array
    weights: Array

    @classmethod
    def of(cls, inputs: Inputs) -> SpectralLaw:
        """Equal eigenvalues put together."""
        values, counts = np.unique(np.array(inputs.eigenvalues), return_counts=True)
        return cls(values, counts / counts.sum())


class Averages(Protocol):
    """What :class:`Exchangeable` and :class:`Distinct` have in common: averages as functions of `Gamma`.

    A matrix is a vector of channels; `trace` has the trace of each, `identity` is the identity.
    """

    points: Points
    p: int
    trace: Array
    identity: Array

    def mirrored(self) -> Averages:
        """Those of `-F`."""

    def matrix(self, channels: Any) -> Any:
        """The `p x p` matrix."""

    def stieltjes(self, omega: Any, z: Any, law: SpectralLaw) -> tuple[Any, Any, Any]:
        """`Gamma`, and its derivatives in `Omega` and `z`."""

    def inverse(self, power: int, omega: Any, z: Any, law: SpectralLaw) -> Any:
        """The inverse of `<sigma^power (z - sigma Omega)^{-1}>`."""

    def mean(self, gamma: Any) -> tuple[Any, Any]:
        """`E[A]`, and its derivative in `Gamma`."""

    def regular(self, gamma: Any) -> Any:
        """At which points `F - Gamma^{-1}` is positive definite, for a negative definite `Gamma`."""

    def blocks(self, gamma: Any) -> list[Block]:
        """`E[A (x) t t^T]`, sector by sector."""


@dataclass(frozen=True, eq=False)
class Place:
    """A point of the real axis outside the bulk, with `Omega`, `Gamma` and derivatives in `tau`.

    `unstable` directions of the equation for `Omega`: none outside the bulk, one just past a sharp edge.
    """

    tau: float
    z: float
    omega: Array
    gamma: Array
    slope: float
    omega_slope: Array
    unstable: int


class Curve:
    """Left of the bulk, for one set of points.

    Parameters
    ----------
    averages : Averages
    alpha : float
    law : SpectralLaw
    """

    def __init__(self, averages: Averages, alpha: float, law: SpectralLaw) -> None:
        self.averages, self.alpha, self.law = averages, alpha, law
        self.known: list[Place] = []

    def start(self) -> Place:
        """A first place, well outside the bulk."""
        tau = 0.5 / self.averages.points.scale
        for _ in range(_HALVINGS):
            gamma = -tau * self.averages.identity
            mean, slope = self.averages.mean(gamma)
            small = max(tau**2 * np.abs(slope).max(), tau * np.abs(mean).max())
            if self.alpha * small < _FAR and np.all(self.averages.regular(gamma)):
                self.known.append(self._solve(tau, self.alpha * mean, -1 / tau))
                return self.known[0]
            tau /= 2
        raise AccuracyError(
            f"no place outside the bulk at alpha = {self.alpha:g}: curvatures as low as {tau:.1g} occur; {MORE}"
        )

    def beside(self, place: Place) -> Place:
        """A first place inside of one that another `alpha` has."""
        gamma = _INSIDE * place.gamma
        mean, _ = self.averages.mean(gamma)
        self.known.append(self._solve(_INSIDE * place.tau, self.alpha * mean, place.z - (1 - _INSIDE) / place.tau))
        return self.known[0]

    def step(self, tau: float) -> Place:
        """The place with this `tau`, from the nearest one known.

        Raises
        ------
        AccuracyError
            If Newton's method does not converge from there, or the axis ends before.
        """
        near = min(self.known, key=lambda place: abs(np.log(place.tau / tau)))
        if near.tau == tau:
            return near
        way = np.log(tau / near.tau)
        omega, z = near.omega + near.tau * near.omega_slope * way, near.z + (near.z + near.tau * near.slope) * way
        place = self._solve(tau, omega, z * near.tau / tau)
        if (place.unstable > 0) != (place.slope < 0) or place.unstable > 1:
            raise AccuracyError(f"another branch at z = {place.z:.6g}, alpha = {self.alpha:g}: {MORE}")
        self.known.append(place)
        return place

    def at(self, tau: float) -> Place:
        """The same where places on both sides are known: in smaller steps, if need be."""
        try:
            return self.step(tau)
        except AccuracyError:
            near = min(self.known, key=lambda place: abs(np.log(place.tau / tau)))
            if abs(np.log(tau / near.tau)) < _LEAST_WAY:
                raise
            self.at(float(np.sqrt(tau * near.tau)))
        return self.at(tau)

    def blocks(self, place: Place) -> list[tuple[Block, Any]]:
        """Every sector with its `M(z)`, singular at an outlier."""
        return self._blocks(place.omega, place.z)

    def _blocks(self, omega: Any, z: Any) -> list[tuple[Block, Any]]:
        gamma = self.averages.stieltjes(omega, z, self.law)[0]
        weights = self.averages.inverse(2, omega, z, self.law) + self.alpha * self.averages.mean(gamma)[0]
        mean = self.averages.inverse(0, omega, z, self.law)
        return [
            (block, block.left(weights) + block.left_of_mean(mean) - self.alpha * block.T)
            for block in self.averages.blocks(gamma)
        ]

    def slopes(self, place: Place) -> list[Any]:
        """`dM/dz` of every sector, by a complex step: exact to rounding."""
        gamma, by_omega, by_z = self.averages.stieltjes(place.omega, place.z, self.law)
        slope = self.alpha * self.averages.mean(gamma)[1]
        omega_slope = np.linalg.solve(np.eye(len(gamma)) - slope @ by_omega, slope @ by_z)
        step = 1e-20j * abs(place.z or 1.0)
        found = self._blocks(place.omega + step * omega_slope, place.z + step)
        return [M.imag / abs(step) for _, M in found]

    def shares(self, place: Place, block: Block, vector: Array, slope: Array) -> tuple[float, float]:
        """Squared overlaps of an outlier's eigenvectors with the teacher's and the student's weight vectors.

        The residue of `Gamma Psi^{-1} M^{-1} Psi^{-1} Gamma` at the outlier, with `M v = 0`.
        """
        inverse = self.averages.inverse(2, place.omega, place.z, self.law)
        there, norm = block.left(place.gamma) @ (block.left(inverse) @ vector), vector @ slope @ vector
        return float(block.teacher(there) / norm), float(block.student(there) / norm)

    def _solve(self, tau: float, omega: Array, z: float) -> Place:
        try:
            return self._newton(tau, omega, z)
        except np.linalg.LinAlgError as error:
            raise AccuracyError(
                f"the equation is singular near tau = {tau:.3g}, alpha = {self.alpha:g}: {MORE}"
            ) from error

    def _newton(self, tau: float, omega: Array, z: float) -> Place:
        trace = self.averages.trace / self.averages.p
        if not np.all(np.isfinite(omega)):
            raise np.linalg.LinAlgError
        z = min(z, self._pole(omega) - 1e-3 / tau)
        for left in reversed(range(_NEWTON)):
            gamma, by_omega, by_z = self.averages.stieltjes(omega, z, self.law)
            mean, slope = self.averages.mean(gamma)
            if not np.all(np.isfinite(slope)):
                break
            slope = self.alpha * slope
            upper = np.hstack([np.eye(len(omega)) - slope @ by_omega, -(slope @ by_z)[:, None]])
            whole = np.vstack([upper, np.append(trace @ by_omega, trace @ by_z)])
            step = np.linalg.solve(whole, np.append(omega - self.alpha * mean, trace @ gamma + tau))
            damping = self._damping(omega, z, step)
            omega, z = omega - damping * step[:-1], z - damping * step[-1]
            small = float(np.abs(step).max()) * tau < _CLOSE  # the error is its square
            if small or (not left and self._still(gamma, by_omega @ step[:-1] + by_z * step[-1])):
                gamma, _, _ = self.averages.stieltjes(omega, z, self.law)
                if np.all(self.averages.regular(gamma)):
                    return self._place(tau, z, omega, gamma, whole)
                break
        raise AccuracyError(
            f"no Stieltjes matrix of trace {-tau * self.averages.p:.3g} at alpha = {self.alpha:g}: {MORE}"
        )

    def _still(self, gamma: Array, change: Array) -> bool:
        """Whether `Gamma` changes by rounding alone, each of its eigenvalues in its own units.

        Near the eigenvalue zero one of them is millions of times as large as the others.
        """
        relative = np.linalg.solve(self.averages.matrix(gamma), self.averages.matrix(change))
        return float(np.abs(np.linalg.eigvals(relative)).max()) < _STILL

    def _pole(self, omega: Array) -> float:
        """The smallest `z` at which `Gamma` has a pole."""
        lowest = np.linalg.eigvalsh(self.averages.matrix(omega))[0]
        return float(min(lowest * self.law.values.max(), lowest * self.law.values.min()))

    def _damping(self, omega: Array, z: float, step: Array) -> float:
        """The largest of 1, 1/2, 1/4, .. that stays left of the poles of `Gamma`.

        Raises
        ------
        AccuracyError
            If there is none.
        """
        for damping in 0.5 ** np.arange(_HALVINGS):
            if z - damping * step[-1] < self._pole(omega - damping * step[:-1]):
                return float(damping)
        raise AccuracyError(f"no way on at z = {z:.6g}, alpha = {self.alpha:g}: {MORE}")

    def _place(self, tau: float, z: float, omega: Array, gamma: Array, whole: Array) -> Place:
        side = np.zeros(len(omega) + 1)
        side[-1] = -1.0
        slopes = np.linalg.solve(whole, side)
        unstable = _unstable(np.asarray(np.linalg.eigvals(whole[:-1, :-1]).real, dtype=float), float(slopes[-1]))
        return Place(tau, float(z), omega, gamma, float(slopes[-1]), np.asarray(slopes[:-1], dtype=float), unstable)


def _unstable(values: Array, slope: float) -> int:
    """How many directions are; where all that are, or nearly are, differ by the error of an average, these are one.

    Neurons that do not see each other become unstable together, at the fold. At the fold itself an eigenvalue and the
    slope are zero, up to rounding, and the slope decides for both.
    """
    near = values[values < _TOGETHER]
    if near.size > 1 and np.ptp(near) < _TOGETHER:
        return int(slope < 0)
    at_fold = np.abs(values) < _ROUNDING
    return int(np.sum(values[~at_fold] < 0) + (np.any(at_fold) and slope < 0))
