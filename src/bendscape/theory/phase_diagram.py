r"""Thresholds and spectra over grids of parameters: ``bs.phase_diagram(...)``."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import flag, grid, sample_ratios
from ..errors import InvalidParameterError, LimitError
from ..memory import reserve
from ..models.losses import loss
from ..models.network import IsotropicNetwork
from ..models.preprocessing import SpectralMethod
from ..models.quadratic import QuadraticNetwork
from ..models.variations import varied
from ..progress import tracked
from ..results import Side
from .law.averages import Sampled, averages_of
from .law.isotropic import QuadraticNeurons
from .measure import Array
from .overlap import LONG_NAMES, overlap, teacher_curve
from .threshold import threshold
from .transition import transition

if TYPE_CHECKING:
    import xarray as xr

    from .general import Averaging

__all__ = ["phase_diagram"]

_AXES = {
    "p": "neurons of the student",
    "p_star": "neurons of the teacher",
    "a": "constant in the loss",
    "noise": "standard deviation of what is added to the labels",
    "multiplicative_noise": "standard deviation of what labels are multiplied with",
    "alpha": "samples over inputs, M/N",
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
}
_CURVES = ("edge_kind", "outlier", "overlap2")
_UNITS = "H, or (p/2) H at p = inf"
_AT_ONCE, _EACH = 60_000, 1000  # bytes: of one `a`, which are solved together, and of one point of the result
_PROGRESS_FROM = 2000  # points below which no bar is worth its flicker
_TOGETHER = ("normalised", "magnitude")  # losses whose networks differ in `a` alone and are solved together
_ROUNDING = 1e-15


def phase_diagram(
    net: Any = None,
    *,
    p: Any = None,
    p_star: Any = None,
    a: Any = None,
    noise: Any = None,
    multiplicative_noise: Any = None,
    alpha: Any = None,
    averaging: Averaging | None = None,
    progress: bool = False,
    **numbers: Any,
) -> xr.Dataset:
    r"""Thresholds over grids of any numbers of a model; with `alpha`, the spectrum's edge and outlier as well.

    Parameters
    ----------
    net : QuadraticNetwork, Network or SpectralMethod, optional
        Whose other numbers stay as they are. Without it `p`, `p_star` and `a` make quadratic networks.
    p, p_star, a, noise, multiplicative_noise : number or array_like, optional
        Arrays become dimensions of the result, numbers become scalar coordinates. `p` of quadratic networks may hold
        ``inf``. Quadratic networks with noise have the loss that divides by `a + |y|`.
    alpha : number or array_like, optional
        If given, `left_edge`, `edge_kind`, `outlier` and `overlap2` are computed at these `alpha` too, left of the bulk
        (of a spectral method right of it).
    averaging : Averaging, optional
        Which error is wanted where averages are sampled.
    progress : bool
        Draw a progress bar on standard error when the grid is large.
    **numbers : number or array_like
        Other parameters of the loss, such as `delta`, or of the weight of a spectral method, such as `floor`.

    Returns
    -------
    xarray.Dataset
        `alpha_BBP`, its absolute `error`, `kind`, `overlap2_jump`, `alpha_smooth`, `alpha_0_tangent`, `edge` and `side`
        over the grid. Every point is there; each is accurate as for :func:`bendscape.threshold`. A network without a
        threshold has the kind ``"none"`` and nan.

    Raises
    ------
    InvalidParameterError
        If a grid is empty or holds a value outside its domain, or the model has no such number.

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
    """
    named = {"p": p, "p_star": p_star, "a": a, "noise": noise, "multiplicative_noise": multiplicative_noise}
    given = {name: values for name, values in (named | numbers).items() if values is not None}
    if net is None and not {"p", "p_star", "a"} <= given.keys():
        missing = ", ".join(name for name in ("p", "p_star", "a") if name not in given)
        raise InvalidParameterError(f"{missing}: not given; give p, p_star and a, or a network as the first argument")
    if not given:
        raise InvalidParameterError("no grid is given: give one of the numbers of the network, such as a=[0.5, 1.0]")
    axes = {name: grid(name, values) for name, values in given.items()}
    points = None if alpha is None else sample_ratios(alpha)
    shape = [values.size for values in axes.values()] + ([] if points is None else [points.size])
    reserve(
        _AT_ONCE * axes.get("a", np.zeros(1)).size + _EACH * math.prod(shape),
        f"a diagram of {' x '.join(map(str, shape))} points",
        "give coarser grids, or parts of them",
    )
    base = QuadraticNetwork(1, 1, 1.0) if net is None else net
    others = {name: values for name, values in axes.items() if name != "a"}
    places = list(itertools.product(*(range(values.size) for values in others.values())))
    bar = "phase diagram" if flag("progress", progress) and math.prod(shape) >= _PROGRESS_FROM else None
    rows, curves, unit = [], [], ""
    for place in tracked(places, bar):
        values = {name: column[k].item() for (name, column), k in zip(others.items(), place, strict=True)}
        row = _Row.of(base, {name: _whole(name, value) for name, value in values.items()}, axes.get("a"), averaging)
        rows.append(row.thresholds())
        curves.append({} if points is None else row.curves(points))
        unit = unit or row.unit
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    columns |= {name: [curve[name] for curve in curves] for name in curves[0]}
    data = _labelled(columns, others, axes.get("a"), points, unit if net is not None else _UNITS)
    named_axes = [name for name in (*axes, "alpha") if name in data.dims]
    single = [name for name, values in (given | {"alpha": alpha}).items() if name in data.dims and np.ndim(values) == 0]
    return data.transpose(*named_axes).squeeze(single)


def _whole(name: str, value: float) -> float:
    """Finite widths are integers."""
    return int(value) if name in ("p", "p_star") and value.is_integer() else value


@dataclass(frozen=True, eq=False)
class _Row:
    """Models that differ in `a` alone, or a single one; `laws` if they are solved together."""

    values: Sequence[dict[str, Any]]
    base: Any
    laws: tuple[IsotropicNetwork, ...]
    averaging: Averaging | None

    @classmethod
    def of(cls, base: Any, values: dict[str, Any], constants: Array | None, averaging: Averaging | None) -> _Row:
        """The models with these numbers, at all constants."""
        each = [values] if constants is None else [values | {"a": a} for a in constants.tolist()]
        lowest = min(each, key=lambda values: values.get("a", 0.0))  # a loss that is smooth there is for larger `a` too
        first = averages_of(varied(base, lowest), averaging)
        if isinstance(first, QuadraticNetwork):
            closed = [averages_of(varied(base, one), averaging) for one in each]
            return cls(each, base, tuple(law for law in closed if isinstance(law, QuadraticNetwork)), averaging)
        if constants is None or not isinstance(first, QuadraticNeurons) or first.loss.name not in _TOGETHER:
            return cls(each, base, (), averaging)
        rest = dict(first.loss.parameters)
        others = tuple(
            replace(first, other_loss=loss(first.loss.name, **(rest | {"a": a}))) for a in constants.tolist()
        )
        return cls(each, base, others if all(law.weighs_as_the_paper for law in others) else (), averaging)

    @property
    def unit(self) -> str:
        """Of the edges."""
        found = self.laws[0] if self.laws else averages_of(varied(self.base, self.values[0]), self.averaging)
        return "H" if isinstance(found, Sampled) else found.unit

    def thresholds(self) -> dict[str, Array]:
        """A column for each variable."""
        if len(self.laws) < len(self.values):
            return _joined([self._one(values) for values in self.values])
        constants = [values.get("a", 0.0) for values in self.values]
        order = np.argsort(constants, kind="stable")
        groups = itertools.groupby((self.laws[i] for i in order), key=_ending)
        parts = [_columns(list(group)) for _, group in groups]
        return {name: column[np.argsort(order)] for name, column in _joined(parts).items()}

    def _one(self, values: dict[str, Any]) -> dict[str, Array]:
        try:
            found = threshold(varied(self.base, values), averaging=self.averaging)
        except LimitError:
            numbers = {name: np.full(1, np.nan) for name in _THRESHOLD_NAMES}
            return numbers | {"kind": np.array(["none"]), "side": np.array([""])}
        one = {
            "alpha_BBP": found.alpha,
            "error": found.error,
            "kind": found.kind,
            "overlap2_jump": float(found.overlap2_jump),
            "alpha_smooth": found.alpha_smooth,
            "alpha_0_tangent": found.alpha_0_tangent,
            "edge": float(found.edge),
            "side": found.side,
        }
        return {name: np.array([value]) for name, value in one.items()}

    def curves(self, alpha: Array) -> dict[str, Array]:
        """Edge, outlier and overlap of each model at each `alpha`."""
        if len(self.laws) == len(self.values):
            each = [teacher_curve(law, alpha) for law in self.laws]
        else:
            each = [self._curve(values, alpha) for values in self.values]
        return {name: np.stack([one[name] for one in each]) for name in each[0]}

    def _curve(self, values: dict[str, Any], alpha: Array) -> dict[str, Array]:
        model = varied(self.base, values)
        side: Side = "right" if isinstance(model, SpectralMethod) else "left"
        data = overlap(model, alpha=alpha, side=side, averaging=self.averaging)
        return {name: data[name].values for name in (f"{side}_edge", *_CURVES)}


def _ending(law: IsotropicNetwork) -> Any:
    """How the law of the curvature ends on the left: only laws that end alike are solved together."""
    end = law.curvature_edges[0]
    return end and (end.kind, end.value)


def _columns(laws: Sequence[IsotropicNetwork]) -> dict[str, Array]:
    found, scale = transition(laws), laws[0].scale
    return {
        "alpha_BBP": found.alpha,
        "error": found.alpha * (found.error + _ROUNDING),
        "kind": np.where(found.discontinuous, "discontinuous", "continuous"),
        "overlap2_jump": found.jump,
        "alpha_smooth": found.alpha_smooth,
        "alpha_0_tangent": found.alpha_0,
        "edge": scale * found.edge,
        "side": np.full(found.alpha.size, "left"),
    }


def _joined(parts: Sequence[dict[str, Array]]) -> dict[str, Array]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _labelled(
    columns: dict[str, list[Array]], others: dict[str, Array], constants: Array | None, alpha: Array | None, unit: str
) -> xr.Dataset:
    """A dataset over the other axes, `a` and `alpha`."""
    import xarray as xr

    along = np.zeros(1) if constants is None else constants
    axes = others | {"a": along} | ({} if alpha is None else {"alpha": alpha})
    data: dict[str, Any] = {}
    for name, parts in columns.items():
        dims = (*others, "a") if name in _THRESHOLD_NAMES else (*others, "a", "alpha")
        side = "right" if "right_edge" in columns else "left"
        long_name = _THRESHOLD_NAMES.get(name) or LONG_NAMES[name].format(side=side)
        units = {"units": unit} if name in ("edge", "left_edge", "right_edge", "outlier") else {}
        values = np.stack(parts).reshape([axes[dim].size for dim in dims])
        data[name] = (dims, values, {"long_name": long_name} | units)
    coords = {name: (name, values, {"long_name": _AXES.get(name, name)}) for name, values in axes.items()}
    table = xr.Dataset(data, coords=coords)
    return table.isel(a=0, drop=True) if constants is None else table
