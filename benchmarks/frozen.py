"""Numbers of one checkout, with all their digits, and the comparison of two checkouts.

    python benchmarks/frozen.py write FILE [FAMILY ...]   results of every part of the library, as hexadecimal floats
    python benchmarks/frozen.py compare OLD NEW           largest deviation of each family, and what else differs

Moves and renames change nothing; merged solvers change the last digits. Set PYTHONPATH to the `src` of the checkout.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

import bendscape as bs

Json = Any
_DENSITY_POINTS = 20
_FINITE_SIZES = (300.0, 1e4, 1e6, 1e9)
_COMMANDS = (
    "threshold --p 2 --p-star 1 --a 0.7",
    "threshold --p inf --p-star 1 --a 0.7",
    "threshold --p 2 --p-star 1 --activation tanh --tolerance 0.05",
    "spectrum --p 2 --p-star 1 --a 0.7 --alpha 2.5",
    "spectrum --p 2 --p-star 1 --activation tanh --alpha 6 --tolerance 0.05",
    "phase-diagram --p 1,2,inf --p-star 1 --a 0.1:3:4:log",
    "phase-diagram --p 1,2 --p-star 1 --a 0.5,1.5 --alpha 1,2",
    "simulate --p 2 --p-star 1 --a 0.7 --alpha 2.5 --N 60 --samples 3 --seed 1",
    "simulate --p 1 --p-star 1 --activation tanh --alpha 4 --N 60 --samples 3 --seed 1 --tolerance 0.05",
    "finite-size --p 2 --p-star 1 --a 1.5 --alpha 1.1 --N 1e6 --samples 5",
    "compare --p 1 --p-star 1 --a 1 --alpha 2,3 --N 60 --samples 3 --steps 50",
)


def plain(value: Any) -> Json:
    """Floats as hexadecimal text, arrays as lists, datasets and dataclasses as dictionaries."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, float | np.floating):
        return float(value).hex()
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(key): plain(x) for key, x in value.items()}
    if isinstance(value, list | tuple):
        return [plain(x) for x in value]
    if hasattr(value, "data_vars"):
        names = sorted(map(str, [*value.data_vars, *value.coords]))
        table = {name: {"dims": list(value[name].dims), "values": plain(value[name].values)} for name in names}
        return {"variables": table, "attrs": plain({str(k): v for k, v in value.attrs.items() if k != "version"})}
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value) if field.repr}
    return re.sub(r" at 0x[0-9a-f]+", "", str(value))  # addresses differ from run to run


def tried(compute: Callable[..., Any], *arguments: Any, **options: Any) -> Json:
    """The result, or the name of the library's error."""
    try:
        return plain(compute(*arguments, **options))
    except bs.errors.BendscapeError as error:
        return {"error": type(error).__name__}


def networks(number: int) -> Iterator[bs.QuadraticNetwork]:
    """Random quadratic networks over the tested domain."""
    rng = np.random.default_rng(20251018)
    for _ in range(number):
        p = rng.choice([1, 2, 3, 5, 10, 30, 100, math.inf])
        yield bs.QuadraticNetwork(
            p if math.isinf(p) else int(p), int(rng.choice([1, 1, 2, 3, 10, 100])), float(10 ** rng.uniform(-2, 2))
        )


def quadratic() -> Iterator[tuple[str, Json]]:
    """Two hundred quadratic networks: threshold, spectrum at three alpha, density, overlap."""
    for i, net in enumerate(networks(200)):
        limit = bs.threshold(net)
        yield f"{i} threshold", plain(limit)
        alphas = [factor * limit.alpha for factor in (0.5, 1.3, 3.0)]
        for alpha in alphas:
            law = bs.spectrum(net, alpha=alpha)
            yield f"{i} spectrum {alpha:.4g}", plain(law)
            low = law.left_edge.value
            yield (
                f"{i} density {alpha:.4g}",
                tried(law.density, low + np.linspace(0.05, 3.0, _DENSITY_POINTS) * abs(low)),
            )
        yield f"{i} overlap", plain(bs.overlap(net, alpha=alphas))


def general() -> Iterator[tuple[str, Json]]:
    """Twelve general networks with fixed averaging."""
    averaging = bs.Averaging(points=512, most=512, tolerance=0.5)
    nets = [
        bs.Network(1, 1, activation="tanh"),
        bs.Network(2, 1, activation="tanh"),
        bs.Network(2, 2, activation="erf"),
        bs.Network(2, 1, activation="sigmoid", loss=bs.models.loss("normalised", a=1.0)),
        bs.Network(3, 1, activation="gelu", teacher_activation="quadratic", loss="huber"),
        bs.Network(1, 1, loss=bs.models.loss("normalised", a=0.7)),
        bs.Network(2, 1, loss=bs.models.loss("normalised", a=1.5), noise=bs.Noise(multiplicative=0.3)),
        bs.Network(2, 2, activation="tanh", link="s1*s2"),
        bs.Network(2, 1, activation="tanh", output_weights=(0.3, 0.7)),
        bs.Network(2, 1, activation="tanh", inputs=bs.Inputs((1.0, 3.0))),
        bs.Network(2, 1, activation="softplus", noise=bs.Noise(additive=0.2)),
        bs.Network(5, 1, activation="tanh"),
    ]
    for i, net in enumerate(nets):
        yield f"{i} spectrum", tried(bs.spectrum, net, alpha=8.0, averaging=averaging)
        yield f"{i} threshold", tried(bs.threshold, net, averaging=averaging)


