"""B10, B12: a picture, seen only through squared random projections, before and after the thresholds."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib import cbook
from matplotlib.figure import Figure

import bendscape as bs

from ..._types import Array
from ...errors import DataWarning
from ..experiment import Claim, Data, Experiment, Part, Parts, Run

FEW = 1.3  # above the threshold of message passing, 1.128, and below those of all descents
ALPHA = (0.4, 1.0, 1.5, 2.0, 3.0, 4.0, FEW)  # in the order in which the data are drawn
NET = bs.QuadraticNetwork(2, 1, 1.0)
MESSAGES = "message passing"
STARTS = {name: start for name, start in bs.comparison.every_start(NET).items() if name != MESSAGES}  # of a descent
BELOW, ABOVE = 0.4, 4.0
_ROWS, _COLUMNS = slice(12, 300), slice(105, 393)  # the face


@dataclass(frozen=True)
class Effort:
    """Pixels of a side of the picture, and steps of gradient descent."""

    side: int
    steps: int


def sample_picture(side: int) -> Array:
    """Grey values between zero and one, of a picture that Matplotlib ships, shape (side, side); `side` divides 288."""
    whole: Any = plt.imread(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))
    face = whole[_ROWS, _COLUMNS].mean(axis=2) / 255
    block = len(face) // side
    return np.asarray(face.reshape(side, block, side, block).mean(axis=(1, 3)))


def parts(effort: Effort, seed: int) -> Parts:
    """One part for each start and `alpha`, and for message passing: the pictures that it recovers."""
    pieces: Parts = {}
    for i, alpha in enumerate(ALPHA):
        for name in STARTS:
            pieces[alpha, name] = Part(_recovered, (effort, i, name, seed), _seconds(effort, alpha, name))
        pieces[alpha, MESSAGES] = Part(_by_messages, (effort, i, seed), 1e-6 * effort.side**4)
    return pieces


def _seconds(effort: Effort, alpha: float, name: str) -> float:
    """About how long one part takes: a random start takes all its steps, eight Hessians take eight times one."""
    pixels = effort.side**2
    if name == "random":
        return 4e-9 * effort.steps * alpha * pixels**2
    return (4e-6 if name == "8 Hessians" else 1e-6) * pixels**2


def _data(effort: Effort, which: int, seed: int) -> tuple[Array, Array, Array]:
    """The picture, and the inputs and labels of one `alpha`."""
    image = sample_picture(effort.side)
    X = projections(image.size, which, seed)
    return image, X, (X @ image.ravel()) ** 2


def _by_messages(effort: Effort, which: int, seed: int) -> tuple[Array, float]:
    """The posterior mean of the picture, and its squared overlap with the true one."""
    image, X, y = _data(effort, which, seed)
    data = bs.simulation.standardise(NET, X, y, rng=np.random.default_rng((seed, 12)))
    (row,) = data.weights(bs.simulation.message_passing(data.sample, bs.models.Noiseless(1)).weights)
    return _upright(row, image), bs.simulation.span_overlap2(row[None], image.reshape(1, -1))


def _upright(row: Array, image: Array) -> Array:
    """A picture with the sign of the true one, which squares do not determine."""
    return (row if row @ image.ravel() > 0 else -row).reshape(image.shape)


def _recovered(effort: Effort, which: int, name: str, seed: int) -> tuple[Array, Array]:
    """The recovered pictures, alone and refined, and their squared overlaps with the true one."""
    image, X, y = _data(effort, which, seed)
    signal = image.ravel()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # too few samples are among what is shown
        recovered = bs.recover(
            X, y, p_star=1, p=int(NET.p), a=NET.a, start=STARTS[name], steps=effort.steps, held_out=0.0
        )
    rows = recovered.start[0] * np.linalg.norm(signal), recovered.weights[0]
    pictures = [_upright(row, image) for row in rows]
    return np.stack(pictures), np.array([bs.simulation.span_overlap2(row[None], signal[None]) for row in rows])


def projections(pixels: int, which: int, seed: int) -> Array:
    """The inputs of one `alpha`, shape (alpha pixels, pixels): one stream gives all, one `alpha` after the other."""
    rng = np.random.default_rng((seed, 10))
    for alpha in ALPHA[: which + 1]:
        X = rng.standard_normal((round(alpha * pixels), pixels))
    return X


def compute(run: Run[Effort]) -> Data:
    """Pictures and their squared overlaps with the true one, over (`alpha`, `start`, `refined`), and over `alpha`."""
    pairs = [[run.parts[alpha, name] for name in STARTS] for alpha in ALPHA]
    messages = [run.parts[alpha, MESSAGES] for alpha in ALPHA]
    over = ("alpha", "start", "refined")
    table = {
        "picture": ((*over, "row", "column"), np.array([[pictures for pictures, _ in row] for row in pairs])),
        "overlap2": (over, np.array([[overlaps for _, overlaps in row] for row in pairs])),
        "posterior_mean": (("alpha", "row", "column"), np.array([picture for picture, _ in messages])),
        "message_passing": ("alpha", np.array([overlap2 for _, overlap2 in messages])),
        "original": (("row", "column"), sample_picture(run.effort.side)),
    }
    coords = {"alpha": list(ALPHA), "start": list(STARTS), "refined": [False, True]}
    return {"pictures": xr.Dataset(table, coords=coords).sortby("alpha")}


def judge(data: Data, _: Effort) -> tuple[Claim, ...]:
    """B10 and B12."""
    table = data["pictures"]
    return _every_start(table), _few_data(table)


def _every_start(table: xr.Dataset) -> Claim:
    refined = table.overlap2.sel(refined=True)
    above, below = float(refined.sel(alpha=ABOVE).min()), float(refined.sel(alpha=BELOW).max())
    return Claim(
        "B10",
        f"A picture is recovered from squared random projections by every start at alpha = {ABOVE:g}, and by none at "
        f"{BELOW:g}.",
        "Not in the paper.",
        f"Smallest squared overlap of the refined pictures at alpha = {ABOVE:g}, less the largest at {BELOW:g}; "
        f"{table.original.size} pixels, one sample.",
        expected=1.0,
        found=above - below,
        tolerance=0.2,
        remark="Squared overlaps after gradient descent, alpha = "
        + "; ".join(
            f"{alpha:g}: " + ", ".join(f"{float(refined.sel(alpha=alpha, start=s)):.3f} {s}" for s in STARTS)
            for alpha in table.alpha.values
        )
        + ".",
    )


def _few_data(table: xr.Dataset) -> Claim:
    refined, messages = table.overlap2.sel(refined=True), table.message_passing
    return Claim(
        "B12",
        f"Message passing recovers the picture at alpha = {FEW:g}, where no descent does.",
        "Not in the paper.",
        f"Squared overlap of the posterior mean at alpha = {FEW:g}, less the largest after gradient descent; "
        f"{table.original.size} pixels, one sample. It holds if the difference is at least a half.",
        expected=1.0,
        found=float(messages.sel(alpha=FEW)) - float(refined.sel(alpha=FEW).max()),
        tolerance=0.5,
        remark="Squared overlaps by message passing: "
        + ", ".join(f"{float(messages.sel(alpha=x)):.3f} (alpha = {x:g})" for x in table.alpha.values)
        + f"; at alpha = {FEW:g} after descent "
        + ", ".join(f"{float(refined.sel(alpha=FEW, start=s)):.3f} ({s})" for s in STARTS)
        + ".",
    )


def draw(data: Data) -> Figure:
    """A grid of pictures: starts down, data across."""
    table = data["pictures"]
    rows = [
        (f"{start},\n{'refined' if refined else 'alone'}", table.sel(start=start, refined=refined))
        for start in table.start.values
        for refined in (False, True)
        if refined or start != "random"  # alone it is noise
    ]
    posterior = {"picture": table.posterior_mean, "overlap2": table.message_passing}
    rows.append((MESSAGES, xr.Dataset(posterior)))
    shape = (len(rows), table.sizes["alpha"] + 1)
    figure, panels = plt.subplots(*shape, figsize=(1.3 * shape[1], 1.45 * shape[0]), layout="constrained")
    for line, (name, row) in zip(panels, rows, strict=True):
        for ax, alpha in zip(line, table.alpha.values, strict=False):
            cell = row.sel(alpha=alpha)
            ax.imshow(cell.picture, cmap="gray", vmin=0, vmax=1)
            ax.set_title(rf"$\alpha = {alpha:g}$: {float(cell.overlap2):.2f}", fontsize=8)
        line[-1].imshow(table.original, cmap="gray", vmin=0, vmax=1)
        line[-1].set_title("the picture", fontsize=8)
        line[0].set_ylabel(name, fontsize=8)
        for ax in line:
            ax.set(xticks=[], yticks=[])
            ax.grid(visible=False)
    return figure


EXPERIMENT = Experiment(
    name="picture",
    place=10,
    title="A picture from squared random projections",
    caption="What each start recovers from alpha N labels, alone and after gradient descent, and last what message "
    "passing recovers, with its squared overlap with the picture. Squares do not determine the sign, which is chosen.",
    claims=("B10", "B12"),
    quick=Effort(side=32, steps=400),
    full=Effort(side=48, steps=800),
    parts=parts,
    compute=compute,
    judge=judge,
    draw=draw,
    beyond=True,
)
