"""Many samples: labelled, made again from what is written on them, the same however they are computed."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import bendscape as bs
from bendscape.errors import Interrupted, InvalidParameterError, MemoryLimitError
from bendscape.simulation import BlockLanczos, Dense, Eigsh, Hessian, draw, lowest, memory_needed, observe
from swept import swept

NET = bs.QuadraticNetwork(2, 1, 0.7)
MODULE = sys.modules["bendscape.simulation._simulate"]  # the package's attribute of that name is the function
FEW: dict[str, Any] = {"alpha": 2.0, "N": 20, "samples": 3, "seed": 9}
NUMBERS = ("smallest_eigenvalue", "outlier", "gap", "captured", "log_captured", "excess", "dominance", "phi")
EIGENVALUES = ("smallest_eigenvalue", "outlier", "gap")


def run(**change: Any) -> xr.Dataset:
    return bs.simulate(NET, **(FEW | change))


def sweep(**change: Any) -> xr.Dataset:
    return swept(NET, **(FEW | {"alpha": [1.0, 3.0], "N": [10, 20]} | change))


def again(data: xr.Dataset, **change: Any) -> xr.Dataset:
    """From the attributes alone."""
    about = data.attrs
    options = {name: about[name] for name in ("alpha", "N", "samples", "seed", "dtype", "library", "threads")}
    if not isinstance(about["eigenvalues"], str):
        options["eigenvalues"] = about["eigenvalues"]
    if about["solver"] != "default":
        options["solver"] = eval(about["solver"], vars(bs.simulation))
    net = bs.QuadraticNetwork(about["p"], about["p_star"], about["a"])
    return bs.simulate(net, regenerate=about["inputs"] == "regenerated", **(options | change))


def close(one: xr.Dataset, other: xr.Dataset, rounding: float) -> None:
    """Values relative to the largest; overlaps and participations, which lie in [0, 1], absolutely."""
    assert one.sizes == other.sizes
    scale = float(np.abs(one.value).max())
    for name in {*one.data_vars} - {"residual", "phi", "converged", "log_captured"}:
        unit = scale if name in ("value", *EIGENVALUES) else 1.0
        np.testing.assert_allclose(other[name].values, one[name].values, atol=rounding * unit, err_msg=str(name))


@pytest.fixture(scope="module")
def one() -> xr.Dataset:
    return run()


def test_results_are_labelled(one: xr.Dataset) -> None:
    assert dict(one.sizes) == {"sample": 3, "eigenvalue": 10}
    for name in ("value", "overlap2", "participation", "residual"):
        assert one[name].dims == ("sample", "eigenvalue")
    for name in (*NUMBERS, "converged"):
        assert one[name].dims == ("sample",)
    assert one.sample.values.tolist() == [0, 1, 2]
    assert one.converged.dtype == bool
    assert one.converged.all()
    assert all(one[name].attrs["long_name"] for name in one)
    assert {str(name) for name in one if one[name].attrs.get("units")} == {"value", "residual", *EIGENVALUES}
    assert all(one[name].attrs["units"] == "H" for name in ("value", "residual", *EIGENVALUES))


def test_sweeps_are_labelled() -> None:
    data = sweep(samples=[3, 2])
    assert dict(data.sizes) == {"N": 2, "alpha": 2}
    assert set(data) == {"converged"} | {f"{name}{end}" for name in NUMBERS for end in ("", "_stderr")}
    assert bool((data.converged == 1).all())
    assert all(data[name].dims == ("N", "alpha") and data[name].attrs["long_name"] for name in data)
    assert (data.N.values.tolist(), data.alpha.values.tolist()) == ([10, 20], [1.0, 3.0])
    assert data.samples.dims == ("N", "alpha")
    assert data.samples.values.tolist() == [[3, 3], [2, 2]]
    assert all(data[f"{name}{end}"].attrs.get("units") == "H" for name in EIGENVALUES for end in ("", "_stderr"))
    about = {"p": 2, "p_star": 1, "a": 0.7, "seed": 9, "dtype": "float64", "version": bs.__version__}
    assert about.items() <= data.attrs.items()


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"seed": (3, 1, 4)},
        {"eigenvalues": 4, "solver": BlockLanczos(block=3, basis=22, tolerance=1e-8), "N": 30},
        {"eigenvalues": 2, "solver": Eigsh(basis=12), "dtype": "float32"},
        {"solver": Dense(), "regenerate": True},
        {"threads": 2},
    ],
)
def test_attributes_suffice_to_make_it_again(change: dict[str, Any]) -> None:
    data = run(**change)
    assert again(data).identical(data)
    assert data.attrs["version"] == bs.__version__


def test_samples_are_those_of_the_children_of_the_seed(one: xr.Dataset) -> None:
    for i, child in enumerate(np.random.SeedSequence(9).spawn(3)):
        sample = draw(NET, alpha=2.0, N=20, seed=child)
        expected = observe(sample, lowest(Hessian(sample), 10))
        for name, value in expected.items():
            np.testing.assert_array_equal(one[name].sel(sample=i).values, value, err_msg=name)


def test_another_seed_gives_other_samples(one: xr.Dataset) -> None:
    values = [one.value.values, run(seed=10).value.values, run(seed=(9, 1)).value.values]
    rows = [row for block in values for row in block]
    for first, second in itertools.combinations(rows, 2):
        assert not np.any(first == second)


def test_the_samples_of_a_longer_run_begin_with_those_of_a_shorter(one: xr.Dataset) -> None:
    longer = run(samples=5)
    assert longer.isel(sample=slice(3)).drop_attrs().equals(one.drop_attrs())


def test_workers_change_nothing(one: xr.Dataset) -> None:
    assert run(workers=2).identical(one)


def test_a_sweep_with_workers_is_the_same() -> None:
    assert sweep(workers=2).identical(sweep())


@pytest.mark.parametrize(
    ("change", "rounding"),
    [({"regenerate": True}, 1e-10), ({"threads": 2}, 1e-10), ({"threads": 3, "regenerate": True}, 1e-10)],
)
def test_how_inputs_are_kept_and_read_changes_nothing_but_rounding(
    one: xr.Dataset, change: dict[str, Any], rounding: float
) -> None:
    close(one, run(**change), rounding)
    options = {"N": 600, "alpha": 1.5, "samples": 1, "solver": Dense()}  # several blocks of rows
    close(run(**options), run(**options, **change), 1e-9)


def test_single_precision_is_close_to_double(one: xr.Dataset) -> None:
    close(one, run(dtype="float32"), 1e-4)


@pytest.mark.parametrize("solver", [BlockLanczos(tolerance=1e-9), Eigsh(tolerance=1e-9)])
def test_solvers_agree(solver: Any) -> None:
    # overlaps of eigenvectors are as good as residual over gap
    options = {"N": 100, "alpha": 4.0, "eigenvalues": 6}
    dense, found = run(**options, solver=Dense()), run(**options, solver=solver)
    assert found.converged.all()
    close(dense, found, 1e-5)
    assert dense.equals(run(**options))


def test_the_lowest_eigenvalues_do_not_depend_on_their_number() -> None:
    few, many = run(eigenvalues=2), run(eigenvalues=40)
    assert dict(many.sizes) == {"sample": 3, "eigenvalue": 40}
    np.testing.assert_allclose(few.value, many.value[:, :2], atol=1e-12 * float(np.abs(many.value).max()))
    np.testing.assert_allclose(few.captured, many.captured, rtol=1e-9)
    np.testing.assert_allclose(many.overlap2.sum("eigenvalue"), 2.0, rtol=1e-12)  # p p_star, over a full basis
    assert few.excess.isnull().all()


def test_a_point_of_a_sweep_is_simulate_with_the_seed_of_the_point() -> None:
    samples = {10: 4, 20: 3}
    for seed, prefix in ((9, (9,)), ((2, 5), (2, 5))):
        data = sweep(seed=seed, samples=list(samples.values()), alpha=[1.0, 2.2])
        for (n, many), alpha in itertools.product(samples.items(), (1.0, 2.2)):
            point = run(alpha=alpha, N=n, samples=many, seed=(*prefix, n, round(1e9 * alpha)))
            for name in NUMBERS:
                x, at = point[name].values, data.sel(N=n, alpha=alpha)
                assert float(at[name]) == pytest.approx(x.sum() / many, rel=1e-12)
                q = (x.sum() + 1) / (many + 2)
                variance = q * (1 - q) if name == "phi" else np.sum((x - x.mean()) ** 2) / (many - 1)
                assert float(at[f"{name}_stderr"]) == pytest.approx(math.sqrt(variance / many), rel=1e-12), name


def test_the_points_of_a_sweep_are_independent() -> None:
    alphas = (1.0, 1.000000001, 4.294967296, 8.0)
    seeds: list[Any] = [9, *((9, n, round(1e9 * alpha)) for n in (999, 1000) for alpha in alphas)]
    children = [child for seed in seeds for child in np.random.SeedSequence(seed).spawn(2)]
    drawn = [draw(NET, alpha=0.002, N=1000, seed=child) for child in children]
    rows = np.concatenate([part for s in drawn for part in (s.teacher, s.student, s.inputs * math.sqrt(1000))])
    correlation = (rows @ rows.T / 1000)[np.triu_indices(len(rows), 1)]
    assert np.abs(correlation).max() < 6 / math.sqrt(1000)


def test_the_order_of_a_grid_does_not_matter() -> None:
    one, other = sweep(), sweep(alpha=[3.0, 1.0], N=np.array([20, 10]))
    assert other.sortby(["N", "alpha"]).equals(one)
    assert sweep(alpha=3, N=20).isel(N=0, alpha=0).equals(one.sel(N=20, alpha=3.0))


def test_shares_of_a_sweep_always_have_an_error() -> None:
    data = swept(bs.QuadraticNetwork(1, 1, 0.5), alpha=[0.2, 30.0], N=30, samples=6, seed=1)
    assert data.phi.values[0, 1] == 1.0
    assert np.all(data.phi_stderr > 0)


@pytest.mark.parametrize("seed", [9, (3, 4)])
def test_a_file_gives_the_data_back(tmp_path: Path, seed: Any) -> None:
    for data in (run(seed=seed), sweep(seed=seed), bs.compare(run(seed=seed))):
        data.to_netcdf(tmp_path / "data.nc", engine="scipy")
        back = xr.load_dataset(tmp_path / "data.nc", engine="scipy")
        assert back.equals(data)
        assert set(back.attrs) == set(data.attrs)
        for name, value in data.attrs.items():
            np.testing.assert_array_equal(back.attrs[name], value)
        assert all(back[name].attrs == data[name].attrs for name in data)


def test_progress_goes_to_standard_error(capfd: pytest.CaptureFixture[str], one: xr.Dataset) -> None:
    assert run(progress=True).identical(one)
    out, err = capfd.readouterr()
    assert not out
    assert "samples" in err
    assert "3/3" in err
    run()
    assert capfd.readouterr() == ("", "")


def interrupt(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Ctrl-C comes while the next sample after so many is drawn."""
    left = iter(range(after))

    def interrupted(*args: Any, **options: Any) -> Any:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return draw(*args, **options)

    monkeypatch.setattr(MODULE, "draw", interrupted)


