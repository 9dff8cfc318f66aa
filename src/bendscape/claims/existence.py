"""C1 and C2: a threshold exists everywhere; at infinite width it is `p_star (a + 1)/2`, and `p_star/2` as `a -> 0`."""

from __future__ import annotations

import math

import numpy as np

from ..models.quadratic import QuadraticNetwork
from ..theory.verbs._overlap import overlap
from ..theory.verbs._threshold import threshold
from .claim import Claim, Effort, Evidence

__all__ = ["existence"]


def random_networks(count: int, seed: int) -> list[QuadraticNetwork]:
    """Networks over the whole domain: widths from 1 to 100 (some infinite), `a` from 1e-3 to 1e3, log-uniform."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    nets = []
    for _ in range(count):
        p, p_star = (int(x) for x in np.exp(rng.uniform(0, math.log(101), 2)))
        width = math.inf if rng.random() < 0.1 else p
        nets.append(QuadraticNetwork(width, p_star, float(10 ** rng.uniform(-3, 3))))
    return nets


def _outlier_appears(net: QuadraticNetwork) -> bool:
    alpha = threshold(net).alpha
    below, above = overlap(net, alpha=[alpha * (1 - 1e-6), alpha * (1 + 1e-6)]).overlap2.values
    return bool(math.isfinite(alpha) and alpha > 0 and below == 0 and above > 0)


def existence(effort: Effort) -> Evidence:
    """C1, C2."""
    nets = random_networks(effort.random_points, effort.seed)
    share = float(np.mean([_outlier_appears(net) for net in nets]))
    wide = [QuadraticNetwork(math.inf, net.p_star, net.a) for net in nets]
    deviation = max(abs(threshold(net).alpha / (net.p_star * (net.a + 1) / 2) - 1) for net in wide)
    weak = max(abs(threshold(QuadraticNetwork(math.inf, k, 0.0)).alpha / (k / 2) - 1) for k in range(1, 21))
    claims = (
        Claim(
            "C1",
            "A threshold alpha_BBP exists for all p, p* and a.",
            "Equation (15).",
            f"Share of {len(nets)} random networks (widths 1 to 100 or infinite, a from 1e-3 to 1e3) with a finite "
            "alpha_BBP such that there is no teacher outlier at 0.999999 alpha_BBP and one at 1.000001 alpha_BBP.",
            expected=1.0,
            found=share,
            tolerance=0.0,
        ),
        Claim(
            "C2a",
            "At infinite width alpha_BBP = p*(a + 1)/2.",
            "Equation (18).",
            f"Largest relative deviation of the solved (15) over {len(wide)} random p* and a.",
            expected=0.0,
            found=deviation,
            tolerance=1e-10,
        ),
        Claim(
            "C2b",
            "At infinite width and a -> 0 the threshold is the weak-recovery threshold p*/2.",
            "The limit a -> 0 of equation (18).",
            "Largest relative deviation of the solved (15) at a = 0 over p* = 1..20.",
            expected=0.0,
            found=weak,
            tolerance=1e-10,
        ),
    )
    return Evidence(claims)
