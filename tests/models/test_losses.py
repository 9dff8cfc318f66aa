"""Losses: names, formulas, and what is refused on labels that occur."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from bendscape.errors import InvalidParameterError
from bendscape.models import Loss, loss
from bendscape.models.losses import LOSSES

RNG = np.random.default_rng(0)
Y, YHAT = RNG.chisquare(1, 500), RNG.chisquare(2, 500) / 2


@pytest.mark.parametrize("name", LOSSES)
def test_named_losses_and_their_derivatives(name: str) -> None:
    found, h = loss(name), 1e-5
    found.check(Y, YHAT)
    for surface, slope in ((found.value, found.first), (found.first, found.second)):
        difference = (surface(Y, YHAT + h) - surface(Y, YHAT - h)) / (2 * h)
        np.testing.assert_allclose(slope(Y, YHAT), difference, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("name", sorted(set(LOSSES) - {"logistic"}))
def test_the_minimum_is_at_the_label(name: str) -> None:
    found = loss(name)
    np.testing.assert_allclose(found.first(Y, Y), 0, atol=1e-14)
    assert np.all(found.second(Y, Y) > 0)
    assert np.all(found.value(Y, YHAT) >= 0)


def test_formulas_and_parameters() -> None:
    written = loss("(y - yhat)**2 / (2*(0.7 + y)**1.5)")
    named = loss("normalised", a=0.7, b=1.5)
    for one, two in ((written.value, named.value), (written.first, named.first), (written.second, named.second)):
        np.testing.assert_allclose(one(Y, YHAT), two(Y, YHAT), rtol=1e-12)
    np.testing.assert_allclose(loss("huber", delta=1e4).first(Y, YHAT), YHAT - Y, atol=1e-5)


@pytest.mark.parametrize("found", [loss("squared"), loss("normalised", a=0.7), loss("(y-yhat)**4")], ids=str)
def test_losses_are_values(found: Loss) -> None:
    again = pickle.loads(pickle.dumps(found))
    assert again == found
    assert str(again) == str(found)
    np.testing.assert_array_equal(again.second(Y, YHAT), found.second(Y, YHAT))
    assert found != loss("huber")


def test_a_name_taken_by_another_function_does_not_replace_it() -> None:
    quartic = loss("(y-yhat)**4")
    again = pickle.loads(pickle.dumps(Loss("squared", quartic.value, quartic.first, quartic.second)))
    np.testing.assert_array_equal(again.value(Y, YHAT), (Y - YHAT) ** 4)


@pytest.mark.parametrize("found", [loss("normalised", a=0.5), loss("normalised", a=0.5, b=2.0), loss("amplitude")])
def test_labels_below_the_pole_are_refused_though_every_value_is_finite(found: Loss) -> None:
    with pytest.raises(InvalidParameterError, match="as low as"):
        found.check(np.append(Y, -0.75), YHAT)


def zero(y: Any, yhat: Any) -> Any:
    return 0 * (y + yhat)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("log(y - yhat)", "not finite"),
        ("sqrt(y - 1)*yhat**2", "not finite"),
        (("kink", lambda y, yhat: np.abs(y - yhat), lambda y, yhat: np.sign(yhat - y), zero), "kink"),
        (("wrong", lambda y, yhat: (y - yhat) ** 2, lambda y, yhat: y - yhat, zero), "slope"),
        (("scalar", *[lambda *_: 1.0] * 3), "shape"),
    ],
)
def test_what_does_not_suit_the_labels_is_refused(given: Any, message: str) -> None:
    found = Loss(*given) if isinstance(given, tuple) else loss(given)
    with pytest.raises(InvalidParameterError, match=message):
        found.check(Y, YHAT)


@pytest.mark.parametrize(
    ("given", "parameters"),
    [
        ("squarred", {}),
        (3, {}),
        ("squared", {"a": 1.0}),
        ("y*yhat", {"a": 1.0}),
        ("abs(y - yhat)", {}),
        ("s1", {}),
        ("normalised", {"a": "1"}),
        ("normalised", {"a": np.inf}),
        ("huber", {"delta": 0.0}),
        ((np.add, np.add), {}),
    ],
)
def test_an_invalid_loss_is_refused(given: Any, parameters: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterError):
        loss(given, **parameters)
