"""The figures of the page, drawn from the evidence to be put beside the paper's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

from .. import plot
from ..claims.activations import NETS as ACTIVATION_NETS
from ..claims.disturbances import CONSTANTS
from ..claims.disturbances import NETS as DISTURBED_NETS
from ..claims.extrapolation import DRAWN
from ..claims.finite import NETS as FINITE_NETS
from ..claims.finite import WIDTHS_SIZES
from ..claims.onset import NETS
from ..claims.recovery import CURVES
from ..claims.recovery import NETS as RECOVERY_NETS
from ..plot.style import BULK, EDGE, SIGNAL, SIMULATION, colours, width_name
from ..theory.verbs._overlap import overlap
from ..theory.verbs._spectrum import spectrum
from ..theory.verbs._threshold import threshold
from . import recovery

__all__ = ["FIGURES", "FigurePlan"]

Data = Mapping[str, xr.Dataset]


@dataclass(frozen=True)
class FigurePlan:
    """A figure: the file's name, its caption, the claims it belongs to, how to draw it, and if it goes further."""

    name: str
    title: str
    caption: str
    claims: tuple[str, ...]
    draw: Callable[[Data], Figure]
    beyond: bool = False


def _fig_spectrum(data: Data) -> Figure:
    """One real Hessian under the limiting law, above the threshold."""
    sample = data["one_hessian"]
    figure, ax = plt.subplots(figsize=(7.0, 3.4), layout="constrained")
    plot.spectrum(spectrum(NETS["continuous"], alpha=sample.attrs["alpha"]), eigenvalues=sample.value, ax=ax)
    return figure


def _fig_1(data: Data) -> Figure:
    figure, both = plt.subplots(1, 2, figsize=(9.0, 3.6), layout="constrained", sharey=True)
    for ax, kind, a in zip(both, ("continuous", "discontinuous"), (0.7, 1.5), strict=True):
        curve = data[f"{kind}_theory"]
        plot.overlap(curve, simulated=data[f"{kind}_simulation"], ax=ax)
        ax.axvline(curve.attrs["alpha_BBP"], color=EDGE, lw=1, ls=":")
        ax.set_title(rf"$p = 2$, $p^* = 1$, $a = {a}$: {kind}")
    return figure


def _prediction(data: xr.Dataset, variable: str, ax: Axes) -> None:
    """The theory of finite samples, as a band of one standard error, with a dashed line."""
    row = data.isel(N=0)
    mean, error = row[variable], row[f"{variable}_stderr"]
    ax.plot(row.alpha, mean, color=SIGNAL, ls="--", lw=1.2, label=f"theory, $N = {int(row.N)}$", zorder=4)
    ax.fill_between(row.alpha, mean - error, mean + error, color=SIGNAL, alpha=0.18, lw=0)
    ax.legend()


def _fig_3(data: Data) -> Figure:
    figure, both = plt.subplots(1, 2, figsize=(9.0, 3.6), layout="constrained", sharey=True)
    for ax, kind in zip(both, RECOVERY_NETS, strict=True):
        table = data[f"phi_{kind}"]
        plot.phi(table, threshold=table.attrs["alpha_BBP"], ax=ax)
        _prediction(data[f"finite_phi_{kind}"], "phi", ax)
        ax.set_title(rf"$p = p^* = 1$, $a = {table.attrs['a']}$: {kind}")
    both[1].axvline(threshold(RECOVERY_NETS["discontinuous"]).alpha_0_tangent, color=SIGNAL, lw=1, ls=":")
    return figure


def _observables(data: Data) -> Figure:
    """The same samples seen through three observables, with their crossings."""
    figure, panels = plt.subplots(1, 3, figsize=(12.0, 3.6), layout="constrained")
    table = data["phi_continuous"]
    for ax, (name, exponent) in zip(panels, CURVES.items(), strict=True):
        plot.phi(table, name, exponent=exponent, threshold=table.attrs["alpha_BBP"], ax=ax)
        found = data[f"crossing_{name}"].dropna("N")
        height = ax.get_ylim()[0] + 0.05 * np.ptp(ax.get_ylim()) * (1 + np.arange(found.sizes["N"]))
        ax.errorbar(found.crossing, height, xerr=found.stderr, fmt="k|", ms=9, lw=1)
    return figure


