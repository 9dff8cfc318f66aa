"""The options that make a network: those of the paper's, and those of any other. Formulas are parsed, never run."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InvalidParameterError
from .values import parse_grid, parse_number, parse_numbers

if TYPE_CHECKING:
    from ..models.general import Network, Noise
    from ..models.inputs import Inputs
    from ..models.losses import Loss
    from ..models.quadratic import QuadraticNetwork
    from ..theory.general import Averaging

__all__ = [
    "GRID",
    "Constant",
    "TeacherWidth",
    "Width",
    "family",
    "network",
    "takes_network",
    "takes_networks",
    "what_stays",
]

Width = Annotated[str, typer.Option("--p", metavar="P", help="Neurons of the student: a positive integer, or inf.")]
TeacherWidth = Annotated[str, typer.Option("--p-star", metavar="P*", help="Neurons of the teacher.")]
Constant = Annotated[str, typer.Option("--a", metavar="A", help="The constant in the loss, zero or positive.")]
_WIDTHS = {"p": Width, "p_star": TeacherWidth}
_NOISE = ("noise", "multiplicative_noise")


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


GRID = "A number, a list 1,2,inf, integers 1:10, low:high:count, or low:high:count:log."
_GRIDS: dict[str, Any] = {
    "p": Annotated[str, typer.Option("--p", metavar="GRID", help=GRID)],
    "p_star": Annotated[str, typer.Option("--p-star", metavar="GRID", help="As --p.")],
    "a": _option("--a", "GRID", "As --p: the constant in the paper's loss."),
    "noise": _option("--noise", "GRID", "As --p: standard deviations of what is added to the labels."),
    "multiplicative_noise": _option("--multiplicative-noise", "GRID", "As --p: of what labels are multiplied with."),
    "loss": _option("--loss", "NAME", "huber:delta=0.5:2:4, normalised:a=1,2,b=0.5, ..., or a formula in y and yhat."),
}


def takes_network(command: Callable[..., None]) -> Callable[..., None]:
    """A command with the parameters `net` and `averaging` gets the options that make them."""

    def made(tolerance: str | None, **given: Any) -> dict[str, Any]:
        return {"net": network(**given), "averaging": _averaging(tolerance)}

    return _with_options(command, _WIDTHS, _OPTIONS, made)


def takes_networks(command: Callable[..., None]) -> Callable[..., None]:
    """A command with the parameters `net`, `numbers` and `averaging` gets the options that make them, with grids."""

    def made(tolerance: str | None, **given: Any) -> dict[str, Any]:
        net, numbers = family(**given)
        return {"net": net, "numbers": numbers, "averaging": _averaging(tolerance)}

    widths = {name: _GRIDS[name] for name in _WIDTHS}
    return _with_options(command, widths, {name: _GRIDS.get(name, kind) for name, kind in _OPTIONS.items()}, made)


def _with_options(
    command: Callable[..., None], widths: dict[str, Any], others: dict[str, Any], made: Callable[..., dict[str, Any]]
) -> Callable[..., None]:
    """The command with these options in the place of the parameters that are made from them."""
    hints = typing.get_type_hints(command, include_extras=True)
    keyword = inspect.Parameter.KEYWORD_ONLY
    required = [inspect.Parameter(name, keyword, annotation=kind) for name, kind in widths.items()]
    own = [
        parameter.replace(kind=keyword, annotation=hints[name])
        for name, parameter in inspect.signature(command).parameters.items()
        if name not in ("net", "numbers", "averaging")
    ]
    optional = [inspect.Parameter(name, keyword, annotation=kind, default=None) for name, kind in others.items()]

    @wraps(command)
    def wrapped(**given: Any) -> None:
        model = made(**{name: given.pop(name) for name in (*widths, *others)})
        command(**model, **given)

    parameters = [*required, *own, *optional]
    setattr(wrapped, "__signature__", inspect.Signature(parameters))  # noqa: B010
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return wrapped


def _averaging(tolerance: str | None) -> Averaging | None:
    if tolerance is None:
        return None
    from ..theory.general import Averaging

    return Averaging(tolerance=parse_number("tolerance", tolerance))


def network(
    p: str, p_star: str, a: str | None, loss: str | None = None, **given: str | None
) -> QuadraticNetwork | Network:
    """The paper's network if nothing but its three numbers is given, else the one that is described."""
    from ..models.general import Noise
    from ..models.quadratic import QuadraticNetwork

    widths = parse_number("p", p), parse_number("p_star", p_star)
    constant = None if a is None else parse_number("a", a)
    if all(value is None for value in (loss, *given.values())):
        if constant is None:
            raise _no_constant()
        return QuadraticNetwork(*widths, constant)  # type: ignore[arg-type]
    noise = Noise(*(_size(name, given.pop(name, None)) for name in _NOISE))
    name, texts = _named_loss(loss)
    parameters = {key: parse_number(key, text) for key, text in texts.items()}
    return _general(*widths, _loss(name, parameters, constant, noisy=bool(noise)), noise, **given)


