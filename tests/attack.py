"""A generated attack: every public function with one wrong argument at a time, every command with one wrong option.

``python tests/attack.py OUT`` makes the whole of it, tens of thousands of calls, and writes OUT, a JSON line a call,
and a table on standard output; ``--shard 0/2`` takes every second function. `tests/test_attack.py` makes a sample.

A call may answer, or refuse with one of the library's own errors that names the value. It may not end in a raw error,
run without end, or let a warning of NumPy through.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import io
import json
import math
import os
import re
import resource
import select
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import xarray as xr

import bendscape as bs
from bendscape import memory, models, simulation
from bendscape.errors import BendscapeError, DataWarning
from bendscape.models import priors
from bendscape.simulation import sensing
from bendscape.simulation.training.descent import State
from bendscape.simulation.training.objective import Objective
from bendscape.theory.finite_size.labels import draw_labels, given_labels
from bendscape.theory.law.sampling import Estimate
from swept import swept

mpl.use("agg")

SECONDS, PATIENCE = 2.0, 20.0  # of a call, and of a second try of one that took longer
_HARD, _MEMORY = 60.0, 8 << 30  # seconds without a sign of life, and bytes of address space
FREE = 1 << 30  # bytes of memory that the library is told are free


class Endless(BaseException):
    """A call took too long; no `except Exception` of the library may catch it."""


@dataclass(frozen=True)
class Call:
    """A right call: a function and its arguments by name; those called `*0`, `*1`, ... are given by position."""

    function: Callable[..., Any]
    arguments: dict[str, Any]

    def __call__(self, **changed: Any) -> Any:
        """Made with some of the arguments changed."""
        given = self.arguments | changed
        positions = sorted(name for name in given if name.startswith("*"))
        named = {name: value for name, value in given.items() if not name.startswith("*")}
        return self.function(*(given[name] for name in positions), **named)


@dataclass(frozen=True)
class Outcome:
    """How a call ended: `answer`, `clear`, `unnamed`, `raw`, `warning` or `endless`."""

    kind: str
    detail: str = ""


def _of(function: Callable[..., Any], /, *positions: Any, **named: Any) -> Call:
    return Call(function, {f"*{i}": value for i, value in enumerate(positions)} | named)


# What the right calls are made of: small, so that they take milliseconds.


@cache
def parts() -> dict[str, Any]:
    """Networks, samples, results."""
    net, general = bs.QuadraticNetwork(2, 1, 1.0), bs.Network(1, 1, activation="tanh")
    rng = np.random.default_rng(1)
    sample = simulation.draw(net, alpha=4.0, N=12, seed=1)
    X = rng.standard_normal((60, 12))
    y = (X @ rng.standard_normal(12)) ** 2
    averaging = bs.Averaging(tolerance=0.5, points=64, most=64, replicates=4)
    method = bs.SpectralMethod(models.Optimal())
    starts = {"random": simulation.RandomStart()}
    follow = bs.GradientDescent(steps=3)
    hessian = simulation.Hessian(sample)
    run = bs.train(sample, method=follow, checkpoints=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        recovered = bs.recover(X, y, p_star=1, steps=3)
    return {
        "net": net,
        "wide": bs.QuadraticNetwork(math.inf, 1, 1.0),
        "general": general,
        "averaging": averaging,
        "method": method,
        "sample": sample,
        "foreign": simulation.standardise(net, X, y, rng=rng).sample,
        "standardised": simulation.standardise(net, X, y, rng=rng),
        "X": X,
        "y": y,
        "rng": rng,
        "hessian": hessian,
        "pairs": simulation.lowest(hessian, 12),
        "spectrum": bs.spectrum(net, alpha=2.5),
        "spectrum_of_general": bs.spectrum(general, alpha=4.0, averaging=averaging),
        "threshold": bs.threshold(net),
        "overlap": bs.overlap(net, alpha=[1.0, 2.0, 3.0]),
        "simulate": bs.simulate(net, alpha=3.0, N=12, samples=3, seed=1),
        "sweep": swept(net, alpha=[1.0, 2.0, 3.0, 4.0], N=[12, 16], samples=3, seed=1),
        "phase_diagram": bs.phase_diagram(p=[1, 2], p_star=1, a=[0.5, 1.0]),
        "finite": bs.phase_diagram(p=1, p_star=1, a=[0.5, 2.0], N=[1e4, 1e5], samples=4, seed=1),
        "recovery": bs.comparison.compare_starts(
            net, alpha=[2.0, 4.0], N=12, samples=2, seed=1, starts=starts, method=follow
        ),
        "run": run,
        "starts": starts,
        "follow": follow,
        "density": simulation.density(hessian, method=simulation.LanczosQuadrature(probes=2, steps=8)),
        "recovered": recovered,
        "posterior": simulation.message_passing(sample, models.Noiseless(1), method=simulation.MessagePassing(steps=5)),
        "learned": simulation.learn(
            sample, models.GaussianNoise(1, 0.3), method=simulation.MessagePassing(steps=5), parameters=[]
        ),
        "directions": simulation.hessian_directions(sample, [sample.student]),
    }


def _ax() -> Any:
    from matplotlib.figure import Figure

    return Figure().subplots()


@cache
def registry() -> dict[str, Call]:
    """One right call for every public function, class and method."""
    p = parts()
    net, sample, general, X, y = p["net"], p["sample"], p["general"], p["X"], p["y"]
    averaging, follow, starts = p["averaging"], p["follow"], p["starts"]
    spectrum, hessian, pairs, method = p["spectrum"], p["hessian"], p["pairs"], p["method"]
    dense, lanczos, eigsh = simulation.Dense(), simulation.BlockLanczos(), simulation.Eigsh()
    weight = models.LabelWeight((0.5, 1.0, 2.0), (3.0, 2.0, 1.0))
    u, s = np.random.default_rng(2).standard_normal((2, 40, 1))
    matrix = np.diag(np.linspace(-1.0, 1.0, 40))
    vectors = np.linalg.qr(np.random.default_rng(3).standard_normal((24, 3)))[0]
    labels = draw_labels(net, alpha=2.0, N=40, seed=1)
    found = bs.finite_threshold(net, N=1e4, samples=4, seed=1)
    regenerated = simulation.draw(net, alpha=2.0, N=12, seed=1, regenerate=True).inputs
    spectral, by_hessian = bs.estimators.SpectralEstimator(), bs.estimators.HessianSpectralEstimator(n_inits=1)
    objective = Objective(sample)
    state = State(sample.student, math.nan, 0, 0.0, 1.0, 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        counted = bs.estimators.count_vectors(X, y)
        fitted = bs.estimators.SpectralEstimator().fit(X, y)
        fitted_messages = bs.estimators.MessagePassingEstimator().fit(X, y)
        fitted_hessian = bs.estimators.HessianSpectralEstimator(n_inits=1, random_state=0).fit(X, y)
    run_options: dict[str, Any] = {"eigenvalues": 4, "side": "left", "solver": None, "dtype": "float64"}
    more: dict[str, Any] = {"regenerate": False, "workers": 1, "threads": 1, "library": "numpy", "device": None}
    kept: dict[str, Any] = {"store": None, "progress": False}
    best = bs.BayesOptimal(models.Noiseless(1))
    calls = {
        # the limit of infinite N
        "spectrum": _of(bs.spectrum, net=net, alpha=2.5, averaging=None),
        "spectrum, general": _of(bs.spectrum, net=general, alpha=4.0, averaging=averaging),
        "threshold": _of(bs.threshold, net=net, window=None, side=None, averaging=None),
        "threshold, general": _of(bs.threshold, net=general, side="left", averaging=averaging),
        "threshold, method": _of(bs.threshold, net=method),
        "overlap": _of(bs.overlap, net=net, alpha=[1.0, 2.0]),
        "overlap, method": _of(bs.overlap, net=method, alpha=[1.0, 2.0]),
        "phase_diagram": _of(bs.phase_diagram, p=[1, 2], p_star=1, a=[0.5, 1.0], alpha=2.0, progress=False),
        "theory.critical_a": _of(bs.theory.critical_a, p=2, p_star=1),
        "theory.critical_width": _of(bs.theory.critical_width, p_star=1, a=0.7),
        "theory.best_a": _of(bs.theory.best_a, p=2, p_star=1),
        "BayesOptimal.p_star": _of(lambda: best.p_star),
        "RecoveryThreshold.to_dict": _of(bs.threshold(best).to_dict),
        "BayesOptimal": _of(bs.BayesOptimal, channel=models.Noiseless(1), ensemble=models.ColumnOrthogonal()),
        "models.GaussianEnsemble": _of(models.GaussianEnsemble),
        "models.ColumnOrthogonal": _of(models.ColumnOrthogonal),
        "models.FixedSpectrum": _of(models.FixedSpectrum, eigenvalues=[0.5, 1.0, 1.5]),
        "models.GaussianProduct": _of(models.GaussianProduct, ratio=1.5),
        "overlap, best": _of(bs.overlap, net=best, alpha=[0.8]),
        "threshold, best": _of(bs.threshold, net=best),
        "HessianMethod": _of(bs.HessianMethod, net=net, students=2),
        "overlap, students": _of(bs.overlap, net=bs.HessianMethod(net, 2), alpha=[2.5]),
        "theory.design_loss": _of(bs.theory.design_loss, net=net, family="constant", N=None, side=None, averaging=None),
        "theory.weak_recovery_limit": _of(bs.theory.weak_recovery_limit, net=net, seed=0),
        "theory.conditional": _of(
            bs.theory.conditional, net=bs.QuadraticNetwork(1, 1, 1.0), s=s, u=u, N=20, gram=np.eye(2)
        ),
        "finite_size": _of(bs.finite_size, net=net, alpha=1.1, N=1e4, samples=2, seed=1, labels=None, kept=5),
        "finite_threshold": _of(bs.finite_threshold, net=net, N=1e4, samples=4, seed=1),
        "phase_diagram, finite": _of(bs.phase_diagram, net=net, N=[1e4], samples=2, seed=1),
        "Averaging": _of(bs.Averaging, tolerance=1e-2, points=64, most=64, replicates=4, seed=0),
        "Averaging.rounds": _of(averaging.rounds),
        "Averaging.draw": _of(lambda net, n: next(averaging.draw(net, n)), net=general, n=64),
        "Estimate": _of(Estimate, value=1.0, error=0.1),
        "Spectrum.density": _of(spectrum.density, x=[0.0, 0.5]),
        "Spectrum.signal_density": _of(spectrum.signal_density, x=[0.0, 0.5], sector="teacher"),
        "Spectrum.curves": _of(spectrum.curves, x=[0.0, 0.5]),
        "Spectrum.stieltjes": _of(spectrum.stieltjes, z=[0.1 + 1j]),
        "Spectrum.moment": _of(spectrum.moment, n=3),
        "Spectrum.mass": _of(spectrum.mass, low=0.0, high=0.5, sector="bulk"),
        "SampledSpectrum.density": _of(p["spectrum_of_general"].density, x=[0.1]),
        "SampledSpectrum.curves": _of(p["spectrum_of_general"].curves, x=[0.1]),
        "Spectrum.to_dict": _of(spectrum.to_dict),
        "Threshold.to_dict": _of(p["threshold"].to_dict),
        "Recovery.to_dict": _of(p["recovered"].to_dict),
        "Threshold.method": _of(lambda: p["threshold"].method),
        "Threshold.alpha_0_window": _of(lambda: p["threshold"].alpha_0_window),
        "FiniteThreshold.quantile": _of(found.quantile, probability=0.5),
        "FiniteThreshold.probability": _of(found.probability, alpha=1.0),
        "Labels.alpha": _of(lambda: labels.alpha),
        "Labels.free": _of(lambda: labels.free),
        "Labels.modes": _of(lambda: labels.modes),
        "Labels.measure": _of(labels.measure),
        "Labels.without": _of(labels.without, n=1),
        "theory.draw_labels": _of(draw_labels, net=net, alpha=2.0, N=40, seed=1),
        "theory.given_labels": _of(given_labels, net=bs.QuadraticNetwork(1, 1, 1.0), N=20, s=s, u=u, overlaps=None),
        # models
        "QuadraticNetwork": _of(bs.QuadraticNetwork, p=2, p_star=1, a=0.7),
        "QuadraticNetwork.curvature": _of(net.curvature, y=np.ones(1), yhat=np.ones(1)),
        **{
            f"QuadraticNetwork.{name}": _of(lambda name=name: getattr(net, name))
            for name in (
                "curvature_edges",
                "finite_moments",
                "closed",
                "modes",
                "scale",
                "sectors",
                "sides",
                "student_label",
                "teacher_label",
                "unit",
            )
        },
        "Network": _of(
            bs.Network,
            p=1,
            p_star=2,
            activation="tanh",
            teacher_activation="erf",
            loss="squared",
            noise=bs.Noise(),
            output_weights=[1.0],
            teacher_weights=[0.5, 0.5],
            link="s1*s2",
            inputs=bs.Inputs(),
        ),
        "Network.of_quadratic": _of(bs.Network.of_quadratic, net=net, inputs=bs.Inputs()),
        "Network.outputs": _of(general.outputs, u=u),
        "Network.labels": _of(general.labels, s=s, xi=np.zeros((40, 2))),
        "Network.gradient": _of(general.gradient, u=u, y=np.ones(40)),
        "Network.curvature": _of(general.curvature, u=u, y=np.ones(40)),
        "Network.even": _of(lambda: general.even),
        "Noise": _of(bs.Noise, additive=0.1, multiplicative=0.2),
        "Noise.added": _of(bs.Noise(0.1, 0.1).added, y=np.ones(4), xi=np.zeros((4, 2))),
        "models.Curvature": _of(
            models.Curvature, diagonal=np.ones((2, 1)), weight=np.ones(2), direction=np.ones((2, 1))
        ),
        "Curvature.dense": _of(general.curvature(u, np.ones(40)).dense),
        "Inputs": _of(bs.Inputs, eigenvalues=(1.0, 3.0), mean=0.5, name="mine"),
        "Inputs.at": _of(bs.Inputs((1.0, 3.0)).at, N=10),
        "Inputs.of_covariance": _of(bs.Inputs.of_covariance, covariance=np.eye(3), mean=0.5),
        "Inputs.of_data": _of(bs.Inputs.of_data, X=X),
        "Inputs.power_law": _of(bs.Inputs.power_law, exponent=0.5, size=10, mean=0.5),
        "Inputs.standard": _of(lambda: bs.Inputs().standard),
        "Inputs.white": _of(lambda: bs.Inputs().white),
        "models.Activation": _of(
            models.Activation, name="square", value=lambda u: u**2, first=lambda u: 2 * u, second=lambda u: 2 + 0 * u
        ),
        "Activation.even": _of(lambda: general.activation.even),
        "models.activation": _of(models.activation, given="tanh"),
        "models.Loss": _of(
            models.Loss,
            name="mine",
            value=lambda y, yhat: (y - yhat) ** 2 / 2,
            first=lambda y, yhat: yhat - y,
            second=lambda y, yhat: 1 + 0 * (y - yhat),
            parameters=(),
            lowest=-1.0,
        ),
        "Loss.check": _of(models.loss("squared").check, y=np.ones(20), yhat=np.linspace(0, 1, 20)),
        "models.loss": _of(models.loss, given="normalised", a=1.5, b=1.0),
        "models.loss, huber": _of(models.loss, given="huber", delta=1.5),
        "models.Expression": _of(models.Expression, text="x**2", variables=("x",), by=("x",)),
        "Expression.derivative": _of(models.Expression("x**2", ("x",)).derivative, variable="x"),
        "Expression.__call__": _of(lambda x, z: models.Expression("x**2 + z", ("x", "z"))(x, z), x=[1.0], z=[2.0]),
        "models.LabelWeight": _of(models.LabelWeight, knots=(0.5, 1.0), values=(2.0, 1.0)),
        "LabelWeight.__call__": _of(weight, y=[1.0]),
        "models.weighted": _of(models.weighted, weight=weight),
        "models.ConstantLabel": _of(models.ConstantLabel, value=1.0),
        "ConstantLabel.moment": _of(models.ConstantLabel().moment, n=2),
        "models.GammaLabel": _of(models.GammaLabel, shape=0.5),
        "GammaLabel.moment": _of(models.GammaLabel(0.5).moment, n=2),
        "models.LawEdge": _of(models.LawEdge, value=-1.0, kind="power", parameter=1.0, mean_square=1.0),
        "models.Mode": _of(models.Mode, name="along", fraction=0.5),
        "models.Sector": _of(
            models.Sector, name="teacher", span="teacher", label="y", multiplicity=1, weights={"along": 1.0}
        ),
        "SpectralMethod": _of(bs.SpectralMethod, preprocessing=models.Optimal(), p_star=1),
        "models.Optimal": _of(models.Optimal, floor=0.1),
        "models.WideHessian": _of(models.WideHessian, a=1.0),
        "models.AveragedHessian": _of(models.AveragedHessian, p=2, a=1.0),
        "models.MondelliMontanari": _of(models.MondelliMontanari, delta=2.0),
        "models.Trimming": _of(models.Trimming, cut=3.0),
        "models.CustomPreprocessing": _of(
            models.CustomPreprocessing, function=np.tanh, largest=1.0, attained=False, breaks=(1.0,)
        ),
        **{
            f"{type(each).__name__}.__call__": _of(each, y=[0.5, 2.0])
            for each in (
                *(models.Optimal(0.1), models.WideHessian(1.0), models.AveragedHessian(2, 1.0)),
                *(models.MondelliMontanari(2.0), models.Trimming(3.0), models.CustomPreprocessing(np.tanh, 1.0)),
            )
        },
        **{
            f"{type(each).__name__}.{name}": _of(lambda each=each, name=name: getattr(each, name))
            for each in (models.Optimal(0.1), models.Trimming(3.0))
            for name in ("attained", "breaks", "largest")
        },
        # channels
        "models.Noiseless": _of(models.Noiseless, p_star=1, output=models.Amplitude()),
        "models.GaussianNoise": _of(models.GaussianNoise, p_star=2, variance=0.1, output=models.Intensity()),
        "models.Poisson": _of(models.Poisson, p_star=1, mean=10.0, dark=2.0, output=models.Intensity()),
        "models.Saturated": _of(models.Saturated, channel=models.Noiseless(1), level=2.0),
        "models.Quantised": _of(models.Quantised, channel=models.Noiseless(1), step=0.5),
        "models.WeightedSquares": _of(models.WeightedSquares, weights=(0.8, 0.2)),
        "models.TeacherOutput": _of(models.TeacherOutput, net=general),
        "models.channel_of": _of(models.channel_of, net=general),
        "models.Amplitude": _of(models.Amplitude),
        "models.Intensity": _of(models.Intensity),
        "models.posterior": _of(
            models.posterior, channel=models.GaussianNoise(1, 0.1), y=[1.0, 2.0], omega=[[0.1], [0.2]], covariance=0.5
        ),
        "models.posterior, noiseless": _of(
            models.posterior, channel=models.Noiseless(1), y=[1.0, 2.0], omega=[[0.1], [0.2]], covariance=[0.5, 1.0]
        ),
        "models.posterior, uneven": _of(
            models.posterior,
            channel=models.Noiseless(2, models.WeightedSquares((0.8, 0.2))),
            y=[1.0, 2.0],
            omega=[[0.1, 0.0], [0.2, 0.1]],
            covariance=[[0.5, 0.1], [0.1, 0.4]],
        ),
        "models.posterior, tanh": _of(
            models.posterior, channel=models.channel_of(general), y=[0.1, 0.2], omega=[[0.1], [0.2]], covariance=0.5
        ),
        "Posterior.variance": _of(
            lambda: models.posterior(models.Noiseless(1), [1.0], [[0.1]], 0.5).variance,
        ),
        # simulation
        "simulation.draw": _of(
            simulation.draw, net=net, alpha=2.0, N=12, seed=1, dtype="float64", regenerate=False, threads=1
        ),
        "simulation.Sample": _of(
            simulation.Sample,
            net=net,
            inputs=sample.inputs,
            labels=sample.labels,
            student=sample.student,
            teacher=sample.teacher,
        ),
        "Sample.to": _of(sample.to, name="numpy", device=None),
        "simulation.RegeneratedInputs": _of(
            simulation.RegeneratedInputs,
            key=(1, 2),
            shape=(5, 4),
            dtype=np.dtype("float64"),
            factor=None,
            shift=None,
            namespace=None,
            device=None,
        ),
        "RegeneratedInputs.block": _of(regenerated.block, index=0, out=None),
        "RegeneratedInputs.block_rows": _of(lambda: regenerated.block_rows),
        "RegeneratedInputs.moved": _of(regenerated.moved, namespace=np, device=None),
        "simulation.loss": _of(simulation.loss, sample=sample, student=None),
        "simulation.gradient": _of(simulation.gradient, sample=sample, student=None),
        "simulation.hessian": _of(simulation.hessian, sample=sample, student=None),
        "simulation.Hessian": _of(simulation.Hessian, sample=sample, student=None, threads=1),
        "Hessian.__matmul__": _of(lambda v: hessian @ v, v=np.ones(24)),
        "Hessian.product": _of(hessian.product, rows=np.ones((2, 24))),
        "Hessian.native": _of(hessian.native, rows=np.ones((2, 24))),
        "Hessian.dense": _of(hessian.dense),
        "Hessian.nbytes": _of(lambda: hessian.nbytes),
        "simulation.lowest": _of(simulation.lowest, operator=matrix, number=2, solver=None),
        "simulation.highest": _of(simulation.highest, operator=matrix, number=2, solver=None),
        "simulation.Eigenpairs": _of(
            simulation.Eigenpairs,
            values=np.ones(1),
            vectors=np.ones((1, 1)),
            residuals=np.zeros(1),
            tolerance=1e-6,
            products=1,
            status="converged",
        ),
        "Eigenpairs.converged": _of(lambda: pairs.converged),
        "simulation.Dense": _of(simulation.Dense),
        "Dense.lowest": _of(dense.lowest, operator=matrix, number=2),
        "Dense.density": _of(dense.density, operator=matrix),
        "simulation.BlockLanczos": _of(
            simulation.BlockLanczos, block=2, basis=20, tolerance=1e-6, max_products=1000, seed=0
        ),
        "BlockLanczos.lowest": _of(lanczos.lowest, operator=matrix, number=2),
        "simulation.lowest, BlockLanczos": _of(
            lambda operator, **options: simulation.lowest(operator, 2, solver=simulation.BlockLanczos(**options)),
            operator=matrix,
            block=2,
            basis=20,
            tolerance=1e-6,
            max_products=1000,
        ),
        "simulation.Eigsh": _of(simulation.Eigsh, tolerance=1e-6, basis=10, seed=0),
        "Eigsh.lowest": _of(eigsh.lowest, operator=matrix, number=2),
        "simulation.lowest, Eigsh": _of(
            lambda operator, **options: simulation.lowest(operator, 2, solver=simulation.Eigsh(**options)),
            operator=matrix,
            tolerance=1e-6,
            basis=10,
            seed=0,
        ),
        "simulation.sample_means": _of(simulation.sample_means, data=p["simulate"]),
        "simulation.density": _of(simulation.density, operator=matrix, method=None),
        "simulation.LanczosQuadrature": _of(simulation.LanczosQuadrature, probes=2, steps=8, seed=0),
        "LanczosQuadrature.density": _of(simulation.LanczosQuadrature(2, 8).density, operator=matrix),
        "simulation.Density": _of(simulation.Density, nodes=np.ones((1, 2)), weights=np.ones((1, 2)), coarse=()),
        "Density.curves": _of(p["density"].curves, eigenvalue=[0.0, 0.5], width=0.1),
        "Density.mean": _of(p["density"].mean, function=lambda x: x),
        "Density.resolution": _of(lambda: p["density"].resolution),
        "simulation.observe": _of(simulation.observe, sample=sample, pairs=pairs, side="left"),
        "simulation.sample_participation": _of(simulation.sample_participation, sample=sample, vectors=vectors),
        "simulation.teacher_overlap2": _of(simulation.teacher_overlap2, sample=sample, vectors=vectors),
        "simulation.student_overlap2": _of(simulation.student_overlap2, sample=sample, vectors=vectors),
        "simulation.span_overlap2": _of(simulation.span_overlap2, rows=sample.student, teacher=sample.teacher),
        "simulation.mean_stderr": _of(simulation.mean_stderr, values=[1.0, 2.0], share=False),
        "simulation.generalisation_error": _of(
            simulation.generalisation_error, net=net, student=sample.student, teacher=sample.teacher
        ),
        # message passing
        "simulation.message_passing": _of(
            simulation.message_passing,
            sample=sample,
            channel=models.Noiseless(1),
            method=simulation.MessagePassing(steps=5),
            guess=simulation.SpectralGuess(),
            prior=1.0,
            seed=1,
        ),
        "simulation.MessagePassing": _of(
            simulation.MessagePassing, steps=5, damping=0.5, adaptive=True, tolerance=1e-6, fits=1
        ),
        "simulation.VectorMessagePassing": _of(
            simulation.VectorMessagePassing, steps=5, damping=0.5, adaptive=True, tolerance=1e-6
        ),
        "simulation.learn": _of(
            simulation.learn,
            sample=sample,
            channel=models.GaussianNoise(1, 0.3),
            parameters=["variance"],
            scale=True,
            method=simulation.MessagePassing(steps=5),
            guess=simulation.SpectralGuess(),
            prior=1.0,
            seed=1,
        ),
        "simulation.choose_vectors": _of(
            simulation.choose_vectors,
            sample=sample,
            channels=[models.GaussianNoise(1, 0.3)],
            method=simulation.MessagePassing(steps=5),
        ),
        "simulation.Learned": _of(
            simulation.Learned, posterior=p["posterior"], values={"scale": Estimate(1.0, 0.1)}, settled=True
        ),
        "simulation.VectorEvidence": _of(simulation.VectorEvidence, learned=(p["learned"],)),
        **{
            f"VectorEvidence.{name}": _of(lambda name=name: getattr(simulation.VectorEvidence((p["learned"],)), name))
            for name in ("best", "count", "counts", "log_evidence", "margin")
        },
        "simulation.SpectralGuess": _of(simulation.SpectralGuess, solver=None),
        "simulation.RandomGuess": _of(simulation.RandomGuess, overlap2=0.1),
        "simulation.GivenGuess": _of(simulation.GivenGuess, weights=np.ones((1, 12)), overlap2=0.1),
        "simulation.WeightPosterior": _of(simulation.WeightPosterior, **vars(p["posterior"])),
        "WeightPosterior.to_dict": _of(p["posterior"].to_dict),
        **{
            f"WeightPosterior.{name}": _of(lambda name=name: getattr(p["posterior"], name))
            for name in ("converged", "expected_overlap2", "message", "stderr", "steps")
        },
        "simulation.leading_span": _of(simulation.leading_span, weights=sample.student, number=1),
        "simulation.start": _of(simulation.start, basis=p["directions"].basis, p=2, rng=np.random.default_rng(1)),
        "simulation.hessian_directions": _of(
            simulation.hessian_directions, sample=sample, students=[sample.student], number=1, solver=None, threads=1
        ),
        "simulation.spectral_directions": _of(
            simulation.spectral_directions,
            sample=sample,
            preprocessing=models.Optimal(),
            number=1,
            solver=None,
            threads=1,
        ),
        "simulation.Directions": _of(simulation.Directions, basis=np.eye(2), pairs=()),
        "simulation.RandomStart": _of(simulation.RandomStart),
        "simulation.HessianStart": _of(simulation.HessianStart, inits=2, solver=None),
        "simulation.SpectralStart": _of(simulation.SpectralStart, preprocessing=models.Optimal()),
        "simulation.MessagePassingStart": _of(simulation.MessagePassingStart, channel=models.Noiseless(1)),
        **{
            f"{type(each).__name__}.__call__": _of(each, sample=sample, rng=np.random.default_rng(1))
            for each in (
                *(simulation.RandomStart(), simulation.HessianStart(1)),
                *(simulation.SpectralStart(models.Optimal(0.1)), simulation.MessagePassingStart()),
            )
        },
        "HessianStart.directions": _of(
            simulation.HessianStart(1).directions, sample=sample, rng=np.random.default_rng(1)
        ),
        "simulation.standardise": _of(simulation.standardise, net=net, X=X, y=y, rng=np.random.default_rng(1)),
        "simulation.Standardised": _of(
            simulation.Standardised, sample=sample, input_scale=1.0, label_scale=1.0, findings=()
        ),
        "Standardised.weights": _of(p["standardised"].weights, student=np.ones((1, 12))),
        "simulate": _of(bs.simulate, net=net, alpha=3.0, N=12, samples=2, seed=1, **run_options, **more, **kept),
        "simulate, general": _of(bs.simulate, net=general, alpha=3.0, N=12, samples=2, seed=1),
        "simulate, axes": _of(
            bs.simulate, net=net, alpha=[3.0], N=[12], samples=2, seed=1, **run_options, **more, **kept
        ),
        "simulation.memory_needed": _of(
            simulation.memory_needed,
            net=net,
            alpha=3.0,
            N=12,
            eigenvalues=4,
            solver=None,
            dtype="float64",
            regenerate=False,
        ),
        "simulation.run_starts": _of(
            simulation.run_starts,
            net=net,
            alpha=[3.0],
            N=12,
            samples=1,
            seed=1,
            starts=starts,
            method=follow,
            sphere=True,
            tolerance=1e-4,
            dtype="float32",
            workers=1,
            **kept,
        ),
        "train": _of(
            bs.train,
            sample=sample,
            method=follow,
            start=None,
            sphere=True,
            checkpoints=2,
            tolerance=1e-6,
            **kept,
        ),
        "GradientDescent": _of(bs.GradientDescent, steps=3, step=None),
        "GradientDescent.advance": _of(
            follow.advance, objective=objective, state=state, to=2.0, sphere=True, tolerance=1e-3
        ),
        "GradientDescent.end": _of(lambda: follow.end),
        "GradientFlow": _of(bs.GradientFlow, time=1.0, solver="RK45", rtol=1e-3, atol=1e-3),
        "GradientFlow.advance": _of(
            bs.GradientFlow(0.1).advance, objective=objective, state=state, to=0.1, sphere=True, tolerance=1e-3
        ),
        "GradientFlow.end": _of(lambda: bs.GradientFlow().end),
        "train, GradientFlow": _of(
            lambda **options: bs.train(sample, method=bs.GradientFlow(**options), checkpoints=1),
            time=0.1,
            solver="RK45",
            rtol=1e-3,
            atol=1e-3,
        ),
        # phase retrieval
        **_retrieval(),
        # comparison, estimators
        "comparison.hessian_trajectory": _of(
            bs.comparison.hessian_trajectory, sample=sample, run=p["run"], eigenvalues=3, solver=None
        ),
        "compare": _of(bs.compare, data=p["sweep"], net=None, averaging=None),
        "comparison.limit": _of(bs.comparison.limit, net=net, alpha=2.5, averaging=None),
        "comparison.crossing": _of(bs.comparison.crossing, data=p["sweep"], variable="captured", exponent=0.3, seed=0),
        "comparison.every_start": _of(bs.comparison.every_start, net=net),
        "comparison.compare_starts": _of(
            bs.comparison.compare_starts,
            net=net,
            alpha=[2.0],
            N=12,
            samples=1,
            seed=1,
            starts=starts,
            method=follow,
            sphere=True,
            level=0.5,
            workers=1,
            **kept,
        ),
        "recover": _of(
            bs.recover,
            X=X,
            y=y,
            p_star=1,
            p=2,
            a=1.0,
            start=None,
            refine=True,
            steps=3,
            held_out=0.1,
            seed=0,
            progress=False,
            method="auto",
            channel="intensities",
        ),
        "estimators.Recovery": _of(
            bs.estimators.Recovery,
            **{name: getattr(p["recovered"], name) for name in bs.estimators.Recovery.__dataclass_fields__},
        ),
        "Recovery.lengths": _of(lambda: p["recovered"].lengths),
        "estimators.count_vectors": _of(bs.estimators.count_vectors, X=X, y=y),
        "estimators.VectorCount": _of(bs.estimators.VectorCount, **vars(counted)),
        "VectorCount.to_dict": _of(counted.to_dict),
        "estimators.SpectralEstimator": _of(
            lambda **options: bs.estimators.SpectralEstimator(**options).fit(X, y),
            preprocessing=None,
            n_components=1,
            solver=None,
        ),
        "SpectralEstimator.fit": _of(spectral.fit, X=X, y=y),
        "SpectralEstimator.transform": _of(fitted.transform, X=X),
        "estimators.HessianSpectralEstimator": _of(
            lambda **options: bs.estimators.HessianSpectralEstimator(**options).fit(X, y),
            n_neurons=2,
            a=1.0,
            n_components=1,
            n_inits=1,
            solver=None,
            random_state=0,
        ),
        "HessianSpectralEstimator.fit": _of(by_hessian.fit, X=X, y=y),
        "HessianSpectralEstimator.transform": _of(fitted_hessian.transform, X=X),
        "estimators.MessagePassingEstimator": _of(
            lambda **options: bs.estimators.MessagePassingEstimator(**options).fit(X, y),
            n_components=1,
            channel="intensities",
        ),
        "MessagePassingEstimator.fit": _of(bs.estimators.MessagePassingEstimator().fit, X=X, y=y),
        "MessagePassingEstimator.transform": _of(fitted_messages.transform, X=X),
        # plots
        "plot.spectrum": _of(
            bs.plot.spectrum,
            found=spectrum,
            eigenvalues=[0.1, 0.2],
            estimate=p["density"],
            width=0.5,
            signal=True,
            points=20,
            ax=_ax(),
        ),
        "plot.overlap": _of(bs.plot.overlap, data=p["overlap"], simulated=p["sweep"], color="k", ax=_ax()),
        "plot.phi": _of(bs.plot.phi, data=p["sweep"], variable="phi", exponent=0.3, threshold=1.0, ax=_ax()),
        "plot.threshold": _of(bs.plot.threshold, data=p["phase_diagram"], x="a", marker=".", ax=_ax()),
        "plot.phase_diagram": _of(
            bs.plot.phase_diagram,
            data=p["phase_diagram"],
            variable="alpha_BBP",
            x="a",
            y="p",
            simulated=p["phase_diagram"].alpha_BBP,
            ax=_ax(),
        ),
        "plot.finite_threshold": _of(bs.plot.finite_threshold, data=p["finite"], simulated=p["finite"], ax=_ax()),
        "plot.finite_phase_diagram": _of(bs.plot.finite_phase_diagram, data=p["finite"], ax=_ax()),
        "plot.recovery": _of(bs.plot.recovery, data=p["recovery"], variable="overlap2", ax=_ax()),
        "plot.trajectory": _of(bs.plot.trajectory, run=p["run"], variable="loss", ax=_ax()),
        "plot.signal": _of(bs.plot.signal, data=np.ones((2, 3)), part="phase", ax=_ax()),
        "plot.eigenvalues": _of(
            bs.plot.eigenvalues,
            data=p["simulate"],
            theory={"left_edge": -1.0, "outlier": -1.1, "overlap2": 0.2},
            ax=_ax(),
        ),
        "plot.style": _of(bs.plot.style),
        "errors.install": _of(bs.errors.install, extra="plot"),
        "Standardised.doubts": _of(lambda: p["standardised"].doubts),
        "Activation.own": _of(lambda: general.activation.own),
        "Loss.own": _of(lambda: general.loss.own),
        "Network.own_functions": _of(lambda: general.own_functions),
        "plot.Artists": _of(bs.plot.Artists),
        "Artists.names": _of(lambda: bs.plot.Artists().names),
        "units.hessian_scale": _of(bs.units.hessian_scale, p=2),
        "units.unit_name": _of(bs.units.unit_name, p=2),
    }
    return calls


def _retrieval() -> dict[str, Call]:
    """Operators, priors, and signals from intensities."""
    masks = sensing.random_masks(3, 4, seed=1)
    A, x = sensing.CodedDiffraction(masks), np.array([1.0, 2.0, 3.0, 4.0])
    y, few = A.intensities(x), simulation.OperatorMessagePassing(steps=5)
    corners = sensing.scan((4, 4), (2, 2), 1)
    options = {"channel": None, "prior": None, "method": few, "start": None, "scale": 1.0, "missing": None, "seed": 1}
    calls = {
        "simulation.retrieve": _of(simulation.retrieve, operator=A, y=y, **options),
        "simulation.align": _of(simulation.align, signal=x, reference=x, shift=False, flip=False),
        "simulation.signal_overlap2": _of(simulation.signal_overlap2, signal=x, reference=x),
        "simulation.OperatorMessagePassing": _of(
            simulation.OperatorMessagePassing, steps=5, damping=0.5, tolerance=1e-6
        ),
        "simulation.OperatorDescent": _of(simulation.OperatorDescent, loss="amplitude", steps=5, tolerance=1e-6),
        "estimators.recover_signal": _of(
            bs.estimators.recover_signal,
            operator=A,
            y=y,
            kind="intensity",
            dark=0.0,
            prior=priors.Gaussian(),
            start=None,
            noise=None,
            held_out=0.1,
            signal_shape=None,
            like=None,
            seed=1,
            progress=False,
        ),
        "Retrieval.converged": _of(lambda: simulation.retrieve(A, y, method=few).converged),
        "sensing.as_sensing": _of(sensing.as_sensing, operator=A),
        "sensing.Matrix": _of(sensing.Matrix, matrix=np.eye(3)),
        "sensing.Given": _of(sensing.Given, operator=A),
        "sensing.gaussian": _of(sensing.gaussian, m=4, n=3, complex_entries=True, seed=1),
        "sensing.orthogonal": _of(sensing.orthogonal, m=4, n=3, complex_entries=True, seed=1),
        "sensing.random_masks": _of(sensing.random_masks, patterns=2, shape=3, layers=1, seed=1),
        "sensing.CodedDiffraction": _of(sensing.CodedDiffraction, masks=masks),
        "sensing.Cascade": _of(sensing.Cascade, masks=masks[:, None]),
        "sensing.PartialFourier": _of(sensing.PartialFourier, n=4, m=8, seed=1),
        "sensing.PartialCosine": _of(sensing.PartialCosine, n=4, m=8, seed=1),
        "sensing.PartialHadamard": _of(sensing.PartialHadamard, n=4, m=8, seed=1),
        "sensing.scan": _of(sensing.scan, shape=(4, 4), window=(2, 2), step=1),
        "sensing.Ptychography": _of(
            sensing.Ptychography, window=np.ones((2, 2)), positions=corners, signal_shape=(4, 4)
        ),
        "sensing.FourierPtychography": _of(
            sensing.FourierPtychography, window=np.ones((2, 2)), positions=corners, signal_shape=(4, 4)
        ),
        "sensing.Functions": _of(
            sensing.Functions, product=np.fft.fft, adjoint_product=np.fft.ifft, signal_shape=4, library="numpy"
        ),
        "sensing.Restricted": _of(sensing.Restricted, operator=A, support=np.array([True, True, False, True])),
        "Sensing.matvec": _of(A.matvec, x=x),
        "Sensing.rmatvec": _of(A.rmatvec, z=y.ravel()),
        "Sensing.intensities": _of(A.intensities, signal=x),
        "priors.Gaussian": _of(priors.Gaussian, complex_valued=True),
        "priors.Sparse": _of(priors.Sparse, share=0.5, complex_valued=True),
        "priors.OnSupport": _of(priors.OnSupport, support=np.array([True, False]), prior=priors.Gaussian()),
    }
    return calls


# Names that the registry has to hold.

_INNER = {
    "QuadraticNetwork.at_constants",
    "BlockLanczos.sizes",
    "BlockLanczos.search",
    "Standardised.part",
    "OperatorDescent.run",
    "OperatorMessagePassing.run",
}  # of one part of the library for another
_INNER |= {
    f"{kind.__name__}.{name}"
    for kind in (getattr(models, name) for name in models.__all__)
    if isinstance(kind, type) and (kind.__module__.split(".")[2] in ("channels", "ensembles"))
    for name in dir(kind)
    if not name.startswith("_")
}  # of channels for posterior
_CONTRACTS = {
    "Channel",
    "Ensemble",
    "IsotropicNetwork",
    "Preprocessing",
    "LabelLaw",
}  # protocols and unions, which nobody calls
_RESULTS = {  # what verbs return, which nobody makes
    *("Conditional", "ConditionalOutlier", "Extrapolation", "FiniteThreshold", "LossDesign", "WeakRecoveryLimit"),
    *(
        "BestConstant",
        "Posterior",
        "Retrieval",
        "SignalEvidence",
        "SignalRecovery",
        "Spectrum",
        "SampledSpectrum",
        "Threshold",
        "Labels",
        "RecoveryThreshold",
    ),
}


def public() -> set[str]:
    """Functions, classes, methods and properties of `bendscape` and its public modules, and of what they return."""
    names: set[str] = set()
    classes: set[type] = {type(value) for value in parts().values()}
    for path, module in _modules():
        for name in module.__all__:
            value = getattr(module, name)
            if isinstance(value, ModuleType) or not callable(value) or name in _CONTRACTS | _RESULTS:
                continue
            if isinstance(value, type):
                if issubclass(value, BaseException):
                    continue
                classes.add(value)
            names.add(name if name in bs.__all__ and getattr(bs, name) is value else path + name)
    for kind in classes:
        names |= {f"{kind.__name__}.{name}" for name in _members(kind)}
    return names - _INNER


def _modules() -> Iterator[tuple[str, ModuleType]]:
    yield "", bs
    for name in bs.__all__:
        value = getattr(bs, name)
        if isinstance(value, ModuleType) and hasattr(value, "__all__"):
            yield f"{name}.", value


def _members(kind: type) -> Iterator[str]:
    """Public methods and properties, and the call, that are written in this library."""
    for name in dir(kind):
        member = kind.__dict__.get(name)
        inner = getattr(member, "fget", None) or getattr(member, "func", None) or getattr(member, "__func__", member)
        if name.startswith("_") and name != "__call__":
            continue
        if getattr(inner, "__module__", "").startswith("bendscape") and (callable(inner)):
            yield name


# Wrong values.


def _generator() -> Iterator[int]:
    yield 1


class _Odd:
    """An instance of nothing in particular, whose text is short."""

    def __repr__(self) -> str:
        return "<odd>"


def _read_only() -> Any:
    array = np.ones(3)
    array.flags.writeable = False
    return array


@cache
def wrong() -> dict[str, Callable[[], Any]]:
    """Values by name, each made anew for a call."""
    p = parts()
    plain: dict[str, Any] = {
        "None": None,
        "empty text": "",
        "text": "text",
        "long text": "x" * 5000,
        "text 2": "2",
        "text nan": "nan",
        "bytes": b"2",
        "dict": {"a": 1},
        "empty dict": {},
        "set": {1},
        "tuple": (),
        "list": [],
        "list of None": [None],
        "list of lists": [[1.0, 2.0], [3.0, 4.0]],
        "ragged": [[1.0], [1.0, 2.0]],
        "object": _Odd(),
        "class int": int,
        "class net": bs.QuadraticNetwork,
        "class Dense": simulation.Dense,
        "class Optimal": models.Optimal,
        "function": len,
        "lambda": lambda *_: 1.0,
        "lambda to None": lambda *_: None,
        "module": math,
        "slice": slice(3),
        "ellipsis": ...,
        "date": datetime.datetime(2020, 1, 1),
        "days": datetime.timedelta(days=1),
        "Decimal": Decimal("1.5"),
        "Fraction": Fraction(1, 2),
        "range": range(3),
        "exception": ValueError("x"),
        # numbers
        "nan": math.nan,
        "inf": math.inf,
        "-inf": -math.inf,
        "-1": -1,
        "0": 0,
        "-0.5": -0.5,
        "1.5": 1.5,
        "True": True,
        "np.True_": np.True_,
        "1e308": 1e308,
        "-1e308": -1e308,
        "1e20": 1e20,
        "1e-308": 1e-308,
        "5e-324": 5e-324,
        "2**64": 2**64,
        "10**400": 10**400,
        "-10**400": -(10**400),
        "1j": 1j,
        "float32": np.float32(1.5),
        "int8": np.int8(3),
        "datetime64": np.datetime64("2020-01-01"),
        "pd.NA": pd.NA,
        "Timestamp": pd.Timestamp("2020-01-01"),
        # models, data, algorithms in the place of each other
        "Inputs": bs.Inputs(),
        "Dense()": simulation.Dense(),
        "Optimal()": models.Optimal(),
        "RandomStart()": simulation.RandomStart(),
        "Dataset, empty": xr.Dataset(),
        "Dataset, no attributes": p["simulate"].drop_attrs() if hasattr(xr.Dataset, "drop_attrs") else xr.Dataset(),
        "Dataset, all nan": (p["sweep"] * math.nan).assign_attrs(p["sweep"].attrs),
        "Dataset, no points": p["sweep"].isel(alpha=slice(0)),
        **{
            key: p[key]
            for key in (
                *("net", "wide", "general", "method", "averaging", "sample", "foreign", "standardised", "hessian"),
                *("pairs", "spectrum", "spectrum_of_general", "threshold", "density", "recovered", "directions", "run"),
                *("overlap", "simulate", "sweep", "phase_diagram", "finite", "recovery", "rng"),
            )
        },
        # paths
        "folder": Path("/"),
        "text of a folder": "/tmp",
        "missing": Path("/missing/folder/file"),
        "full disk": Path("/dev/full"),
        "not to be written": Path("/proc/version"),
        "no file": "\0",
    }
    made: dict[str, Callable[[], Any]] = {
        "generator": _generator,
        "0-d array": lambda: np.array(1.5),
        "no numbers": lambda: np.empty(0),
        "no rows": lambda: np.empty((0, 2)),
        "no columns": lambda: np.empty((2, 0)),
        "one number": lambda: np.ones(1),
        "2 x 2": lambda: np.arange(4.0).reshape(2, 2),
        "24 x 2": lambda: np.ones((24, 2)),
        "40 x 40": lambda: np.random.default_rng(0).standard_normal((40, 40)),
        "2 x 12, nan": lambda: np.full((2, 12), np.nan),
        "2 x 12, inf": lambda: np.full((2, 12), np.inf),
        "2 x 12, zero": lambda: np.zeros((2, 12)),
        "2 x 12, 1e308": lambda: np.full((2, 12), 1e308),
        "2 x 12, integers": lambda: np.ones((2, 12), int),
        "2 x 12, float16": lambda: np.ones((2, 12), np.float16),
        "40 x 40, nan": lambda: np.full((40, 40), np.nan),
        "3-d": lambda: np.ones((2, 2, 2)),
        "nan in an array": lambda: np.array([1.0, np.nan, 2.0]),
        "inf in an array": lambda: np.array([1.0, np.inf]),
        "negative array": lambda: np.array([-1.0, -2.0]),
        "huge array": lambda: np.array([1e308, -1e308]),
        "masked": lambda: np.ma.masked_array([1.0, 2.0, 3.0], [False, True, False]),
        "masked 2 x 12": lambda: np.ma.masked_array(np.ones((2, 12)), np.eye(2, 12, dtype=bool)),
        "complex array": lambda: np.array([1.0 + 1.0j, 2.0]),
        "complex 2 x 12": lambda: np.ones((2, 12)) * 1j,
        "complex 40 x 40": lambda: np.eye(40) * 1j,
        "objects": lambda: np.array([_Odd(), None], dtype=object),
        "texts": lambda: np.array(["1", "2"]),
        "dates": lambda: np.array(["2020-01-01"], dtype="datetime64[D]"),
        "booleans": lambda: np.array([True, False]),
        "structured": lambda: np.zeros(2, dtype=[("a", float)]),
        "read-only": _read_only,
        "Fortran": lambda: np.asfortranarray(np.ones((3, 2))),
        "DataArray": lambda: xr.DataArray([1.0, 2.0], dims="t"),
        "Series": lambda: pd.Series([1.0, None], dtype="Float64"),
        "DataFrame": lambda: pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}),
        "axes": _ax,
    }
    return {name: (lambda value=value: value) for name, value in plain.items()} | made


# One call.


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises :class:`Endless` when the time is over."""

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        raise Endless

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.5)  # again and again: SciPy's callbacks may lose one
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def names(message: str, name: str, value: Any) -> bool:
    """Whether a message has the argument's name, or its text, shape, length or type."""
    bare = name.lstrip("*")
    if not bare.isdigit() and re.search(rf"(?<!\w){re.escape(bare)}(?!\w)", message.replace("-", "_")):
        return True
    texts = [type(value).__name__]
    with contextlib.suppress(Exception):
        texts += [repr(value)[:40], str(value)[:40], getattr(value, "__name__", "")]
        texts += [str(np.shape(value))] if np.ndim(value) else []
        texts += [text for n in np.shape(value) for text in (f" {n} ", f"[{n},", f" {n}]")]
    return any(text and text in message for text in texts)


