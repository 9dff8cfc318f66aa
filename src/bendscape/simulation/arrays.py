"""Arrays of any library that follows the Python array API standard (NumPy, PyTorch, CuPy): array-api-compat."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from .._types import Array
from ..errors import InvalidParameterError, MissingPackageError

__all__ = ["Array", "adjoint", "conjugate", "library", "namespace", "one_blas_thread", "to_numpy"]


_COMPATIBLE = {"numpy", "torch", "cupy"}


def namespace(*arrays: Any) -> Any:
    """Return the array API module of these arrays."""
    from array_api_compat import array_namespace

    return array_namespace(*arrays)


def library(name: str) -> Any:
    """Import and return the array library `name`: ``"numpy"``, ``"torch"``, ``"cupy"`` or ``"array_api_strict"``.

    Raises
    ------
    InvalidParameterError
        If the name is none of these.
    MissingPackageError
        If the library is not installed.
    """
    if not isinstance(name, str) or name not in _COMPATIBLE | {"array_api_strict"}:
        raise InvalidParameterError(f"library = {name!r}: give 'numpy', 'torch' or 'cupy'")
    try:
        return importlib.import_module(f"array_api_compat.{name}" if name in _COMPATIBLE else name)
    except ImportError as error:
        raise MissingPackageError(f"{name} is not installed ({error}): pip install {name}") from error


def to_numpy(array: Any) -> npt.NDArray[Any]:
    """Return an array as a NumPy array: the array itself if it is one, else a copy on the host."""
    if isinstance(array, np.ndarray):
        return array
    from array_api_compat import is_cupy_array, is_torch_array

    if is_torch_array(array):
        return np.asarray(array.detach().cpu())
    return np.asarray(array.get() if is_cupy_array(array) else array)


def conjugate(array: Any) -> Any:
    """Return the complex conjugate; a real array itself."""
    xp = namespace(array)
    return xp.conj(array) if xp.isdtype(array.dtype, "complex floating") else array


def adjoint(matrix: Any) -> Any:
    """Return the conjugate transpose; a view of a real matrix."""
    return conjugate(matrix).T


@cache
def _controller() -> Any:
    """Return the controller of all BLAS libraries."""
    import scipy.linalg  # noqa: F401  SciPy has a BLAS of its own; the controller sees only loaded libraries
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


_limited = threading.local()  # `on` inside `one_blas_thread`: limiting a second time would take as long as a product


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit linear algebra to one thread: two threads on a busy machine can be twenty times slower."""
    if getattr(_limited, "on", False):
        yield
        return
    _limited.on = True
    try:
        with _controller().limit(limits=1, user_api="blas"):
            yield
    finally:
        _limited.on = False
