"""``bendscape best``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...errors import InvalidParameterError
from ..application import command
from ..options import GRID, Number, Whole
from ..render import Output, Table, number, with_error
from ..values import parse_grid

if TYPE_CHECKING:
    from ...models.channels import Channel
    from ...models.methods import BayesOptimal
    from ...results import Estimate
    from ...theory.bayes_optimal.recovery import RecoveryThreshold

__all__ = ["best"]

_COLUMNS = ("gaussian", "orthogonal")


@command("best --p-star 1 --alpha 0.4:1.4:6", "best --p-star 2 --counts 10 --dark 20", "best --columns orthogonal")
def best(
    *,
    p_star: Annotated[int, Whole("--p-star", help="Number of teacher neurons; 2 stands for one complex signal.")] = 1,
    noise: Annotated[
        float, Number("--noise", help="Standard deviation of a random number added to each label, of mean 1.")
    ] = 0.0,
    counts: Annotated[
        float | None, Number("--counts", help="Labels are counts with Poisson noise: their mean, without dark ones.")
    ] = None,
    dark: Annotated[float, Number("--dark", help="Mean number of counts without a signal.")] = 0.0,
    saturation: Annotated[
        float | None, Number("--saturation", help="Largest label that is measured; larger ones are cut off.")
    ] = None,
    columns: Annotated[
        str, typer.Option("--columns", metavar="KIND", help=f"Columns of the matrix of inputs: {', '.join(_COLUMNS)}.")
    ] = "gaussian",
    alpha: Annotated[
        str | None,
        typer.Option("--alpha", metavar="GRID", help=f"Print the overlaps at these alpha = M/N: {GRID}."),
    ] = None,
    output: Output,
) -> None:
    """Fewest data: what labels allow any method to recover.

    alpha = M/N is the number of samples divided by the input dimension. Below weak recovery, message passing has no
    overlap with the teacher; from perfect recovery on it returns the teacher exactly. The posterior mean is the best
    estimate of all; no published fast method is better than message passing. With noise, recovery is never perfect.
    """
    from ...models.ensembles import ColumnOrthogonal, GaussianEnsemble
    from ...models.methods import BayesOptimal
    from ...theory.verbs._overlap import overlap
    from ...theory.verbs._threshold import threshold

    output.check()
    if columns not in _COLUMNS:
        raise InvalidParameterError(f"columns = {columns!r}: give one of {', '.join(_COLUMNS)}")
    ensemble = GaussianEnsemble() if columns == "gaussian" else ColumnOrthogonal()
    model = BayesOptimal(_channel(p_star, noise, counts, dark, saturation), ensemble)
    result = threshold(model)
    curve = None if alpha is None else overlap(model, alpha=parse_grid("alpha", alpha))
    record = result.to_dict() | ({} if curve is None else {"overlap": curve.to_dict()})
    output.show(lambda: record, lambda: _table(result, curve), lambda ax: _draw(model, result, ax))


def _channel(p_star: int, noise: float, counts: float | None, dark: float, saturation: float | None) -> Channel:
    from ...models.channels import GaussianNoise, Noiseless, Poisson, Saturated

    if noise < 0:
        raise InvalidParameterError(f"noise = {noise:g}: give a standard deviation, zero or positive")
    channel: Any = Noiseless(p_star) if noise == 0 else GaussianNoise(p_star, noise**2)
    if counts is not None:
        if noise:
            raise InvalidParameterError(f"noise = {noise:g}: counts have noise of their own; leave one of the two out")
        channel = Poisson(p_star, counts, dark)
    elif dark:
        raise InvalidParameterError(f"dark = {dark:g}: give --counts too, the mean number of counts with a signal")
    return channel if saturation is None else Saturated(channel, saturation)


def _table(result: RecoveryThreshold, curve: Any) -> Table:
    rows = [
        ("weak recovery", with_error(result.alpha, result.error), f"an overlap begins; it is {result.kind}"),
        ("jump", _shown(result.alpha_jump), "of the overlap of message passing"),
        ("perfect recovery", _shown(result.alpha_perfect), "by message passing"),
        ("information", _shown(result.alpha_information), "the posterior mean is perfect, or jumps"),
    ]
    if curve is not None:
        for point in (curve.isel(alpha=i) for i in range(curve.sizes["alpha"])):
            values = number(point.overlap2.item(), 4), number(point.overlap2_bayes.item(), 4)
            rows.append((f"m^2 at {point.alpha.item():.6g}", values[0], f"message passing; posterior mean {values[1]}"))
    return Table(f"Fewest data, {result.net}", ("quantity", "alpha, or m^2", ""), rows)


def _shown(place: Estimate) -> str:
    return with_error(place.value, place.error)


def _draw(model: BayesOptimal, result: RecoveryThreshold, ax: Any) -> None:
    """Both overlaps against alpha, up to twice the last threshold."""
    import numpy as np

    from ...plot import overlap as draw
    from ...theory.verbs._overlap import overlap

    places = [result.alpha, *(float(x) for x in (result.alpha_jump, result.alpha_perfect) if np.isfinite(x))]
    points = np.unique(np.append(np.linspace(0.02, 2.0, 100) * max(places), np.outer(places, (1 - 1e-6, 1 + 1e-6))))
    draw(overlap(model, alpha=points[points >= model.ensemble.least]), ax=ax)
    ax.set_title(str(model))
