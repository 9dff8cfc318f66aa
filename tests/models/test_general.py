"""General networks: the curvature against numerical second derivatives, and the paper's network among them."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bendscape.errors import InvalidParameterError
from bendscape.models import Network, Noise, QuadraticNetwork, activation, loss

NETWORKS = [
    Network(2, 1, "tanh"),
    Network(3, 2, "gelu", teacher_activation="quadratic", loss=loss("normalised", a=1.0, b=0.5)),
    Network(2, 2, "x**2 + x/2", loss="huber", output_weights=(0.5, -1.0), teacher_weights=(1.0, 2.0)),
    Network(2, 2, "hermite3", link="s1*s2", noise=Noise(0.3, 0.1)),
    Network(1, 1, "cosine", loss="logistic"),
    Network(2, 1, "quadratic", loss=loss("amplitude", eps=0.2)),
]


def drawn(net: Network, seed: int, samples: int = 40) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    s, u = rng.standard_normal((samples, net.p_star)), rng.standard_normal((samples, net.p))
    return u, net.labels(s, rng.standard_normal((samples, 2)))


@pytest.mark.parametrize("net", NETWORKS, ids=str)
def test_gradient_and_curvature_are_derivatives_of_the_loss(net: Network) -> None:
    u, y = drawn(net, 0)
    h, dense = 1e-5, net.curvature(u, y).dense()
    for k in range(net.p):
        step = h * np.eye(net.p)[k]
        values = [net.loss.value(y, net.outputs(u + sign * step)) for sign in (1, -1)]
        np.testing.assert_allclose(net.gradient(u, y)[:, k], (values[0] - values[1]) / (2 * h), atol=1e-6, rtol=1e-6)
        slopes = [net.gradient(u + sign * step, y) for sign in (1, -1)]
        np.testing.assert_allclose(dense[:, k], (slopes[0] - slopes[1]) / (2 * h), atol=1e-6, rtol=1e-6)


@given(st.integers(1, 5), st.integers(1, 3), st.floats(0.05, 5.0), st.integers(0, 10**6))
def test_the_quadratic_network_is_one_of_these(p: int, p_star: int, a: float, seed: int) -> None:
    paper = QuadraticNetwork(p, p_star, a)
    net = Network.of_quadratic(paper)
    u, y = drawn(net, seed, 5)
    values = np.linalg.eigvalsh(net.curvature(u, y).dense()) * p / 2
    for row, label, output in zip(values, y, net.outputs(u), strict=True):
        modes = paper.curvature(y=float(label), yhat=float(output))
        expected = modes if p == 1 else [modes[0]] * (p - 1) + [modes[-1]]
        np.testing.assert_allclose(row, np.sort(expected)[-p:], rtol=1e-9, atol=1e-12)


def test_labels_with_noise_have_its_variance() -> None:
    net = Network(1, 1, "tanh", noise=Noise(additive=0.3, multiplicative=0.2))
    s = np.full((40000, 1), 0.8)
    found = net.labels(s, np.random.default_rng(0).standard_normal((40000, 2)))
    assert found.mean() == pytest.approx(math.tanh(0.8), abs=0.01)
    assert found.var() == pytest.approx(0.09 + (0.2 * math.tanh(0.8)) ** 2, rel=0.03)
    np.testing.assert_allclose(net.labels(s), math.tanh(0.8))


def test_even_networks_and_others() -> None:
    assert Network(2, 1).even
    assert Network(2, 2, link="s1*s2").even
    assert not Network(2, 1, "tanh").even
    assert not Network(2, 1, "quadratic", teacher_activation="tanh").even
    assert not Network(2, 1, "tanh", teacher_activation="quadratic").even


@pytest.mark.parametrize("net", NETWORKS, ids=str)
def test_networks_are_values(net: Network) -> None:
    again = pickle.loads(pickle.dumps(net))
    assert again == net
    assert hash(again) == hash(net)
    u, y = drawn(net, 1)
    np.testing.assert_array_equal(again.curvature(u, y).dense(), net.curvature(u, y).dense())


def test_a_network_says_what_it_is() -> None:
    assert str(NETWORKS[3]) == "p=2, p*=2, hermite3, teacher s1*s2, squared loss, noise 0.3 + 0.1 y"
    assert str(NETWORKS[1]) == "p=3, p*=2, gelu, teacher quadratic, normalised(a=1, b=0.5) loss"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"p": 0}, "p = 0"),
        ({"p": math.inf}, "p = inf"),
        ({"p_star": 1.5}, "p_star"),
        ({"activation": "relu(x)"}, "kink"),
        ({"noise": 0.1}, "noise"),
        ({"output_weights": (1.0,)}, "output_weights"),
        ({"output_weights": (1.0, 0.0)}, "output_weights"),
        ({"teacher_weights": "ab"}, "teacher_weights"),
        ({"link": "s1*s3"}, "s3"),
        ({"link": "log(s1)"}, "link"),
        ({"link": 3}, "link"),
        ({"activation": "tanh", "loss": loss("normalised", a=0.1, b=0.5)}, "as low as"),
        ({"activation": "tanh", "loss": loss("normalised", a=0.5)}, "as low as"),
        ({"noise": Noise(1.0), "loss": loss("normalised", a=1.0)}, "as low as"),
        ({"activation": "tanh", "loss": "amplitude"}, "as low as"),
    ],
)
def test_bad_networks_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        Network(**({"p": 2, "p_star": 2} | changed))


def test_bad_arrays_are_refused_and_bad_noise() -> None:
    net = Network(2, 1)
    for method, arrays in (
        (net.outputs, ([1.0, 2.0],)),
        (net.labels, ([[1.0, 2.0]],)),
        (net.labels, ([[1.0]], [[1.0]])),
        (net.curvature, ([[0.0, 1.0], [1.0, 2.0]], [[1.0], [2.0]])),
        (net.gradient, ([[0.0, 1.0], [1.0, 2.0]], [1.0])),
    ):
        with pytest.raises(InvalidParameterError, match="shape"):
            method(*arrays)
    for value in (-1.0, math.nan, "0.1", True):
        with pytest.raises(InvalidParameterError, match="additive"):
            Noise(additive=value)  # type: ignore[arg-type]
    with pytest.raises(InvalidParameterError, match="inf"):
        Network.of_quadratic(QuadraticNetwork(math.inf, 1, 1.0))


def test_own_functions_are_taken() -> None:
    net = Network(1, 1, (np.sin, np.cos, lambda u: -np.sin(u)))
    u, y = drawn(net, 2)
    named = Network(1, 1, "sin(x)")
    np.testing.assert_allclose(net.curvature(u, y).dense(), named.curvature(u, y).dense(), atol=1e-14)
    assert activation("sin(x)") == named.activation
