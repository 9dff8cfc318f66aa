"""Edges and outliers of every named activation with every named loss, against matrices written out with NumPy.

``python tests/edge_table.py OUT`` goes through all of them, `p` = 1, 2, 3 and `p*` = 1, 2, at one `alpha`; it appends a
line to `OUT/edges.jsonl` for each network, leaves out those that are there already, and writes the table of counts to
`OUT/edges.md`. ``python tests/edge_table.py OUT gelu,huber,2,1 ..`` takes only these: activation, loss, `p`, `p*`. A
small version is in the suite.

The Hessian here is made from its definition, with activations and losses of its own: nothing of the library's
simulation. Outliers are extrapolated from three sizes. Of an edge the distance is extrapolated that it has from the
edge of the equations with the sample's own pre-activations, which do not scatter with the labels; these equations, at a
large size, come to a sharp edge as one over a root of `N`. A smooth edge they approach from inside, like `1/log N`.
"""

from __future__ import annotations

import itertools
import json
import math
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.polynomial.hermite_e import HermiteE
from scipy.special import erf, expit, ndtr

import bendscape as bs
from bendscape.errors import AccuracyError, InvalidParameterError
from bendscape.models.activations import ACTIVATIONS
from bendscape.models.losses import LOSSES
from bendscape.theory.law.exchangeable import Exchangeable
from bendscape.theory.law.matrix_averages import SIGN, SpectralLaw, oriented
from bendscape.theory.law.points import points_at
from bendscape.theory.law.teacher import teacher_symmetry
from bendscape.theory.resolvent.matrix_edges import find_edge

Array = npt.NDArray[np.float64]
Curves = tuple[Callable[[Array], Array], Callable[[Array], Array], Callable[[Array], Array]]
ALPHA = 4.0
SIZES = {100: 8, 200: 4, 400: 1}
LARGE, DRAWS = 2000, 4  # for the sample's own edge, which takes no matrix
FEW = bs.Averaging(tolerance=1.0, points=2**10, most=2**10, replicates=4)
FINE = bs.Averaging(tolerance=1e-4, points=2**12, most=2**14)
_BELL = math.sqrt(2 * math.pi)


def softplus(k: float) -> Curves:
    return (
        lambda u: np.logaddexp(0, k * u) / k,
        lambda u: expit(k * u),
        lambda u: k * expit(k * u) * expit(-k * u),
    )


def curves(name: str) -> Curves:
    """An activation and its derivatives, written down again."""
    if name.startswith("hermite"):
        k = int(name.removeprefix("hermite"))
        series = HermiteE.basis(k) / math.sqrt(math.factorial(k))
        return series, series.deriv(1), series.deriv(2)
    table: dict[str, Curves] = {
        "quadratic": (np.square, lambda u: 2 * u, lambda u: 2 + 0 * u),
        "erf": (
            erf,
            lambda u: 2 / math.sqrt(math.pi) * np.exp(-(u**2)),
            lambda u: -4 * u / math.sqrt(math.pi) * np.exp(-(u**2)),
        ),
        "tanh": (np.tanh, lambda u: np.cosh(u) ** -2, lambda u: -2 * np.tanh(u) * np.cosh(u) ** -2),
        "sigmoid": (expit, lambda u: expit(u) * expit(-u), lambda u: expit(u) * expit(-u) * (1 - 2 * expit(u))),
        "softplus": softplus(1.0),
        "smooth relu": softplus(4.0),
        "gelu": (
            lambda u: u * ndtr(u),
            lambda u: ndtr(u) + u * np.exp(-(u**2) / 2) / _BELL,
            lambda u: (2 - u**2) * np.exp(-(u**2) / 2) / _BELL,
        ),
        "cosine": (np.cos, lambda u: -np.sin(u), lambda u: -np.cos(u)),
    }
    return table[name]


def slopes(name: str, y: Array, z: Array) -> tuple[Array, Array]:
    """First and second derivatives of a loss in the output `z`, at its usual parameters."""
    r = z - y
    if name == "squared":
        return r, np.ones_like(r)
    if name in ("normalised", "magnitude"):
        w = 1 / (1 + (y if name == "normalised" else np.abs(y)))
        return w * r, w
    if name == "amplitude":
        root = np.sqrt((y + 0.1) / (z + 0.1))
        return 1 - root, root / (2 * (z + 0.1))
    if name == "huber":
        return r / np.sqrt(1 + r**2), (1 + r**2) ** -1.5
    if name == "logistic":
        return -y * expit(-y * z), y**2 * expit(y * z) * expit(-y * z)
    raise NotImplementedError(f"loss {name}: write its two derivatives here, from the definition")


@dataclass(frozen=True)
class Drawn:
    """Eigenvalues of one Hessian, and what its equations need."""

    eigenvalues: Array
    u: Array
    s: Array


