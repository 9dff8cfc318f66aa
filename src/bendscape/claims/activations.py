"""C11: other activations show the same onset (Fig. 8), with the theory that the paper does not have."""

from __future__ import annotations

from ..models.general import Network
from ..models.losses import loss
from .claim import Claim, Effort, Evidence
from .overlaps import deviation, limiting, lowest, onset_of, simulated

__all__ = ["NETS", "activations"]

NETS = {
    "sigmoid": Network(2, 1, activation="sigmoid", loss=loss("normalised", a=1.0)),
    "tanh": Network(2, 1, activation="tanh", loss=loss("normalised", a=50.0)),
}
RATIOS = (0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0)
FAR = 1.4  # above this multiple of the threshold samples are extrapolated


def activations(effort: Effort) -> Evidence:
    """C11."""
    onsets = {name: onset_of(net, effort) for name, net in NETS.items()}
    tables = {name: simulated(net, onsets[name], RATIOS, effort) for name, net in NETS.items()}
    points = max(6, effort.grid // 12)
    data = {f"{name}_theory": limiting(net, onsets[name], points, effort) for name, net in NETS.items()}
    data |= {f"{name}_simulation": table for name, table in tables.items()}
    sizes = ", ".join(f"{n}" for n, _ in effort.general[-2:])
    claims = [
        Claim(
            f"C11{letter}",
            f"A {name} network has the {onsets[name].kind} onset of the theory, alpha_BBP = {onsets[name].alpha:.4f}.",
            "Fig. 8, simulations only.",
            f"Largest deviation of m^2 of the lowest eigenvector, extrapolated in 1/N from N = {sizes}, from the "
            f"limit, in standard errors, above {FAR} alpha_BBP.",
            expected=0.0,
            found=deviation(NETS[name], tables[name], FAR * onsets[name].alpha, effort),
            tolerance=4.0,
            remark=f"p = 2, p* = 1; alpha_BBP has a standard error of {onsets[name].error:.1g}.",
        )
        for letter, name in zip("ab", NETS, strict=True)
    ]
    sigmoid = onsets["sigmoid"]
    near = [lowest(NETS["sigmoid"], x * sigmoid.alpha, effort).value for x in (1.02, 1.04)]
    claims.append(
        Claim(
            "C11c",
            "The overlap of the sigmoid network jumps, that of the tanh network grows from zero.",
            "Fig. 8.",
            "m^2 of the sigmoid network from 1.04 and 1.02 alpha_BBP down to alpha_BBP along a line, against the jump "
            "there; zero if tanh jumps.",
            expected=sigmoid.overlap2_jump.value,
            found=2 * near[0] - near[1] if onsets["tanh"].kind == "continuous" else 0.0,
            tolerance=0.02,
        )
    )
    return Evidence(tuple(claims), data)
