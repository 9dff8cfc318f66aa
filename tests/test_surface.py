"""The public surface: names, signatures, variables of datasets, keys of JSON. A change has to be made on purpose.

`python tests/test_surface.py` writes `tests/surface.json` anew; read its diff before you commit it.
"""

from __future__ import annotations

import importlib
import inspect
import json
import warnings
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import bendscape as bs
from every_dataset import datasets

HERE = Path(__file__).with_name("surface.json")
MODULES = ("comparison", "errors", "estimators", "models", "plot", "simulation", "theory", "units")
COMMANDS = {
    "threshold": "--p 2 --p-star 1 --a 0.7",
    "threshold of a general network": "--p 1 --p-star 1 --activation tanh --tolerance 0.1",
    "spectrum": "--p 2 --p-star 1 --a 0.7 --alpha 2.5",
    "spectrum of a general network": "--p 1 --p-star 1 --activation tanh --alpha 6 --tolerance 0.1",
    "overlap": "--p 2 --p-star 1 --a 0.7 --alpha 2.5 --students 2",
    "phase-diagram at finite N": "--p 1 --p-star 1 --a 0.5,1.5 --N 1e4 --samples 2",
    "phase-diagram": "--p 1,2 --p-star 1 --a 0.5,1.5 --alpha 1,2",
    "simulate": "--p 1 --p-star 1 --a 0.7 --alpha 2.5 --N 40 --samples 2",
    "finite-size": "--p 1 --p-star 1 --a 1.5 --alpha 1.1 --N 1e4 --samples 2",
    "compare": "--p 1 --p-star 1 --a 1 --alpha 2,3 --N 40 --samples 2 --steps 5",
    "compare-starts": "--p 1 --p-star 1 --a 1 --alpha 2,3 --N 40 --samples 2 --steps 5",
}


def names() -> dict[str, list[str]]:
    """Public names by module."""
    found = {"bendscape": sorted(bs.__all__)}
    for module in MODULES:
        public = importlib.import_module(f"bendscape.{module}")
        found[module] = sorted(getattr(public, "__all__", ()))
    return found


def signatures() -> dict[str, Any]:
    """Parameters with their defaults, fields of dataclasses, public methods."""
    found: dict[str, Any] = {}
    for module, public in names().items():
        home = bs if module == "bendscape" else getattr(bs, module)
        for name in public:
            value = getattr(home, name)
            if inspect.isclass(value):
                found[f"{module}.{name}"] = _class(value)
            elif callable(value):
                found[f"{module}.{name}"] = _parameters(value)
    return found


def _class(value: type) -> dict[str, Any]:
    methods = {
        name: _parameters(member)
        for name, member in inspect.getmembers(value)
        if not name.startswith("_") and callable(member) and not issubclass(value, BaseException)
    }
    held = [field.name for field in fields(value)] if is_dataclass(value) else _parameters(value)
    properties = sorted(n for n, m in inspect.getmembers(value, lambda m: isinstance(m, property)) if n[0] != "_")
    return {"holds": held, "methods": methods, "properties": properties}


def _parameters(value: Any) -> list[str]:
    try:
        given = inspect.signature(value).parameters.values()
    except ValueError:
        return []
    return [_parameter(p) for p in given if p.name not in ("self", "cls")]


def _parameter(parameter: inspect.Parameter) -> str:
    plain = parameter.default is None or isinstance(parameter.default, bool | int | float | str | tuple)
    default = "" if parameter.default is parameter.empty else f"={parameter.default!r}" if plain else "=..."
    return f"{parameter.name}{default} ({parameter.kind.description})"


def _dataset(data: Any) -> dict[str, Any]:
    variables = {str(name): list(map(str, data[name].dims)) for name in sorted(data.data_vars)}
    coordinates = {str(name): list(map(str, data[name].dims)) for name in sorted(data.coords)}
    return {"variables": variables, "coordinates": coordinates, "attributes": sorted(map(str, data.attrs))}


def keys(value: Any) -> Any:
    """Keys of JSON, with those of the first element of a list."""
    if isinstance(value, dict):
        return {key: keys(x) for key, x in sorted(value.items())}
    return [keys(value[0])] if isinstance(value, list) and value and isinstance(value[0], dict) else ""


def commands() -> dict[str, Any]:
    """Options of every command, and the keys of its JSON."""
    import typer.main
    from typer.testing import CliRunner

    from bendscape.cli import app

    group: Any = typer.main.get_command(app)
    options = {
        name: sorted(option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts))
        for name, command in group.commands.items()
    }
    printed = {}
    for name, line in COMMANDS.items():
        done = CliRunner().invoke(app, [name.split()[0], *line.split(), "--json"])
        assert done.exit_code == 0, done.output
        printed[name] = keys(json.loads(done.stdout))
    return {"options": options, "json": printed}


@cache
def surface() -> dict[str, Any]:
    """All of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bs.errors.DataWarning)
        return {
            "names": names(),
            "signatures": signatures(),
            "datasets": {name: _dataset(data) for name, data in datasets()},
            "commands": commands(),
        }


def differences(written: Any, now: Any, at: str = "") -> list[str]:
    """Places at which the snapshot and the present surface differ, with both values."""
    if isinstance(written, dict) and isinstance(now, dict):
        places = sorted({*written, *now})
        return [
            each
            for place in places
            if written.get(place) != now.get(place)
            for each in differences(written.get(place), now.get(place), f"{at}/{place}")
        ]
    if isinstance(written, list) and isinstance(now, list) and all(isinstance(x, str) for x in written + now):
        gone = [f"{at}: without {x}" for x in written if x not in now]
        new = [f"{at}: new {x}" for x in now if x not in written]
        return [*gone, *new] or [f"{at}: in another order, or repeated"]
    return [f"{at}: {written} -> {now}"]


@pytest.mark.parametrize("part", ["names", "signatures", "datasets", "commands"])
def test_the_public_surface_is_the_one_written_down(part: str) -> None:
    written = json.loads(HERE.read_text(encoding="utf-8"))[part]
    now = json.loads(json.dumps(surface()[part]))
    assert written == now, (
        f"changed: {'; '.join(differences(written, now))}; if on purpose, run python tests/test_surface.py and say so"
    )


if __name__ == "__main__":
    HERE.write_text(json.dumps(surface(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
