"""Activations: names, formulas, functions, and what is refused."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from bendscape.errors import InvalidParameterError
from bendscape.models import Activation, activation
from bendscape.models.activations import ACTIVATIONS

EVEN = {"quadratic", "cosine", "hermite2", "hermite4", "hermite6", "hermite8"}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_named_activations_and_their_derivatives(name: str) -> None:
    found, u, h = activation(name), np.linspace(-3.0, 3.0, 50), 1e-5
    assert str(found) == name
    assert found.even == (name in EVEN)
    for curve, slope in ((found.value, found.first), (found.first, found.second)):
        difference = (curve(u + h) - curve(u - h)) / (2 * h)
        np.testing.assert_allclose(slope(u), difference, atol=1e-7, rtol=1e-7)


def test_values_of_a_few() -> None:
    u = np.array([-1.0, 0.0, 0.7])
    np.testing.assert_allclose(activation("gelu").value(u), [0.5 * x * (1 + math.erf(x / math.sqrt(2))) for x in u])
    np.testing.assert_allclose(activation("hermite3").value(u), (u**3 - 3 * u) / math.sqrt(6))
    np.testing.assert_allclose(activation("smooth relu").value(u), np.log1p(np.exp(4 * u)) / 4)
    np.testing.assert_array_equal(activation("quadratic").second(u), [2.0, 2.0, 2.0])


def test_hermite_polynomials_are_orthonormal() -> None:
    points, weights = np.polynomial.hermite_e.hermegauss(30)
    rows = np.array([activation(f"hermite{k}").value(points) for k in range(1, 9)])
    np.testing.assert_allclose((rows * weights) @ rows.T / math.sqrt(2 * math.pi), np.eye(8), atol=1e-11)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "erf"])
def test_a_formula_is_the_named_one(name: str) -> None:
    written, named, u = activation(f"{name}(x)"), activation(name), np.linspace(-5.0, 5.0, 30)
    for one, two in ((written.value, named.value), (written.first, named.first), (written.second, named.second)):
        np.testing.assert_allclose(one(u), two(u), atol=1e-14)


def test_three_functions_and_an_activation_itself() -> None:
    found = activation((np.sin, np.cos, lambda u: -np.sin(u)))
    assert found.name == "given sin"
    assert activation(found) is found


def test_activations_are_values() -> None:
    for given in ("tanh", "hermite3", "tanh(x)"):
        again = pickle.loads(pickle.dumps(activation(given)))
        assert again == activation(given)
        assert float(again.second(np.array(0.3))) == float(activation(given).second(np.array(0.3)))
    assert activation("tanh") != activation("erf")


def test_a_name_taken_by_another_function_does_not_replace_it() -> None:
    sine = activation("sin(x)")
    again = pickle.loads(pickle.dumps(Activation("tanh", sine.value, sine.first, sine.second)))
    assert float(again.value(np.array(0.3))) == pytest.approx(math.sin(0.3))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("relu", lambda u: np.maximum(u, 0), lambda u: 1.0 * (u > 0), lambda u: 0 * u), "second derivative.*kink"),
        (("abs", np.abs, np.sign, lambda u: 0 * u), "first derivative|second derivative"),
        (("wrong", np.sin, np.sin, np.cos), "first derivative"),
        (("second", np.sin, np.cos, np.sin), "second derivative"),
        (("log", np.log, lambda u: 1 / u, lambda u: -1 / u**2), "not finite"),
        (("scalar", np.sum, lambda u: 0 * u, lambda u: 0 * u), "shape"),
    ],
)
def test_what_is_not_twice_differentiable_is_refused(given: tuple[str, object, object, object], message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        Activation(*given)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", ["relu(x)", "log(x)", "tanhh", "y**2", 3, None, (np.sin, np.cos), ""])
def test_an_invalid_activation_is_refused(given: object) -> None:
    with pytest.raises(InvalidParameterError):
        activation(given)  # type: ignore[arg-type]
