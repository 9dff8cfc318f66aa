"""Memory is asked for before it is taken, wherever sizes of users decide; recovery takes little beyond the data."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import eye_array

import bendscape as bs
from bendscape import memory as memory_module
from bendscape.errors import DataWarning, MemoryLimitError
from bendscape.estimators import HessianSpectralEstimator, SpectralEstimator
from bendscape.simulation import BlockLanczos, Eigsh, HessianStart, RandomStart
from bendscape.simulation.inputs import ScaledInputs, read, row_blocks
from swept import swept

Array = np.ndarray
MOST = 2.5  # times the bytes of X


def data(M: int, N: int, dtype: str) -> tuple[Array, Array]:
    rng = np.random.default_rng(1)
    X = rng.standard_normal((M, N), dtype=np.float32).astype(dtype)
    return X, (X @ rng.standard_normal(N).astype(dtype)) ** 2


CALLS: dict[str, Callable[[Array, Array], Any]] = {
    "recover": lambda X, y: bs.recover(
        X, y, p_star=1, steps=5, start=HessianStart(inits=1, solver=BlockLanczos(basis=24, tolerance=1e-2))
    ),
    "random": lambda X, y: bs.recover(X, y, p_star=1, steps=5, start=RandomStart()),
    "hessian": lambda X, y: HessianSpectralEstimator(1, n_inits=1, random_state=0).fit(X, y).transform(X),
    "spectral": lambda X, y: SpectralEstimator().fit(X, y).transform(X),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CALLS)
def test_recovery_takes_little_more_than_the_data(name: str, dtype: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        CALLS[name](*data(60, 10, dtype))  # imports
        X, y = data(4000, 500, dtype)
        before = X.copy()
        tracemalloc.start()
        CALLS[name](X, y)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < MOST * X.nbytes
    assert np.array_equal(X, before)


@pytest.mark.long
def test_recovery_takes_little_more_than_the_data_as_the_system_sees_it() -> None:
    script = Path(__file__).parents[1] / "benchmarks" / "memory.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    found = [float(word) for line in done.stdout.splitlines()[1:] for word in line.split() if word[0].isdigit()]
    assert len(found) == 8
    assert max(found) < MOST


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8", "uint8"])
def test_numbers_of_fewer_bytes_are_the_same_data(dtype: str) -> None:
    rng = np.random.default_rng(2)
    X = (rng.standard_normal((400, 30)) * 5).astype(dtype)
    X = np.where(X == 0, -1, X) if dtype == "int8" else X
    y = (X.astype(float) @ rng.standard_normal(30)) ** 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        one, other = (bs.recover(each, y, p_star=1, steps=20) for each in (X, X.astype(float)))
        assert np.array_equal(one.weights, other.weights)
        assert one.unexplained == other.unexplained
        fits = [HessianSpectralEstimator(random_state=0).fit(each, y) for each in (X, X.astype(float))]
    assert np.array_equal(fits[0].components_, fits[1].components_)
    assert np.array_equal(fits[0].transform(X), fits[1].transform(X.astype(float)))


def test_scaled_inputs_are_the_rows_chosen_times_the_factor() -> None:
    array = np.arange(12, dtype=np.float32).reshape(4, 3)
    inputs = ScaledInputs(array, 0.1, np.array([3, 1, 1]))
    expected = array[[3, 1, 1]].astype(float) * 0.1
    assert inputs.shape == (3, 3)
    assert len(inputs) == 3
    assert np.array_equal(np.asarray(inputs), expected)
    assert np.array_equal(inputs @ np.eye(3), expected)
    assert np.array_equal(np.concatenate([read(inputs, i, j) for i, j in row_blocks(inputs, 2)]), expected)


X, Y = data(60, 10, "float64")
WIDE, WIDE_Y = data(80, 70, "float64")
NET = bs.QuadraticNetwork(2, 1, 1.0)
GENERAL = bs.Network(1, 1, activation="tanh")
SIZES: dict[str, Callable[[], Any]] = {
    "draw": lambda: bs.simulation.draw(NET, alpha=2.0, N=10**8, seed=1),
    "draw of as many inputs as there can be": lambda: bs.simulation.draw(NET, alpha=1e-8, N=10**9, seed=1),
    "draw without holding": lambda: bs.simulation.draw(NET, alpha=2.0, N=10**9, seed=1, regenerate=True),
    "draw of as many samples": lambda: bs.simulation.draw(NET, alpha=1e12, N=10, seed=1, regenerate=True),
    "simulate": lambda: bs.simulate(NET, alpha=2.0, N=10**8, samples=1, seed=1),
    "simulate without holding": lambda: bs.simulate(NET, alpha=2.0, N=10**9, samples=1, seed=1, regenerate=True),
    "sweep": lambda: swept(NET, alpha=[1.0, 2.0], N=[100, 10**8], samples=1, seed=1),
    "compare starts": lambda: bs.simulation.run_starts(NET, alpha=2.0, N=10**8, samples=1, seed=1),
    "power law": lambda: bs.Inputs.power_law(1.0, size=10**9),
    "phase diagram": lambda: bs.phase_diagram(p=2, p_star=1, a=np.linspace(0.1, 1, 10**6)),
    "phase diagram of three axes": lambda: bs.phase_diagram(
        p=np.arange(1, 10**4), p_star=1, a=[1.0], alpha=np.linspace(0.1, 1, 10**5)
    ),
    "density": lambda: bs.spectrum(NET, alpha=2.0).density(np.broadcast_to(0.0, 10**9)),
    "resolvent": lambda: bs.spectrum(NET, alpha=2.0).stieltjes(np.broadcast_to(1.0 + 1j, 10**9)),
    "sweep of many samples": lambda: swept(NET, alpha=np.full(10**4, 2.0), N=[10] * 10, samples=10**6, seed=1),
    "labels": lambda: GENERAL.labels(np.broadcast_to(1.0, (10**9, 1))),
    "curvature": lambda: GENERAL.curvature(np.broadcast_to(1.0, (10**9, 1)), np.broadcast_to(1.0, 10**9)),
    "wide network": lambda: bs.Network(10**7, 1, activation="tanh"),
    "basis of eigsh": lambda: bs.simulation.lowest(eye_array(10**6), 2, solver=Eigsh(basis=10**5)),
    "sparse matrix": lambda: bs.simulation.lowest(eye_array(2 * 10**7, dtype=np.float32), 2),
    "wide students": lambda: bs.simulation.generalisation_error(
        NET, np.broadcast_to(1.0, (10**6, 10)), np.ones((1, 10))
    ),
    "averages": lambda: bs.spectrum(GENERAL, alpha=2.0, averaging=bs.Averaging(points=2**24, most=2**24)),
    "checkpoints": lambda: bs.train(
        bs.simulation.draw(NET, alpha=2.0, N=10, seed=1),
        method=bs.GradientDescent(steps=10**9),
        checkpoints=10**9,
    ),
    "students of recover": lambda: bs.recover(WIDE, WIDE_Y, p_star=1, p=2 * 10**6),
    "estimator": lambda: HessianSpectralEstimator(2 * 10**6).fit(WIDE, WIDE_Y),
}


@pytest.mark.parametrize("name", SIZES)
def test_sizes_that_do_not_fit_are_refused_before_memory_is_taken(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_module, "available", lambda: 10**9)
    tracemalloc.start()
    with pytest.raises(MemoryLimitError, match=r"would take .* GB, and 1 GB is free: \w+"):
        SIZES[name]()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2e8


def test_data_that_do_not_fit_twice_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = data(4000, 40, "float64")
    monkeypatch.setattr(memory_module, "available", lambda: 10**6)
    for call in (
        lambda: bs.recover(X, y, p_star=1),
        lambda: bs.simulation.standardise(NET, X, y, rng=np.random.default_rng(0)),
        lambda: bs.Inputs.of_data(X),
        lambda: bs.Inputs.of_covariance(np.eye(300)),
        lambda: bs.theory.conditional(NET, s=np.ones((10000, 1)), u=np.ones((10000, 2)), N=100),
        lambda: SpectralEstimator().fit(X, y),
    ):
        with pytest.raises(MemoryLimitError, match="is free"):
            call()


def test_arrays_that_are_made_when_they_are_read_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lazy:
        shape = (10**9, 100)

        def __array__(self, *_: Any, **__: Any) -> Array:
            raise AssertionError

    monkeypatch.setattr(memory_module, "available", lambda: 10**9)
    with pytest.raises(MemoryLimitError, match="the numbers of a Lazy would take 800 GB"):
        bs.recover(Lazy(), Y, p_star=1)


@pytest.mark.parametrize("version", [1, 2])
def test_the_limit_of_the_group_of_a_job_counts(version: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own, root = tmp_path / "own", tmp_path / "cgroup"
    folder = root / ("memory/job/step" if version == 1 else "job/step")
    folder.mkdir(parents=True)
    own.write_text("4:memory:/job/step\n1:cpu:/other\n" if version == 1 else "0::/job/step\n")
    limit, used = ("memory.limit_in_bytes", "total_rss") if version == 1 else ("memory.max", "anon")
    for each, most in ((folder, "max"), (folder.parent, 7_000_000)):
        (each / limit).write_text(f"{most}\n")
        (each / "memory.stat").write_text(f"{used} 1000000\nfile 3000000\n")
    monkeypatch.setattr(memory_module, "_CGROUP", root)
    monkeypatch.setattr(memory_module, "_OWN", own)
    assert memory_module.available() == 6_000_000
    (folder / limit).write_text("3000000\n")
    assert memory_module.available() == 2_000_000


def test_the_limit_of_the_shell_counts() -> None:
    resource = pytest.importorskip("resource")
    script = "from bendscape import memory; print(memory.available())"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31)),
    )
    assert 0 < int(done.stdout) < 2**31