@pytest.mark.parametrize("after", [0, 2])
def test_an_interrupted_run_gives_what_is_finished(
    monkeypatch: pytest.MonkeyPatch, one: xr.Dataset, after: int
) -> None:
    interrupt(monkeypatch, after)
    with pytest.raises(Interrupted, match=f"interrupted after {after} of 3 samples") as caught:
        run()
    data = caught.value.data
    assert dict(data.sizes) == {"sample": after, "eigenvalue": 10}
    if after:
        assert data.drop_attrs().equals(one.isel(sample=slice(after)).drop_attrs())


def test_an_interrupted_sweep_gives_what_is_finished_and_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole, options = sweep(), {"alpha": [3.0, 1.0], "N": [20, 10]}  # the long ones come first
    interrupt(monkeypatch, 5)
    with pytest.raises(Interrupted, match=r"interrupted after 5 .*give it a store") as caught:
        sweep(**options)
    data = bs.simulation.sample_means(caught.value.data)
    assert data.samples.values.tolist() == [[3, 2], [0, 0]]
    finished = {"N": 20, "alpha": 3.0}
    assert data.sel(finished).drop_attrs().equals(whole.sel(finished).drop_attrs())
    assert all(np.all(np.isnan(data[name].sel(N=10))) for name in data)
    interrupt(monkeypatch, 5)
    with pytest.raises(Interrupted, match=r"interrupted after 5 .*start it again"):
        sweep(store=tmp_path / "store")
    monkeypatch.undo()
    assert sweep(store=tmp_path / "store").identical(whole)


