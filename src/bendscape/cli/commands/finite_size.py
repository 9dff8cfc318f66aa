"""``bendscape finite-size``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..application import command
from ..networks import PaperNetwork
from ..options import Alpha, Samples, Seed
from ..render import Output, Table, number
from ..values import parse_number

if TYPE_CHECKING:
    from ...theory.finite_size._finite_threshold import FiniteThreshold

__all__ = ["finite_size"]


@command("finite-size --p 2 --p-star 1 --a 1.5 --alpha 1.1 --N 1e6")
def finite_size(
    *,
    model: PaperNetwork,
    alpha: Alpha,
    n: Annotated[str, typer.Option("--N", metavar="N", help="Input dimension, up to 1e20.")],
    samples: Samples = 200,
    seed: Seed = 0,
    output: Output,
) -> None:
    """Edge, overlap and threshold at finite N, from theory.

    Theory draws the labels of each sample and computes its smallest eigenvalue, its overlap and its threshold without
    making a Hessian, so N may be large.
    """
    from ...comparison import limit
    from ...theory.finite_size._finite_size import finite_size as draw
    from ...theory.finite_size._finite_threshold import finite_threshold

    output.check()
    net = model.network()
    point, size = parse_number("alpha", alpha), parse_number("N", n)
    data = draw(net, alpha=point, N=size, samples=samples, seed=seed)
    half = finite_threshold(net, N=size, samples=samples, seed=seed, progress=True)
    theory = limit(net, point)
    record = _record(data, half, theory)
    output.show(lambda: record, lambda: _table(record, str(net)), lambda ax: _draw(str(net), data, theory, ax))


def _draw(name: str, data: Any, theory: dict[str, float], ax: Any) -> None:
    from ...plot import eigenvalues as draw

    draw(data, theory=theory, ax=ax)
    ax.set_title(f"{name}, alpha={data.attrs['alpha']:g}, N={data.attrs['N']:g}, from theory")


def _record(data: Any, half: FiniteThreshold, theory: dict[str, float]) -> dict[str, Any]:
    def spread(name: str) -> dict[str, float]:
        values = data[name].values
        return {"mean": float(values.mean()), "std": float(values.std(ddof=1)) if len(values) > 1 else math.nan}

    return {
        **{key: data.attrs[key] for key in ("p", "p_star", "a", "alpha", "N", "seed")},
        "samples": data.sizes["sample"],
        "unit": data.smallest_eigenvalue.attrs["units"],
        "outlier_probability": float(data.has_outlier.mean()),
        "phi": float(data.phi.mean()),
        "overlap2": spread("captured"),
        "left_edge": spread("left_edge"),
        "smallest_eigenvalue": spread("smallest_eigenvalue"),
        "alpha_half": half.alpha,
        "alpha_half_stderr": half.stderr,
        "width": half.width,
        "alpha_bbp": half.alpha_bbp,
        "alpha_0": half.alpha_0,
        "theory": theory,
    }


def _table(record: dict[str, Any], name: str) -> Table:
    theory = record["theory"]
    edge, outlier = theory["left_edge"], theory["outlier"]
    lowest = edge if math.isnan(outlier) else min(edge, outlier)

    def spread(key: str) -> str:
        return f"{number(record[key]['mean'])} +- {number(record[key]['std'], 2)}"

    rows = [
        ("smallest eigenvalue", spread("smallest_eigenvalue"), number(lowest), f"of {record['unit']}"),
        ("left edge", spread("left_edge"), number(edge), "of the bulk, given the labels of the sample"),
        ("m^2", spread("overlap2"), number(theory["overlap2"]), "squared overlap of the lowest p p*"),
        ("outlier", number(record["outlier_probability"]), "", "share of samples with an outlier below the bulk"),
        ("phi", number(record["phi"]), "", "share with the largest overlap among the lowest p p*"),
        (
            "alpha_half",
            f"{number(record['alpha_half'])} +- {number(record['alpha_half_stderr'], 2)}",
            number(record["alpha_bbp"]),
            "from here on half of all samples have the outlier",
        ),
        ("width", number(record["width"], 3), "0", "half the distance of its quantiles 0.16 and 0.84"),
        ("alpha_0, tangent", "", number(record["alpha_0"]), "zero of the limit's tangent at alpha_BBP"),
    ]
    title = f"{record['samples']} samples, {name}, alpha={record['alpha']:g}, N={record['N']:g}, seed {record['seed']}"
    caption = "From theory, without a Hessian. Means +- standard deviations over samples; limits are for infinite N."
    return Table(title, ("", "at N", "limit", "what it is"), rows, caption)