def drawn(activation: str, loss: str, p: int, p_star: int, N: int, seed: Any) -> Drawn:
    """`H_kk' = sum_mu F_kk' x x^T`, `F_kk' = l'' s'(u_k) s'(u_k')/p^2 + delta l' s''(u_k)/p`."""
    rng, M = np.random.default_rng(seed), round(ALPHA * N)
    X = rng.standard_normal((M, N)) / math.sqrt(N)
    W, V = (rng.standard_normal((k, N)) for k in (p, p_star))
    W, V = (w * math.sqrt(N) / np.linalg.norm(w, axis=1, keepdims=True) for w in (W, V))
    value, first, second = curves(activation)
    u, s = X @ W.T, X @ V.T
    slope, bend = slopes(loss, value(s).mean(axis=1), value(u).mean(axis=1))
    H = np.empty((p * N, p * N))
    for k, m in itertools.product(range(p), repeat=2):
        F = bend * first(u[:, k]) * first(u[:, m]) / p**2 + (k == m) * slope * second(u[:, k]) / p
        H[k * N : (k + 1) * N, m * N : (m + 1) * N] = X.T @ (F[:, None] * X)
    return Drawn(np.asarray(np.linalg.eigvalsh(H), dtype=float), u, s)


class OwnSupport:
    """The law of `F` of one sample ends at one of its own matrices."""

    def __init__(self, points: Any, sign: float) -> None:
        self.F = sign * points.curvature.dense()
        self.positive = bool(np.linalg.eigvalsh(self.F).min() >= 0)

    def worst(self, inverse: Array, hint: Any = None) -> tuple[float, Array]:  # noqa: ARG002
        values = np.linalg.eigvalsh(self.F - inverse)[:, 0]
        return float(values.min()), self.F[np.argmin(values)]

    def depth(self, t: Array, averages: Any, place: Any) -> float:
        return float(np.linalg.eigvalsh(t - np.linalg.inv(averages.matrix(place.gamma)))[0])


def own_edge(net: bs.Network, one: Drawn, side: Any) -> float:
    """The edge that the equations have with a sample's own pre-activations in the place of averages."""
    M = len(one.u)
    points = points_at(net, one.u, one.s, np.zeros((M, 2)), np.full(M, 1 / M))
    averages = oriented(Exchangeable(points, teacher_symmetry(net)), side)
    support: Any = OwnSupport(points, SIGN[side])
    return SIGN[side] * find_edge(averages, ALPHA, SpectralLaw.of(net.inputs), support).point.z


def extrapolated(table: dict[int, list[float]], power: float) -> tuple[float, float, float]:
    """The limit `c` of `c + b N^-power` and its standard error; and the shift that is left at the largest size."""
    sizes = np.array(list(table))
    means = np.array([np.mean(x) for x in table.values()])
    spread = max(float(np.std(x, ddof=1)) for x in table.values() if len(x) > 2)
    errors = spread / np.sqrt([len(x) for x in table.values()]) + 1e-12
    design = np.stack([np.ones(len(sizes)), sizes**-power], axis=1) / errors[:, None]
    inverse = np.linalg.inv(design.T @ design)
    limit = inverse @ design.T @ (means / errors)
    return float(limit[0]), float(math.sqrt(inverse[0, 0])), float(means[-1] - limit[0])


def judged(difference: float, error: float, shift: float) -> str:
    """Four standard errors, and a third of the shift at the largest size for what the extrapolation leaves out."""
    return "within" if abs(difference) <= 4 * error + abs(shift) / 3 else "wrong"


def row(activation: str, loss: str, p: int, p_star: int, sizes: dict[int, int] = SIZES) -> dict[str, Any]:
    """What theory says of one network, and the verdicts; "wrong" stands only if more points and replicates repeat it.

    The standard error of four replicates follows few degrees of freedom: now and then it is ten times too small.
    """
    about = {"activation": activation, "loss": loss, "p": p, "p_star": p_star}
    try:
        net = bs.Network(p, p_star, activation=activation, loss=loss)
    except InvalidParameterError as error:
        return about | {"verdict": "refused", "why": str(error)[:80]}

    @cache
    def samples() -> dict[int, list[Drawn]]:
        return {
            N: [drawn(activation, loss, p, p_star, N, (p, p_star, N, i)) for i in range(number)]
            for N, number in sizes.items()
        }

    rows: list[dict[str, Any]] = []
    for averaging in (FEW, FINE):
        try:
            rows = _rows(net, bs.spectrum(net, alpha=ALPHA, averaging=averaging), samples)
        except AccuracyError as error:
            return about | {"verdict": "AccuracyError", "why": str(error)}
        if not any(part["verdict"] == "wrong" for part in rows):
            break
    return about | {"rows": rows}


