"""Starts compared on samples: what is made again, resumed, interrupted, and decided."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar

import matplotlib as mpl
import numpy as np
import pytest

import bendscape as bs
from bendscape.models import AveragedHessian, Optimal
from bendscape.simulation import (
    BlockLanczos,
    Dense,
    GradientDescent,
    HessianStart,
    RandomStart,
    Sample,
    SpectralStart,
    draw,
    run_starts,
    span_overlap2,
    spectral_directions,
    start,
)
from tolerances import CAPTURED, SIGMAS

NET = bs.QuadraticNetwork(2, 1, 1.0)
STARTS = {"random": RandomStart(), "Hessian": HessianStart(2), "optimal": SpectralStart(Optimal())}
OPTIONS: dict[str, Any] = {
    "alpha": [1.0, 3.0],
    "N": 40,
    "samples": 3,
    "seed": 4,
    "starts": STARTS,
    "method": GradientDescent(steps=60),
}


def test_workers_change_no_number() -> None:
    assert run_starts(NET, **OPTIONS).identical(run_starts(NET, **OPTIONS, workers=2))


def test_a_store_goes_on_where_it_stopped(tmp_path: Path) -> None:
    whole = run_starts(NET, **OPTIONS, store=tmp_path / "kept")
    lines = (tmp_path / "kept").read_bytes().split(b"\n")
    (tmp_path / "cut").write_bytes(b"\n".join(lines[:3]) + b"\n" + lines[3][:40])
    assert run_starts(NET, **OPTIONS, store=tmp_path / "cut").identical(whole)
    with pytest.raises(bs.errors.OutputError, match="holds a run with seed"):
        run_starts(NET, **(OPTIONS | {"seed": 5}), store=tmp_path / "cut")


def test_more_samples_keep_the_first() -> None:
    more = run_starts(NET, **(OPTIONS | {"samples": 4}))
    assert np.array_equal(more.overlap2[..., :3], run_starts(NET, **OPTIONS).overlap2)


class Interrupting(RandomStart):
    """A random start at which the user presses Ctrl-C in the fourth sample."""

    calls: ClassVar[list[int]] = []

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Any:
        self.calls.append(1)
        if len(self.calls) == 4:
            raise KeyboardInterrupt
        return super().__call__(sample, rng)


def test_an_interruption_returns_means_of_finished_samples() -> None:
    with pytest.raises(bs.errors.Interrupted, match="after 3 of 6 samples") as caught:
        bs.comparison.compare_starts(NET, **(OPTIONS | {"starts": STARTS | {"random": Interrupting()}}))
    data = caught.value.data
    assert data.samples.values.tolist() == [3, 0]
    assert np.isfinite(data.overlap2[..., 0]).all()
    assert np.isnan(data.overlap2[..., 1]).all()


def test_every_start_sees_the_same_samples_and_theory_stands_beside() -> None:
    data = bs.comparison.compare_starts(NET, **(OPTIONS | {"N": 200, "samples": 2}))
    assert data.alpha_BBP.values[1] == pytest.approx(bs.threshold(NET).alpha)
    assert data.alpha_BBP.values[2] == pytest.approx(0.5)
    assert np.isnan(data.alpha_BBP.values[0])
    limit = bs.overlap(bs.HessianMethod(NET, 2), alpha=[1.0, 3.0]).overlap2
    assert np.array_equal(data.overlap2_limit.sel(start="Hessian"), limit)
    assert (data.overlap2_limit.sel(start="random") == 0).all()
    assert data.attrs["limit"] == 0.5
    half = bs.finite_threshold(NET, N=200, samples=100, seed=4)
    assert (data.attrs["alpha_half"], data.attrs["width"]) == (half.alpha, half.width)


def test_samples_that_are_too_small_for_an_edge_say_so() -> None:
    about = bs.comparison.compare_starts(NET, **(OPTIONS | {"N": 10})).attrs
    assert np.isnan(about["alpha_half"])
    assert "too few samples for a left edge" in about["why_no_alpha_half"]


def test_means_are_those_of_the_samples() -> None:
    found, data = run_starts(NET, **OPTIONS), bs.comparison.compare_starts(NET, **OPTIONS, level=0.3)
    assert np.allclose(data.overlap2, found.overlap2.mean("sample"))
    assert np.allclose(data.generalisation_stderr, found.generalisation.std("sample", ddof=1) / np.sqrt(3))
    assert np.allclose(data.recovered, (found.overlap2 > 0.3).mean("sample"))


@pytest.mark.parametrize(("p", "k"), [(1, 1), (4, 1), (2, 3), (3, 2), (5, 2)])
def test_a_start_lies_in_the_span_it_was_given(p: int, k: int) -> None:
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.standard_normal((50, k)))[0].T
    w = start(basis, p, rng)
    assert w.shape == (p, 50)
    assert np.allclose(np.linalg.norm(w, axis=1), np.sqrt(50))
    assert np.allclose(w @ basis.T @ basis, w)
    assert np.linalg.matrix_rank(w) == min(p, k)


def test_informed_starts_recover_where_a_random_one_does_not() -> None:
    """The same samples, between the threshold and where descent from a random start succeeds."""
    data = run_starts(
        bs.QuadraticNetwork(1, 1, 1.0),
        alpha=[2.5],
        N=150,
        samples=10,
        seed=1,
        starts={"random": RandomStart(), "averaged": SpectralStart(AveragedHessian(1, 1.0)), "many": HessianStart(8)},
    )
    after = (data.overlap2.sel(refined=True, alpha=2.5) > 0.5).mean("sample")
    assert after.sel(start="averaged") >= after.sel(start="random") + 0.4
    assert after.sel(start="many") >= after.sel(start="random") + 0.4


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"starts": {}}, "starts"),
        ({"starts": {"a": 3}}, "starts"),
        ({"samples": 0}, "samples"),
        ({"alpha": []}, "alpha"),
        ({"alpha": [1.0, 1.0]}, "each value once"),
        ({"starts": [RandomStart()]}, "starts"),
        ({"starts": {"short": lambda sample, _: sample.student[0]}}, "start 'short'"),
        ({"tolerance": 0}, "tolerance"),
        ({"dtype": "float16"}, "dtype"),
    ],
)
def test_bad_arguments_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(bs.errors.InvalidParameterError, match=message):
        run_starts(NET, **(OPTIONS | given))


class Locked(RandomStart):
    """A start that no other process can have."""

    def __getstate__(self) -> Any:
        return Lock()


def test_user_functions_need_one_worker_and_no_store(tmp_path: Path) -> None:
    own = SpectralStart(bs.models.CustomPreprocessing(lambda y: (y - 1) / (y + 1), largest=1.0))
    options = OPTIONS | {"starts": {"own": own}, "alpha": [2.0], "seed": np.int64(4)}
    assert float(run_starts(NET, **options).overlap2.max()) > 0.05
    with pytest.raises(bs.errors.InvalidParameterError, match="does not identify the run"):
        run_starts(NET, **options, store=tmp_path / "kept")
    with pytest.raises(bs.errors.InvalidParameterError, match="cannot be sent"):
        run_starts(NET, **options, workers=2)
    with pytest.raises(bs.errors.InvalidParameterError, match="cannot be sent"):
        run_starts(NET, **(options | {"starts": {"locked": Locked()}}), workers=2)


def test_all_starts_stop_at_the_same_gradient() -> None:
    """That of a start near the teacher is smaller to begin with; the same share of it would be reached later."""

    def near(sample: Any, rng: Any) -> Any:  # noqa: ARG001  as every start
        return np.repeat(sample.teacher, 2, axis=0) + 0.1

    options: dict[str, Any] = {"method": GradientDescent(4000), "tolerance": 1e-2}
    data = run_starts(NET, alpha=[6.0], N=80, samples=1, seed=1, starts={"near": near}, dtype="float64", **options)
    own = np.random.SeedSequence((1, 6 * 10**9)).spawn(1)[0].spawn(2)[0]
    sample = draw(NET, alpha=6.0, N=80, seed=own)
    runs = [bs.train(sample, start=start, checkpoints=1, **options) for start in (None, near(sample, None))]
    share = float(runs[0].gradient_norm[0] / runs[1].gradient_norm[0])
    same = bs.train(sample, start=near(sample, None), checkpoints=1, **(options | {"tolerance": 1e-2 * share}))
    assert data.steps.sel(refined=True).item() == same.steps[-1] < runs[1].steps[-1]


def test_a_student_narrower_than_the_teacher_has_its_share() -> None:
    net = bs.QuadraticNetwork(1, 2, 1.0)
    starts = {"optimal": SpectralStart(Optimal())}
    options: dict[str, Any] = {"alpha": [8.0], "N": 150, "samples": 8, "seed": 2, "starts": starts}
    options["method"] = GradientDescent(steps=5)
    data = bs.comparison.compare_starts(net, **options, level=0.3)
    alone = data.overlap2.sel(refined=False)
    assert float(data.overlap2_limit.max()) < 0.5
    error = data.overlap2_stderr.sel(refined=False).item()
    assert abs(alone.item() - data.overlap2_limit.item()) < SIGMAS * error + CAPTURED.at(150)
    with pytest.raises(bs.errors.InvalidParameterError, match=r"between zero and 0\.5"):
        bs.comparison.compare_starts(net, **options)


def test_a_spectral_start_takes_a_weight_and_not_its_name() -> None:
    for wrong in ("optimal", Optimal):
        with pytest.raises(bs.errors.InvalidParameterError, match="preprocessing = "):
            SpectralStart(wrong)  # type: ignore[arg-type]


def test_more_memory_than_there_is_is_refused() -> None:
    with pytest.raises(bs.errors.MemoryLimitError, match="one of the samples"):
        run_starts(NET, **(OPTIONS | {"N": 10**6}))


def test_plots_show_every_start_and_every_line() -> None:
    mpl.use("agg")
    import matplotlib.pyplot as plt

    data = bs.comparison.compare_starts(NET, **OPTIONS)
    figure, (left, right) = plt.subplots(1, 2)
    bs.plot.recovery(data, "recovered", ax=left)
    names = left.get_legend_handles_labels()[1]
    assert set(names) > set(STARTS)
    assert "a start alone" in names
    assert left.get_ylabel() == "share of samples recovered"
    sample = draw(NET, alpha=3.0, N=40, seed=1)
    run = bs.train(sample, method=GradientDescent(steps=20), checkpoints=4)
    lines = bs.plot.trajectory(run, "overlap2", ax=right)
    assert len(lines) == 2
    assert np.array_equal(lines[0].get_ydata(), run.overlap2[:, 0])
    plt.close(figure)


def test_a_span_of_random_rows_has_almost_no_overlap() -> None:
    rng = np.random.default_rng(3)
    found = [span_overlap2(rng.standard_normal((2, 60)), rng.standard_normal((3, 60))) for _ in range(200)]
    assert np.mean(found) == pytest.approx(2 / 60, abs=4 * np.std(found) / np.sqrt(200))


@pytest.mark.parametrize("solver", [Dense(), BlockLanczos()])
def test_a_tiny_label_does_not_drown_the_others_in_single_precision(solver: Any) -> None:
    """`T = 1 - 1/y` is -1e10 there, and the informative eigenvalue is near one."""
    sample = draw(bs.QuadraticNetwork(1, 1, 1.0), alpha=3.0, N=300, seed=1, dtype="float32")
    labels = np.array(sample.labels)
    labels[5] = 1e-10
    found = spectral_directions(replace(sample, labels=labels), Optimal(), solver=solver)
    assert found.pairs[0].converged
    assert span_overlap2(found.basis, sample.teacher) > 0.6