def family(
    p: str, p_star: str, a: str | None, loss: str | None = None, **given: str | None
) -> tuple[Network | None, dict[str, float | list[float]]]:
    """A network and the numbers of it that vary; None in its place if it is the paper's, with or without noise."""
    from ..models.general import Noise

    texts = {"p": p, "p_star": p_star, "a": a, **{name: given.pop(name, None) for name in _NOISE}}
    numbers = {name: parse_grid(name, text) for name, text in texts.items() if text is not None}
    if all(value is None for value in (loss, *given.values())):
        if a is None:
            raise _no_constant()
        return None, numbers
    each = {name: value if isinstance(value, list) else [value] for name, value in numbers.items()}
    noise = Noise(*(max(each.get(name, [0.0])) for name in _NOISE))
    name, parts = _named_loss(loss)
    own = {key: parse_grid(key, text) for key, text in parts.items()}
    first = {key: value[0] if isinstance(value, list) else value for key, value in own.items()}
    constant = min(each["a"]) if "a" in each else None
    made = _loss(name, first, constant, noisy=bool(noise))
    width, teacher = (int(x) if float(x).is_integer() else x for x in (each["p"][0], each["p_star"][0]))
    return _general(width, teacher, made, noise, **given), numbers | own


def what_stays(net: Network | None) -> str:
    """The network without widths, noise and parameters of the loss, which are numbers that vary."""
    from ..models.general import Noise

    if net is None:
        return ""
    _, _, rest = str(replace(net, noise=Noise())).split(", ", 2)
    return rest.replace(str(net.loss), net.loss.name)


def _no_constant() -> InvalidParameterError:
    return InvalidParameterError("a is not given: give --a, the constant of the paper's loss, or --loss another one")


def _general(p: Any, p_star: Any, loss: str | Loss, noise: Noise, **given: str | None) -> Network:
    from ..models.general import Network

    options: dict[str, Any] = {
        name: given[name] for name in ("activation", "teacher_activation", "link") if given.get(name) is not None
    }
    for name in ("output_weights", "teacher_weights"):
        text = given.get(name)
        if text is not None:
            options[name] = parse_numbers(name, text)
    return Network(p, p_star, loss=loss, noise=noise, inputs=_inputs(given), **options)


def _loss(name: str | None, parameters: dict[str, float], a: float | None, *, noisy: bool) -> str | Loss:
    """The paper's loss has `|y|` in the place of `y` where noise makes labels of both signs."""
    from ..models.losses import loss

    if name is None:
        return "squared" if a is None else loss("magnitude" if noisy else "normalised", a=a)
    if a is not None:
        raise InvalidParameterError(
            f"a = {a:g} beside loss = {name!r}: write --loss normalised:a={a:g}, or leave one out"
        )
    return loss(name, **parameters)


def _named_loss(text: str | None) -> tuple[str | None, dict[str, str]]:
    """`huber:delta=2` as a name and its parameters; a number without a name goes on with the list before it."""
    from ..models.losses import LOSSES, unknown

    name, colon, rest = (text or "").partition(":")
    if text is None or not colon:
        return text, {}
    if name not in LOSSES:
        raise unknown(text)
    pairs: list[list[str]] = []
    for part in rest.split(","):
        key, equals, value = part.partition("=")
        if equals and key.strip():
            pairs.append([key.strip(), value])
        elif pairs and part.strip() and not equals:
            pairs[-1][1] += f",{part}"
        else:
            raise InvalidParameterError(f"loss = {text!r}: write parameters as {name}:a=1,b=0.5")
    return name, dict(pairs)


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