def _shifts(data: Data) -> Figure:
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.0, 3.6), layout="constrained")
    sharp, smooth = data["shift_sharp"], data["shift_smooth"]
    left.errorbar(sharp.N, sharp["shift"], sharp.stderr, fmt="o", ms=4, color=SIMULATION)
    law = sharp.attrs["amplitude"] * sharp.N ** (-2 / 3)
    left.plot(sharp.N, law, color=SIGNAL, ls="--", lw=1, label="$N^{-2/3}$, Tracy-Widom")
    left.set(xscale="log", yscale="log", xlabel="$N$", ylabel=r"$\langle\lambda_{\min}\rangle - \lambda_-$")
    left.xaxis.set_minor_formatter(NullFormatter())
    left.set_title(rf"sharp: $a = {sharp.attrs['a']}$, $\alpha = {sharp.attrs['alpha']}$")
    right.errorbar(
        np.log(smooth.N), 1 / smooth["shift"], smooth.stderr / smooth["shift"] ** 2, fmt="o", ms=4, color=SIMULATION
    )
    x = np.array([0.0, 1.05 * float(np.log(smooth.N[-1]))])
    right.plot(x, (x + smooth.attrs["offset"]) / smooth.attrs["amplitude"], color=BULK, lw=1, label=r"$(\log N + c)/A$")
    right.plot(x, x / smooth.attrs["tail_constant"], color=SIGNAL, ls="--", lw=1, label=r"$\log N/A_{\mathrm{tail}}$")
    right.set(xlabel=r"$\log N$", ylabel="1/distance", ylim=(0, None))
    right.set_title(rf"smooth: $a = {smooth.attrs['a']}$, $\alpha = {smooth.attrs['alpha']}$")
    for ax in (left, right):
        ax.legend()
    return figure


def _edge_panels(data: Data) -> Figure:
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.0, 3.4), layout="constrained")
    sharp, smooth = data["sharp_edge"], data["smooth_edge"]
    left.loglog(sharp.distance, sharp.density, color=BULK)
    first = float(sharp.density[0] / np.sqrt(sharp.distance[0]))
    left.loglog(
        sharp.distance, first * np.sqrt(sharp.distance), color=SIGNAL, ls="--", lw=1, label=r"$\propto d^{1/2}$"
    )
    left.set(title=r"sharp: $a = 0.7$, $\alpha = 2.5$", xlabel="distance $d$ to the left edge", ylabel="density")
    seen = smooth.where(smooth.density > 1e-9, drop=True)
    tail = smooth.attrs["tail_constant"]
    right.semilogy(1 / seen.distance, seen.density, color=BULK)
    middle = seen.sel(eigenvalue=seen.eigenvalue[seen.sizes["eigenvalue"] // 3])
    line = float(middle.density) * np.exp(-tail * (1 / seen.distance - 1 / float(middle.distance)))
    right.semilogy(1 / seen.distance, line, color=SIGNAL, ls="--", lw=1, label=r"$\propto e^{-A_{\mathrm{tail}}/d}$")
    right.set(title=r"smooth: $a = 1.5$, $\alpha = 0.5$", xlabel="$1/d$", ylabel="density")
    for ax in (left, right):
        ax.legend()
    return figure


def _log_a(ax: Axes) -> None:
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0)))
    ax.xaxis.set_major_formatter(ScalarFormatter())
    ax.xaxis.set_minor_formatter(NullFormatter())


def _thresholds(data: Data, p_star: int, top: float) -> Figure:
    figure, (main, inset) = plt.subplots(1, 2, figsize=(9.4, 4.0), layout="constrained", width_ratios=(1.7, 1.0))
    plot.threshold(data[f"a_p_star_{p_star}"], x="a", ax=main)
    _log_a(main)
    main.set(ylim=(0, top), title=rf"$p^* = {p_star}$: against $a$ (dots: $a_c$)")
    plot.threshold(data[f"p_p_star_{p_star}"], x="p", marker=".", ax=inset)
    inset.set(xscale="log", title="against $p$", ylim=(0.4 * p_star, 0.55 * top))
    return figure