def test_what_does_not_fit_is_refused_before_anything_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("bendscape.memory.available", lambda: 10**8)
    monkeypatch.setattr(MODULE, "draw", lambda *_, **__: pytest.fail("something was taken"))
    store = tmp_path / "store"
    for call in (run, sweep):
        with pytest.raises(MemoryLimitError) as caught:
            call(N=20_000, store=store)
        message = str(caught.value)
        for part in ("N = 20000", "GB, and 0.1 GB is free", "fewer workers", "float32", "regenerate=True"):
            assert part in message
        assert not store.exists()


def test_every_worker_needs_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    enough = memory_needed(NET, alpha=2.0, N=20)
    monkeypatch.setattr("bendscape.memory.available", lambda: int(1.5 * enough))
    assert run().sizes["sample"] == 3
    with pytest.raises(MemoryLimitError, match="2 samples at a time"):
        run(workers=2)
    assert run(samples=1, workers=2).sizes["sample"] == 1  # no more are computed at a time than there are


def test_the_remedies_of_too_little_memory_help() -> None:
    def needed(**options: Any) -> int:
        return memory_needed(NET, alpha=8.0, N=4000, **options)

    stored = 8.0 * 4000**2 * 8
    assert needed(dtype="float32") < needed() - 0.4 * stored
    assert needed(regenerate=True) < needed() - 0.5 * stored
    assert needed(solver=BlockLanczos()) < needed(solver=Dense())
    assert needed(solver=BlockLanczos(basis=40)) < needed()


