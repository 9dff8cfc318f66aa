"""Speed and memory of the simulation layer, as ratios within one run.

Run it with ``make bench``. Products with the Hessian are compared with the speed of a matrix product of the same
library (the peak) and with the same two products over all samples at once (unfused). Solvers are compared at the same
residual with ``eigsh`` and ``lobpcg`` of SciPy on the same operator, with a dense solver where the matrix is small, and
with ``eigsh`` on the Hessian of curvlinops where that package is installed (``pip install curvlinops-for-pytorch``).
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

import bendscape as bs
from bendscape.simulation import BlockLanczos, Dense, Eigsh, Hessian, Sample, draw, lowest

NUMBER = 4
CASES = ((1000, 2, 2.0, "float64", 1e-8), (4000, 4, 2.0, "float64", 1e-6), (10000, 8, 1.0, "float32", 1e-3))


def best(run: Callable[[], Any], repeats: int = 5) -> float:
    """Shortest wall time."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def peak(threads: int, dtype: Any = np.float64) -> float:
    """GF/s of a square matrix product."""
    size = 3000
    a, b = np.random.default_rng(0).standard_normal((2, size, size)).astype(dtype)
    with threadpool_limits(threads):
        return 2 * size**3 / best(lambda: a @ b) / 1e9


def unfused(sample: Sample, rows: Any) -> Any:
    """The product as two matrix products over all samples, as one would write it."""
    net, (p, n) = sample.net, sample.student.shape
    u = sample.inputs @ sample.student.T
    scale, norm = 2 / net.p, net.a + sample.labels
    v = rows.reshape(-1, n)
    z = (v @ sample.inputs.T).reshape(-1, p, len(u))
    along = np.sum(z * u.T, axis=1, keepdims=True)
    z = scale * (np.mean(u**2, axis=1) - sample.labels) / norm * z + scale**2 / norm * u.T * along
    return (z.reshape(len(v), -1) @ sample.inputs).reshape(rows.shape)


def products() -> Table:
    """GF/s of products with blocks of vectors."""
    n, p, alpha = 4000, 4, 2.0
    sample = draw(bs.QuadraticNetwork(p, 1, 1.0), alpha=alpha, N=n, seed=1)
    table = Table(title=f"Products with the Hessian, N={n}, p={p}, alpha={alpha}, float64, GF/s")
    for name in ("threads", "b", "bendscape", "unfused", "ratio", "peak", "share of peak"):
        table.add_column(name)
    for threads in (1, 2):
        top, operator = peak(threads), Hessian(sample, threads=threads)
        for b in (1, 8, 32):
            rows = np.random.default_rng(b).standard_normal((b, p * n))
            flops = 4 * len(sample.inputs) * n * p * b / 1e9
            fused = flops / best(lambda op=operator, rows=rows: op.product(rows))  # type: ignore[misc]
            with threadpool_limits(threads):
                plain = flops / best(lambda rows=rows: unfused(sample, rows))  # type: ignore[misc]
            table.add_row(
                str(threads),
                str(b),
                f"{fused:.1f}",
                f"{plain:.1f}",
                f"{fused / plain:.2f}",
                f"{top:.1f}",
                f"{fused / top:.0%}",
            )
    return table


def regenerated() -> Table:
    """Measure the cost of regenerated inputs."""
    table = Table(
        title="A product with inputs drawn again, against stored ones: N=4000, p=4, alpha=2, float32, seconds"
    )
    for name in ("b", "stored", "drawn again", "ratio"):
        table.add_column(name)
    net = bs.QuadraticNetwork(4, 1, 1.0)
    held, drawn = (
        Hessian(draw(net, alpha=2.0, N=4000, seed=1, dtype="float32", regenerate=again)) for again in (False, True)
    )
    for b in (1, 8, 32):
        rows = np.ones((b, held.shape[0]), np.float32)
        fast, slow = (best(lambda op=op, rows=rows: op.product(rows), 3) for op in (held, drawn))  # type: ignore[misc]
        table.add_row(str(b), f"{fast:.3f}", f"{slow:.3f}", f"{slow / fast:.1f}")
    return table