def _fig_7(data: Data) -> Figure:
    figure, ax = plt.subplots(figsize=(6.2, 4.0), layout="constrained")
    plot.threshold(data["a_p_1"], x="a", ax=ax)
    _log_a(ax)
    ax.set(yscale="log", title="$p = 1$, growing teacher", ylim=(0.8, 900))
    ax.legend(loc="upper left", ncols=4)
    return figure


def _fig_4(data: Data) -> Figure:
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12.6, 3.8), layout="constrained")
    table = data["alpha_0"]
    for p, color in zip(DRAWN, colours(len(DRAWN)), strict=True):
        curve, row = data[f"overlap_p_{p}"], table.sel(p=p)
        plot.overlap(curve, color=color, label=f"$p = {p}$", ax=left)
        zero, alpha, jump = (float(row[k]) for k in ("alpha_0_tangent", "alpha_BBP", "overlap2_jump"))
        left.plot([zero, alpha], [0, jump], color=color, ls=":", lw=1.3)
        left.plot([alpha, alpha], [0, jump], color=color, lw=0.8, alpha=0.4)
    left.set(ylim=(0, 0.5), title=r"$a = 1.5$, $p^* = 1$; dotted: tangent at $\alpha_{\mathrm{BBP}}$")
    _onset_at_finite_size(data["finite_b"], middle)
    finite = table.sel(p=np.isfinite(table.p))
    low, high = table.attrs["window"]
    right.semilogx(finite.p, finite.alpha_BBP, "o-", ms=4, color=BULK, label=r"$\alpha_{\mathrm{BBP}}$")
    right.semilogx(finite.p, finite.alpha_0_tangent, "o-", ms=4, color=SIGNAL, label=r"$\alpha_0$, tangent")
    name = rf"$\alpha_0$, line over {low:g} to {high:g} $\alpha_{{\mathrm{{BBP}}}}$"
    right.errorbar(
        finite.p, finite.alpha_0_window, finite.alpha_0_window_error, fmt="s--", ms=4, color="#e0a526", label=name
    )
    for key, color in (("alpha_BBP", BULK), ("alpha_0_tangent", SIGNAL)):
        right.axhline(float(table[key].sel(p=np.inf)), color=color, lw=0.8, ls=":")
    right.set(xlabel="$p$", ylabel=r"$\alpha$", ylim=(0, None), title=rf"dotted: $p = ${width_name(np.inf)}")
    right.legend()
    return figure


def _onset_at_finite_size(table: xr.Dataset, ax: Axes) -> None:
    """Mean overlap of simulations beside theory, the limit, and the line from `alpha_0`."""
    net, bbp, zero = FINITE_NETS["b"], table.attrs["alpha_BBP"], table.attrs["alpha_0"]
    alpha = np.linspace(1 + 1e-9, 1.4, 80) * bbp
    plot.overlap(overlap(net, alpha=alpha), simulated=table, color=BULK, ax=ax)
    _prediction(table[["captured_theory", "captured_stderr_theory"]].rename(_PLAIN), "captured", ax)
    ax.plot([0.6 * bbp, bbp], [0, 0], color=BULK)
    ax.plot([zero, bbp], [0, table.attrs["jump"]], color=BULK, ls=":", lw=1.3, label=r"line from $\alpha_0$")
    ax.set(title=rf"$p = {net.p}$, $a = {net.a:g}$, at finite $N$")
    ax.legend()