PEAK = """
import bendscape as bs, scipy.linalg, xarray
bs.simulate(bs.QuadraticNetwork(1, 1, 0.7), alpha=2.0, N=10, samples=1, seed=1)
def kilobytes(what):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(what))
before = kilobytes("VmRSS")
net, case = bs.QuadraticNetwork({p}, 1, 0.7), {case}
bs.simulate(net, samples=1, seed=1, **case)
announced = bs.simulation.memory_needed(net, **{{key: case[key] for key in set(case) - {{"threads"}}}})
print(before, kilobytes("VmHWM"), announced)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from Linux")
@pytest.mark.parametrize(
    ("p", "case", "inputs"),
    [
        (1, "dict(alpha=8.0, N=1400)", True),
        (2, "dict(alpha=6.0, N=1500, solver=bs.simulation.BlockLanczos(max_products=150))", True),
        (1, "dict(alpha=14.0, N=1500, threads=2, dtype='float32', solver=bs.simulation.Eigsh(tolerance=0.1))", True),
        (1, "dict(alpha=8.0, N=1000, regenerate=True)", False),
    ],
)
def test_the_memory_announced_is_enough_and_not_much_more(p: int, case: str, inputs: bool) -> None:
    script = PEAK.format(p=p, case=case)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    before, peak, announced = (int(part) for part in done.stdout.split())
    assert 1024 * peak < announced
    assert announced < 4 * 1024 * (peak - before if inputs else peak)


BAD = [
    ({"alpha": 0}, "alpha = 0"),
    ({"alpha": -1.0}, "alpha = -1.0"),
    ({"alpha": 1e-9}, "alpha = 1e-09"),
    ({"alpha": math.nan}, "alpha = nan"),
    ({"alpha": math.inf}, "alpha = inf"),
    ({"alpha": "2"}, "alpha = '2'"),
    ({"alpha": True}, "alpha = True"),
    ({"N": 0}, "N = 0"),
    ({"N": -3}, "N = -3"),
    ({"N": 2.5}, "N = 2.5"),
    ({"N": "20"}, "N = '20'"),
    ({"N": True}, "N = True"),
    ({"samples": 0}, "samples = 0"),
    ({"samples": 2.5}, "samples = 2.5"),
    ({"samples": None}, "samples = None"),
    ({"samples": True}, "samples = True"),
    ({"seed": None}, "seed = None"),
    ({"seed": -1}, "seed = -1"),
    ({"seed": True}, "seed = True"),
    ({"seed": 1.0}, "seed = 1.0"),
    ({"seed": "x"}, "seed = 'x'"),
    ({"seed": ()}, r"seed = \(\)"),
    ({"seed": (1, -1)}, r"seed = \(1, -1\)"),
    ({"seed": [1.0]}, r"seed = \[1.0\]"),
    ({"eigenvalues": 1}, "eigenvalues = 1: give at least p p_star = 2"),
    ({"eigenvalues": 41}, "eigenvalues = 41: .*at most p N = 40"),
    ({"eigenvalues": 0}, "eigenvalues = 0"),
    ({"eigenvalues": 2.5}, "eigenvalues = 2.5"),
    ({"eigenvalues": True}, "eigenvalues = True"),
    ({"dtype": "float16"}, "dtype = 'float16'"),
    ({"dtype": "double"}, "dtype = 'double'"),
    ({"dtype": "x"}, "dtype = 'x'"),
    ({"dtype": None}, "dtype = None"),
    ({"solver": "dense"}, r"solver = 'dense': give Dense\(\)"),
    ({"solver": Dense}, r"solver = <class .*give Dense\(\)"),
    ({"solver": BlockLanczos(), "eigenvalues": 38}, "38 eigenpairs .* larger basis, or use Dense"),
    ({"workers": 0}, "workers = 0"),
    ({"workers": 1.5}, "workers = 1.5"),
    ({"workers": True}, "workers = True"),
    ({"progress": 1}, "progress = 1"),
    ({"progress": "yes"}, "progress = 'yes'"),
]
BAD_FOR_SIMULATE = [
    ({"alpha": [[2.0]]}, r"alpha has shape \(1, 1\)"),
    ({"samples": [2]}, r"samples = \[2\]"),
    ({"threads": 0}, "threads = 0"),
    ({"threads": 1.5}, "threads = 1.5"),
    ({"regenerate": 1}, "regenerate = 1"),
    ({"library": "jax"}, "library = 'jax'"),
    ({"library": None}, "library = None"),
    ({"device": "nowhere"}, "device = 'nowhere'"),
    ({"library": "array_api_strict", "threads": 2}, "threads = 2"),
]
BAD_FOR_SWEEP = [
    ({"alpha": []}, r"alpha has shape \(0,\)"),
    ({"alpha": [[1.0]]}, r"alpha has shape \(1, 1\)"),
    ({"alpha": [1.0, -2.0]}, "alpha = -2.0"),
    ({"N": []}, r"N has shape \(0,\)"),
    ({"N": [10, 2.5]}, "N = 2.5"),
    ({"N": [20, 4], "eigenvalues": 9}, "eigenvalues = 9: .*at most p N = 8"),
    ({"samples": [1, 2]}, r"samples = \[1, 2\]: give one number, or one for each of 1 N"),
    ({"samples": []}, r"samples has shape \(0,\)"),
]


@pytest.mark.parametrize(("change", "named"), BAD + BAD_FOR_SIMULATE)
def test_bad_input_is_named_and_leaves_no_store(change: dict[str, Any], named: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterError, match=named):
        run(**change, store=tmp_path / "store")
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(("change", "named"), BAD + BAD_FOR_SWEEP)
def test_bad_input_of_a_sweep_is_named_and_leaves_no_store(change: dict[str, Any], named: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterError, match=named):
        swept(NET, **(FEW | {"store": tmp_path / "store"} | change))
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("net", [None, "net", {"p": 2}, bs.QuadraticNetwork(math.inf, 1, 0.7)])
def test_only_networks_of_finite_width_are_simulated(net: Any) -> None:
    for call in (bs.simulate, swept):
        with pytest.raises(InvalidParameterError, match=r"net = |p = inf"):
            call(net, **FEW)
    with pytest.raises(InvalidParameterError, match=r"net = |p = inf"):
        memory_needed(net, alpha=1.0, N=10)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"alpha": 0}, "alpha = 0"),
        ({"N": 2.5}, "N = 2.5"),
        ({"dtype": "x"}, "dtype = 'x'"),
        ({"dtype": "float16"}, "dtype = 'float16'"),
        ({"regenerate": 1}, "regenerate = 1"),
        ({"solver": "dense"}, "solver = 'dense'"),
        ({"eigenvalues": 1}, "eigenvalues = 1"),
    ],
)
def test_bad_input_of_memory_needed_is_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidParameterError, match=named):
        memory_needed(NET, **({"alpha": 2.0, "N": 20} | change))
