"""``bendscape recover --patterns``: from a stack of patterns and the masks in front of the object to a picture."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import DataWarning, Interrupted, InvalidParameterError
from .options import Number
from .render import Table, check_plot, number, print_answer
from .stacks import READ_STACK, check_signal_file, read_stack, save_signal, save_signal_picture

if TYPE_CHECKING:
    import numpy as np

    from ..estimators import SignalRecovery

__all__ = ["Patterns", "recover_patterns"]


@dataclass(frozen=True)
class Patterns:
    """Options for patterns that a detector has recorded behind masks."""

    patterns: Annotated[
        str | None,
        typer.Option(metavar="FILE", help=f"Patterns in the place of DATA: {READ_STACK}; nan is not measured."),
    ] = None
    masks: Annotated[
        str | None, typer.Option(metavar="FILE", help="Masks in front of the object, one for each pattern.")
    ] = None
    kind: Annotated[str, typer.Option(metavar="NAME", help="What a pixel reports: intensity, amplitude or counts.")] = (
        "intensity"
    )
    dark: Annotated[float, Number(help="Level of the pixels without an object.")] = 0.0
    bad_pixels: Annotated[
        str | None, typer.Option(metavar="FILE", help="True for pixels that were not measured, of all patterns or one.")
    ] = None
    support: Annotated[str | None, typer.Option(metavar="FILE", help="True where the object may differ from zero.")] = (
        None
    )
    real: Annotated[bool, typer.Option("--real", help="The object is real.")] = False
    centred: Annotated[
        bool, typer.Option("--centred", help="Zero frequency is in the middle of a pattern, not at its first pixel.")
    ] = False
    picture: Annotated[Path | None, typer.Option(metavar="FILE", help="Save a picture of amplitude and phase.")] = None

    @property
    def read(self) -> tuple[str | None, ...]:
        """Files that are read."""
        return self.patterns, self.masks, self.bad_pixels, self.support

    def problem(self) -> tuple[Any, Any, Any]:
        """The operator, the labels, and the prior."""
        from ..models.priors import Gaussian, OnSupport
        from ..simulation.sensing import CodedDiffraction

        if self.masks is None:
            raise InvalidParameterError("--patterns needs --masks: give FILE, an array of ones if there are no masks")
        masks = read_stack(str(self.masks), ("masks", "mask"))
        labels = read_stack(str(self.patterns), ("patterns", "y", "data"))
        if masks.ndim == 2 and labels.ndim == 2 and masks.shape == labels.shape:
            masks, labels = masks[None], labels[None]
        labels = self._shifted(self._without_bad(labels))
        prior: Any = Gaussian(complex_valued=not self.real)
        if self.support is not None:
            prior = OnSupport(_booleans(read_stack(self.support, ("support",)), self.support), prior)
        return CodedDiffraction(masks), labels, prior

    def _without_bad(self, labels: np.ndarray) -> np.ndarray:
        import numpy as np

        if self.bad_pixels is None:
            return labels
        bad = _booleans(read_stack(self.bad_pixels, ("bad_pixels", "mask")), self.bad_pixels)
        if bad.shape not in (labels.shape, labels.shape[1:]):
            raise InvalidParameterError(
                f"{self.bad_pixels} has shape {bad.shape}: give an array of shape {labels.shape} or {labels.shape[1:]}"
            )
        return np.where(bad, np.nan, labels)

    def _shifted(self, labels: np.ndarray) -> np.ndarray:
        import numpy as np

        return np.fft.ifftshift(labels, axes=tuple(range(1, labels.ndim))) if self.centred else labels


def _booleans(array: np.ndarray, name: str) -> np.ndarray:
    import numpy as np

    if not np.isin(array, (0, 1)).all():
        raise InvalidParameterError(f"{name} has other entries than True and False: give those, or one and zero")
    return array.astype(bool)


def recover_patterns(files: Patterns, out: Path, options: dict[str, Any], *, json: bool, force: bool) -> None:
    """Recover the object, write it, and print what supports it."""
    from ..estimators.recover import recover

    run: Any = recover
    check_signal_file(out, files.read, force=force)
    if files.picture is not None:
        check_plot(files.picture, force=force)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", DataWarning)
            operator, labels, prior = files.problem()
            answer = run(operator, labels, kind=files.kind, dark=files.dark, prior=prior, progress=True, **options)
    except (Interrupted, KeyboardInterrupt):
        sys.stderr.write("bendscape: interrupted; nothing was written\n")
        raise SystemExit(130) from None
    warned = [str(one.message) for one in caught]
    for warning in warned:
        sys.stderr.write(f"bendscape: warning: {warning}\n")
    save_signal(out, answer)
    if files.picture is not None:
        save_signal_picture(files.picture, answer.signal)
    record = answer.to_dict() | {"out": str(out), "warnings": warned}
    print_answer(lambda: record, lambda: _table(answer, record), as_json=json)


def _table(answer: SignalRecovery, record: dict[str, Any]) -> Table:
    theory, held, verdict = answer.evidence.prediction, answer.evidence.held_out, answer.verdict
    span = f"from {number(held.low, 3)} to {number(held.high, 3)}, by {held.labels} labels held out"
    rows = [
        ("alpha", number(theory.alpha, 4), "labels for each number of the object"),
        ("begin", number(theory.weak, 4), "alpha from which on a Gaussian object is recovered in part"),
        ("all", number(theory.perfect, 4), "alpha from which on it is recovered from labels without noise"),
        (
            "predicted",
            number(theory.overlap2, 4),
            "squared overlap in theory, for a Gaussian object",
        ),
        ("expected", number(answer.expected_overlap2, 4), "squared overlap that the posterior expects"),
        ("tested", number(held.overlap2, 4), f"squared overlap {span}"),
        ("stderr", number(record["stderr"], 3), "standard deviation of a number of the object, root mean square"),
        ("noise", f"{number(record['noise'], 3)} +- {number(record['noise_stderr'], 2)}", "variance of a label"),
        ("missing", str(answer.evidence.missing), "labels that were not measured"),
        ("method", record["method"], f"{record['status']}, {record['steps']} steps"),
        ("sufficient", "yes" if verdict.sufficient else "no", verdict.status),
        ("written", record["out"], "the object, up to its global phase"),
    ]
    shape = " x ".join(map(str, record["signal_shape"]))
    return Table(f"{record['labels']} labels of an object of {shape}, {answer.kind}", ("quantity", "value", ""), rows)
