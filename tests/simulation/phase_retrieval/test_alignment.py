"""Symmetries of intensities are removed exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bendscape.errors import InvalidParameterError
from bendscape.simulation import align, signal_overlap2

Array = np.ndarray


def picture(seed: int) -> Array:
    rng = np.random.default_rng(seed)
    return np.asarray(rng.standard_normal((5, 7)) + 1j * rng.standard_normal((5, 7)))


@given(phase=st.floats(0, 6.3), rows=st.integers(0, 4), columns=st.integers(0, 6), flipped=st.booleans())
def test_every_symmetry_of_plain_fourier_intensities_is_undone(
    phase: float, rows: int, columns: int, flipped: bool
) -> None:
    x = picture(1)
    other = np.roll(np.exp(1j * phase) * (np.flip(x).conj() if flipped else x), (rows, columns), axis=(0, 1))
    np.testing.assert_allclose(np.abs(np.fft.fft2(other)), np.abs(np.fft.fft2(x)))
    np.testing.assert_allclose(align(other, x, shift=True, flip=True), x, atol=1e-12)


def test_a_real_signal_stays_real() -> None:
    x = picture(1).real
    assert np.isrealobj(align(-x, x))
    np.testing.assert_allclose(align(-x, x), x)


def test_overlap_is_that_after_alignment() -> None:
    x, other = picture(1), picture(2)
    aligned = align(other, x)
    cosine = np.vdot(aligned, x) / (np.linalg.norm(aligned) * np.linalg.norm(x))
    assert cosine.imag == pytest.approx(0.0, abs=1e-12)
    assert signal_overlap2(other, x) == pytest.approx(cosine.real**2)
    assert signal_overlap2(np.zeros(3), np.ones(3)) == 0.0


def test_two_shapes_are_refused() -> None:
    with pytest.raises(InvalidParameterError, match="shape"):
        align(np.ones(3), np.ones(4))
    with pytest.raises(InvalidParameterError, match="nan"):
        signal_overlap2([np.nan, 1.0], [1.0, 1.0])
