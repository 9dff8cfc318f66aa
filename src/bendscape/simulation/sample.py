"""One random sample at finite `N`: weights of teacher and student, inputs and labels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import numpy as np

from ..arguments import TOGETHER, count, flag, positive, seed_sequence
from ..errors import InvalidParameterError
from ..expected import choice, instance
from ..memory import require_memory
from ..models.general import Network
from ..models.quadratic import QuadraticNetwork
from ..user_arrays import shown
from .arrays import Array, library, to_numpy
from .curvature import AnyNetwork, labels_of
from .inputs import RegeneratedInputs, read, row_blocks, stored

__all__ = [
    "Array",
    "Precision",
    "Sample",
    "dimensions",
    "draw",
    "given_sample",
    "input_bytes",
    "precision",
    "project",
    "require_sample_memory",
]


Precision = Literal["float64", "float32"]
_MAX_SAMPLES = 2**53  # a float holds every integer up to here


@dataclass(frozen=True, eq=False)
class Sample:
    """The data, and the weights of student and teacher.

    Attributes
    ----------
    net : QuadraticNetwork or Network
    inputs : array, shape (M, N), or RegeneratedInputs
        Rows `x_mu`, entries of variance `1/N`, in single or double precision; for inputs with a covariance, components
        along its eigenvectors.
    labels : array, shape (M,)
        `y = (1/p_star) sum_l (w*_l . x)^2`, or the labels of a general network for the `w*_l . x`, with its noise.
    student, teacher : array, shape (p, N) and (p_star, N)
        Weight vectors, each uniform on the sphere of radius `sqrt(N)`. The teacher is None for data that a user gives.
    """

    net: Any
    inputs: Any
    labels: Any
    student: Any
    teacher: Any

    def __post_init__(self) -> None:
        _check_network(self.net)
        inputs = tuple(getattr(self.inputs, "shape", ()))
        if len(inputs) != 2:
            raise InvalidParameterError(f"inputs = {shown(self.inputs)}: give an array of shape (M, N)")
        M, N = inputs
        wanted = {"labels": (M,), "student": (int(self.net.p), N), "teacher": (self.net.p_star, N)}
        for name, shape in wanted.items():
            value = getattr(self, name)
            if tuple(getattr(value, "shape", ())) != shape and not (name == "teacher" and value is None):
                raise InvalidParameterError(
                    f"{name} = {shown(value)}: give an array of shape {shape}, for inputs of shape {inputs}"
                )

    def to(self, name: str, *, device: Any = None) -> Sample:
        """Return this sample as arrays of another library, on one of its devices.

        Parameters
        ----------
        name : {"numpy", "torch", "cupy"}
            A library that follows the Python array API standard.
        device : optional
            As that library names it, for instance ``"cuda"``.

        Raises
        ------
        InvalidParameterError
            If the library is none of these or has no such device.
        MissingPackageError
            If it is not installed.
        """
        xp = library(name)

        def moved(array: Any) -> Any:
            return xp.asarray(to_numpy(array), device=device)

        try:
            regenerated = isinstance(self.inputs, RegeneratedInputs)
            inputs = self.inputs.moved(xp, device) if regenerated else moved(self.inputs)
            rest = {key: moved(getattr(self, key)) for key in ("labels", "student")}
            rest["teacher"] = None if self.teacher is None else moved(self.teacher)
        except (RuntimeError, TypeError, ValueError, AssertionError) as error:
            raise InvalidParameterError(f"device = {device!r}: {name} says {error}") from error
        return replace(self, inputs=inputs, **rest)


def _sphere(rng: np.random.Generator, rows: int, n: int) -> Array:
    """Draw `rows` vectors of length `n`, uniform on the sphere of radius `sqrt(n)`."""
    w = rng.standard_normal((rows, n))
    return np.asarray(w * (math.sqrt(n) / np.linalg.norm(w, axis=1, keepdims=True)))


def _columns(net: AnyNetwork, N: int, stream: np.random.SeedSequence) -> tuple[Array | None, Array | None]:
    """Return the factor (covariance) and the shift (mean) of each component of the inputs; None for none."""
    if isinstance(net, QuadraticNetwork) or net.inputs.standard:
        return None, None
    factor = np.sqrt(net.inputs.at(N) / N)
    if net.inputs.mean == 0:
        return factor, None
    direction = np.random.default_rng(stream).standard_normal(N)
    return factor, direction * (net.inputs.mean / math.sqrt(N) / np.linalg.norm(direction))


def given_sample(sample: Any, *, teacher: bool = False) -> Sample:
    """Return the argument if it is a `Sample`, and raise otherwise; `teacher` requires that it has a teacher.

    Raises
    ------
    InvalidParameterError
        If it is no `Sample`, or its teacher is required and is None.
    """
    given: Sample = instance("sample", sample, Sample, "one, from bs.simulation.draw or standardise")
    if teacher and given.teacher is None:
        raise InvalidParameterError(
            "sample.teacher is None, because user data have no teacher: give a sample from bs.simulation.draw"
        )
    return given


def _check_network(net: Any) -> None:
    if not isinstance(net, QuadraticNetwork | Network):
        raise InvalidParameterError(f"net = {shown(net)}: give a QuadraticNetwork or a Network")
    if math.isinf(net.p):
        raise InvalidParameterError("p = inf: give a finite width to a simulation")


def dimensions(net: AnyNetwork, alpha: Any, N: Any) -> tuple[int, int]:
    """Check network, `alpha` and `N`, and return `M = round(alpha N)` and `N`."""
    _check_network(net)
    ratio, N = positive("alpha", alpha), count("N", N)
    if not ratio * N < _MAX_SAMPLES:
        raise InvalidParameterError(
            f"alpha = {alpha!r}: alpha N = {ratio * N:.3g} samples are more than 2^53: give a smaller alpha or N"
        )
    M = round(ratio * N)
    if M < 1:
        raise InvalidParameterError(
            f"alpha = {alpha!r}: alpha N rounds to zero samples at N = {N}: give a larger alpha or N"
        )
    return M, int(N)


def require_sample_memory(net: AnyNetwork, M: int, N: int, dtype: Precision, regenerate: bool) -> None:
    """Raise MemoryLimitError unless the memory of one sample is available.

    It counts weights, pre-activations and labels, and the inputs if they are stored.

    Raises
    ------
    MemoryLimitError
        If less memory is available.
    """
    width = int(net.p) + net.p_star
    require_memory(
        8 * (2 * N * width + 3 * M * width),
        f"weights and labels of {M} samples of {N} components",
        "give a smaller N, p or alpha",
    )
    if not regenerate:
        smaller = "dtype='float32' halves it, " if dtype == "float64" else ""
        require_memory(
            input_bytes(M, N, dtype),
            f"{M} inputs of {N} components in {dtype}",
            f"{smaller}regenerate=True does not store them",
        )


def precision(dtype: Any) -> Precision:
    """Check the name of a precision, and return it."""
    return cast(Precision, choice("dtype", dtype, ("float64", "float32")))


def input_bytes(M: int, N: int, dtype: Precision) -> int:
    """Return the bytes of `M x N` stored inputs."""
    return M * N * np.dtype(dtype).itemsize


def project(inputs: Any, weights: Any, xp: Any) -> Any:
    """Return `x_mu . w_k` for all samples and rows of weights, in double precision, shape (M, rows)."""
    parts = []
    for start, stop in row_blocks(inputs):
        x = read(inputs, start, stop)
        parts.append(xp.astype(x @ xp.astype(weights, x.dtype).T, xp.float64))
    return xp.concat(parts)


def draw(
    net: AnyNetwork,
    *,
    alpha: float,
    N: int,
    seed: Any,
    dtype: Precision = "float64",
    regenerate: bool = False,
    threads: int = 1,
) -> Sample:
    """Draw a sample: teacher, student, `M = round(alpha N)` inputs, and the noise of the network.

    Each of them has a random stream of its own, so that one does not depend on the shape of another.

    Parameters
    ----------
    net : QuadraticNetwork or Network
        Of finite width.
    alpha : float
        Number of samples over the input dimension, `M/N`.
    N : int
        Input dimension.
    seed : int, SeedSequence or None
        The same seed gives the same sample; in single precision it is the same up to rounding.
    dtype : {"float64", "float32"}
        Precision of the inputs, and so of products with the Hessian. Weights and labels are in double precision.
    regenerate : bool
        Draw the inputs again each time they are read, and do not store them. The numbers are the same.
    threads : int
        Number of threads that draw stored inputs. The numbers do not depend on it.

    Returns
    -------
    Sample

    Raises
    ------
    InvalidParameterError
        If the width is infinite, `N` is not a positive integer, `alpha N` rounds to zero, the seed is not valid, or
        the loss is not defined for a label.
    MemoryLimitError
        If the sample does not fit in the available memory.

    Examples
    --------
    >>> import bendscape as bs
    >>> sample = bs.simulation.draw(bs.QuadraticNetwork(p=2, p_star=1, a=0.7), alpha=2.0, N=300, seed=1)
    >>> sample.inputs.shape, sample.labels.shape, sample.student.shape
    ((600, 300), (600,), (2, 300))

    The weights and inputs of a seed are the same for every network of these widths:

    >>> net = bs.models.Network(p=2, p_star=1, activation="tanh", noise=bs.models.Noise(additive=0.1))
    >>> bool((bs.simulation.draw(net, alpha=2.0, N=300, seed=1).inputs == sample.inputs).all())
    True
    """
    from array_api_compat import numpy as xp

    M, N = dimensions(net, alpha, N)
    precision(dtype)
    threads, regenerate = count("threads", threads, TOGETHER), flag("regenerate", regenerate)
    require_sample_memory(net, M, N, dtype, regenerate)
    teacher_stream, student_stream, input_stream, noise_stream, mean_stream = seed_sequence(seed).spawn(5)
    teacher = _sphere(np.random.default_rng(teacher_stream), net.p_star, N)
    student = _sphere(np.random.default_rng(student_stream), int(net.p), N)
    first, second = input_stream.generate_state(2, np.uint64)
    inputs: Any = RegeneratedInputs((int(first), int(second)), (M, N), np.dtype(dtype), *_columns(net, N, mean_stream))
    if not regenerate:
        inputs = stored(inputs, threads)
    labels = labels_of(net, project(inputs, teacher, xp), noise_stream)
    return Sample(net, inputs, labels, student, teacher)
