"""Peak memory of `recover` and the estimators beyond the data themselves, in units of the bytes of `X`.

    python benchmarks/memory.py [M N]

Each is measured in a process of its own: the largest resident size that the system saw, less that before the call.
"""

from __future__ import annotations

import subprocess
import sys

CALLS = {
    "recover": "bs.recover(X, y, p_star=1, steps=50)",
    "recover, random start": "bs.recover(X, y, p_star=1, steps=20, start=bs.simulation.RandomStart())",
    "HessianSpectralEstimator": "HessianSpectralEstimator(random_state=0).fit(X, y)",
    "SpectralEstimator": "SpectralEstimator().fit(X, y)",
}
DTYPES = ("float32", "float64")

SCRIPT = """
import resource, warnings
import numpy as np, psutil
import bendscape as bs
from bendscape.estimators import HessianSpectralEstimator, SpectralEstimator
warnings.simplefilter("ignore")

def data(M, N, dtype):
    rng = np.random.default_rng(1)
    X = np.empty((M, N), dtype)
    for row in X:
        row[:] = rng.standard_normal(N, dtype=np.float32)
    return X, (X @ rng.standard_normal(N).astype(dtype)) ** 2

X, y = data(120, 20, "{dtype}")
{call}  # imports
X, y = data({M}, {N}, "{dtype}")
before = psutil.Process().memory_info().rss
{call}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print((peak - before) / X.nbytes)
"""


def peak(call: str, M: int, N: int, dtype: str) -> float:
    """Peak memory of a call on `X`, `y`, over the bytes of `X`."""
    script = SCRIPT.format(call=call, M=M, N=N, dtype=dtype)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return float(done.stdout)


def main() -> None:
    """Print the table."""
    M, N = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (8000, 2000)
    print(f"peak memory beyond X of shape ({M}, {N}), in units of its bytes")
    for name, call in CALLS.items():
        print(f"{name:28}" + "  ".join(f"{dtype} {peak(call, M, N, dtype):.2f}" for dtype in DTYPES))


if __name__ == "__main__":
    main()
