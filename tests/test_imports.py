"""`import bendscape` is quick because it imports nothing heavy; names arrive on first use."""

from __future__ import annotations

import subprocess
import sys

import pytest

import bendscape as bs

HEAVY = ("numpy", "scipy", "sympy", "matplotlib", "xarray", "pandas", "rich", "tqdm", "typer", "jinja2")


def loaded_after(statement: str) -> set[str]:
    """Top-level modules in `sys.modules` after a statement in a fresh interpreter."""
    program = f"import sys\n{statement}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


def test_import_loads_no_heavy_module() -> None:
    assert loaded_after("import bendscape").isdisjoint(HEAVY)


def test_describing_a_network_loads_no_heavy_module() -> None:
    assert loaded_after("import bendscape as bs; bs.QuadraticNetwork(2, 1, 0.7)").isdisjoint(HEAVY)


def test_a_threshold_loads_numpy_but_neither_xarray_nor_matplotlib() -> None:
    loaded = loaded_after("import bendscape as bs; bs.threshold(bs.QuadraticNetwork(2, 1, 0.7))")
    assert "numpy" in loaded  # the check above can see a heavy module when there is one
    assert loaded.isdisjoint({"matplotlib", "xarray", "pandas", "typer"})


def test_the_library_never_loads_matplotlib_by_itself() -> None:
    loaded = loaded_after("import bendscape as bs; bs.phase_diagram(p=2, p_star=1, a=[0.7, 1.5])")
    assert "xarray" in loaded
    assert "matplotlib" not in loaded


def test_names_are_listed_and_unknown_ones_refused() -> None:
    assert {"QuadraticNetwork", "spectrum", "threshold", "phase_diagram"} <= set(dir(bs))
    with pytest.raises(AttributeError, match="no_such_name"):
        bs.no_such_name  # noqa: B018