def methods() -> Iterator[tuple[str, Json]]:
    """Six spectral methods, for one and two vectors."""
    m = bs.models
    kinds: list[Any] = [
        m.Optimal(floor=0.1),
        m.AveragedHessian(p=2, a=1.0),
        m.WideHessian(a=1.0),
        m.MondelliMontanari(delta=1.5),
        m.Trimming(cut=3.0),
        m.CustomPreprocessing(lambda y: 1 - 1 / (1 + y), 1.0),
    ]
    for kind in kinds:
        for p_star in (1, 2):
            method = bs.SpectralMethod(kind, p_star)
            name = f"{type(kind).__name__} {p_star}"
            yield f"{name} threshold", tried(bs.threshold, method)
            yield f"{name} overlap", tried(bs.overlap, method, alpha=[0.8, 1.5, 3.0, 6.0])


def finite() -> Iterator[tuple[str, Json]]:
    """Finite size and finite threshold at four sizes."""
    for net in (bs.QuadraticNetwork(1, 1, 0.7), bs.QuadraticNetwork(2, 1, 1.5), bs.QuadraticNetwork(2, 2, 1.5)):
        for N in _FINITE_SIZES:
            about = f"p={net.p} p*={net.p_star} N={N:g}"
            yield f"{about} size", plain(bs.finite_size(net, alpha=1.4, N=N, samples=4, seed=1))
            yield f"{about} threshold", plain(bs.finite_threshold(net, N=N, samples=4, seed=1))
    yield "diagram", plain(bs.finite_phase_diagram(p=2, p_star=1, a=[1.0, 2.0], N=[1e3, 1e5], samples=3, seed=1))


def conditional() -> Iterator[tuple[str, Json]]:
    """Samples with six Gram matrices."""
    rng = np.random.default_rng(7)
    for p, p_star, a, alpha, N in (
        (1, 1, 0.5, 3, 200),
        (2, 1, 1.5, 2, 400),
        (3, 2, 0.8, 4, 300),
        (4, 1, 0.7, 3, 300),
        (2, 2, 1.0, 5, 200),
        (1, 3, 2.0, 6, 100),
    ):
        gram = np.eye(p + p_star) + 0.05 * (lambda b: b + b.T)(rng.standard_normal((p + p_star, p + p_star)))
        t = rng.standard_normal((alpha * N, p + p_star)) @ np.linalg.cholesky(gram).T
        net = bs.QuadraticNetwork(p, p_star, a)
        yield (
            f"{p} {p_star}",
            tried(bs.conditional, net, s=t[:, :p_star], u=t[:, p_star:], N=N, gram=gram),
        )


def simulation() -> Iterator[tuple[str, Json]]:
    """Samples of tiny sizes: simulate, sweep, recovery, train, along, density."""
    net = bs.QuadraticNetwork(2, 1, 0.7)
    yield "simulate", plain(bs.simulate(net, alpha=2.5, N=60, samples=3, seed=1))
    yield (
        "simulate general",
        plain(bs.simulate(bs.Network(2, 1, activation="tanh"), alpha=4.0, N=60, samples=3, seed=1)),
    )
    lanczos = bs.simulation.BlockLanczos()
    yield "simulate lanczos", plain(bs.simulate(net, alpha=2.5, N=60, samples=2, seed=1, solver=lanczos))
    grid = bs.simulate(net, alpha=[0.5, 1.0, 1.5, 2.5], N=[40, 80], samples=8, seed=1)
    data = bs.simulation.sample_means(grid)
    yield "sweep", plain(data)
    yield "crossing", tried(bs.comparison.crossing, data)
    yield "compare", plain(bs.compare(data))
    method = bs.GradientDescent(steps=60)
    yield "recovery", plain(bs.comparison.compare_starts(net, alpha=[2.0, 4.0], N=60, samples=2, seed=1, method=method))
    sample = bs.simulation.draw(net, alpha=4.0, N=60, seed=3)
    run = bs.train(sample, method=method, checkpoints=[0, 60])
    yield "train", plain(run.drop_attrs(deep=False))
    yield "along", plain(bs.comparison.hessian_trajectory(sample, run).drop_attrs(deep=False))
    density = bs.simulation.density(bs.simulation.Hessian(sample))
    yield "density", plain(density)


