"""Two runs are one where the same was asked for: on any processor, and never for two functions of one name."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bendscape as bs
from bendscape.errors import InvalidParameterError, OutputError
from bendscape.simulation import Sample
from bendscape.simulation.identity import fingerprint, network_identity, sample_fingerprint
from bendscape.simulation.jobs.identity import agree
from swept import swept

RUN: dict[str, Any] = {"alpha": 3.0, "N": 20, "samples": 2, "seed": 1}


def curves(sharpness: float) -> list[Callable[[Any], Any]]:
    """`tanh` of a multiple, with its derivatives, all under one name."""

    def value(u: Any) -> Any:
        return np.tanh(sharpness * u)

    def first(u: Any) -> Any:
        return sharpness * (1 - np.tanh(sharpness * u) ** 2)

    def second(u: Any) -> Any:
        return -2 * sharpness * np.tanh(sharpness * u) * first(u)

    return [value, first, second]


class Callable3:
    """A function without a name."""

    def __init__(self, order: int) -> None:
        self.order = order

    def __call__(self, u: Any) -> Any:
        return curves(1.0)[self.order](u)


def order(k: int, u: Any) -> Any:
    return curves(1.0)[k](u)


OWN: dict[str, dict[str, Any]] = {
    "functions": {"activation": curves(1.0)},
    "lambdas": {"activation": [lambda u, f=f: f(u) for f in curves(1.0)]},
    "partials": {"activation": [partial(order, k) for k in range(3)]},
    "objects": {"activation": [Callable3(k) for k in range(3)]},
    "a teacher": {"teacher_activation": curves(1.0)},
    "a loss": {
        "loss": [
            lambda y, yhat: (y - yhat) ** 2 / 2,
            lambda y, yhat: yhat - y,
            lambda y, yhat: np.ones_like(y - yhat),
        ]
    },
    "a name that is taken": {"activation": bs.models.Activation("tanh", *curves(3.0))},
    "a formula that it is not": {"activation": bs.models.Activation("tanh(x)", *curves(3.0))},
}


@pytest.mark.parametrize("name", OWN)
def test_a_store_refuses_functions_of_ones_own(name: str, tmp_path: Path) -> None:
    net = bs.Network(1, 1, **{"activation": "tanh"} | OWN[name])
    assert bs.simulate(net, **RUN).sizes["sample"] == 2
    for call in (bs.simulate, swept, bs.simulation.run_starts):
        with pytest.raises(InvalidParameterError, match=r"is a user function.*a formula as text"):
            call(net, **RUN, store=tmp_path / "store")
    sample = bs.simulation.draw(net, alpha=3.0, N=20, seed=1)
    with pytest.raises(InvalidParameterError, match="is a user function"):
        bs.train(sample, method=bs.GradientDescent(steps=1), store=tmp_path / "store")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "options",
    [
        {"activation": "tanh"},
        {"activation": "tanh(3*x)", "loss": "(y - yhat)**2/(2*(1 + y**2))"},
        {"loss": bs.models.loss("normalised", a=0.5)},
        {"loss": bs.models.weighted(bs.models.LabelWeight((0.5, 1.0, 2.0), (3.0, 2.0, 1.0)))},
        {"loss": bs.models.weighted(bs.models.LabelWeight(tuple(range(1, 21)), tuple(range(20, 0, -1))))},
        {"activation": "tanh", "link": "s1**2", "inputs": bs.Inputs.power_law(0.5, size=100)},
    ],
)
def test_a_store_takes_names_formulas_and_numbers(options: dict[str, Any], tmp_path: Path) -> None:
    net = bs.Network(1, 1, **options)
    first = bs.simulate(net, **RUN, store=tmp_path / "store")
    assert bs.simulate(net, **RUN, store=tmp_path / "store").identical(first)
    assert first.attrs["network"] == str(net)
    with pytest.raises(OutputError, match="give another file"):
        bs.simulate(bs.Network(1, 1, activation="erf"), **RUN, store=tmp_path / "store")


def test_functions_of_one_name_share_no_result() -> None:
    one, other = (bs.Network(1, 1, activation=curves(sharpness)) for sharpness in (1.0, 3.0))
    assert str(one) == str(other)
    assert one != other
    averaging = bs.Averaging(points=64, most=64, tolerance=1.0)
    edges = [bs.spectrum(net, alpha=4.0, averaging=averaging).left_edge.value for net in (one, other)]
    named = bs.spectrum(bs.Network(1, 1, activation="tanh"), alpha=4.0, averaging=averaging).left_edge.value
    assert edges[0] == pytest.approx(named, rel=1e-9)
    assert edges[1] < 2 * edges[0]


@given(st.floats(-1e6, 1e6), st.floats(-8e-10, 8e-10), st.floats(2e-9, 1.0))
def test_numbers_agree_to_nine_digits(x: float, little: float, more: float) -> None:
    texts = [f"loss(a={x * factor!r}), p=2" for factor in (1.0, 1 + little, 1 + more)]
    assert agree(x, x * (1 + little))
    assert agree({"a": [x]}, {"a": [x * (1 + little)]})
    if abs(x) > 1e-3 and all("." in text or "e" in text for text in texts):
        assert not agree(x, x * (1 + more))
        assert agree(texts[0], texts[1])
        assert not agree(texts[0], texts[2])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("p=2, tanh", "p=3, tanh"),
        ("0.1.0", "0.10.0"),
        ("tanh(x)", "tanh(3*x)"),
        ("x**2.5 - 1.0", "x**2.5 + 1.0"),
        (1, True),
        (4, (4,)),
        ([1, 2], [1, 2, 3]),
        ({"a": 1}, {"b": 1}),
        (2**70, 2**70 + 1),
    ],
)
def test_what_differs_does_not_agree(one: Any, other: Any) -> None:
    assert not agree(one, other)
    assert agree(one, one)


@given(st.integers(0, 10_000), st.sampled_from([np.float32, np.float64]))
def test_a_fingerprint_feels_one_entry_and_no_rounding(seed: int, dtype: Any) -> None:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((40, 30)).astype(dtype)
    rounded = (X * (1 + 4 * np.finfo(dtype).eps * rng.uniform(-1, 1, X.shape))).astype(dtype)
    assert agree(fingerprint(X), fingerprint(rounded))
    for change in (0.1, -2.0):
        other = X.copy()
        other[rng.integers(40), rng.integers(30)] += change
        assert not agree(fingerprint(X), fingerprint(other))
    assert not agree(fingerprint(X), fingerprint(-X))
    assert not agree(fingerprint(X), fingerprint(1.001 * X))


def test_a_training_store_tells_data_apart(tmp_path: Path) -> None:
    sample = bs.simulation.draw(bs.QuadraticNetwork(1, 1, 1.0), alpha=3.0, N=30, seed=1)
    options: dict[str, Any] = {"method": bs.GradientDescent(steps=4), "checkpoints": 2, "store": tmp_path / "store"}
    first = bs.train(sample, **options)
    assert bs.train(sample, **options).identical(first)
    labels = sample.labels.copy()
    labels[7] *= 1.01
    hot = Sample(sample.net, sample.inputs, labels, sample.student, sample.teacher)
    for other in (hot, bs.simulation.draw(sample.net, alpha=3.0, N=30, seed=2)):
        assert not agree(sample_fingerprint(other), sample_fingerprint(sample))
        with pytest.raises(OutputError, match="holds a run with data"):
            bs.train(other, **options)
    other_store = options | {"store": tmp_path / "other"}
    bs.train(sample, start=1.01 * sample.student, sphere=False, **other_store)
    with pytest.raises(OutputError, match="holds a run with start"):
        bs.train(sample, start=1.02 * sample.student, sphere=False, **other_store)


SCRIPT = """
import sys
import numpy as np
import bendscape as bs
rng = np.random.default_rng(3)
root = rng.standard_normal((60, 60))
net = bs.Network(1, 1, activation="tanh", inputs=bs.Inputs.of_covariance(root @ root.T))
data = bs.simulate(net, alpha=3.0, N=60, samples=int(sys.argv[2]), seed=1, store=sys.argv[1] + "-runs")
sample = bs.simulation.draw(bs.QuadraticNetwork(1, 1, 1.0), alpha=3.0, N=60, seed=1)
start = root[:1] @ root
run = bs.train(sample, start=start, method=bs.GradientDescent(steps=6), checkpoints=3, store=sys.argv[1])
print(net.inputs.eigenvalues[-1].hex(), data.sizes["sample"], float(run.loss[-1]))
"""


def test_a_store_goes_on_with_another_kind_of_processor(tmp_path: Path) -> None:
    printed = []
    for samples, kind in ((2, "Haswell"), (3, "Sandybridge"), (4, "Prescott")):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path / "store"), str(samples)],
            env={**os.environ, "OPENBLAS_CORETYPE": kind},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout.split())
    assert [int(each[1]) for each in printed] == [2, 3, 4]
    assert len({each[2] for each in printed}) == 1  # the checkpoints of the first
    if "openblas" in str(np.show_config(mode="dicts")).lower():
        assert len({each[0] for each in printed}) > 1  # the kinds differ in the last digits, or nothing was tested


def test_eigenvalues_and_weights_are_numbers_beside_the_text() -> None:
    values = np.linspace(1.0, 2.0, 200)
    one = network_identity(bs.Network(1, 1, activation="tanh", inputs=bs.Inputs(tuple(values))))
    other = network_identity(
        bs.Network(1, 1, activation="tanh", inputs=bs.Inputs(tuple(values * (1 + 1e-13 * values))))
    )
    third = network_identity(bs.Network(1, 1, activation="tanh", inputs=bs.Inputs(tuple(values**1.001))))
    assert agree(one, other)
    assert not agree(one, third)
