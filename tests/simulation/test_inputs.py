"""Inputs are the same numbers stored or drawn again, Gaussian, and refused before they fill the memory."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bendscape as bs
from bendscape import memory as memory_module
from bendscape.errors import InvalidParameterError, MemoryLimitError
from bendscape.simulation import RegeneratedInputs, Sample
from bendscape.simulation.inputs import read, row_blocks, stored

Array = np.ndarray
NET = bs.QuadraticNetwork(p=2, p_star=3, a=0.7)
# (M, N): less than one generated block of rows, several and a part, blocks of three rows, blocks of one row
SHAPES = [(1, 1), (7, 3), (1250, 500), (7, 70_000), (3, 200_000)]
EPS32 = float(np.finfo(np.float32).eps)


def draw(M: int, N: int, seed: Any = 5, **options: Any) -> Sample:
    return bs.simulation.draw(NET, alpha=M / N, N=N, seed=seed, **options)


def rows_of(inputs: Any, at_once: int) -> Array:
    return np.concatenate([read(inputs, start, stop) for start, stop in row_blocks(inputs, at_once)])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("M", "N"), SHAPES)
def test_regenerated_inputs_are_the_stored_ones_bit_for_bit(M: int, N: int, dtype: str) -> None:
    held, again = draw(M, N, dtype=dtype), draw(M, N, dtype=dtype, regenerate=True)
    assert held.inputs.shape == again.inputs.shape == (M, N)
    assert held.inputs.dtype == again.inputs.dtype == np.dtype(dtype)
    for at_once in (1, 100, 10**6):
        assert np.array_equal(rows_of(again.inputs, at_once), held.inputs)
        assert np.array_equal(rows_of(held.inputs, at_once), held.inputs)
    assert np.array_equal(held.teacher, again.teacher)
    assert np.array_equal(held.student, again.student)
    np.testing.assert_allclose(held.labels, again.labels, rtol=1e-4 if dtype == "float32" else 1e-9)


@given(st.integers(1, 5000), st.integers(1, 3000), st.integers(1, 10**4))
def test_row_blocks_cover_every_row_once(M: int, N: int, at_once: int) -> None:
    inputs = RegeneratedInputs((1, 2), (M, N), np.dtype("float32"))
    for either in (inputs, np.broadcast_to(np.float32(0), (M, N))):
        bounds = list(row_blocks(either, at_once))
        assert [start for start, _ in bounds] == [0, *(stop for _, stop in bounds[:-1])]
        assert bounds[-1][1] == M
        assert all(start < stop for start, stop in bounds)


@pytest.mark.parametrize(("M", "N"), SHAPES)
def test_single_precision_is_the_rounding_of_double(M: int, N: int) -> None:
    # one rounding of 1/sqrt(N) and one of the product, half a unit in the last place each; none of 1/sqrt(N) at N = 4^k
    double, single = draw(M, N), draw(M, N, dtype="float32")
    np.testing.assert_allclose(single.inputs, double.inputs, rtol=1.01 * EPS32)
    np.testing.assert_allclose(single.labels, double.labels, rtol=1e-3, atol=1e-6)
    assert single.labels.dtype == single.student.dtype == single.teacher.dtype == np.float64
    double, single = draw(5, 256), draw(5, 256, dtype="float32")
    assert np.array_equal(single.inputs, double.inputs.astype(np.float32))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_inputs_do_not_depend_on_the_number_of_threads(dtype: str) -> None:
    one, *others = [draw(1250, 500, dtype=dtype, threads=threads) for threads in (1, 2, 3, 16)]
    for other in others:
        assert np.array_equal(one.inputs, other.inputs)
        assert np.array_equal(one.labels, other.labels)


@given(st.integers(0, 2**64), st.integers(1, 20), st.integers(1, 30))
def test_the_same_seed_gives_the_same_sample_and_another_seed_another(seed: int, M: int, N: int) -> None:
    one, same, other = draw(M, N, seed), draw(M, N, np.random.SeedSequence(seed)), draw(M, N, seed + 1)
    for name in ("inputs", "labels", "student", "teacher"):
        assert np.array_equal(getattr(one, name), getattr(same, name))
    assert not np.any(one.inputs == other.inputs)


def test_without_a_seed_every_sample_is_new() -> None:
    assert not np.any(draw(3, 4, None).inputs == draw(3, 4, None).inputs)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(0, 63), st.booleans())
def test_every_bit_of_the_key_counts(first: int, second: int, bit: int, of_first: bool) -> None:
    flipped = (first ^ 1 << bit, second) if of_first else (first, second ^ 1 << bit)
    one, other = (stored(RegeneratedInputs(key, (2, 5), np.dtype("float64"))) for key in ((first, second), flipped))
    assert not np.any(one == other)


def test_inputs_have_the_moments_of_the_normal_distribution() -> None:
    x = draw(2000, 1000).inputs * math.sqrt(1000)
    for values in (x, x[:, :10], x[-10:], x[0::263]):  # 262 rows make a block: first rows of blocks among the last
        n = values.size
        assert abs(values.mean()) < 4 / math.sqrt(n)
        assert values.var() == pytest.approx(1.0, abs=4 * math.sqrt(2 / n))
        assert np.mean(values**3) == pytest.approx(0.0, abs=4 * math.sqrt(15 / n))
        assert np.mean(values**4) == pytest.approx(3.0, abs=4 * math.sqrt(96 / n))


def test_blocks_of_inputs_are_independent() -> None:
    sample = draw(2000, 1000, regenerate=True)
    blocks = [sample.inputs.block(index) * math.sqrt(1000) for index in range(4)]
    for one, other in pairwise(blocks):
        for aligned in (other, other[::-1], np.roll(other, 1), np.roll(other, 1, axis=0)):
            assert abs(np.mean(one * aligned)) < 4.5 / math.sqrt(one.size)
            assert abs(np.mean((one**2 - 1) * (aligned**2 - 1))) < 4.5 * 2 / math.sqrt(one.size)


def test_no_stretch_of_one_block_is_found_in_another() -> None:
    # streams of one counter that overlap would share it, shifted
    inputs = draw(2000, 1000, dtype="float32", regenerate=True).inputs
    stretches = [np.lib.stride_tricks.sliding_window_view(inputs.block(i).ravel(), 3) for i in range(4)]
    whole = np.ascontiguousarray(np.concatenate(stretches)).view("V12").ravel()
    assert np.unique(whole).size == whole.size


def test_inputs_teacher_and_student_come_from_independent_streams() -> None:
    N = 100_000
    sample, next_seed = draw(2, N, seed=5), draw(2, N, seed=6)
    rows = [*sample.student, *sample.teacher, *sample.inputs * math.sqrt(N)]
    rows += [*next_seed.student, *next_seed.teacher, *next_seed.inputs * math.sqrt(N)]
    correlation = np.corrcoef(np.array(rows))[np.triu_indices(len(rows), 1)]
    assert np.abs(correlation).max() < 5 / math.sqrt(N)


def test_labels_are_those_of_the_teacher() -> None:
    sample = draw(20, 30)
    literal = [sum(float(w @ x) ** 2 for w in sample.teacher) / 3 for x in sample.inputs]
    np.testing.assert_allclose(sample.labels, literal, rtol=1e-12)


@pytest.mark.parametrize(("dtype", "size"), [("float64", "0.016 GB"), ("float32", "0.008 GB")])
def test_inputs_that_do_not_fit_are_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, dtype: str, size: str
) -> None:
    monkeypatch.setattr("bendscape.memory.available", lambda: 10**6)
    with pytest.raises(MemoryLimitError, match="regenerate=True") as caught:
        draw(2000, 1000, dtype=dtype)
    message = str(caught.value)
    assert size in message
    assert "0.001 GB is free" in message
    assert ("dtype='float32'" in message) == (dtype == "float64")
    assert draw(2000, 1000, dtype=dtype, regenerate=True).labels.shape == (2000,)


def test_available_memory_respects_the_limit_of_a_container(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory_module, "_CGROUP", tmp_path)
    free = memory_module.available()  # nothing there
    assert free > 10**7
    (tmp_path / "memory.max").write_text("5000000\n")
    (tmp_path / "memory.stat").write_text("anon 2000000\nfile 700000\n")
    assert memory_module.available() == 3_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory_module.available() > 10**7
    (tmp_path / "memory.max").write_text("nonsense\n")
    assert memory_module.available() > 10**7


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"dtype": "float16"}, "dtype = 'float16'"),
        ({"dtype": "complex128"}, "dtype = 'complex128'"),
        ({"dtype": None}, "dtype = None"),
        ({"regenerate": 1}, "regenerate = 1"),
        ({"regenerate": "no"}, "regenerate = 'no'"),
        ({"threads": 0}, "threads = 0"),
        ({"threads": 1.5}, "threads = 1.5"),
        ({"threads": True}, "threads = True"),
        ({"seed": -1}, "seed = -1"),
        ({"seed": 1.5}, "seed = 1.5"),
        ({"seed": "one"}, "seed = 'one'"),
    ],
)
def test_bad_arguments_are_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidParameterError, match=named):
        draw(6, 3, **change)


@pytest.mark.parametrize("regenerate", [False, True])
def test_a_sample_moves_to_known_libraries_and_devices_only(regenerate: bool) -> None:
    sample = draw(6, 3, regenerate=regenerate)
    with pytest.raises(InvalidParameterError, match="library = 'jax'"):
        sample.to("jax")
    with pytest.raises(InvalidParameterError, match="device = 'cuda'"):
        sample.to("numpy", device="cuda")
    with pytest.raises(InvalidParameterError, match="device = 'nowhere'"):
        sample.to("array_api_strict", device="nowhere")


@pytest.mark.parametrize("regenerate", [False, True])
def test_a_device_that_torch_has_not_is_named(regenerate: bool) -> None:
    pytest.importorskip("torch")
    with pytest.raises(InvalidParameterError, match="device = 'nowhere': torch says"):
        draw(6, 3, regenerate=regenerate).to("torch", device="nowhere")