def _finite(data: Data) -> Figure:
    """Thresholds of finite samples, against `N` and against the width."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.4, 3.9), layout="constrained", width_ratios=(1.4, 1.0))
    table = data["finite_half"]
    plot.finite_threshold(table, ax=left)
    left.set_title(rf"$a = {table.attrs['a']}$, $p^* = {table.attrs['p_star']}$")
    left.legend(ncols=2)
    for n, color in zip(WIDTHS_SIZES, colours(len(WIDTHS_SIZES)), strict=True):
        row = table.sel(N=n)
        power = rf"$N = 10^{{{round(np.log10(n))}}}$"
        right.errorbar(table.p, row.alpha_half, row.stderr, fmt="o-", ms=4, lw=1.2, color=color, label=power)
    right.plot(table.p, table.alpha_bbp, color=BULK, ls=(0, (4, 2)), lw=1.2, label=r"$\alpha_{\mathrm{BBP}}$")
    right.plot(table.p, table.alpha_0, color=EDGE, ls=":", lw=1.4, label=r"$\alpha_0$, tangent")
    right.set(xscale="log", xlabel="$p$", ylabel=r"$\alpha_{1/2}$", title="against the width")
    right.set_xticks(table.p.values, labels=[f"{p:g}" for p in table.p.values])
    right.xaxis.set_minor_formatter(NullFormatter())
    right.legend(ncols=2)
    return figure


def _onset_beside_samples(name: str, data: Data, ax: Axes, color: str) -> None:
    """The limit as a line, samples of every size as symbols."""
    curve, table = data[f"{name}_theory"], data[f"{name}_simulation"]
    ax.plot(curve.alpha, curve.overlap2, color=color, label=name)
    for n, marker in zip(table.N.values, "sov^", strict=False):
        row = table.sel(N=n)
        ax.errorbar(row.alpha, row.overlap2, row.stderr, fmt=marker, color=color, ms=4, lw=1, label=f"$N = {n}$")
    ax.axvline(curve.attrs["alpha_BBP"], color=color, lw=1, ls=":")
    ax.set(xlabel=r"$\alpha$", ylabel="$m^2$ of the lowest eigenvectors", ylim=(0, None))


def _fig_8(data: Data) -> Figure:
    figure, both = plt.subplots(1, 2, figsize=(9.0, 3.6), layout="constrained")
    for ax, (name, net) in zip(both, ACTIVATION_NETS.items(), strict=True):
        _onset_beside_samples(name, data, ax, BULK)
        kind, a = data[f"{name}_theory"].attrs["kind"], dict(net.loss.parameters)["a"]
        ax.set_title(f"{name}, $p = 2$, $p^* = 1$, $a = {a:g}$: {kind}")
        ax.legend()
    return figure


def _by_kind(x: np.ndarray, table: xr.Dataset, ax: Axes, color: str, label: str) -> None:
    """Solid where continuous, dashed where discontinuous."""
    jumps = table.kind.values == "discontinuous"
    ax.plot(x, np.where(jumps, np.nan, table.alpha_BBP), color=color, label=label)
    ax.plot(x, np.where(jumps, table.alpha_BBP, np.nan), color=color, ls=(0, (4, 2)))


def _disturbances(data: Data) -> Figure:
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(13.0, 3.9), layout="constrained")
    noise, wide = data["against_noise"], data["against_covariance"]
    for a, both in zip(CONSTANTS, (colours(4)[:2], colours(4)[2:]), strict=True):
        for kind, color in zip(noise.noise.values, both, strict=True):
            _by_kind(noise.size.values, noise.sel(a=a, noise=kind), left, color, f"{kind}, $a = {a}$")
        _by_kind(wide.ratio.values, wide.sel(a=a), middle, both[0], f"$a = {a}$")
    left.set(xlabel="standard deviation of the noise", ylabel=r"$\alpha_{\mathrm{BBP}}$", title="$p = 2$, $p^* = 1$")
    middle.set(xscale="log", xlabel="ratio of the two eigenvalues", ylabel=r"$\alpha_{\mathrm{BBP}}$", ylim=(0, None))
    middle.set_title("covariance, $p = p^* = 1$")
    for name, color in zip(DISTURBED_NETS, (BULK, SIGNAL, "#e0a526"), strict=True):
        _onset_beside_samples(name, data, right, color)
    right.set_title("$p = p^* = 1$, $a = 1.5$")
    left.legend()
    middle.legend()
    handles = [h for h in right.get_legend_handles_labels()[0] if not h.get_label().startswith("$N")]
    right.legend(handles=handles)
    return figure


def _losses(data: Data) -> Figure:
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.4, 3.8), layout="constrained", width_ratios=(1.5, 1.0))
    table, names = (
        data["losses"],
        {"constant": "paper's, best $a$", "power": "powers", "spline": "falling", "any": "any"},
    )
    places = np.arange(table.sizes["widths"])
    for (family, name), color, shift in zip(names.items(), colours(4), (-0.24, -0.08, 0.08, 0.24), strict=True):
        left.bar(places + shift, table.alpha_BBP.sel(family=family), width=0.15, color=color, label=name)
    left.hlines(table.limit, places - 0.35, places + 0.35, color="k", lw=1.5, label="$p^*/2$")
    left.set_xticks(places, labels=[f"({w})" for w in table.widths.values])
    left.set(xlabel="$(p, p^*)$", ylabel=r"$\alpha_{\mathrm{BBP}}$")
    left.legend(ncols=2)
    curve = data["best_weight"]
    curve = curve.where((curve.y > 1e-3) & (curve.y < 30), drop=True)
    right.loglog(curve.y, curve.weight / curve.weight.max(), color=colours(4)[3], label="best of all")
    paper = 1 / (0.83 + curve.y)
    right.loglog(curve.y, paper / paper.max(), color=colours(4)[0], label="paper's, best $a$")
    right.set(xlabel="label $y$", ylabel="weight", title="$p = 2$, $p^* = 1$", ylim=(1e-5, 2))
    right.legend()
    return figure


_PLAIN = {"captured_theory": "captured", "captured_stderr_theory": "captured_stderr"}

FIGURES = (
    FigurePlan(
        "spectrum",
        "A Hessian at a random start",
        "Bulk density of the limit, histogram of a Hessian (N = 600, p = 2), and the outlier of the teacher's sector. "
        "The dashed curve is how a teacher's direction is spread over the bulk.",
        (),
        _fig_spectrum,
    ),
    FigurePlan(
        "fig1",
        "Fig. 1: the overlap grows or jumps",
        "Squared overlap of the lowest eigenvectors with the teacher against alpha. Line: limit of infinite N. "
        "Symbols: simulations, mean over samples of the two lowest eigenvectors, with standard errors. "
        "Dotted: alpha_BBP. Below and near the threshold a finite system shows more overlap than the limit.",
        ("C4a", "C4b", "C4c", "C4d"),
        _fig_1,
    ),
    FigurePlan(
        "fig3",
        "Fig. 3: the probability of recovery",
        "Share of samples in which the eigenvector of largest overlap belongs to the smallest eigenvalue, with "
        "standard errors. Dotted: alpha_BBP, and, in red, alpha_0 of the tangent. Dashed red, with a band of its "
        "standard error: the theory of finite samples at the largest N. The values of a are ours.",
        ("C7a", "C7d", "C7e"),
        _fig_3,
    ),
    FigurePlan(
        "observables",
        "The same samples through other observables",
        "The continuous case of Fig. 3. Bars at the bottom: where consecutive sizes cross, with standard errors.",
        ("C7b", "C7c"),
        _observables,
    ),
    FigurePlan(
        "shifts",
        "How the smallest eigenvalue approaches the edge",
        "Mean distance from the limit's edge with standard errors, p = p* = 1. Left: sharp, with the Tracy-Widom law. "
        "Right: its inverse against log N at a smooth edge, where 1/log N is a straight line through the origin.",
        ("C8a", "C8b", "C8c"),
        _shifts,
    ),
    FigurePlan(
        "edges",
        "Two kinds of edge",
        "Density of the bulk next to its left edge, p = 2, p* = 1, on axes on which the two laws are straight lines.",
        ("C3a", "C3b", "C3c"),
        _edge_panels,
    ),
    FigurePlan(
        "fig2",
        "Fig. 2 and its insets: the threshold against a and p, one teacher neuron",
        "Solid: continuous, dashed: discontinuous. The minimum over a lies at a_c for these widths.",
        ("C1", "C2a", "C2b", "C5a", "C5b", "C6a", "C6b"),
        lambda data: _thresholds(data, 1, 2.6),
    ),
    FigurePlan(
        "fig6",
        "Fig. 6: the same for two teacher neurons",
        "As Fig. 2, with p* = 2; C5a covers both.",
        (),
        lambda data: _thresholds(data, 2, 7.0),
    ),
    FigurePlan("fig7", "Fig. 7: one neuron, growing teacher", "As Fig. 2, with p = 1.", ("C10",), _fig_7),
    FigurePlan(
        "fig4",
        "Fig. 4: extrapolation to alpha_0",
        "Left: overlap above the threshold, with the tangent at it. Middle: the case p = 2 at finite N, simulations "
        "beside the theory of finite samples, the limit, and the line from alpha_0. Right: alpha_0 in two readings, "
        "against p. Bars on the window fit: the shift when its lower half alone is used.",
        ("C9a", "C9b"),
        _fig_4,
    ),
    FigurePlan(
        "finite",
        "The threshold of finite samples",
        "Left: alpha_half, at which half of all samples have an informative outlier, against N for three widths, with "
        "the spread between samples as a band. Dashed: alpha_BBP. Dotted: alpha_0 of the tangent, which alpha_half "
        "passes. Right: the same against the width, with standard errors.",
        ("B1a", "B1b", "B2a", "B2b", "B3", "B4a", "B4b", "B4c"),
        _finite,
        beyond=True,
    ),
    FigurePlan(
        "fig8",
        "Fig. 8: other activations",
        "Squared overlap of the lowest eigenvectors with the teacher. Lines: limit of infinite N, which the paper does "
        "not have. Symbols: simulations, with standard errors. Dotted: alpha_BBP.",
        ("C11a", "C11b", "C11c"),
        _fig_8,
    ),
    FigurePlan(
        "fig9",
        "Figs. 9 and 10: gradient descent from a random start",
        "Means over samples with standard errors, after gradient descent on the sphere, p* = 1. Dashed: alpha_BBP. "
        "Dotted: the alpha at which half of all samples of the larger N have the outlier. Top: largest squared overlap "
        "of a neuron with the teacher. Bottom: error on fresh inputs.",
        ("C12c", "B7a", "B7b", "B7c"),
        recovery.figs_9_10,
    ),
    FigurePlan(
        "descent",
        "Where descent starts to recover, and alpha_BBP",
        "Top: the alpha at which the mean of the largest m^2 after gradient descent passes 0.1, for samples of two "
        "sizes, with standard errors, beside alpha_BBP(a). Bottom: the first over the second, with a line at one. "
        "Dotted: a_c.",
        ("C12a", "C12b", "B11a", "B11b"),
        recovery.descent_starts,
    ),
    FigurePlan(
        "methods",
        "The Hessian, its average, and spectral methods",
        "Squared overlap with the teacher against alpha, p = 2, p* = 1, a = 1. Lines: limit of infinite N. Symbols: "
        "samples of two sizes, extrapolated in 1/N, with standard errors. 8 Hessians: eigenvectors at eight students, "
        "combined.",
        ("C13a", "C13b", "C13c", "B9"),
        recovery.methods,
    ),
    FigurePlan(
        "disturbances",
        "Noise in the labels, and a covariance of the inputs",
        "Thresholds against the size of the noise and against the ratio of two eigenvalues of the covariance, each of "
        "half of the directions; solid: continuous, dashed: discontinuous. Right: overlaps, limit and simulations. "
        "Noise turns a jump into a continuous onset, and raises the threshold most from there on; spread eigenvalues "
        "lower it, as if there were fewer directions, and keep its kind.",
        ("B5a", "B5b", "B5c"),
        _disturbances,
        beyond=True,
    ),
    FigurePlan(
        "losses",
        "The best loss",
        "Left: the smallest threshold of four families of losses w(y) (y - yhat)^2/2. Right: the best weight of all, "
        "found label by label, beside the paper's. Labels near one say nothing about the teacher, and get no weight.",
        ("B6a", "B6b"),
        _losses,
        beyond=True,
    ),
    FigurePlan(
        "training",
        "The Hessian along gradient descent",
        "Largest squared overlap with the teacher of a low eigenvector of the Hessian at the student of the moment "
        "(solid blue), the same from the equations of the pre-activations (dashed), and of the student's neurons "
        "(red); means over samples with standard errors.",
        ("B8a", "B8b"),
        recovery.training,
        beyond=True,
    ),
    FigurePlan(
        "picture",
        "A picture from squared random projections",
        "What each start recovers from alpha N labels, alone and after gradient descent, with its squared overlap with "
        "the picture. Signs cannot be known, and are chosen.",
        ("B10",),
        recovery.picture,
        beyond=True,
    ),
)