def lobpcg(operator: Hessian, tolerance: float) -> tuple[Any, float]:
    """SciPy's, with a block of the eigenvectors wanted; values and the largest residual."""
    from scipy.sparse.linalg import lobpcg as solve

    start = np.random.default_rng(0).standard_normal((operator.shape[0], NUMBER)).astype(operator.dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns when it stops short of the tolerance; the residual says so too
        values, vectors = solve(operator, start, largest=False, tol=tolerance, maxiter=400)
    residual = np.linalg.norm(operator @ vectors - vectors * values, axis=0).max()
    return values, float(residual)


def curvlinops(sample: Sample, tolerance: float) -> tuple[Any, float]:
    """SciPy's ``eigsh`` on the Hessian of curvlinops, for a PyTorch module of the same network."""
    import torch
    from curvlinops import HessianLinearOperator
    from scipy.sparse.linalg import eigsh

    dtype = torch.float64 if sample.inputs.dtype == np.float64 else torch.float32
    x, y = torch.as_tensor(sample.inputs), torch.as_tensor(sample.labels, dtype=dtype)
    scale = (2 * (sample.net.a + y)) ** -0.5

    class Student(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.weights = torch.nn.Parameter(torch.as_tensor(sample.student, dtype=dtype))

        def forward(self, batch: Any) -> Any:
            return batch[:, -1] * ((batch[:, :-1] @ self.weights.T) ** 2).mean(dim=1)

    model, loss = Student(), torch.nn.MSELoss(reduction="sum")
    data = [(torch.cat([x, scale[:, None]], dim=1), scale * y)]
    hessian = HessianLinearOperator(model, loss, list(model.parameters()), data, check_deterministic=False).to_scipy()
    values, vectors = eigsh(hessian, NUMBER, which="SA", tol=tolerance)
    residual = np.linalg.norm(hessian @ vectors - vectors * values, axis=0).max()
    return np.sort(values), float(residual)


def solvers() -> Table:
    """The four smallest eigenpairs by several routes."""
    table = Table(
        title=f"The {NUMBER} smallest eigenpairs, a=1, p*=1, one thread (peak memory: over that of the inputs)"
    )
    for name in ("case", "route", "seconds", "over the default", "largest residual", "products", "memory"):
        table.add_column(name)
    for n, p, alpha, dtype, tolerance in CASES:
        sample = draw(bs.QuadraticNetwork(p, 1, 1.0), alpha=alpha, N=n, seed=1, dtype=dtype)  # type: ignore[arg-type]
        operator = Hessian(sample)
        routes: dict[str, Callable[[], Any]] = {
            f"BlockLanczos, block {p}": lambda op=operator, t=tolerance: lowest(  # type: ignore[misc]
                op, NUMBER, solver=BlockLanczos(tolerance=t)
            ),
            "BlockLanczos, block 1": lambda op=operator, t=tolerance: lowest(  # type: ignore[misc]
                op, NUMBER, solver=BlockLanczos(block=1, tolerance=t)
            ),
            "eigsh": lambda op=operator, t=tolerance: lowest(op, NUMBER, solver=Eigsh(tolerance=t)),  # type: ignore[misc]
        }
        if p * n <= 2000:
            routes["dense"] = lambda op=operator: lowest(op, NUMBER, solver=Dense())  # type: ignore[misc]
        if p * n <= 16000:
            routes["lobpcg"] = lambda op=operator, t=tolerance: lobpcg(op, t)  # type: ignore[misc]
        if p * n <= 16000 and importlib.util.find_spec("curvlinops"):
            routes["curvlinops + eigsh"] = lambda s=sample, t=tolerance: curvlinops(s, t)  # type: ignore[misc]
        first = None
        for name, run in routes.items():
            start = time.perf_counter()
            result = run()
            took = time.perf_counter() - start
            first = first or took
            pairs = hasattr(result, "residuals")
            residual = result.residuals.max() if pairs else result[1]
            memory = f"{memory_ratio(n, p, alpha, dtype, tolerance):.2f}" if first == took else ""
            case = f"N={n} p={p} alpha={alpha:g} {dtype} to {tolerance:.0e}" if first == took else ""
            table.add_row(
                case,
                name,
                f"{took:.2f}",
                f"{took / first:.2f}",
                f"{residual:.1e}",
                str(result.products) if pairs else "",
                memory,
            )
    return table


def memory_ratio(n: int, p: int, alpha: float, dtype: str, tolerance: float) -> float:
    """Peak memory of a fresh process that draws a sample and solves, less that of its imports, over the inputs.

    From Linux, whose ``ru_maxrss`` would include what the parent held when it forked.
    """
    code = f"""
import json, re, bendscape as bs
from bendscape.simulation import BlockLanczos, Hessian, draw, lowest
net = bs.QuadraticNetwork({p}, 1, 1.0)
peak = lambda: 1024 * int(re.search("VmHWM:[^0-9]*([0-9]+)", open("/proc/self/status").read())[1])
lowest(Hessian(draw(net, alpha={alpha}, N=50, seed=1)), {NUMBER}, solver=BlockLanczos(basis=50))
before = peak()
sample = draw(net, alpha={alpha}, N={n}, seed=1, dtype={dtype!r})
lowest(Hessian(sample), {NUMBER}, solver=BlockLanczos(tolerance={tolerance}))
print(json.dumps((peak() - before) / sample.inputs.nbytes))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout))


def main() -> None:
    """Print the tables."""
    console = Console(width=140)
    console.print(products())
    with threadpool_limits(1):
        console.print(regenerated())
        console.print(solvers())


if __name__ == "__main__":
    main()
