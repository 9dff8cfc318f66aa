r"""Thresholds and spectra over grids of parameters: ``bs.phase_diagram(...)``."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._types import Array
from ..arguments import RUNS, count, flag, grid, positive, sample_ratios, seed_sequence
from ..attributes import plain_attrs
from ..errors import AccuracyError, InvalidParameterError, LimitError
from ..memory import require_memory
from ..models.network import IsotropicNetwork
from ..models.quadratic import QuadraticNetwork
from ..models.variations import varied
from ..progress import tracked
from ..user_arrays import shown
from .finite_size._finite_threshold import finite_threshold
from .finite_size.labels import finite_width
from .resolvent.curves import teacher_curve
from .resolvent.onset import transition
from .verbs._overlap import overlap
from .verbs._threshold import threshold
from .verbs.exact_overlap import LONG_NAMES, STUDENTS_NAMES
from .verbs.solvers import Solver, solver_of

if TYPE_CHECKING:
    import xarray as xr

    from .law.sampling import Averaging

__all__ = ["phase_diagram"]

_AXES = {
    "p": "neurons of the student",
    "p_star": "neurons of the teacher",
    "a": "constant in the loss",
    "noise": "standard deviation of what is added to the labels",
    "multiplicative_noise": "standard deviation of what labels are multiplied with",
    "students": "students, at the same data",
    "alpha": "samples over inputs, M/N",
    "N": "input dimension",
}
_THRESHOLD_NAMES = {
    "alpha_BBP": "threshold of the BBP transition",
    "error": "absolute error of the threshold",
    "kind": "kind of the transition",
    "overlap2_jump": "squared overlap just above the threshold",
    "alpha_smooth": "largest alpha with a smooth edge",
    "alpha_0_tangent": "zero of the tangent to the squared overlap at the threshold",
    "edge": "edge of the bulk at the threshold",
    "side": "side of the bulk on which the first outlier leaves",
    "reason": "why there is no threshold, or none on the other side",
}
_TEXTS = ("kind", "side", "reason")
_FINITE_NAMES = {
    "alpha_half": "alpha at which half of all samples have an informative outlier",
    "stderr": "standard error of alpha_half",
    "width": "half the distance between the quantiles 0.16 and 0.84",
    "overlap2": "mean squared overlap of the lowest p p_star eigenvectors at alpha_half",
}
_CURVES = ("edge_kind", "outlier")
_UNITS = "H, or (p/2) H at p = inf"
_BYTES_AN_A, _BYTES_A_POINT = 60_000, 1000  # of one value of `a`, which are solved together; of one point of the result
_PROGRESS_FROM = 2000  # points, from which on a diagram takes long enough for a progress bar
_ROUNDING = 1e-15  # relative, added to the error of the averages


def phase_diagram(
    net: Any = None,
    *,
    p: Any = None,
    p_star: Any = None,
    a: Any = None,
    noise: Any = None,
    multiplicative_noise: Any = None,
    alpha: Any = None,
    N: Any = None,
    samples: int = 50,
    seed: int | None = None,
    averaging: Averaging | None = None,
    progress: bool = False,
    **numbers: Any,
) -> xr.Dataset:
    r"""Compute thresholds over grids of any numbers of a model; with `alpha`, also edge, outlier and overlap.

    Parameters
    ----------
    net : QuadraticNetwork, Network, SpectralMethod or HessianMethod, optional
        Model whose other numbers are kept. Without one, `p`, `p_star` and `a` define quadratic networks.
    p, p_star, a, noise, multiplicative_noise : number or array_like, optional
        Arrays become dimensions of the result, numbers become scalar coordinates. `p` of quadratic networks may hold
        ``inf``. Quadratic networks with noise have the loss that divides by `a + |y|`.
    alpha : number or array_like, optional
        If given, `left_edge`, `edge_kind`, `outlier` and `overlap2` are computed at these `alpha` too, left of the bulk
        (of a spectral method right of it).
    N : number or array_like, optional
        Input dimensions: if given, `alpha_half`, `stderr`, `width` and `overlap2` of :func:`bendscape.finite_threshold`
        are computed too, for quadratic networks of finite width.
    samples : int
        Number of samples drawn at every point with an `N`.
    seed : int, optional
        Seed of the samples, required with `N`. All points share it: curves are smooth, and points not independent.
    averaging : Averaging, optional
        Accuracy where averages are sampled; all others ignore it.
    progress : bool
        Draw a progress bar on standard error when the grid is large, or has an `N`.
    **numbers : number or array_like
        Other parameters of the loss, such as `delta`, or of the weight of a spectral method, such as `floor`; and the
        number of `students`.

    Returns
    -------
    xarray.Dataset
        `alpha_BBP`, its absolute `error`, `kind`, `overlap2_jump`, `alpha_smooth`, `alpha_0_tangent`, `edge` and `side`
        over the grid, as accurate as those of :func:`bendscape.threshold`. A network without a threshold has the kind
        ``"none"`` and nan; a network whose equations were not solved has ``"undecided"`` and nan. `reason` says why.

    Raises
    ------
    InvalidParameterError
        If a grid is empty or holds a value outside its domain, the model has no such number, or `N` does not apply.

    See Also
    --------
    bendscape.threshold : the threshold of one model.
    bendscape.plot.phase_diagram : draws the result.

    Examples
    --------
    >>> import bendscape as bs
    >>> diagram = bs.phase_diagram(p=[1, 2, float("inf")], p_star=1, a=[0.7, 1.5])
    >>> diagram.alpha_BBP.round(4).values.tolist()
    [[1.2434, 1.3745], [0.9271, 1.3229], [0.85, 1.25]]
    >>> diagram.kind.sel(a=0.7).values.tolist()
    ['continuous', 'continuous', 'discontinuous']
    >>> noisy = bs.phase_diagram(bs.QuadraticNetwork(2, 1, 1.5), noise=[0.0, 1.0, 2.0])
    >>> noisy.alpha_BBP.round(4).values.tolist()
    [1.3229, 1.4166, 2.2581]
    >>> finite = bs.phase_diagram(p=1, p_star=1, a=[0.5, 2.0], N=[1e3, 1e9], samples=4, seed=1)
    >>> finite.alpha_half.dims, bool((finite.alpha_half < finite.alpha_BBP).sel(a=2.0).all())
    (('a', 'N'), True)
    """
    named = {"p": p, "p_star": p_star, "a": a, "noise": noise, "multiplicative_noise": multiplicative_noise}
    given = {name: values for name, values in (named | numbers).items() if values is not None}
    if net is None and not {"p", "p_star", "a"} <= given.keys():
        missing = ", ".join(name for name in ("p", "p_star", "a") if name not in given)
        raise InvalidParameterError(f"{missing}: not given; give p, p_star and a, or a network as the first argument")
    if not given and N is None:
        raise InvalidParameterError("no grid is given: give one of the numbers of the network, such as a=[0.5, 1.0]")
    axes, last = {name: grid(name, values) for name, values in given.items()}, _last_axis(alpha, N)
    shape = [values.size for values in (axes | last).values()]
    require_memory(
        _BYTES_AN_A * axes.get("a", np.zeros(1)).size + _BYTES_A_POINT * math.prod(shape),
        f"a diagram of {' x '.join(map(str, shape))} points",
        "give coarser grids, or parts of them",
    )
    base = QuadraticNetwork(1, 1, 1.0) if net is None else net
    others = {name: values for name, values in axes.items() if name != "a"}
    places = [dict(zip(others, place, strict=True)) for place in itertools.product(*map(_numbers, others.items()))]
    sampling = _sampling(last, samples, seed)
    finite = _finite_jobs(base, places, axes.get("a"), last)  # raises before anything is computed
    bar = flag("progress", progress)
    many = math.prod(shape) >= _PROGRESS_FROM or _slow(base, places[0], axes.get("a"), averaging)
    rows, curves, unit = [], [], ""
    for values in tracked(places, "phase diagram" if bar and many else None):
        row = _Row.of(base, values, axes.get("a"), averaging)
        rows.append(row.thresholds())
        curves.append(row.curves(last["alpha"]) if "alpha" in last else {})
        unit = unit or row.solver.unit
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    columns |= {name: [curve[name] for curve in curves] for name in curves[0]}
    columns |= _finite(finite, sampling, "points" if bar else None) if finite else {}
    data = _labelled(columns, others, axes.get("a"), last, unit if net is not None else _UNITS)
    named_axes = [name for name in (*axes, *last) if name in data.dims]
    numbered = given | {"alpha": alpha, "N": N}
    single = [name for name, values in numbered.items() if name in data.dims and np.ndim(values) == 0]
    return data.transpose(*named_axes).squeeze(single).assign_attrs(plain_attrs(sampling))


def _last_axis(alpha: Any, N: Any) -> dict[str, Array]:
    """Return the last axis: `alpha` of curves, or `N` of thresholds of finite size; none without both."""
    if alpha is not None and N is not None:
        raise InvalidParameterError(
            f"alpha = {shown(alpha)} and N = {shown(N)}: a diagram has curves over alpha, or thresholds at N: give one "
            "of them, or both to bs.finite_size"
        )
    if alpha is not None:
        return {"alpha": sample_ratios(alpha)}
    return {} if N is None else {"N": np.array([positive("N", n) for n in grid("N", N).tolist()])}


def _sampling(last: dict[str, Array], samples: Any, seed: Any) -> dict[str, int]:
    """Number and seed of samples of finite size; empty without an `N`."""
    if "N" not in last:
        if seed is not None:
            raise InvalidParameterError(f"seed = {shown(seed)}: nothing is random without N: give N, or leave seed out")
        return {}
    if seed is None:
        raise InvalidParameterError("seed is not given: give an integer, from which samples of size N are drawn")
    seed_sequence(seed)
    return {"samples": count("samples", samples, RUNS), "seed": seed}


def _numbers(axis: tuple[str, Array]) -> list[float]:
    """List the values of one axis; finite widths and numbers of students become integers."""
    name, values = axis
    whole = name in ("p", "p_star", "students")
    return [int(x) if whole and x.is_integer() else x for x in values.tolist()]


def _slow(base: Any, place: dict[str, Any], constants: Array | None, averaging: Any) -> bool:
    """Whether averages are sampled, so that every point takes seconds."""
    own = {} if constants is None else {"a": float(constants[0])}
    return solver_of(varied(base, place | own), averaging).slow


def _finite_jobs(
    base: Any, places: Sequence[dict[str, Any]], constants: Array | None, last: dict[str, Array]
) -> list[tuple[QuadraticNetwork, float]]:
    """List every network with every `N`."""
    along = [{}] if constants is None else [{"a": a} for a in constants.tolist()]
    jobs = []
    for place in places if "N" in last else ():
        for own in along:
            net = finite_width(varied(base, place | own))
            jobs += [(net, size) for size in last["N"].tolist()]
    return jobs


def _finite(
    jobs: Sequence[tuple[QuadraticNetwork, float]], sampling: dict[str, Any], bar: str | None
) -> dict[str, list[Array]]:
    """Compute thresholds of finite size; returns a column for each variable."""
    rows = [_finite_row(net, size, sampling) for net, size in tracked(jobs, bar)]
    return {name: [np.array([row[name] for row in rows])] for name in _FINITE_NAMES}


def _finite_row(net: QuadraticNetwork, size: float, sampling: dict[str, Any]) -> dict[str, float]:
    """Threshold of one network at one `N`; nan where its samples have no outlier in the range of the search."""
    try:
        row = finite_threshold(net, N=size, **sampling)
    except AccuracyError:
        return dict.fromkeys(_FINITE_NAMES, math.nan)
    return {name: getattr(row, "alpha" if name == "alpha_half" else name) for name in _FINITE_NAMES}


@dataclass(frozen=True, eq=False)
class _Row:
    """Models that differ in `a` alone, or a single model; `laws` is not empty if they are solved together."""

    values: Sequence[dict[str, Any]]
    base: Any
    solver: Solver
    laws: tuple[IsotropicNetwork, ...]
    averaging: Averaging | None

    @classmethod
    def of(cls, base: Any, values: dict[str, Any], constants: Array | None, averaging: Averaging | None) -> _Row:
        """Return the models with these numbers, at all constants."""
        each = [values] if constants is None else [values | {"a": a} for a in constants.tolist()]
        lowest = min(each, key=lambda values: values.get("a", 0.0))  # if its loss is smooth, so are those of larger `a`
        solver = solver_of(varied(base, lowest), averaging)
        return cls(each, base, solver, solver.laws(None if constants is None else constants.tolist()), averaging)

    def thresholds(self) -> dict[str, Array]:
        """Return a column of thresholds for each variable."""
        if not self.laws:
            return _joined([self._one(values) for values in self.values])
        constants = [values.get("a", 0.0) for values in self.values]
        order = np.argsort(constants, kind="stable")
        groups = itertools.groupby((self.laws[i] for i in order), key=_ending)
        parts = [_columns(list(group)) for _, group in groups]
        return {name: column[np.argsort(order)] for name, column in _joined(parts).items()}

    def _one(self, values: dict[str, Any]) -> dict[str, Array]:
        try:
            point = threshold(varied(self.base, values), averaging=self.averaging)
        except (LimitError, AccuracyError) as error:  # one point does not end the others
            kind = "none" if isinstance(error, LimitError) else "undecided"
            missing = {name: np.full(1, np.nan) for name in _THRESHOLD_NAMES if name not in _TEXTS}
            return missing | {"kind": np.array([kind]), "side": np.array([""]), "reason": np.array([str(error)])}
        one = {
            "alpha_BBP": point.alpha,
            "error": point.error,
            "kind": point.kind,
            "overlap2_jump": float(point.overlap2_jump),
            "alpha_smooth": point.alpha_smooth,
            "alpha_0_tangent": point.alpha_0_tangent,
            "edge": float(point.edge),
            "side": point.side,
            "reason": point.reason,
        }
        return {name: np.array([value]) for name, value in one.items()}

    def curves(self, alpha: Array) -> dict[str, Array]:
        """Return edge, outlier and overlap of each model at each `alpha`."""
        if self.laws and self.solver.curves == ("overlap2",):
            each = [teacher_curve(law, alpha) for law in self.laws]
        else:
            each = [self._curve(values, alpha) for values in self.values]
        return {name: np.stack([one[name] for one in each]) for name in each[0]}

    def _curve(self, values: dict[str, Any], alpha: Array) -> dict[str, Array]:
        side, names = self.solver.sides[0], (*_CURVES, *self.solver.curves)
        try:
            data = overlap(varied(self.base, values), alpha=alpha, side=side, averaging=self.averaging)
        except AccuracyError:
            missing = {name: np.full(alpha.size, np.nan) for name in (f"{side}_edge", *names)}
            return missing | {"edge_kind": np.full(alpha.size, "undecided")}
        return {name: data[name].values for name in (f"{side}_edge", *names)}


def _ending(law: IsotropicNetwork) -> Any:
    """Kind and value of the law's lower end: only laws that end alike are solved together."""
    end = law.curvature_edges[0]
    return end and (end.kind, end.value)


