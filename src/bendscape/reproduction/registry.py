"""Which experiments there are: every module of the folder `experiments` has one, under the name `EXPERIMENT`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

from ..errors import InvalidParameterError
from . import experiments
from .experiment import Experiment

__all__ = ["chosen", "find_experiments"]


def find_experiments() -> dict[str, Experiment[Any]]:
    """All experiments by the names of their modules, in the order of the page."""
    unordered = {module.name: _experiment(module.name) for module in pkgutil.iter_modules(experiments.__path__)}
    _refuse_shared_claims(unordered)
    return dict(sorted(unordered.items(), key=lambda item: (item[1].beyond, item[1].place)))


def _refuse_shared_claims(every: Mapping[str, Experiment[Any]]) -> None:
    owner: dict[str, str] = {}
    for module, experiment in every.items():
        for claim in experiment.claims:
            if owner.setdefault(claim, module) != module:
                raise InvalidParameterError(
                    f"claim {claim} is listed in {owner[claim]}.py and in {module}.py: give one of them another id"
                )


def _experiment(module: str) -> Experiment[Any]:
    experiment = getattr(importlib.import_module(f"{experiments.__name__}.{module}"), "EXPERIMENT", None)
    if not isinstance(experiment, Experiment):
        raise InvalidParameterError(
            f"{module}.py in the folder experiments has no EXPERIMENT: give it one, or move the file"
        )
    return experiment


def chosen(every: Mapping[str, Experiment[Any]], only: str | None) -> list[Experiment[Any]]:
    """The experiments that are asked for, and those whose tables they need.

    Parameters
    ----------
    every : mapping
        From :func:`find_experiments`.
    only : str or None
        Names with commas between them: of a figure (``fig2``, ``picture``), of a module or its first word
        (``b10_picture``, ``b10``), or of a claim (``C5b``). None asks for all.

    Raises
    ------
    InvalidParameterError
        If a name is that of no experiment.
    """
    if only is None:
        return list(every.values())
    names = {experiment.name for word in only.split(",") for experiment in _named(every, word.strip().lower())}
    while needed := {name for e in every.values() if e.name in names for name in e.needs} - names:
        names |= needed
    return [experiment for experiment in every.values() if experiment.name in names]


def _named(every: Mapping[str, Experiment[Any]], word: str) -> list[Experiment[Any]]:
    some = [
        experiment
        for module, experiment in every.items()
        if word in (experiment.name, module, module.partition("_")[0], *map(str.lower, experiment.claims))
    ]
    if not some:
        first = ", ".join(module.partition("_")[0] for module in every)
        raise InvalidParameterError(f"only = {word!r}: no experiment has that name; give some of {first}")
    return some