def _rows(net: bs.Network, found: Any, samples: Callable[[], dict[int, list[Drawn]]]) -> list[dict[str, Any]]:
    """The verdicts of both sides."""
    rows: list[dict[str, Any]] = []
    for side, one in (("left", found.left_edge), ("right", found.right_edge)):
        if not math.isfinite(one.value):
            verdict = "none" if one.kind == "none" and one.reason else "undecided"
            rows.append({"what": f"{side} edge", "verdict": verdict})
            continue
        try:
            rows += _side(net, found, side, one, samples())
        except AccuracyError as error:  # of the equations of one sample, to which nothing can then be compared
            rows.append({"what": f"{side} edge", "verdict": "not compared", "why": str(error)})
    return rows


def _side(net: bs.Network, found: Any, side: str, one: Any, samples: dict[int, list[Drawn]]) -> list[dict[str, Any]]:
    """Outliers, from the outermost inwards, and the edge behind them."""
    step = 1 if side == "left" else -1
    outliers = [o for o in found.outliers if o.side == side][::step]
    rows, taken = [], 0
    for o in outliers:
        places = slice(taken, taken + o.multiplicity)
        seen_there = {N: [float(d.eigenvalues[::step][places].mean()) for d in x] for N, x in samples.items()}
        limit, error, shift = extrapolated(seen_there, 1.0)
        verdict = judged(limit - o.value, math.hypot(error, o.error), shift)
        rows.append({"what": f"{side} outlier", "theory": o.value, "found": limit, "error": error, "verdict": verdict})
        taken += o.multiplicity
    ends = {N: [float(d.eigenvalues[::step][taken]) for d in x] for N, x in samples.items()}
    if one.kind == "zero":
        worst = max(abs(x) for each in ends.values() for x in each)
        verdict = "within" if worst < 1e-8 else "wrong"
        return [*rows, {"what": f"{side} edge", "kind": "zero", "theory": 0.0, "found": worst, "verdict": verdict}]
    own = {N: [x - own_edge(net, d, side) for x, d in zip(ends[N], each, strict=True)] for N, each in samples.items()}
    limit, error, shift = extrapolated(own, 2 / 3)
    large = np.array([own_edge(net, _points_only(net, i), side) for i in range(DRAWS)])
    scatter = float(large.std(ddof=1)) / math.sqrt(DRAWS)
    off, found_there = float(large.mean()) - one.value, limit + float(large.mean())
    verdict = judged(limit, error, shift)
    if one.kind == "sharp":
        # Student's law with three degrees of freedom
        if abs(off) > 10 * math.hypot(scatter, one.error) + 1e-9:
            verdict = "wrong"
        error = math.hypot(error, scatter)
    elif step * off < -10 * math.hypot(scatter, one.error):  # outside the edge of infinite N
        verdict = "wrong"
    return [*rows, _edge_row(side, one, found_there, error, verdict)]


def _points_only(net: bs.Network, seed: int) -> Drawn:
    rng, M = np.random.default_rng((seed, 1)), round(ALPHA * LARGE)
    return Drawn(np.zeros(0), rng.standard_normal((M, net.p)), rng.standard_normal((M, net.p_star)))


def _edge_row(side: str, one: Any, limit: float, error: float, verdict: str) -> dict[str, Any]:
    numbers = {"theory": one.value, "theory_error": one.error, "found": limit, "error": error}
    return {"what": f"{side} edge", "kind": one.kind, **numbers, "verdict": verdict}


def everything() -> list[tuple[str, str, int, int]]:
    """All names and widths, the smallest first."""
    return [(*names, p, q) for q, p, *names in itertools.product((1, 2), (1, 2, 3), ACTIVATIONS, LOSSES)]


def report(rows: list[dict[str, Any]]) -> str:
    """Counts, and each row that is wrong."""
    counts: Counter[tuple[str, str]] = Counter()
    wrong = []
    for one in rows:
        for part in one.get("rows", [one]):
            what = part.get("what", "network")
            counts[(what.split()[-1], part["verdict"])] += 1
            if part["verdict"] not in ("within", "none", "refused"):
                wrong.append({k: v for k, v in one.items() if k != "rows"} | part)
    lines = ["| what | verdict | number |", "|---|---|---|"]
    lines += [f"| {what} | {verdict} | {number} |" for (what, verdict), number in sorted(counts.items())]
    return "\n".join([f"{len(rows)} networks at alpha = {ALPHA:g}", "", *lines, "", *map(str, wrong), ""])


def main(out: Path, only: list[str]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    store = out / "edges.jsonl"
    rows = [json.loads(line) for line in store.read_text().splitlines()] if store.exists() else []
    known = {(r["activation"], r["loss"], r["p"], r["p_star"]) for r in rows}
    for each in everything():
        if each not in known and (not only or ",".join(map(str, each)) in only):
            rows.append(row(*each))
            with store.open("a") as file:
                file.write(json.dumps(rows[-1]) + "\n")
            (out / "edges.md").write_text(report(rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
