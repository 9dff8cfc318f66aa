"""The options that make a network: the paper's, any other, or a family of either. Formulas are parsed, never run."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InvalidParameterError
from .options import GRID
from .values import parse_grid, parse_number, parse_numbers

if TYPE_CHECKING:
    from ..models.general import Network, Noise
    from ..models.inputs import Inputs
    from ..models.losses import Loss
    from ..models.quadratic import QuadraticNetwork
    from ..theory.law.sampling import Averaging

__all__ = ["NetworkFamily", "NetworkOptions", "PaperNetwork", "what_stays"]

_NOISE = ("noise", "multiplicative_noise")
_GRIDS = ("p", "p_star", "a", *_NOISE)  # options that are grids in a family
_MATRIX_FILES = {".npy", ".csv", ".tsv", ".txt", ".parquet", ".feather"}


def _option(name: str, metavar: str, text: str) -> Any:
    return typer.Option(name, metavar=metavar, help=text)


@dataclass(frozen=True)
class PaperNetwork:
    """Options of the paper's network: quadratic neurons, labels without noise, and the loss with the constant `a`."""

    p: Annotated[str, _option("--p", "P", "Number of student neurons: a positive integer, or inf.")]
    p_star: Annotated[str, _option("--p-star", "P*", "Number of teacher neurons.")]
    a: Annotated[str, _option("--a", "A", "Constant in the paper's loss, zero or positive.")]

    def network(self) -> QuadraticNetwork:
        """The network."""
        from ..models.quadratic import QuadraticNetwork

        return QuadraticNetwork(*(parse_number(name, text) for name, text in asdict(self).items()))  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Description:
    """Options of any network; None where one is not given."""

    p: Annotated[str, _option("--p", "P", "Number of student neurons: a positive integer, or inf.")]
    p_star: Annotated[str, _option("--p-star", "P*", "Number of teacher neurons.")]
    a: Annotated[str | None, _option("--a", "A", "Constant in the paper's loss, zero or positive.")] = None
    loss: Annotated[
        str | None,
        _option(
            "--loss",
            "NAME",
            "Another loss: squared, huber:delta=2, normalised:a=1,b=0.5, ..., or a formula in y and yhat.",
        ),
    ] = None
    noise: Annotated[
        str | None, _option("--noise", "SIZE", "Standard deviation of a random number added to each label.")
    ] = None
    multiplicative_noise: Annotated[
        str | None,
        _option("--multiplicative-noise", "SIZE", "Standard deviation of a random factor, of mean 1, on each label."),
    ] = None
    activation: Annotated[
        str | None,
        _option(
            "--activation",
            "NAME",
            "Activation of the neurons: tanh, erf, sigmoid, gelu, ..., or a formula in x; by default quadratic.",
        ),
    ] = None
    teacher_activation: Annotated[
        str | None, _option("--teacher-activation", "NAME", "Activation of the teacher; by default the student's.")
    ] = None
    output_weights: Annotated[
        str | None, _option("--output-weights", "C1,C2,..", "Output weights of the student; by default 1/p each.")
    ] = None
    teacher_weights: Annotated[
        str | None, _option("--teacher-weights", "C1,C2,..", "Output weights of the teacher; by default 1/p* each.")
    ] = None
    link: Annotated[
        str | None, _option("--link", "FORMULA", "Labels as a formula in the teacher's pre-activations s1, s2, ...")
    ] = None
    covariance: Annotated[
        str | None,
        _option(
            "--covariance",
            "LAW",
            "Covariance of the inputs: eigenvalues 1,3,..; power:EXPONENT[:SIZE]; or a matrix in a file, npy or text.",
        ),
    ] = None
    mean: Annotated[
        str | None,
        _option("--mean", "LENGTH", "Length of the mean of the inputs, in standard deviations of one direction."),
    ] = None
    tolerance: Annotated[
        str | None,
        _option("--tolerance", "ERROR", "Standard error that theory is to reach where it samples averages; 1e-3."),
    ] = None

    def averaging(self) -> Averaging | None:
        """Accuracy of the averages that theory samples; None for the default."""
        if self.tolerance is None:
            return None
        from ..theory.law.sampling import Averaging

        return Averaging(tolerance=parse_number("tolerance", self.tolerance))

    def _is_paper(self, *besides: str) -> bool:
        """Whether only numbers of the paper's network are given, and perhaps those named besides."""
        allowed = {"p", "p_star", "a", "tolerance", *besides}
        paper = all(text is None for name, text in asdict(self).items() if name not in allowed)
        if paper and self.a is None:
            raise InvalidParameterError(
                "a is not given: give --a, the constant of the paper's loss, or --loss another one"
            )
        return paper

    def _general(self, p: Any, p_star: Any, loss: str | Loss, noise: Noise) -> Network:
        from ..models.general import Network

        names = {"activation": self.activation, "teacher_activation": self.teacher_activation, "link": self.link}
        weights = {"output_weights": self.output_weights, "teacher_weights": self.teacher_weights}
        options: dict[str, Any] = {name: text for name, text in names.items() if text is not None}
        options |= {name: parse_numbers(name, text) for name, text in weights.items() if text is not None}
        return Network(p, p_star, loss=loss, noise=noise, inputs=_inputs(self.covariance, self.mean), **options)


