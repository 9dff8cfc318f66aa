"""Variations of a model: other `a`, widths, noise, or any parameter of its loss or weight."""

from __future__ import annotations

import dataclasses
import inspect
import math
from dataclasses import replace
from typing import Any

from ..arguments import count, shown
from ..errors import InvalidParameterError
from .general import Network, Noise
from .losses import LOSSES, loss
from .methods import HessianMethod
from .preprocessing import SpectralMethod
from .quadratic import QuadraticNetwork

__all__ = ["parameters_of", "varied"]

_NOISE = {"noise": "additive", "multiplicative_noise": "multiplicative"}


def parameters_of(model: Any) -> tuple[str, ...]:
    """Return the names of the numbers of a model that can be varied."""
    if isinstance(model, QuadraticNetwork):
        return ("p", "p_star", "a", *_NOISE)
    if isinstance(model, SpectralMethod):
        return ("p_star", *(field.name for field in dataclasses.fields(model.preprocessing)))  # type: ignore[arg-type]
    if isinstance(model, Network):
        own = inspect.signature(LOSSES[model.loss.name]).parameters if model.loss.name in LOSSES else ()
        return ("p", "p_star", *own, *_NOISE)
    if isinstance(model, HessianMethod):
        return (*parameters_of(model.net), "students")
    raise InvalidParameterError(
        f"net = {shown(model)}: give a QuadraticNetwork, a Network, a SpectralMethod or a HessianMethod"
    )


def varied(model: Any, values: dict[str, Any]) -> Any:
    """Return the model with these numbers in the place of its own.

    A :class:`~bendscape.QuadraticNetwork` with noise is a :class:`~bendscape.Network` whose loss divides by `a + |y|`.

    Raises
    ------
    InvalidParameterError
        If the model has no such number, or a number lies outside its domain.

    Examples
    --------
    >>> from bendscape.models import QuadraticNetwork
    >>> from bendscape.models.variations import varied
    >>> print(varied(QuadraticNetwork(2, 1, 0.7), {"p": 4, "noise": 0.5}))
    p=4, p*=1, quadratic, magnitude(a=0.7) loss, noise 0.5 + 0 y
    """
    allowed = parameters_of(model)
    for name in values:
        if name not in allowed:
            raise InvalidParameterError(f"{name}: {model} has no such number; give some of {', '.join(allowed)}")
    if isinstance(model, SpectralMethod):
        return _varied_method(model, dict(values))
    if isinstance(model, HessianMethod):
        own = dict(values)
        students = own.pop("students", model.students)
        return HessianMethod(varied(model.net, own), students)
    if isinstance(model, QuadraticNetwork):
        return _varied_quadratic(model, values)
    return _varied_network(model, values)


def _varied_quadratic(model: QuadraticNetwork, values: dict[str, Any]) -> Any:
    numbers = {name: values.get(name, getattr(model, name)) for name in ("p", "p_star", "a")}
    net = QuadraticNetwork(**numbers)
    noise = Noise(**{_NOISE[name]: values[name] for name in _NOISE if name in values})
    if not noise:
        return net
    if math.isinf(net.p):
        raise InvalidParameterError("p = inf: a network with noise has a finite width; give a large one")
    return Network(int(net.p), net.p_star, loss=loss("magnitude", a=net.a), noise=noise)


def _varied_network(model: Network, values: dict[str, Any]) -> Network:
    changes: dict[str, Any] = {}
    for name, weights in (("p", "output_weights"), ("p_star", "teacher_weights")):
        if name in values:
            width = count(name, values[name])
            given = getattr(model, weights)
            if width == len(given):
                continue
            if set(given) != {1 / len(given)}:
                raise InvalidParameterError(f"{name} = {width}: the {weights} of {model} fix its width; leave it out")
            changes |= {name: width, weights: None}
    noise = {_NOISE[name]: values[name] for name in _NOISE if name in values}
    if noise:
        changes["noise"] = replace(model.noise, **noise)
    own = {name: value for name, value in values.items() if name not in ("p", "p_star", *_NOISE)}
    if own:
        changes["loss"] = loss(model.loss.name, **(dict(model.loss.parameters) | own))
    return replace(model, **changes)


def _varied_method(model: SpectralMethod, values: dict[str, Any]) -> SpectralMethod:
    p_star = values.pop("p_star", model.p_star)
    return SpectralMethod(replace(model.preprocessing, **values), p_star)  # type: ignore[type-var]
