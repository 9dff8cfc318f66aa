"""The options that make a network: those of the paper's, and those of any other. Formulas are parsed, never run."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InvalidParameterError
from .values import parse_number, parse_numbers

if TYPE_CHECKING:
    from ..models.general import Network
    from ..models.inputs import Inputs
    from ..models.losses import Loss
    from ..models.quadratic import QuadraticNetwork
    from ..theory.general import Averaging

__all__ = ["Constant", "TeacherWidth", "Width", "network", "takes_network"]

Width = Annotated[str, typer.Option("--p", metavar="P", help="Neurons of the student: a positive integer, or inf.")]
TeacherWidth = Annotated[str, typer.Option("--p-star", metavar="P*", help="Neurons of the teacher.")]
Constant = Annotated[str, typer.Option("--a", metavar="A", help="The constant in the loss, zero or positive.")]
_WIDTHS = {"p": Width, "p_star": TeacherWidth}


def _option(name: str, metavar: str, text: str) -> Any:
    return Annotated[str | None, typer.Option(name, metavar=metavar, help=text)]


_OPTIONS: dict[str, Any] = {
    "a": _option("--a", "A", "The constant in the paper's loss, zero or positive."),
    "activation": _option("--activation", "NAME", "tanh, erf, sigmoid, gelu, ..., or a formula in x."),
    "teacher_activation": _option("--teacher-activation", "NAME", "That of the student, if not given."),
    "loss": _option("--loss", "NAME", "squared, huber:delta=2, normalised:a=1,b=0.5, ..., or a formula in y and yhat."),
    "noise": _option("--noise", "SIZE", "Standard deviation of what is added to the labels."),
    "multiplicative_noise": _option("--multiplicative-noise", "SIZE", "That of what labels are multiplied with."),
    "output_weights": _option("--output-weights", "C1,C2,..", "1/p each, if not given."),
    "teacher_weights": _option("--teacher-weights", "C1,C2,..", "1/p* each, if not given."),
    "link": _option("--link", "FORMULA", "Labels as a formula in s1, s2, ..."),
    "covariance": _option(
        "--covariance", "LAW", "Eigenvalues 1,3,..; power:EXPONENT[:SIZE]; or a matrix in a file, npy or text."
    ),
    "mean": _option("--mean", "LENGTH", "Of the mean of the inputs, over the standard deviation in a direction."),
    "tolerance": _option("--tolerance", "ERROR", "Wanted standard error of the theory, 1e-3 if not given."),
}


def takes_network(command: Callable[..., None]) -> Callable[..., None]:
    """A command with the parameters `net` and `averaging` gets the options that make them."""
    hints = typing.get_type_hints(command, include_extras=True)
    keyword = inspect.Parameter.KEYWORD_ONLY
    required = [inspect.Parameter(name, keyword, annotation=kind) for name, kind in _WIDTHS.items()]
    own = [
        parameter.replace(kind=keyword, annotation=hints[name])
        for name, parameter in inspect.signature(command).parameters.items()
        if name not in ("net", "averaging")
    ]
    optional = [inspect.Parameter(name, keyword, annotation=kind, default=None) for name, kind in _OPTIONS.items()]

    @wraps(command)
    def wrapped(**given: Any) -> None:
        tolerance = given.pop("tolerance")
        net = network(**{name: given.pop(name) for name in (*_WIDTHS, *_OPTIONS) if name != "tolerance"})
        command(net=net, averaging=_averaging(tolerance), **given)

    parameters = [*required, *own, *optional]
    setattr(wrapped, "__signature__", inspect.Signature(parameters))  # noqa: B010
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return wrapped


def _averaging(tolerance: str | None) -> Averaging | None:
    if tolerance is None:
        return None
    from ..theory.general import Averaging

    return Averaging(tolerance=parse_number("tolerance", tolerance))


def network(p: str, p_star: str, a: str | None, **given: str | None) -> QuadraticNetwork | Network:
    """The paper's network if nothing but its three numbers is given, else the one that is described."""
    from ..models.quadratic import QuadraticNetwork

    widths = parse_number("p", p), parse_number("p_star", p_star)
    if any(value is not None for value in given.values()):
        return _general(*widths, a, **given)
    if a is None:
        raise InvalidParameterError("a is not given: give --a, the constant of the paper's loss, or --loss another one")
    return QuadraticNetwork(*widths, parse_number("a", a))  # type: ignore[arg-type]


def _general(p: Any, p_star: Any, a: str | None, **given: str | None) -> Network:
    from ..models.general import Network, Noise

    options: dict[str, Any] = {
        name: given[name] for name in ("activation", "teacher_activation", "link") if given.get(name) is not None
    }
    for name in ("output_weights", "teacher_weights"):
        text = given.get(name)
        if text is not None:
            options[name] = parse_numbers(name, text)
    sizes = [_size(name, given.get(name)) for name in ("noise", "multiplicative_noise")]
    return Network(p, p_star, loss=_loss(given.get("loss"), a), noise=Noise(*sizes), inputs=_inputs(given), **options)


def _loss(text: str | None, a: str | None) -> str | Loss:
    from ..models.losses import LOSSES, loss, unknown

    if text is None:
        return "squared" if a is None else loss("normalised", a=parse_number("a", a))
    if a is not None:
        raise InvalidParameterError(
            f"a = {a!r} beside loss = {text!r}: write --loss normalised:a={a}, or leave one out"
        )
    name, colon, rest = text.partition(":")
    if colon and name not in LOSSES:
        raise unknown(text)
    if not colon:
        return text
    pairs = [part.partition("=") for part in rest.split(",")]
    if not all(key.strip() and equals for key, equals, _ in pairs):
        raise InvalidParameterError(f"loss = {text!r}: write parameters as {name}:a=1,b=0.5")
    return loss(name, **{key.strip(): parse_number(key.strip(), value) for key, _, value in pairs})


def _size(name: str, text: str | None) -> float:
    return 0 if text is None else parse_number(name, text)


def _inputs(given: dict[str, str | None]) -> Inputs:
    from ..models.inputs import Inputs

    text, mean = given.get("covariance"), float(_size("mean", given.get("mean")))
    if text is None:
        return Inputs(mean=mean)
    if Path(text).suffix.lower() in {".npy", ".csv", ".tsv", ".txt", ".parquet", ".feather"}:
        return Inputs.of_covariance(_matrix(Path(text)), mean=mean)
    if text.startswith("power:"):
        parts = text.split(":")[1:]
        numbers: list[Any] = [parse_number("covariance", part) for part in parts]
        if len(numbers) > 2:
            raise InvalidParameterError(f"covariance = {text!r}: write power:EXPONENT or power:EXPONENT:SIZE")
        return Inputs.power_law(numbers[0], **({"size": numbers[1]} if len(numbers) == 2 else {}), mean=mean)
    return Inputs(tuple(parse_numbers("covariance", text)), mean)


def _matrix(path: Path) -> Any:
    from .tables import bundle_or_table
    from .text import ANY

    found = bundle_or_table(path, ANY)
    if isinstance(found, dict):
        raise InvalidParameterError(f"covariance = {str(path)!r}: it holds several arrays; give one matrix")
    return found.numbers