@dataclass(frozen=True)
class NetworkOptions(_Description):
    """Options of one network."""

    def network(self) -> QuadraticNetwork | Network:
        """The paper's network if only its three numbers are given, otherwise the network that is described."""
        from ..models.general import Noise
        from ..models.quadratic import QuadraticNetwork

        widths = parse_number("p", self.p), parse_number("p_star", self.p_star)
        constant = None if self.a is None else parse_number("a", self.a)
        if self._is_paper():
            return QuadraticNetwork(*widths, constant)  # type: ignore[arg-type]
        noise = Noise(*(_size(name, getattr(self, name)) for name in _NOISE))
        name, texts = _named_loss(self.loss)
        parameters = {key: parse_number(key, text) for key, text in texts.items()}
        return self._general(*widths, _loss(name, parameters, constant, noisy=bool(noise)), noise)


@dataclass(frozen=True)
class NetworkFamily(_Description):
    """Options of a family of networks: widths, constants and noise are grids."""

    p: Annotated[str, _option("--p", "GRID", f"Numbers of student neurons: {GRID}.")]
    p_star: Annotated[str, _option("--p-star", "GRID", "Numbers of teacher neurons; a grid like --p.")]
    a: Annotated[str | None, _option("--a", "GRID", "Constants in the paper's loss; a grid like --p.")] = None
    loss: Annotated[
        str | None,
        _option(
            "--loss",
            "NAME",
            "Another loss, whose parameters are grids: huber:delta=0.5:2:4, normalised:a=1,2,b=0.5, ...; or a formula "
            "in y and yhat.",
        ),
    ] = None
    noise: Annotated[
        str | None, _option("--noise", "GRID", "Standard deviations of a random number added to each label.")
    ] = None
    multiplicative_noise: Annotated[
        str | None,
        _option("--multiplicative-noise", "GRID", "Standard deviations of a random factor, of mean 1, on each label."),
    ] = None

    def family(self) -> tuple[Network | None, dict[str, float | list[float]]]:
        """One network and the numbers that vary; None for the paper's network, with or without noise."""
        from ..models.general import Noise

        texts = {name: text for name, text in asdict(self).items() if name in _GRIDS and text is not None}
        numbers = {name: parse_grid(name, text) for name, text in texts.items()}
        if self._is_paper(*_NOISE):
            return None, numbers
        each = {name: value if isinstance(value, list) else [value] for name, value in numbers.items()}
        noise = Noise(*(max(each.get(name, [0.0])) for name in _NOISE))
        name, parts = _named_loss(self.loss)
        parameters = {key: parse_grid(key, text) for key, text in parts.items()}
        first = {key: value[0] if isinstance(value, list) else value for key, value in parameters.items()}
        loss = _loss(name, first, min(each["a"]) if "a" in each else None, noisy=bool(noise))
        p, p_star = (int(x) if float(x).is_integer() else x for x in (each["p"][0], each["p_star"][0]))
        return self._general(p, p_star, loss, noise), numbers | parameters


def what_stays(net: Network | None) -> str:
    """The text of a network without widths, noise and parameters of the loss, which vary in a family."""
    from ..models.general import Noise

    if net is None:
        return ""
    _, _, rest = str(replace(net, noise=Noise())).split(", ", 2)
    return rest.replace(str(net.loss), net.loss.name)


def _loss(name: str | None, parameters: dict[str, float], a: float | None, *, noisy: bool) -> str | Loss:
    """The loss of that name, or the paper's, with `|y|` in the place of `y` where noise makes labels of both signs."""
    from ..models.losses import loss

    if name is None:
        return "squared" if a is None else loss("magnitude" if noisy else "normalised", a=a)
    if a is not None:
        raise InvalidParameterError(
            f"a = {a:g} beside loss = {name!r}: write --loss normalised:a={a:g}, or leave one out"
        )
    return loss(name, **parameters)


def _named_loss(text: str | None) -> tuple[str | None, dict[str, str]]:
    """Name and parameters in `huber:delta=2`; a number without a name continues the list before it."""
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


def _inputs(covariance: str | None, mean: str | None) -> Inputs:
    from ..models.inputs import Inputs

    length = float(_size("mean", mean))
    if covariance is None:
        return Inputs(mean=length)
    if Path(covariance).suffix.lower() in _MATRIX_FILES:
        return Inputs.of_covariance(_matrix(Path(covariance)), mean=length)
    if covariance.startswith("power:"):
        numbers: list[Any] = [parse_number("covariance", part) for part in covariance.split(":")[1:]]
        if len(numbers) > 2:
            raise InvalidParameterError(f"covariance = {covariance!r}: write power:EXPONENT or power:EXPONENT:SIZE")
        return Inputs.power_law(numbers[0], **({"size": numbers[1]} if len(numbers) == 2 else {}), mean=length)
    return Inputs(tuple(parse_numbers("covariance", covariance)), length)


def _matrix(path: Path) -> Any:
    from .tables import ANY, Table, read_file

    content = read_file(path, ANY)
    if not isinstance(content, Table):
        raise InvalidParameterError(f"covariance = {str(path)!r}: it holds several arrays; give one matrix")
    return content.numbers
