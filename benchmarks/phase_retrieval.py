"""Phase retrieval measured: signals recovered, where recovery begins, and what it costs.

    python benchmarks/phase_retrieval.py recovered    three coded diffraction patterns of 64 x 64 pixels
    python benchmarks/phase_retrieval.py thresholds   share recovered against `alpha`, for four ensembles and a support
    python benchmarks/phase_retrieval.py cost         seconds and products with the operator, 64^2 to 512^2 pixels
    python benchmarks/phase_retrieval.py noise        error against the number of counts, beside phases that are given

A signal counts as recovered at a squared overlap above 0.999 with the one that made the labels.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from bendscape.models import Poisson
from bendscape.models.priors import Gaussian, OnSupport
from bendscape.simulation import OperatorDescent, OperatorMessagePassing, align, retrieve, signal_overlap2
from bendscape.simulation.sensing import CodedDiffraction, Sensing, gaussian, orthogonal, random_masks

Array = np.ndarray
RECOVERED = 0.999


def complex_signal(shape: Any, seed: int) -> Array:
    """Random numbers of mean square one."""
    rng = np.random.default_rng(seed)
    return np.asarray(rng.standard_normal(shape) + 1j * rng.standard_normal(shape)) / 2**0.5


def photographs(size: int) -> dict[str, Array]:
    """Real, and with a phase, from the photographs that scikit-learn has, and a phantom of disks."""
    from sklearn.datasets import load_sample_image

    def part(name: str) -> Array:
        grey = load_sample_image(name).mean(axis=2) / 255
        step = min(grey.shape) // size
        return np.asarray(grey[: size * step, : size * step].reshape(size, step, size, step).mean(axis=(1, 3)))

    temple, flower = part("china.jpg"), part("flower.jpg")
    at = np.linspace(-1, 1, size)
    radius = np.hypot(at[:, None], at)
    disks = 1.0 * (radius < 0.9) + 1.0 * (np.hypot(at[:, None] - 0.3, at) < 0.3) - 0.5 * (radius < 0.2)
    return {"temple": temple + 0j, "flower, with a phase": flower * np.exp(2j * temple), "disks": disks + 0j}


def recovered() -> None:
    """`L` = 3, 64 x 64: random signals and pictures, ten seeds each."""
    signals: dict[str, Callable[[int], Array]] = {"random": lambda seed: complex_signal((64, 64), 100 + seed)}
    signals |= {name: lambda _, x=picture: x for name, picture in photographs(64).items()}  # type: ignore[misc]
    for name, make in signals.items():
        rows = []
        for seed in range(10):
            x, A = make(seed), CodedDiffraction(random_masks(3, (64, 64), seed=seed))
            answer = retrieve(A, A.intensities(x), seed=seed)
            rows.append((signal_overlap2(answer.signal, x), answer.steps, answer.products, answer.converged))
        overlap2, steps, products, converged = np.array(rows, dtype=float).T
        print(
            f"{name:>22}: {np.sum(overlap2 > RECOVERED)} of 10, {int(np.sum(converged))} said so; steps "
            f"{steps.mean():.0f} (most {steps.max():.0f}), products {products.mean():.0f}"
        )


def _share(problems: Iterator[tuple[Sensing, Array, Any]]) -> tuple[float, float, int]:
    """Share recovered, median steps of these, and answers that claim to be recovered and are not."""
    good, steps, wrong = [], [], 0
    for A, x, prior in problems:
        answer = retrieve(A, A.intensities(x), prior=prior, method=OperatorMessagePassing(steps=700))
        good.append(signal_overlap2(answer.signal, x) > RECOVERED)
        if good[-1]:
            steps.append(answer.steps)
        wrong += answer.converged and answer.expected_overlap2 > RECOVERED and not good[-1]
    return float(np.mean(good)), float(np.median(steps)) if steps else float("nan"), wrong


def _ensemble(make: Callable[..., Sensing], alpha: float, n: int, real: bool) -> Iterator[tuple[Sensing, Array, Any]]:
    for seed in range(10):
        x = complex_signal(n, 100 + seed)
        A = make(round(alpha * n), n, complex_entries=not real, seed=seed)
        yield A, x.real if real else x, None


def _support(alpha: float, size: int) -> Iterator[tuple[Sensing, Array, Any]]:
    """Two patterns, and a support of `2/alpha` of the pixels."""
    for seed in range(10):
        inside = np.random.default_rng(200 + seed).permutation(size**2) < round(2 * size**2 / alpha)
        support = inside.reshape(size, size)
        x = np.where(support, complex_signal((size, size), 100 + seed), 0)
        yield CodedDiffraction(random_masks(2, (size, size), seed=seed)), x, OnSupport(support, Gaussian())


def thresholds() -> None:
    """Ten samples a point."""
    ensembles: list[tuple[str, Callable[..., Sensing], bool, tuple[float, ...], str]] = [
        ("Gaussian, real", gaussian, True, (1.0, 1.05, 1.1, 1.15, 1.2, 1.3), "1.128"),
        ("Gaussian, complex", gaussian, False, (1.9, 2.0, 2.05, 2.1, 2.2, 2.3), "2.027"),
        ("orthogonal, real", orthogonal, True, (1.4, 1.5, 1.55, 1.6, 1.65, 1.75), "1.584"),
        ("orthogonal, complex", orthogonal, False, (2.1, 2.2, 2.25, 2.3, 2.35, 2.45), "2.265"),
    ]
    for name, make, real, alphas, theory in ensembles:
        for n in (250, 500):
            for alpha in alphas:
                print(
                    f"{name}, theory {theory}, n = {n}, alpha = {alpha}:",
                    *_share(_ensemble(make, alpha, n, real)),
                    flush=True,
                )
    for size in (32, 64, 128):
        for alpha in (2.15, 2.25, 2.3, 2.35, 2.4, 2.5):
            print(
                f"support, theory 2.265, {size} x {size}, alpha = {alpha}:", *_share(_support(alpha, size)), flush=True
            )


def cost() -> None:
    """`L` = 3, random signals: seconds, steps and products."""
    for size in (64, 128, 256, 512):
        x, A = complex_signal((size, size), 5), CodedDiffraction(random_masks(3, (size, size), seed=1))
        y = A.intensities(x)
        begin = time.process_time()
        answer = retrieve(A, y)
        seconds = time.process_time() - begin
        begin = time.process_time()
        for _ in range(3):
            A.rmatvec(A.matvec(x.ravel()))
        pair = (time.process_time() - begin) / 3
        print(
            f"{size} x {size}: {seconds:.2f} s, {answer.steps} steps, {answer.products} products, overlap "
            f"{signal_overlap2(answer.signal, x):.9f}; {seconds / pair:.0f} pairs of products; "
            f"{1e9 * seconds / (size**2 * np.log2(size**2)):.0f} ns over n log2 n",
            flush=True,
        )


def noise() -> None:
    """`L` = 4, 32 x 32: mean square error against counts, descent and least squares with given phases beside it."""
    for counts in (1.0, 10.0, 100.0, 1000.0, 10000.0):
        rows = []
        for seed in range(3):
            x, A = complex_signal((32, 32), 100 + seed), CodedDiffraction(random_masks(4, (32, 32), seed=seed))
            y = np.random.default_rng(seed).poisson(counts * A.intensities(x) / 4)
            z = A.matvec(x.ravel())
            given = A.rmatvec(np.sqrt(y.ravel() / counts * 4) * z / np.abs(z)) / 4
            bayes = retrieve(CodedDiffraction(A.masks / 2), y, channel=Poisson(2, counts))
            descent = retrieve(CodedDiffraction(A.masks / 2), y / counts, method=OperatorDescent())
            errors = [
                np.mean(np.abs(align(each.reshape(x.shape), x) - x) ** 2)
                for each in (bayes.signal, descent.signal, given)
            ]
            rows.append([*errors, float(np.mean(bayes.variance))])
        error = np.mean(rows, axis=0)
        print(
            f"counts {counts:g}: message passing {error[0]:.2e} (expects {error[3]:.2e}), descent {error[1]:.2e}, "
            f"given phases {error[2]:.2e}",
            flush=True,
        )


if __name__ == "__main__":
    with threadpool_limits(1):
        for name in sys.argv[1:] or ("recovered", "cost", "noise", "thresholds"):
            {"recovered": recovered, "thresholds": thresholds, "cost": cost, "noise": noise}[name]()
