"""The figures of gradient descent, spectral methods and the picture."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..claims.along import ALONG
from ..claims.descent import LEVEL, SHOWN, WIDTHS
from ..claims.methods import STUDENTS, WEIGHTS, limit_of
from ..plot.style import BULK, EDGE, SIGNAL, colours

__all__ = ["descent_starts", "figs_9_10", "methods", "picture", "training"]

Data = Mapping[str, xr.Dataset]


def _after_descent(data: Data, kind: str, variable: str, ax: Axes) -> None:
    """Means over samples after gradient descent, sizes as line styles, widths as colours, thresholds as ticks."""
    for p, color in zip(WIDTHS, colours(len(WIDTHS)), strict=True):
        table = data[f"descent_{p}"].sel(constant=SHOWN[kind])
        for n, style in zip(table.N.values[::-1], ("o-", "s:", "^:"), strict=False):
            row = table[variable].sel(N=n)
            mean, error = row.mean("sample"), row.std("sample", ddof=1) / row.count("sample") ** 0.5
            name = f"$p = {p}$, $N = {n}$"
            ax.errorbar(table.alpha, mean, error, fmt=style, color=color, ms=4, lw=1.3, label=name)
        ax.axvline(float(table.alpha_BBP), color=color, lw=1.2, ls="--")
        ax.axvline(float(table.alpha_half), color=color, lw=1.0, ls=":")
    ax.set(xlabel=r"$\alpha$", title=f"{kind}, $a = {SHOWN[kind]}$")


def figs_9_10(data: Data) -> Figure:
    """Overlap and generalisation error after gradient descent, in both cases."""
    figure, panels = plt.subplots(2, 2, figsize=(10.4, 7.0), layout="constrained", sharex=True)
    for column, kind in enumerate(SHOWN):
        _after_descent(data, kind, "max_overlap2", panels[0, column])
        panels[0, column].axhline(LEVEL, color=EDGE, lw=0.8)
        panels[0, column].set_ylabel(r"max $m^2$ of a neuron")
        _after_descent(data, kind, "generalisation", panels[1, column])
        panels[1, column].set_ylabel("generalisation error")
    panels[1, 1].legend(loc="lower left")
    return figure


def descent_starts(data: Data) -> Figure:
    """The start of recovery and `alpha_BBP` against `a`, and below their ratio; a column for each width."""
    figure, panels = plt.subplots(2, len(WIDTHS), figsize=(11.4, 6.4), layout="constrained", sharex=True, sharey="row")
    lines = data["descent_thresholds"]
    for column, p in zip(panels.T, WIDTHS, strict=True):
        found = data["descent_starts"].sel(p=p)
        column[0].plot(lines.a, lines.alpha_BBP.sel(p=p).squeeze(), color=BULK, label=r"$\alpha_{\mathrm{BBP}}(a)$")
        column[1].axhline(1.0, color=BULK)
        for n, color in zip(found.N.values, colours(found.sizes["N"])[::-1], strict=True):
            row = found.sel(N=n)
            style = {"fmt": "o", "color": color, "ms": 4, "lw": 1.2, "label": f"start, $N = {n}$"}
            column[0].errorbar(row.a, row.start, row.stderr, **style)
            column[1].errorbar(row.a, row.ratio, row.ratio_stderr, **style)
        for ax in column:
            ax.axvline(float(found.a.sel(constant="a_c")), color=EDGE, lw=1.0, ls=":")
        column[0].set(xscale="log", ylim=(0, None), title=f"$p = {p}$")
        column[1].set(xlabel="$a$", ylim=(0, None))
    panels[0, 0].set_ylabel(r"$\alpha$")
    panels[1, 0].set_ylabel(r"start$/\alpha_{\mathrm{BBP}}$")
    panels[0, 0].legend()
    return figure


def training(data: Data) -> Figure:
    """Overlaps of low eigenvectors and of the student, along gradient descent."""
    figure, panels = plt.subplots(1, len(ALONG), figsize=(12.6, 3.8), layout="constrained", sharey=True)
    for ax, (p, net) in zip(panels, ALONG.items(), strict=True):
        table = data[f"along_{p}"]
        steps = table.steps.values
        lines = (
            ("informed", BULK, "-", "low eigenvector"),
            ("informed_theory", BULK, "--", "the same, from $u$ and $s$"),
            ("student", SIGNAL, "-", "student, best neuron"),
        )
        for key, color, style, name in lines:
            values = table[key]
            mean, error = values.mean("sample"), values.std("sample", ddof=1) / values.count("sample") ** 0.5
            ax.plot(steps, mean, color=color, ls=style, label=name)
            ax.fill_between(steps, mean - error, mean + error, color=color, alpha=0.15, lw=0)
        ax.set_xscale("symlog", linthresh=1)
        ax.set(xlabel="steps of gradient descent", title=rf"$p = {net.p}$, $\alpha = {table.attrs['alpha']:g}$")
    panels[0].set_ylabel("largest squared overlap")
    panels[0].legend()
    return figure


def methods(data: Data) -> Figure:
    """Overlaps of all starts, limit and samples."""
    figure, ax = plt.subplots(figsize=(7.6, 4.4), layout="constrained")
    table, names = data["methods"], [*STUDENTS, *WEIGHTS]
    alpha = np.linspace(0.3, float(table.alpha.max()), 240)
    for name, color, marker in zip(names, colours(len(names)), "osv^D<>", strict=True):
        ax.plot(alpha, limit_of(name, alpha), color=color, lw=1.3)
        row = table.sel(start=name)
        ax.errorbar(
            row.alpha, row.extrapolated, row.extrapolated_stderr, color=color, fmt=marker, ms=4, lw=1, label=name
        )
    ax.set(xlabel=r"$\alpha$", ylabel="squared overlap with the teacher", ylim=(-0.05, 1))
    ax.legend()
    return figure


def picture(data: Data) -> Figure:
    """A grid of pictures: starts down, data across."""
    table = data["picture"]
    rows = [(start, refined) for start in table.start.values for refined in (False, True)]
    rows.remove(("random", False))  # noise
    shape = (len(rows), table.sizes["alpha"] + 1)
    figure, panels = plt.subplots(*shape, figsize=(1.3 * shape[1], 1.45 * shape[0]), layout="constrained")
    for line, (start, refined) in zip(panels, rows, strict=True):
        for ax, alpha in zip(line, table.alpha.values, strict=False):
            found = table.sel(alpha=alpha, start=start, refined=refined)
            ax.imshow(found.picture, cmap="gray", vmin=0, vmax=1)
            ax.set_title(rf"$\alpha = {alpha:g}$: {float(found.overlap2):.2f}", fontsize=8)
        line[-1].imshow(table.original, cmap="gray", vmin=0, vmax=1)
        line[-1].set_title("the picture", fontsize=8)
        line[0].set_ylabel(f"{start},\n{'refined' if refined else 'alone'}", fontsize=8)
        for ax in line:
            ax.set(xticks=[], yticks=[])
            ax.grid(visible=False)
    return figure
