"""B7: what a larger width does for gradient descent from a random student."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from .claim import Claim

__all__ = ["generalises", "speed"]

_COMPARED = {  # widths, the narrower first
    "B7a": ("a student of two or four neurons generalises better than a single one", ((1, 2), (1, 4))),
    "B7c": ("a student of four neurons generalises better than one of two", ((2, 4),)),
}
_SMALL = 0.01  # of the error of a student that has learned nothing, one to two: less is a matter of when one stops

Tables = Mapping[tuple[str, int], xr.Dataset]  # by case and width, over (alpha, sample)


def generalises(tables: Tables, level: float, place: str) -> list[Claim]:
    """B7a and B7c, where the narrower student recovers."""
    return [_generalises(number, tables, level, place) for number in _COMPARED]


def _generalises(number: str, tables: Tables, level: float, place: str) -> Claim:
    """Below its start of recovery the narrower student has more variance than several, and so the larger error."""
    statement, pairs = _COMPARED[number]
    worse, points, words = 0, 0, []
    for kind in dict.fromkeys(kind for kind, _ in tables):
        for p, q in pairs:
            narrow, wide = xr.align(tables[kind, p], tables[kind, q], join="inner")
            at = (narrow.overlap2.mean("sample") > level).values
            one, other = narrow.generalisation[at], wide.generalisation[at]
            difference = other - one  # the same teacher and inputs at the same seed
            error = difference.std("sample", ddof=1) / difference.count("sample") ** 0.5
            points += int(at.sum())
            worse += int((difference.mean("sample") > np.maximum(2 * error, _SMALL)).sum())
            errors = np.stack([one.alpha, one.mean("sample"), other.mean("sample")], axis=1)
            listed = "; ".join(f"{x:g}: {first:.3f}, {second:.3f}" for x, first, second in errors)
            words.append(f"{kind}, p = {p} and {q}, at alpha = {listed}")
    return Claim(
        number,
        f"At equal data {statement}.",
        "Not in the paper.",
        f"Points of the grid where the narrower student recovers at all, at which the wider one has the larger "
        f"generalisation error, by more than two standard errors and {_SMALL}, {place}.",
        expected=0.0,
        found=float(worse),
        tolerance=0.0,
        decided=points > 0,
        remark=f"Of {points} points. Errors: " + ". ".join(words) + ".",
    )


def speed(tables: Tables, most: int, place: str) -> Claim:
    """B7b."""
    last = {key: data.isel(alpha=-1) for key, data in tables.items()}
    steps = {key: float(data.steps.median()) for key, data in last.items()}
    cut = {key: float((data.steps >= most).mean()) for key, data in last.items()}
    kinds = list(dict.fromkeys(kind for kind, _ in tables))
    widths = list(dict.fromkeys(p for _, p in tables))
    ratios = [steps[kind, 4] / steps[kind, 1] for kind in kinds]
    words = "; ".join(f"{kind}: " + ", ".join(f"{steps[kind, p]:.0f} for p = {p}" for p in widths) for kind in kinds)
    (alpha,) = {float(data.alpha) for data in last.values()}
    return Claim(
        "B7b",
        "At equal data a wider student converges in fewer steps.",
        "Not in the paper.",
        f"Median steps to a gradient of 1e-6 of the first, p = 4 over p = 1, at alpha = {alpha:g}: by how much the "
        f"larger of both cases exceeds one, {place}.",
        expected=0.0,
        found=max(max(ratios) - 1, 0.0),
        tolerance=0.0,
        decided=max(cut[kind, 1] for kind in kinds) < 0.5,  # else the first median is that of the limit of steps
        remark=f"Steps, {words}; up to {max(cut.values()):.0%} of the runs of a width ended at the limit of {most}. A "
        "step of p = 4 costs about four of p = 1.",
    )
