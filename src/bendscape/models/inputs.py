r"""The law of the inputs beyond white noise: a covariance and a mean.

Teacher and student are isotropic, so results depend on the eigenvalues of the covariance and the length of the mean.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from .._types import Array
from ..arguments import count, number, positive, shown
from ..errors import InvalidParameterError
from ..memory import require_memory
from ..user_arrays import numbers_of, real_array

__all__ = ["WHITE", "Inputs"]

_BYTES_AN_EIGENVALUE = 100  # as a Python number and in temporary arrays
_LISTED = 4  # largest number of eigenvalues that a text lists
_EIGENVALUE_MAX = 1e150  # larger eigenvalues are rescaled, because their sum could overflow
_MEAN_MAX = 1e100  # length of the mean; its square must fit into a double
_ENTRY_MAX = 1e70  # of data, so that variances stay below the largest eigenvalue
_ROUNDING = 1e-10  # relative asymmetry, and negative eigenvalues, that are rounding


@dataclass(frozen=True)
class Inputs:
    r"""Law of the inputs `x = (Sigma^{1/2} g + nu m)/sqrt(N)`: `g` standard normal, `m` a random unit vector.

    Pre-activations `w . x` are standard normal at a random start for any `Sigma`, since `Tr Sigma = N`, and for any
    `nu`, since a random weight vector is orthogonal to `m` up to `1/sqrt(N)`. A mean vector as long as the inputs,
    `nu` of order `sqrt(N)`, would shift the pre-activations: subtract it from the data first.

    Parameters
    ----------
    eigenvalues : sequence of float
        Eigenvalues of the covariance, all with equal multiplicity; only their ratios count. For an `N` other than their
        number, their quantiles are used.
    mean : float
        `nu`, zero or positive: length of the mean over the standard deviation in a direction.
    name : str, optional
        Name of the covariance in texts.

    Raises
    ------
    InvalidParameterError
        If an eigenvalue is negative or not finite, none is positive, or `mean` is not a length.

    Examples
    --------
    >>> from bendscape.models import Inputs
    >>> Inputs((1.0, 3.0)).eigenvalues
    (0.5, 1.5)
    >>> print(Inputs.power_law(0.5, size=100, mean=2.0))
    covariance power law 0.5 of 100, mean 2
    """

    eigenvalues: Any = (1.0,)
    mean: float = 0.0
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        values = np.sort(numbers_of("eigenvalues", self.eigenvalues, booleans=False).ravel())
        if values.size == 0 or not np.all(np.isfinite(values)) or values[0] < 0 or values[-1] == 0:
            raise InvalidParameterError(
                f"eigenvalues = {shown(self.eigenvalues)}: give those of a covariance, zero or positive numbers"
            )
        mean = number("mean", self.mean, "a length, zero or positive", least=0.0)
        if mean > _MEAN_MAX:
            raise InvalidParameterError(
                f"mean = {mean}: give a length up to {_MEAN_MAX:g}, or subtract the mean from the data"
            )
        if values[-1] > _EIGENVALUE_MAX:  # their sum could overflow
            values = values / values[-1]
        object.__setattr__(self, "eigenvalues", tuple(float(v) for v in values / values.mean()))
        object.__setattr__(self, "mean", mean)

    @classmethod
    def power_law(cls, exponent: float, *, size: int = 512, mean: float = 0.0) -> Inputs:
        """Return inputs with the eigenvalues `i^{-exponent}`, `i = 1..size`.

        In the limit of many eigenvalues they have no upper end, and the spectrum no edge: so theory needs a size.
        """
        size, exponent = count("size", size), positive("exponent", exponent)
        require_memory(_BYTES_AN_EIGENVALUE * size, f"{size} eigenvalues", "give fewer, theory takes their quantiles")
        values = np.arange(1, size + 1.0) ** -exponent
        return cls(tuple(values), mean, f"power law {exponent:g} of {size}")

    @classmethod
    def of_covariance(cls, covariance: npt.ArrayLike, *, mean: float = 0.0) -> Inputs:
        """Return inputs with the eigenvalues of a symmetric matrix, shape (N, N).

        A complex Hermitian matrix is refused: it is not a covariance of real inputs, for which the theory is derived.
        """
        matrix = real_array("covariance", covariance, ("N", "N"))
        n = len(matrix)
        if matrix.shape[1] != n:
            raise InvalidParameterError(f"covariance has shape {matrix.shape}: give a square matrix")
        require_memory(
            3 * 8 * n**2, f"eigenvalues of a covariance of {n} rows", "give its eigenvalues: Inputs(eigenvalues)"
        )
        if not np.allclose(matrix, matrix.T, atol=_ROUNDING * np.abs(matrix).max()):
            raise InvalidParameterError("covariance is not symmetric: give a symmetric matrix, such as X^T X/M")
        values = np.linalg.eigvalsh(matrix)
        rounding = len(values) * _ROUNDING * float(np.abs(values).max())
        return cls(tuple(np.where(np.abs(values) <= rounding, 0.0, values)), mean)

    @classmethod
    def of_data(cls, X: npt.ArrayLike) -> Inputs:
        """Return inputs with the covariance and the mean of data, shape (samples, N).

        Eigenvalues of a sample's covariance are spread more widely than those of the law, by a factor of about
        `(1 +- (N/samples)^{1/2})^2`: give many samples. The part of the mean's length that is noise is subtracted.
        """
        data = real_array("X", X, ("samples", "N"), remedy="leave such samples out")
        if len(data) < 2:
            raise InvalidParameterError(f"X has shape {data.shape}: give two or more rows")
        require_memory(3 * 8 * data.size, f"the covariance of X of shape {data.shape}", "give fewer samples")
        most = float(np.abs(data).max())
        if most > _ENTRY_MAX:
            raise InvalidParameterError(f"X has an entry of size {most:.3g}: rescale X to entries up to {_ENTRY_MAX:g}")
        centre = data.mean(axis=0)
        values = np.linalg.svd(data - centre, compute_uv=False) ** 2 / (len(data) - 1)
        values = np.concatenate([values, np.zeros(data.shape[1] - len(values))])
        if values.max() == 0:
            raise InvalidParameterError("X is constant: give inputs that vary")
        square = centre @ centre / values.mean() - data.shape[1] / len(data)
        return cls(tuple(values), math.sqrt(max(0.0, float(square))), f"of {len(data)} samples of {data.shape[1]}")

    @property
    def white(self) -> bool:
        """Whether all eigenvalues are equal."""
        return bool(self.eigenvalues[0] == self.eigenvalues[-1])

    @property
    def standard(self) -> bool:
        """Whether the inputs are white and have no mean."""
        return self.white and self.mean == 0

    def at(self, N: int) -> Array:
        """Return `N` eigenvalues, shape (N,), of mean one: quantiles of the given eigenvalues."""
        N = count("N", N)
        require_memory(32 * N, f"{N} eigenvalues", "give a smaller N")
        chosen = ((np.arange(N) + 0.5) * (len(self.eigenvalues) / N)).astype(int)
        values = np.array(self.eigenvalues)[chosen]
        return np.asarray(values / values.mean())

    def __str__(self) -> str:
        parts = [] if self.white else [f"covariance {self._spectrum()}"]
        if self.mean:
            parts.append(f"mean {self.mean!r}".removesuffix(".0"))
        return ", ".join(parts) or "white inputs"

    def _spectrum(self) -> str:
        """Text of all eigenvalues; of many, a name and a digest."""
        n = len(self.eigenvalues)
        if n <= _LISTED:
            return f"({', '.join(map(repr, self.eigenvalues))})"
        if self.name.startswith("power law"):
            return self.name
        digest = hashlib.sha256(np.array(self.eigenvalues).tobytes()).hexdigest()[:12]
        return f"{self.name or f'of {n} eigenvalues'} #{digest}"


WHITE = Inputs()
