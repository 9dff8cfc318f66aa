"""``bendscape compare-starts``, formerly ``compare``."""

from __future__ import annotations

import sys
from typing import Annotated, Any

from ...errors import Interrupted
from ..application import command, former_name
from ..networks import PaperNetwork
from ..options import AlphaGrid, Number, Samples, Seed, Size, Steps, Store, Workers
from ..render import Output, Table, number
from ..values import parse_grid

__all__ = ["compare_starts"]


@former_name("compare")
@command("compare-starts --p 2 --p-star 1 --a 1 --alpha 0.5:3:6 --N 200 --samples 20")
def compare_starts(
    *,
    model: PaperNetwork,
    alpha: AlphaGrid,
    n: Size = 200,
    samples: Samples = 20,
    steps: Steps = 1000,
    seed: Seed = 0,
    level: Annotated[float, Number(help="Squared overlap from which on the signal counts as recovered.")] = 0.5,
    workers: Workers = 1,
    store: Store = None,
    output: Output,
) -> None:
    """Compare random, Hessian and spectral starts on samples.

    Every start, message passing among them, is tried on each sample, alone and followed by gradient descent. The table
    has, at each alpha, the
    squared overlap with the teacher's span, the share of samples that are recovered, and the error on fresh inputs;
    and the squared overlap of the best possible estimate, for infinite N.
    """
    import numpy as np

    from ...comparison.starts import compare_starts as run
    from ...simulation.training.descent import GradientDescent

    output.check()
    net = model.network()
    points = np.atleast_1d(np.asarray(parse_grid("alpha", alpha), dtype=float))
    shape: dict[str, Any] = {"alpha": points, "N": n, "samples": samples, "seed": seed, "level": level}
    interrupted = False
    try:
        data = run(net, **shape, method=GradientDescent(steps), workers=workers, store=store, progress=True)
    except Interrupted as error:
        sys.stderr.write(f"bendscape: {error}\n")
        data, interrupted = error.data, True
    output.show(data.to_dict, lambda: _table(data, str(net)), lambda ax: _draw(data, str(net), ax))
    if interrupted:
        raise SystemExit(130)


def _draw(data: Any, name: str, ax: Any) -> None:
    from ...plot import recovery as draw

    draw(data, ax=ax)
    ax.set_title(f"{name}, N={data.attrs['N']}")
    ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside right upper")


def _table(data: Any, name: str) -> Table:
    rows = []
    for x in data.alpha.values:
        rows += [_row(data.sel(alpha=x, start=start)) for start in data.start.values]
        rows.append(
            (number(float(x), 4), "best possible", number(float(data.overlap2_bayes.sel(alpha=x)), 3), *[""] * 4)
        )
    about = data.attrs
    done = sorted({int(n) for n in (data.samples.min(), data.samples.max())})
    title = f"{name}, N={about['N']}, {' to '.join(map(str, done))} samples at each alpha, seed {about['seed']}"
    caption = (
        f"m^2: share of the teacher's span. Recovered: share of samples with m^2 above {about['level']:g}. Error: half "
        f"the mean square on fresh inputs. alpha_BBP = {number(about['alpha_BBP'])} in the limit, at this N "
        f"{number(about['alpha_half'], 4)} with width {number(about['width'], 2)}; p*/2 = {number(about['limit'])}."
    )
    columns = ("alpha", "start", "limit", "m^2 alone", "m^2 after descent", "recovered", "error")
    return Table(title, columns, rows, caption)


def _row(point: Any) -> tuple[str, ...]:
    """One start at one alpha."""
    alone, after = point.sel(refined=False), point.sel(refined=True)
    return (
        number(float(point.alpha), 4),
        str(point.start.item()),
        number(float(point.overlap2_limit), 3),
        _both(alone, "overlap2"),
        *(_both(after, name) for name in ("overlap2", "recovered", "generalisation")),
    )


def _both(point: Any, name: str) -> str:
    return f"{number(float(point[name]), 3)} +- {number(float(point[f'{name}_stderr']), 1)}"
