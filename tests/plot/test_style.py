"""Plots keep to the user's style, labels and properties, and draw one point, or say why they draw nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from cycler import cycler
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

import bendscape as bs
from bendscape.errors import InvalidParameterError, MissingPackageError
from bendscape.plot.style import colours, palette
from swept import swept

Plot = Callable[..., Any]
NET = bs.QuadraticNetwork(2, 1, 0.7)
STYLES = ("default", "dark_background", "grayscale")


@cache
def plots() -> dict[str, tuple[Plot, Any, str | None]]:
    """Every plot with right data, and the variable that it draws."""
    run = bs.train(bs.simulation.draw(NET, alpha=3.0, N=12, seed=1), method=bs.GradientDescent(steps=4), checkpoints=2)
    sweep = swept(NET, alpha=[1.0, 2.0], N=[12, 16], samples=3, seed=1)
    diagram = bs.phase_diagram(p=[1, 2], p_star=1, a=[0.5, 1.0, 2.0])
    finite = bs.phase_diagram(p=1, p_star=1, a=[0.5, 2.0], N=[1e4, 1e6], samples=4, seed=1)
    starts: dict[str, Any] = {"random": bs.simulation.RandomStart(), "Hessian": bs.simulation.HessianStart()}
    follow = bs.GradientDescent(steps=3)
    recovery = bs.comparison.compare_starts(
        NET, alpha=[2.0, 4.0], N=12, samples=2, seed=1, starts=starts, method=follow
    )
    return {
        "spectrum": (partial(bs.plot.spectrum, points=40), bs.spectrum(NET, alpha=2.5), None),
        "overlap": (bs.plot.overlap, bs.overlap(NET, alpha=[0.5, 1.0, 2.0]), "overlap2"),
        "phi": (bs.plot.phi, sweep, "phi"),
        "threshold": (bs.plot.threshold, diagram, "alpha_BBP"),
        "phase_diagram": (bs.plot.phase_diagram, diagram, "alpha_BBP"),
        "finite_threshold": (bs.plot.finite_threshold, finite, "alpha_half"),
        "finite_phase_diagram": (bs.plot.finite_phase_diagram, finite, "alpha_half"),
        "recovery": (bs.plot.recovery, recovery, "overlap2"),
        "trajectory": (bs.plot.trajectory, run, "max_overlap2"),
        "eigenvalues": (bs.plot.eigenvalues, bs.simulate(NET, alpha=3.0, N=12, samples=2, seed=1), "overlap2"),
    }


NAMES = (
    *("spectrum", "overlap", "phi", "threshold", "phase_diagram", "finite_threshold", "finite_phase_diagram"),
    *("recovery", "trajectory", "eigenvalues"),
)


@pytest.fixture
def ax() -> Iterator[Axes]:
    with mpl.rc_context({"backend": "agg"}):
        figure, ax = plt.subplots()
        yield ax
        plt.close(figure)


def luminance(color: Any) -> float:
    """Of sRGB, by its definition."""
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in to_rgb(color)]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def contrast(color: Any, face: Any) -> float:
    low, high = sorted((luminance(color), luminance(face)))
    return (high + 0.05) / (low + 0.05)


def test_every_plot_is_tried() -> None:
    assert set(NAMES) == set(plots()) == set(bs.plot.__all__) - {"Artists", "signal", "style"}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", NAMES)
def test_lines_are_seen_in_the_style_of_the_user(name: str, style: str) -> None:
    draw, data, _ = plots()[name]
    with plt.style.context(style), mpl.rc_context({"backend": "agg"}):
        figure, ax = plt.subplots()
        draw(data, ax=ax)
        face = ax.get_facecolor()
        assert all(contrast(line.get_color(), face) >= 1.95 for line in ax.lines)
        plt.close(figure)


def test_colours_are_those_of_the_cycle_in_force(ax: Axes) -> None:
    with mpl.rc_context({"axes.prop_cycle": cycler(color=["#123456", "#654321"])}):
        found = palette(ax)
    assert (found.bulk, found.signal, found.simulation) == ("#123456", "#654321", "#123456")
    ax.set_facecolor("black")
    assert contrast(palette(ax).pale, "black") > 2
    assert len(set(colours(5, ax))) == 5


@pytest.mark.parametrize("name", NAMES)
def test_labels_and_limits_of_the_user_stay(name: str, ax: Axes) -> None:
    draw, data, _ = plots()[name]
    ax.set(xlabel="mine", ylabel="own", title="my title", xlim=(0.25, 7.0), ylim=(0.5, 3.0))
    draw(data, ax=ax)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("mine", "own", "my title")
    assert (ax.get_xlim(), ax.get_ylim()) == ((0.25, 7.0), (0.5, 3.0))


@pytest.mark.parametrize("name", NAMES)
def test_artists_are_a_list_and_have_names(name: str, ax: Axes) -> None:
    draw, data, _ = plots()[name]
    drawn = draw(data, ax=ax)
    assert isinstance(drawn, bs.plot.Artists)
    assert drawn
    assert drawn == list(drawn)
    for key in drawn.names:
        each = getattr(drawn, key)
        assert each is None or all(artist in drawn for artist in (each if isinstance(each, list) else [each]))
    with pytest.raises(AttributeError, match=f"no_such.*{drawn.names[0]}"):
        drawn.no_such  # noqa: B018


@pytest.mark.parametrize("name", [name for name in NAMES if name != "phase_diagram"])
def test_properties_go_to_what_the_plot_is_about(name: str, ax: Axes) -> None:
    draw, data, _ = plots()[name]
    drawn = draw(data, ax=ax, color="#ff00ff", label="my curve", alpha=0.5)
    first = getattr(
        drawn, {"spectrum": "bulk", "eigenvalues": "lowest", "recovery": "refined"}.get(name, drawn.names[0])
    )
    artist = first[0] if isinstance(first, list) else first
    shade = artist.get_facecolor()[0] if name == "eigenvalues" else artist.get_color()
    assert to_rgb(shade) == (1.0, 0.0, 1.0)
    assert artist.get_alpha() == 0.5
    assert "my curve" in ax.get_legend_handles_labels()[1]


def test_a_family_takes_one_property_for_each_curve(ax: Axes) -> None:
    drawn = bs.plot.phi(plots()["phi"][1], ax=ax, color=["r", "g"], label=["small", "large"], linestyle=":")
    assert [line.get_color() for line in drawn.curves] == ["r", "g"]
    assert [line.get_linestyle() for line in drawn.curves] == [":", ":"]
    assert ax.get_legend_handles_labels()[1] == ["small", "large"]
    with pytest.raises(InvalidParameterError, match="one for each of 2 curves"):
        bs.plot.phi(plots()["phi"][1], ax=ax, color=["r", "g", "b"])


def test_a_map_takes_properties_of_a_map(ax: Axes) -> None:
    drawn = bs.plot.phase_diagram(plots()["phase_diagram"][1], ax=ax, cmap="magma", vmin=0.0, label="mine")
    assert drawn.mesh.get_cmap().name == "magma"
    assert drawn.mesh.norm.vmin == 0.0
    assert drawn.mesh.colorbar.ax.get_ylabel() == "mine"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("given", [{"color": "no colour"}, {"no_such": 1}, {"alpha": "text"}])
def test_properties_that_matplotlib_does_not_take_are_named(name: str, given: dict[str, Any], ax: Axes) -> None:
    draw, data, _ = plots()[name]
    with pytest.raises(InvalidParameterError, match=next(iter(given))):
        draw(data, ax=ax, **given)


@pytest.mark.parametrize("name", NAMES)
def test_one_point_is_a_picture(name: str, ax: Axes) -> None:
    draw, data, _ = plots()[name]
    if name == "spectrum":
        with pytest.raises(InvalidParameterError, match="points = 1"):
            bs.plot.spectrum(data, ax=ax, points=1)
        return
    assert draw(data.isel({d: [0] for d in data.dims}), ax=ax)
    assert draw(data.isel(dict.fromkeys(set(data.dims) & set(data.coords), -1)), ax=ax)


@pytest.mark.parametrize("name", NAMES[1:])
def test_nothing_to_draw_is_said(name: str, ax: Axes) -> None:
    draw, data, variable = plots()[name]
    nothing = data.assign({variable: data[variable] * np.nan})
    with pytest.raises(InvalidParameterError, match=f"no finite {variable}"):
        draw(nothing, ax=ax)
    dim = data[variable].dims[0]
    with pytest.raises(InvalidParameterError, match="no points"):
        draw(data.isel({dim: slice(0)}), ax=ax)
    holes = data.assign(
        {variable: data[variable].where(np.arange(data.sizes[dim]).reshape(-1, *[1] * (data[variable].ndim - 1)) > 0)}
    )
    assert draw(holes, ax=ax)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("wrong", [None, "text", 1.5, xr.Dataset(), NET, xr.Dataset({"x": ("t", [1.0])})])
def test_other_data_are_refused_by_name(name: str, wrong: Any, ax: Axes) -> None:
    draw, _, _ = plots()[name]
    with pytest.raises(InvalidParameterError, match=r"(data|found|run).*give what bs\."):
        draw(wrong, ax=ax)
    with pytest.raises(InvalidParameterError, match="ax = "):
        draw(plots()[name][1], ax="axes")


def test_data_of_another_verb_are_refused_with_what_they_lack(ax: Axes) -> None:
    with pytest.raises(
        InvalidParameterError, match=r"no phi, phi_stderr, N: give what bs.simulation.sample_means returns"
    ):
        bs.plot.phi(plots()["overlap"][1], ax=ax)
    with pytest.raises(InvalidParameterError, match="attribute limit"):
        bs.plot.recovery(plots()["recovery"][1].drop_attrs(), ax=ax)


def test_the_spectrum_of_any_network_is_drawn(ax: Axes) -> None:
    averaging = bs.Averaging(tolerance=0.5, points=64, most=64, replicates=4)
    for net in (bs.Network(1, 1, activation="tanh"), bs.Network(2, 1, loss="huber"), bs.Network(2, 1, loss="squared")):
        found = bs.spectrum(net, alpha=4.0, averaging=averaging)
        drawn = bs.plot.spectrum(found, ax=ax, points=40)
        assert float(np.nanmax(drawn.bulk.get_ydata())) > 0
        assert len(drawn.outliers) == len(found.outliers)


def test_without_matplotlib_the_package_is_named() -> None:
    program = "import sys; sys.modules['matplotlib'] = None\nimport bendscape as bs\nbs.plot"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert MissingPackageError.__name__ in done.stderr.splitlines()[-1]
    assert "Matplotlib" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "path", ["models.losses", "models.weights", "theory.finite_size.labels", "theory.verbs.exact_threshold"]
)
def test_modules_are_there_before_anything_imported_them(path: str) -> None:
    program = f"import bendscape as bs\nassert bs.{path}.__name__ == 'bendscape.{path}'"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
