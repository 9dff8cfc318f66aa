"""Values can be pickled and copied: joblib, Dask and others send them so. A copy gives the results of the original."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bendscape as bs
from bendscape.simulation import Hessian, Sample, draw
from bendscape.simulation.directions import WeightedCovariance

sim = bs.simulation
WAYS: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "first protocol": lambda value: pickle.loads(pickle.dumps(value, protocol=2)),
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
}


def weight(y: Any) -> Any:
    """A weight of labels that a user defines."""
    return 1.0 - 1.0 / (0.1 + np.asarray(y))


def sample(**options: Any) -> Sample:
    return draw(bs.QuadraticNetwork(2, 1, 0.7), alpha=3.0, N=20, seed=1, **options)


def general() -> Any:
    return bs.Network(2, 1, activation="tanh", loss="huber", noise=bs.Noise(additive=0.1), inputs=bs.Inputs((1.0, 3.0)))


def fitted(estimator: Any) -> Any:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((120, 10))
    return estimator.fit(X, (X @ rng.standard_normal(10)) ** 2)


def conditional() -> Any:
    one = draw(bs.QuadraticNetwork(2, 1, 0.7), alpha=4.0, N=50, seed=1)
    s, u = (one.inputs @ weights.T for weights in (one.teacher, one.student))
    return bs.theory.conditional(one.net, s=s, u=u, N=50)


def noisy(loss: str) -> Any:
    return bs.Network(1, 1, loss=loss, noise=bs.Noise(additive=0.3))


VALUES: dict[str, Callable[[], Any]] = {
    "QuadraticNetwork": lambda: bs.QuadraticNetwork(2, 1, 0.7),
    "Network": general,
    "Noise": lambda: bs.Noise(additive=0.2),
    "Inputs": lambda: bs.Inputs.power_law(0.5, size=30, mean=0.5),
    "Averaging": bs.Averaging,
    "GammaLabel": lambda: bs.models.GammaLabel(2),
    "LabelWeight": lambda: bs.models.LabelWeight((0.5, 1.0, 2.0), (3.0, 2.0, 1.0)),
    "Expression": lambda: bs.models.Expression("tanh(x) + x**2", ("x",)),
    "activation": lambda: bs.models.activation("tanh"),
    "loss": lambda: bs.models.loss("huber"),
    "Optimal": lambda: bs.models.Optimal(floor=0.1),
    "Trimming": lambda: bs.models.Trimming(3.0),
    "MondelliMontanari": lambda: bs.models.MondelliMontanari(2.0),
    "CustomPreprocessing": lambda: bs.models.CustomPreprocessing(weight, 1.0),
    "SpectralMethod": lambda: bs.SpectralMethod(bs.models.Optimal(), 1),
    "Spectrum": lambda: bs.spectrum(bs.QuadraticNetwork(2, 1, 0.7), alpha=3.0),
    "Threshold": lambda: bs.threshold(bs.QuadraticNetwork(2, 1, 0.7)),
    "Threshold, noise": lambda: bs.threshold(noisy("magnitude")),
    "Threshold, huber": lambda: bs.threshold(noisy("huber")),
    "Spectrum, noise": lambda: bs.spectrum(noisy("magnitude"), alpha=3.0),
    "Spectrum, link": lambda: bs.spectrum(bs.Network(2, 2, loss="magnitude", link="s1*s2"), alpha=3.0),
    "LossDesign": lambda: bs.theory.design_loss(bs.QuadraticNetwork(1, 1, 1.0), "constant"),
    "MethodThreshold": lambda: bs.threshold(bs.SpectralMethod(bs.models.Optimal(), 1)),
    "overlap": lambda: bs.overlap(bs.QuadraticNetwork(2, 1, 0.7), alpha=[2.0, 3.0]),
    "GradientDescent": lambda: bs.GradientDescent(steps=3),
    "GradientFlow": lambda: bs.GradientFlow(time=1.0),
    "Dense": sim.Dense,
    "BlockLanczos": lambda: sim.BlockLanczos(block=2),
    "Eigsh": sim.Eigsh,
    "LanczosQuadrature": sim.LanczosQuadrature,
    "HessianStart": lambda: sim.HessianStart(inits=2, solver=sim.BlockLanczos()),
    "SpectralStart": lambda: sim.SpectralStart(bs.models.Optimal()),
    "MessagePassingStart": lambda: sim.MessagePassingStart(bs.models.Noiseless(2)),
    "Sample": sample,
    "regenerated": lambda: sample(regenerate=True),
    "RegeneratedInputs": lambda: sample(regenerate=True).inputs,
    "general sample": lambda: draw(general(), alpha=3.0, N=20, seed=1),
    "Eigenpairs": lambda: sim.lowest(Hessian(sample()), 2),
    "Density": lambda: sim.density(Hessian(sample()), method=sim.LanczosQuadrature(probes=2, steps=5)),
    "Directions": lambda: sim.hessian_directions(sample(), [sample().student]),
    "Conditional": conditional,
    "SpectralEstimator": lambda: fitted(bs.estimators.SpectralEstimator()),
    "HessianSpectralEstimator": lambda: fitted(bs.estimators.HessianSpectralEstimator()),
    "InvalidParameterError": lambda: bs.errors.InvalidParameterError("p = 0"),
    "Interrupted": lambda: bs.errors.Interrupted("stopped", {"data": 1}),
}


def compares(value: Any) -> bool:
    """Whether equal numbers make values equal, and not only a value and itself."""
    kind: Any = type(value)
    return kind.__eq__ is not object.__eq__


def assert_equal(one: Any, other: Any) -> None:
    """The same numbers, to the last bit, in the same fields."""
    assert type(one) is type(other)
    if isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other)
    elif dataclasses.is_dataclass(one):
        for field in dataclasses.fields(one):
            assert_equal(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, tuple | list):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_equal(a, b)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key, value in one.items():
            assert_equal(value, other[key])
    elif isinstance(one, float):
        assert one == other or (one != one and other != other)
    elif hasattr(one, "identical"):
        assert one.identical(other)
    elif isinstance(one, Exception):
        assert_equal((one.args, vars(one)), (other.args, vars(other)))
    elif compares(one):
        assert one == other
    elif hasattr(one, "__dict__") and not callable(one):
        assert_equal(vars(one), vars(other))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", VALUES)
def test_a_copy_has_the_numbers_of_the_original(name: str, way: str) -> None:
    value = VALUES[name]()
    again = WAYS[way](value)
    assert_equal(value, again)
    assert str(value) == str(again) or " at 0x" in str(value)
    nan = "nan" in repr(value)  # which equals nothing
    if compares(value) and type(value).__hash__ is not None and not nan:
        assert value == again
        assert hash(value) == hash(again)


OPERATORS: dict[str, Callable[[], Any]] = {
    "Hessian": lambda: Hessian(sample()),
    "threads": lambda: Hessian(sample(), threads=2),
    "at a student": lambda: Hessian(sample(), sample().student * 0.5),
    "single precision": lambda: Hessian(sample(dtype="float32")),
    "regenerated": lambda: Hessian(sample(regenerate=True)),
    "general": lambda: Hessian(draw(general(), alpha=3.0, N=20, seed=1)),
    "negative": lambda: -Hessian(sample()),
    "spectral": lambda: WeightedCovariance(sample(), sample().labels),
}


@pytest.mark.parametrize("way", [*WAYS, "cloudpickle", "joblib"])
@pytest.mark.parametrize("name", OPERATORS)
def test_a_copied_operator_has_the_same_products(name: str, way: str) -> None:
    H, again = OPERATORS[name](), None
    if way == "cloudpickle":
        again = pickle.loads(pytest.importorskip("cloudpickle").dumps(H))
    elif way == "joblib":
        from io import BytesIO

        file = BytesIO()
        pytest.importorskip("joblib").dump(H, file)
        file.seek(0)
        again = pytest.importorskip("joblib").load(file)
    else:
        again = WAYS[way](H)
    v = np.random.default_rng(0).standard_normal((H.shape[1], 3))
    assert np.array_equal(H @ v, again @ v)
    assert np.array_equal(H @ (v + 1j * v[:, ::-1]), again @ (v + 1j * v[:, ::-1]))
    assert (H.shape, H.dtype, H.multiplicity, H.nbytes, H.threads) == (
        again.shape,
        again.dtype,
        again.multiplicity,
        again.nbytes,
        again.threads,
    )
    one, other = (sim.lowest(each, 2, solver=sim.BlockLanczos()) for each in (H, again))
    assert np.array_equal(one.values, other.values)


@pytest.mark.parametrize("library", ["array_api_strict", "torch"])
@pytest.mark.parametrize("regenerate", [False, True])
def test_operators_on_arrays_of_other_libraries_are_copied(library: str, regenerate: bool) -> None:
    pytest.importorskip(library)
    H = Hessian(sample(regenerate=regenerate).to(library))
    rows = np.random.default_rng(0).standard_normal((2, H.shape[1]))
    for way in ("pickle", "copy") if library == "array_api_strict" else WAYS:
        again = WAYS[way](H)
        assert np.array_equal(np.asarray(H.product(H.native(rows))), np.asarray(again.product(again.native(rows))))


def test_regenerated_inputs_of_another_covariance_are_not_equal() -> None:
    one, other = (
        draw(bs.Network(1, 1, inputs=bs.Inputs(values)), alpha=2.0, N=10, seed=1, regenerate=True).inputs
        for values in ((1.0, 2.0), (1.0, 3.0))
    )
    assert one == copy.deepcopy(one)
    assert one != other
    assert len({one, copy.copy(one), other}) == 2


def test_a_network_of_functions_without_a_name_is_copied_and_pickle_names_the_function() -> None:
    net = bs.SpectralMethod(bs.models.CustomPreprocessing(lambda y: y / (1 + y), 1.0), 1)
    assert copy.deepcopy(net) == net
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(net)