def _columns(laws: Sequence[IsotropicNetwork]) -> dict[str, Array]:
    solved, scale = transition(laws), laws[0].scale
    return {
        "alpha_BBP": solved.alpha,
        "error": solved.alpha * (solved.error + _ROUNDING),
        "kind": np.where(solved.discontinuous, "discontinuous", "continuous"),
        "overlap2_jump": solved.jump,
        "alpha_smooth": solved.alpha_smooth,
        "alpha_0_tangent": solved.alpha_0,
        "edge": scale * solved.edge,
        "side": np.full(solved.alpha.size, "left"),
        "reason": np.full(solved.alpha.size, ""),
    }


def _joined(parts: Sequence[dict[str, Array]]) -> dict[str, Array]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _labelled(
    columns: dict[str, list[Array]],
    others: dict[str, Array],
    constants: Array | None,
    last: dict[str, Array],
    unit: str,
) -> xr.Dataset:
    """Assemble a dataset over the other axes, `a`, and `alpha` or `N`."""
    import xarray as xr

    along = np.zeros(1) if constants is None else constants
    axes = others | {"a": along} | last
    side = "right" if "right_edge" in columns else "left"
    long_names = _THRESHOLD_NAMES | {name: text.format(side=side) for name, text in LONG_NAMES.items()}
    long_names |= STUDENTS_NAMES if "overlap2_each" in columns else _FINITE_NAMES if "N" in last else {}
    data: dict[str, Any] = {}
    for name, parts in columns.items():
        dims = (*others, "a") if name in _THRESHOLD_NAMES else (*others, "a", *last)
        units = {"units": unit} if name in ("edge", "left_edge", "right_edge", "outlier") else {}
        values = np.stack(parts).reshape([axes[dim].size for dim in dims])
        data[name] = (dims, values, {"long_name": long_names[name]} | units)
    coords = {name: (name, values, {"long_name": _AXES.get(name, name)}) for name, values in axes.items()}
    table = xr.Dataset(data, coords=coords)
    return table.isel(a=0, drop=True) if constants is None else table