def data_of_users() -> Iterator[tuple[str, Json]]:
    """Recovery and both estimators on small data."""
    rng = np.random.default_rng(1)
    X, W = rng.standard_normal((400, 60)), rng.standard_normal((2, 60))
    for p_star in (1, 2):
        y = ((X @ W[:p_star].T) ** 2).sum(axis=1)
        answer = bs.recover(X, y, p_star=p_star, held_out=0.0)
        yield f"recover {p_star}", plain({"weights": answer.weights, "start": answer.start})
        spectral = bs.estimators.SpectralEstimator(n_components=p_star)
        for one in (spectral, bs.estimators.HessianSpectralEstimator(n_components=p_star, random_state=0)):
            fitted: Any = one.fit(X, y)
            names = ("components_", "eigenvalues_", "threshold_", "predicted_overlap2_", "limit_overlap2_")
            yield f"{type(one).__name__} {p_star}", plain({name: getattr(fitted, name) for name in names})


def design() -> Iterator[tuple[str, Json]]:
    """Critical constants, weak recovery, combined students, a phase diagram."""
    yield "critical", plain([bs.critical_a(2, 1), bs.critical_width(1, 0.7), bs.best_a(2, 1)])
    yield "weak recovery", plain(bs.weak_recovery_limit(bs.Network(1, 1, activation="tanh")))
    yield "combined", plain(bs.combined_overlap(bs.QuadraticNetwork(2, 1, 0.7), alpha=[1.0, 2.0], inits=3))
    yield "diagram", plain(bs.phase_diagram(p=[1, 2, math.inf], p_star=[1, 2], a=[0.1, 1.0, 2.0], alpha=[1.0, 2.0]))


def commands() -> Iterator[tuple[str, Json]]:
    """Every command with `--json`."""
    from typer.testing import CliRunner

    from bendscape.cli import app

    for line in _COMMANDS:
        done = CliRunner().invoke(app, [*line.split(), "--json"])
        yield line, {"exit": done.exit_code, "out": _hexadecimal(done.stdout)}


def _hexadecimal(text: str) -> Json:
    try:
        return plain(json.loads(text))
    except ValueError:
        return text


FAMILIES: dict[str, Callable[[], Iterator[tuple[str, Json]]]] = {
    "quadratic": quadratic,
    "general": general,
    "methods": methods,
    "finite": finite,
    "conditional": conditional,
    "simulation": simulation,
    "data": data_of_users,
    "design": design,
    "commands": commands,
}


def write(path: str, names: list[str]) -> None:
    """Results of the families named, or of all, into a file."""
    warnings.simplefilter("ignore")
    numbers = {}
    for name in names or FAMILIES:
        numbers[name] = dict(FAMILIES[name]())
        print(name, len(numbers[name]), flush=True)
    Path(path).write_text(json.dumps(numbers), encoding="utf-8")


def differences(old: Json, new: Json, where: str) -> Iterator[tuple[str, float]]:
    """Places that differ, with the relative deviation of numbers, infinite for anything else."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            if key in old and key in new:
                yield from differences(old[key], new[key], f"{where}/{key}")
            else:
                yield f"{where}/{key} only in the {'old' if key in old else 'new'}", math.inf
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for i, (a, b) in enumerate(zip(old, new, strict=True)):
            yield from differences(a, b, f"{where}[{i}]")
    elif old != new:
        yield f"{where}: {_short(old)} -> {_short(new)}", _relative(old, new)


def _number(value: Json) -> float:
    if isinstance(value, str):
        return float.fromhex(value)
    return float(value)


def _relative(old: Json, new: Json) -> float:
    try:
        a, b = _number(old), _number(new)
    except (ValueError, TypeError):
        return math.inf
    return abs(a - b) / max(abs(a), abs(b), 1e-300)


def _short(value: Json) -> str:
    try:
        return repr(_number(value))
    except (ValueError, TypeError):
        return repr(value)[:60]


def compare(old_path: str, new_path: str, shown: int = 12) -> None:
    """Print for each family what differs, the largest deviations first."""
    old, new = (json.loads(Path(path).read_text(encoding="utf-8")) for path in (old_path, new_path))
    for family in sorted({*old, *new}):
        places = sorted(differences(old.get(family, {}), new.get(family, {}), family), key=lambda x: -x[1])
        numbers = [size for _, size in places if math.isfinite(size)]
        print(f"{family}: {len(numbers)} numbers differ, by at most {max(numbers, default=0.0):.2g} relative;", end=" ")
        print(f"{len(places) - len(numbers)} other differences")
        for place, size in places[:shown]:
            print(f"    {size:.2g}  {place}")


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    match sys.argv[1:]:
        case ["write", path, *names]:
            write(path, names)
        case ["compare", old_path, new_path]:
            compare(old_path, new_path)
        case _:
            sys.exit(__doc__)
