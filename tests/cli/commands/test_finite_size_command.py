"""``bendscape finite-size``: its JSON, its table, its errors."""

from __future__ import annotations

from pathlib import Path

import pytest

import bendscape as bs
from command_line import assert_refused, document, printed

NET = ["--p", "2", "--p-star", "1", "--a", "1.5"]


def test_json_has_the_stable_keys_and_the_numbers_of_the_library() -> None:
    options = ["--alpha", "1.1", "--N", "1000000", "--samples", "5", "--seed", "3"]
    found = document("finite-size", *NET, *options)
    net = bs.QuadraticNetwork(2, 1, 1.5)
    data = bs.finite_size(net, alpha=1.1, N=1e6, samples=5, seed=3)
    half = bs.finite_threshold(net, N=1e6, samples=5, seed=3)
    assert {key: found[key] for key in ("p", "p_star", "a", "alpha", "N", "samples", "seed", "unit")} == {
        "p": 2,
        "p_star": 1,
        "a": 1.5,
        "alpha": 1.1,
        "N": 1e6,
        "samples": 5,
        "seed": 3,
        "unit": "H",
    }
    for key, name in (("overlap2", "captured"), ("left_edge", "left_edge"), ("smallest_eigenvalue",) * 2):
        values = data[name].values
        assert found[key] == {"mean": pytest.approx(values.mean()), "std": pytest.approx(values.std(ddof=1))}
    assert (found["outlier_probability"], found["phi"]) == (float(data.has_outlier.mean()), float(data.phi.mean()))
    assert (found["alpha_half"], found["alpha_half_stderr"], found["width"]) == (half.alpha, half.stderr, half.width)
    assert (found["alpha_bbp"], found["alpha_0"]) == (half.alpha_bbp, half.alpha_0)


def test_sizes_are_numbers_in_any_notation() -> None:
    options = ["--alpha", "1.1", "--samples", "1"]
    short, long = (document("finite-size", *NET, *options, "--N", n) for n in ("1e12", "1000000000000"))
    assert short == long
    assert short["overlap2"]["std"] is None  # one sample has no spread


def test_table_and_picture(tmp_path: Path) -> None:
    picture = tmp_path / "finite.png"
    shown = printed("finite-size", *NET, "--alpha", "1.1", "--N", "400", "--samples", "4", "--plot", str(picture))
    assert "alpha_half" in shown
    assert "1.32294" in shown, "the limit stands beside"
    assert picture.stat().st_size > 1000


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--p", "inf", "--p-star", "1", "--a", "1", "--alpha", "1", "--N", "1e6"], "p = inf"),
        (["--p", "0", "--p-star", "1", "--a", "1", "--alpha", "1", "--N", "1e6"], "p = 0"),
        ([*NET, "--alpha", "0", "--N", "1e6"], "alpha = 0"),
        ([*NET, "--alpha", "nan", "--N", "1e6"], "alpha = nan"),
        ([*NET, "--alpha", "1", "--N", "-5"], "N = -5"),
        ([*NET, "--alpha", "1", "--N", "1"], "N = 1"),
        ([*NET, "--alpha", "1", "--N", "inf"], "N = inf"),
        ([*NET, "--alpha", "1", "--N", "1e101"], "N = 1e+101"),
        ([*NET, "--alpha", "1", "--N", "many"], "N = 'many'"),
        ([*NET, "--alpha", "1", "--N", "1e-9"], "N = 1e-09"),
        ([*NET, "--alpha", "1", "--N", "16"], "samples"),
        ([*NET, "--alpha", "1", "--N", "1e6", "--samples", "0"], "samples = 0"),
        ([*NET, "--alpha", "1", "--N", "1e6", "--seed", "-1"], "seed = -1"),
        ([*NET, "--alpha", "1"], "--N"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(options: list[str], named: str) -> None:
    assert_refused("finite-size", *options, message=named)
