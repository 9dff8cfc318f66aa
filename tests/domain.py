"""The parameter domain of the library, as hypothesis strategies, and the factor between the two units."""

from __future__ import annotations

import math

from hypothesis import strategies as st

import bendscape as bs

WIDTHS = st.one_of(st.sampled_from([1, 2, 3, 100]), st.integers(1, 100))
CONSTANTS = st.floats(-3, 3).map(lambda exponent: 10.0**exponent)
# alpha over alpha_BBP, 0.3 to 3.3; at the threshold itself, rounding decides whether there is an outlier
FACTORS = st.one_of(st.floats(1e-3, 1.2), st.floats(-1.2, -1e-3)).map(math.exp)


@st.composite
def networks(draw: st.DrawFn, *, infinite: bool = True) -> bs.QuadraticNetwork:
    """Widths up to 100 (the student's may be infinite) and `a` from 1e-3 to 1e3."""
    widths = st.one_of(WIDTHS, st.just(math.inf)) if infinite else WIDTHS
    return bs.QuadraticNetwork(draw(widths), draw(WIDTHS), draw(CONSTANTS))


def unit(p: float) -> float:
    """Of the conventions: an eigenvalue of `H`, or of `(p/2) H` at `p = inf`, over that of the formulas."""
    return 1.0 if math.isinf(p) else 2.0 / p
