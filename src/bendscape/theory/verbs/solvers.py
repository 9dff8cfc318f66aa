"""Solvers for each kind of model: scalar or matrix Stieltjes transform, several students, state evolution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from ..._types import Array
from ...errors import InvalidParameterError, LimitError
from ...models.ensembles import GaussianEnsemble
from ...models.general import Network
from ...models.methods import BayesOptimal, HessianMethod
from ...models.network import IsotropicNetwork
from ...results import Side
from ..law.averages import Sampled, averages_of
from ..law.sampling import Averaging
from .exact_overlap import overlap_of_law, overlap_of_students
from .exact_spectrum import Spectrum, spectrum_of_law
from .exact_threshold import Threshold, threshold_of_law

if TYPE_CHECKING:
    import xarray as xr

    from ..bayes_optimal.recovery import RecoveryThreshold

__all__ = ["Solver", "solver_of"]

_WINDOW = (1.0, 1.2)  # of the extrapolation to alpha_0, in units of alpha_BBP


class Solver(Protocol):
    """Interface of a solver: the questions that the verbs ask of a model."""

    @property
    def unit(self) -> str:
        """Unit of the eigenvalues."""

    @property
    def sides(self) -> tuple[Side, ...]:
        """Sides of the bulk on which outliers are searched, the usual one first."""

    @property
    def slow(self) -> bool:
        """Whether averages are sampled, so that a threshold takes seconds."""

    @property
    def curves(self) -> tuple[str, ...]:
        """Names of the squared overlaps that :meth:`overlap` returns."""

    def threshold(
        self, side: Side | None, window: tuple[float, float] | None, progress: bool
    ) -> Threshold | RecoveryThreshold:
        """See :func:`bendscape.threshold`."""

    def spectrum(self, alpha: float) -> Spectrum:
        """See :func:`bendscape.spectrum`."""

    def overlap(self, alpha: Array, side: Side | None) -> xr.Dataset:
        """See :func:`bendscape.overlap`."""

    def laws(self, constants: Sequence[float] | None) -> tuple[IsotropicNetwork, ...]:
        """Laws of this model at other constants `a` of its loss, to be solved together; empty if they cannot be."""


def solver_of(model: Any, averaging: Averaging | None = None) -> Solver:
    """Return the solver of a model, chosen by :func:`~bendscape.theory.law.averages.averages_of`.

    Raises
    ------
    InvalidParameterError
        If `model` is neither a network nor a method.
    """
    if isinstance(model, HessianMethod):
        return _Students(model, _of_averages(model.net, averaging))
    if isinstance(model, BayesOptimal):
        return _StateEvolution(model)
    return _of_averages(model, averaging)


def _of_averages(model: Any, averaging: Averaging | None) -> _Scalar | _Matrix:
    averages = averages_of(model, averaging)
    return _Matrix(averages.net, averages.averaging) if isinstance(averages, Sampled) else _Scalar(model, averages)


@dataclass(frozen=True)
class _Scalar:
    """Solver of a model whose Stieltjes transform is one number."""

    net: Any
    law: IsotropicNetwork
    slow: ClassVar[bool] = False
    curves: ClassVar[tuple[str, ...]] = ("overlap2",)

    @property
    def unit(self) -> str:
        return self.law.unit

    @property
    def sides(self) -> tuple[Side, ...]:
        return self.law.sides

    def threshold(self, side: Side | None, window: tuple[float, float] | None, progress: bool) -> Threshold:  # noqa: ARG002
        return threshold_of_law(self.net, self.law, side, window or _WINDOW)

    def spectrum(self, alpha: float) -> Spectrum:
        return spectrum_of_law(self.net, self.law, alpha)

    def overlap(self, alpha: Array, side: Side | None) -> xr.Dataset:
        return overlap_of_law(self.net, self.law, alpha, side)

    def laws(self, constants: Sequence[float] | None) -> tuple[IsotropicNetwork, ...]:
        return self.law.at_constants(constants)


@dataclass(frozen=True)
class _Matrix:
    """Solver of a model whose Stieltjes transform is a matrix; equations are imported on first use."""

    net: Network
    averaging: Averaging
    unit: ClassVar[str] = "H"
    sides: ClassVar[tuple[Side, ...]] = ("left", "right")
    slow: ClassVar[bool] = True
    curves: ClassVar[tuple[str, ...]] = ("overlap2",)

    def threshold(self, side: Side | None, window: tuple[float, float] | None, progress: bool) -> Threshold:
        from .sampled_threshold import threshold_of_samples

        if window is not None:
            raise InvalidParameterError(
                f"window = {window!r}: the averages of this network are sampled, so its curve has errors; leave it out"
            )
        return threshold_of_samples(self.net, self.averaging, side, progress)

    def spectrum(self, alpha: float) -> Spectrum:
        from .sampled_spectrum import spectrum_of_samples

        return spectrum_of_samples(self.net, alpha, self.averaging)

    def overlap(self, alpha: Array, side: Side | None) -> xr.Dataset:
        from .sampled_overlap import overlap_of_samples

        return overlap_of_samples(self.net, alpha, side, self.averaging)

    def laws(self, constants: Sequence[float] | None) -> tuple[IsotropicNetwork, ...]:  # noqa: ARG002
        return ()


@dataclass(frozen=True)
class _Students:
    """Solver of several students at the same data: thresholds are those of one, overlaps those of all combined."""

    method: HessianMethod
    one: _Scalar | _Matrix
    curves: ClassVar[tuple[str, ...]] = ("overlap2", "overlap2_each")

    @property
    def unit(self) -> str:
        return self.one.unit

    @property
    def sides(self) -> tuple[Side, ...]:
        return self.one.sides

    @property
    def slow(self) -> bool:
        return self.one.slow

    def threshold(self, side: Side | None, window: tuple[float, float] | None, progress: bool) -> Threshold:
        return replace(self.one.threshold(side, window, progress), net=self.method)

    def spectrum(self, alpha: float) -> Spectrum:  # noqa: ARG002
        raise LimitError(
            f"{self.method}: each student has its own Hessian, and all have one limiting spectrum: give "
            f"net = {self.method.net}"
        )

    def overlap(self, alpha: Array, side: Side | None) -> xr.Dataset:
        return overlap_of_students(self.method, self.one.laws(None), alpha, side)

    def laws(self, constants: Sequence[float] | None) -> tuple[IsotropicNetwork, ...]:
        return self.one.laws(constants)


@dataclass(frozen=True)
class _StateEvolution:
    """Solver of the best estimate: state evolution, one number if labels depend on `|z|` alone, else a matrix."""

    model: BayesOptimal
    unit: ClassVar[str] = ""
    sides: ClassVar[tuple[Side, ...]] = ()
    slow: ClassVar[bool] = False
    curves: ClassVar[tuple[str, ...]] = ("overlap2",)

    def threshold(
        self,
        side: Side | None,
        window: tuple[float, float] | None,
        progress: bool,  # noqa: ARG002
    ) -> RecoveryThreshold:
        from ..bayes_optimal.matrix_state_evolution import threshold_of_matrices
        from ..bayes_optimal.recovery import threshold_of_curve

        self._refuse(side=side, window=window)
        return (threshold_of_curve if self._isotropic() else threshold_of_matrices)(self.model)

    def spectrum(self, alpha: float) -> Spectrum:  # noqa: ARG002
        raise LimitError(f"{self.model} has no matrix, and so no spectrum: give a network or a spectral method")

    def overlap(self, alpha: Array, side: Side | None) -> xr.Dataset:
        from ..bayes_optimal.matrix_state_evolution import overlap_of_matrices
        from ..bayes_optimal.recovery import overlap_of_curve

        self._refuse(side=side)
        return (overlap_of_curve if self._isotropic() else overlap_of_matrices)(self.model, alpha)

    def laws(self, constants: Sequence[float] | None) -> tuple[IsotropicNetwork, ...]:  # noqa: ARG002
        return ()

    def _isotropic(self) -> bool:
        isotropic = bool(self.model.channel.isotropic)
        if not isotropic and self.model.ensemble != GaussianEnsemble():
            raise LimitError(
                f"{self.model}: directions of the teacher differ, which is solved for a Gaussian matrix only; "
                "give no ensemble"
            )
        return isotropic

    def _refuse(self, **given: Any) -> None:
        for name, value in given.items():
            if value is not None:
                raise InvalidParameterError(f"{name} = {value!r}: {self.model} has no bulk; leave {name} out")
