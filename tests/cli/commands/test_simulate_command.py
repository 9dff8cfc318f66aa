"""``bendscape simulate``."""

from __future__ import annotations

from pathlib import Path

import pytest

import bendscape as bs
from bendscape.models import Network
from command_line import assert_refused, bendscape, document

NET = ["--p", "2", "--p-star", "1", "--a", "0.7"]
WIDTHS = ["--p", "2", "--p-star", "1"]
SIMULATE = ["simulate", *NET, "--alpha", "2.5", "--N", "30", "--samples", "4", "--seed", "1"]


def test_simulate_json_has_the_stable_keys() -> None:
    found = document(*SIMULATE)
    assert {"alpha", "N", "samples", "seed"} <= set(found)
    assert (found["alpha"], found["N"], found["samples"], found["seed"]) == (2.5, 30, 4, 1)
    data = bs.simulate(bs.QuadraticNetwork(2, 1, 0.7), alpha=2.5, N=30, samples=4, seed=1)
    for key, name in {"smallest_eigenvalue": "smallest_eigenvalue", "overlap2": "captured", "phi": "phi"}.items():
        assert set(found[key]) == {"mean", "stderr"}
        assert found[key]["mean"] == pytest.approx(float(data[name].mean()))
    limit = bs.overlap(bs.QuadraticNetwork(2, 1, 0.7), alpha=[2.5]).isel(alpha=0)
    assert found["theory"] == {name: limit[name].item() for name in ("left_edge", "outlier", "overlap2")}


def test_simulate_goes_on_with_its_store(tmp_path: Path) -> None:
    store = tmp_path / "run.jsonl"
    first = document(*SIMULATE, "--store", str(store))
    lines = store.read_text().splitlines()
    assert len(lines) == 5
    store.write_text("\n".join(lines[:3]) + "\n" + lines[3][:20])
    assert document(*SIMULATE, "--store", str(store), "--workers", "2") == first
    assert sorted(store.read_text().splitlines()) == sorted(lines)


def test_simulate_says_its_memory_and_draws(tmp_path: Path) -> None:
    ran = bendscape(*SIMULATE, "--plot", str(tmp_path / "pairs.png"))
    assert ran.code == 0
    assert "GB" in ran.err
    assert "smallest eigenvalue" in ran.out
    assert (tmp_path / "pairs.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("--N", "0"), "N = 0"),
        (("--alpha", "-1"), "alpha = -1"),
        (("--samples", "0"), "samples = 0"),
        (("--seed", "-1"), "seed = -1"),
        (("--workers", "0"), "workers = 0"),
        (("--threads", "0"), "threads = 0"),
        (("--solver", "magic"), "solver = 'magic'"),
        (("--library", "magic"), "library = 'magic'"),
        (("--eigenvalues", "1"), "eigenvalues = 1"),
        (("--p", "inf"), "p = inf"),
        (("--N", "100000000"), "GB"),
    ],
)
def test_simulate_names_bad_input(change: tuple[str, str], named: str) -> None:
    last = assert_refused(*SIMULATE, *change, message=named).err.strip().splitlines()[-1]
    assert last.startswith("bendscape: ")
    assert named in last


def test_simulations_of_any_network() -> None:
    shape = ["--alpha", "6", "--N", "40", "--samples", "3", "--seed", "2", "--tolerance", "0.05"]
    found = document("simulate", *WIDTHS, "--activation", "tanh", *shape)
    assert found["network"] == "p=2, p*=1, tanh, squared loss"
    data = bs.simulate(Network(2, 1, activation="tanh"), alpha=6, N=40, samples=3, seed=2, side="left")
    assert found["smallest_eigenvalue"]["mean"] == pytest.approx(float(data.smallest_eigenvalue.mean()))
    assert found["theory"]["left_edge"] == pytest.approx(-1.511, abs=0.02)