def attempt(call: Call, name: str, value: Any, seconds: float = SECONDS) -> Outcome:
    """How the call ends with one argument changed."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            with limited(seconds), contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
                call(**{name: value})
        except Endless:
            return Outcome("endless")
        except BendscapeError as error:
            return Outcome("clear" if names(str(error), name, value) else "unnamed", _text(error))
        except Exception as error:
            return Outcome("raw", _text(error) + " @ " + _place(error))
    loud = [w for w in heard if not issubclass(w.category, DataWarning)]
    if loud:
        where = f"{Path(loud[0].filename).name}:{loud[0].lineno}"
        return Outcome("warning", f"{loud[0].category.__name__}: {loud[0].message} @ {where}")
    return Outcome("answer")


def _text(error: Exception) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:400]
    except Exception:  # an error whose text cannot be made
        return type(error).__name__


def _place(error: Exception) -> str:
    """The innermost line of the library."""
    place, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if "bendscape" in file:
            place = f"{file.rsplit('bendscape/', 1)[-1]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


@contextlib.contextmanager
def small_machine() -> Iterator[None]:
    """In a folder of its own, with little memory free."""
    before, here = memory.available, Path.cwd()
    memory.available = lambda: FREE
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)
            memory.available = before


def attacks(label: str) -> list[tuple[str, str]]:
    """Argument and wrong value, for all of both."""
    return [(name, key) for name in registry()[label].arguments for key in wrong()]


# Commands.

_COMMANDS = {
    "threshold": "--p 2 --p-star 1 --a 0.7",
    "threshold, general": "--p 1 --p-star 1 --activation tanh --tolerance 0.3",
    "spectrum": "--p 2 --p-star 1 --a 0.7 --alpha 2.5",
    "spectrum, general": "--p 1 --p-star 1 --activation tanh --alpha 4 --tolerance 0.3",
    "overlap": "--p 2 --p-star 1 --a 0.7 --alpha 2.5 --students 2",
    "overlap, general": "--p 1 --p-star 1 --activation tanh --alpha 4 --tolerance 0.3",
    "phase-diagram": "--p 2 --p-star 1 --a 0.7,1.5",
    "phase-diagram, finite": "--p 2 --p-star 1 --a 0.7 --N 1e4 --samples 2",
    "phase-diagram, general": "--p 1 --p-star 1 --activation tanh --tolerance 0.3",
    "simulate, general": "--p 1 --p-star 1 --activation tanh --tolerance 0.3 --alpha 2.5 --N 12 --samples 2",
    "simulate": "--p 2 --p-star 1 --a 0.7 --alpha 2.5 --N 12 --samples 2",
    "finite-size": "--p 1 --p-star 1 --a 0.7 --alpha 1 --N 1e4 --samples 2",
    "recover": "data.csv --p-star 1 --out found.csv --steps 3 --inits 1",
    "compare-starts": "--p 1 --p-star 1 --a 1 --alpha 2 --N 12 --samples 1 --steps 3",
    "reproduce": "--out full/mine.txt --quick",  # a file: refused before anything is computed
}
_NO_FOLDER = ("/", "/dev/full", "/proc/version", "full", "data.csv", "full/mine.txt")  # where no report is begun
_OTHER_NETWORKS = {  # options that the paper's network does without
    *("--activation", "--teacher-activation", "--loss", "--noise", "--multiplicative-noise", "--output-weights"),
    *("--teacher-weights", "--link", "--covariance", "--mean", "--tolerance"),
}
ODD = (
    *(
        "",
        " ",
        "0",
        "-1",
        "1",
        "1.5",
        "nan",
        "inf",
        "-inf",
        "1e308",
        "1e18",
        "1e-308",
        "9" * 40,
        "1_000",
        "0x10",
        "1e3",
    ),
    *(
        "text",
        "None",
        "True",
        "[]",
        "1,2",
        "1:3",
        "1:3:2",
        "0:1:0:log",
        "1,,2",
        ",",
        ":",
        "1:2:3:4:5",
        "a=1",
        "a:b",
        "1j",
    ),
    *(
        "x**2",
        "relu(x)",
        "__import__('os')",
        "x" * 600,
        "(" * 60,
        "\u0661",
        "caf\u00e9",
        "\U0001f600",
        "-",
        "--",
        "%s",
        "{}",
    ),
    *("tanh", "huber", "huber:delta=0", "huber:delta=", "power:2", "power:2:0", "power:1:" + "9" * 20, "no.npy"),
    *(
        "/",
        "/tmp",
        "/missing/folder/file.csv",
        "/dev/full",
        "/proc/version",
        "full",
        "full/file",
        "data.csv",
        "out.png",
    ),
    *("out.csv", "out.npy", "out.parquet", "out.pdf", "out", ".png", "out.png/"),
)


def commands() -> dict[str, Any]:
    """Every command of the application that help shows, by its name."""
    import typer

    from bendscape.cli import app

    listed = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    return {name: command for name, command in listed.items() if not command.hidden}


def right_commands() -> dict[str, str]:
    """A right line of arguments for each command: of a command not named above, the first example of its help."""
    named = {label.split(",")[0] for label in _COMMANDS}
    examples = {name: command.epilog.splitlines()[2].split(None, 2)[2] for name, command in commands().items()}
    return _COMMANDS | {name: example for name, example in examples.items() if name not in named}


def options(command: Any) -> list[tuple[str, int]]:
    """Names of its options, the long ones, and how many values they take; an argument has no name."""
    found = []
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            found.append(("", 1))
        else:
            found.append((max(parameter.opts, key=len), 0 if parameter.is_flag else parameter.nargs))
    return found


def command_attacks(label: str) -> list[list[str]]:
    """Command lines with one odd value each, or one option more."""
    import shlex

    name, right = label.split(",")[0], shlex.split(right_commands()[label])
    lines = []
    for option, valued in options(commands()[name]):
        if (option in _OTHER_NETWORKS) != label.endswith("general"):
            continue
        values = ("",) if not valued else _NO_FOLDER if (name, option) == ("reproduce", "--out") else ODD
        for odd in values:
            line = list(right)
            if valued and option in line:
                line[line.index(option) + 1] = odd
            elif not option:
                line[0] = odd
            else:
                line += [option] + [odd] * valued
            lines.append([name, *line])
    return [*lines, [name, "--seed", "text"], [name, *right, "--unknown"], [name, *right, "surplus"], [name, "--help"]]


def prepare(folder: Path) -> None:
    """Files that the right commands read."""
    p = parts()
    pd.DataFrame(np.c_[p["X"], p["y"]]).to_csv(folder / "data.csv", index=False)
    (folder / "full").mkdir()
    (folder / "full" / "mine.txt").write_text("mine")


def order(line: list[str], seconds: float = SECONDS) -> Outcome:
    """How a command ends: with exit code 0, with code 2 and one message, or otherwise."""
    from bendscape.cli import main

    out, said, before = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["bendscape", *line]
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            with limited(seconds), contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
                main()
            code: Any = 0
        except Endless:
            return Outcome("endless")
        except SystemExit as error:
            code = error.code or 0
        except BaseException as error:  # what would be a traceback
            return Outcome("raw", _text(error) + " @ " + _place(error))  # type: ignore[arg-type]
        finally:
            sys.argv = before
    message = said.getvalue()
    loud = [w for w in heard if not issubclass(w.category, DataWarning)]
    if loud:
        return Outcome("warning", f"{loud[0].category.__name__}: {loud[0].message}")
    if code == 0:
        return Outcome("answer")
    if code != 2 or "Traceback" in message:
        return Outcome("raw", f"exit code {code}: {message[-300:]}")
    return Outcome("clear", message[-300:])


# The whole of it, in children that may die or hang.


def _work(label: str, kind: str) -> list[Any]:
    return attacks(label) if kind == "call" else command_attacks(label)


def _one(label: str, kind: str, job: Any) -> Outcome:
    def made(seconds: float) -> Outcome:
        if kind == "command":
            return order(job, seconds)
        return attempt(registry()[label], job[0], wrong()[job[1]](), seconds)

    found = made(SECONDS)
    if found.kind != "endless":
        return found
    again = made(PATIENCE)
    return again if again.kind == "endless" else Outcome(again.kind, f"slow; {again.detail}")


def _child(label: str, kind: str, jobs: list[Any], first: int, pipe: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    with small_machine(), os.fdopen(pipe, "w") as out:
        if kind == "command":
            prepare(Path.cwd())
        for i in range(first, len(jobs)):
            found = _one(label, kind, jobs[i])
            out.write(json.dumps([i, found.kind, found.detail]) + "\n")
            out.flush()


def _results(label: str, kind: str) -> Iterator[dict[str, Any]]:
    """All calls of one function or command."""
    jobs = _work(label, kind)
    first = 0
    while first < len(jobs):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            try:
                _child(label, kind, jobs, first, writer)
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as lines:
            while select.select([lines], [], [], _HARD)[0] and (line := lines.readline()):
                i, found, detail = json.loads(line)
                first = i + 1
                yield {"function": label, "job": jobs[i], "kind": found, "detail": detail}
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if first < len(jobs):
            yield {"function": label, "job": jobs[first], "kind": "endless", "detail": "killed"}
            first += 1


def main() -> None:
    """Make the whole attack, or a share of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--shard", default="0/1", help="i/n: every n-th function")
    parser.add_argument("--only", default="", help="functions whose name contains this")
    parser.add_argument("--kind", choices=("call", "command"), default=None)
    given = parser.parse_args()
    share, of = map(int, given.shard.split("/"))
    work = [(label, "call") for label in registry()] + [(label, "command") for label in right_commands()]
    chosen = [(label, kind) for label, kind in work if given.only in label and given.kind in (None, kind)]
    counts: Counter[tuple[str, str]] = Counter()
    began = time.time()
    wrong()
    with given.out.open("w") as out:
        for label, kind in chosen[share::of]:
            for row in _results(label, kind):
                counts[kind, row["kind"]] += 1
                out.write(json.dumps(row | {"of": kind}) + "\n")
                out.flush()
    print(f"{sum(counts.values())} in {time.time() - began:.0f} s")  # noqa: T201
    for (kind, outcome), number in sorted(counts.items()):
        print(f"{kind:8} {outcome:8} {number}")  # noqa: T201


if __name__ == "__main__":
    main()
