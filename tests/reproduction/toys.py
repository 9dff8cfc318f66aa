"""Experiments that take no time, as files in a folder in the place of the real ones."""

from __future__ import annotations

from pathlib import Path

TOY = '''
"""Toy {name}."""

import matplotlib.pyplot as plt
import xarray as xr

from bendscape.reproduction.experiment import Claim, Experiment, Part


def square(x, *before):
    with open({log!r}, "a") as file:
        file.write("{name} " + str(x) + "\\n")
    {body}
    return x**2 + sum(before)


def parts(effort, seed):
    first = {{x: Part(square, (x,), seconds=float(x)) for x in range(effort)}}
    return first | {{"last": Part(square, (seed,), seconds=1.0, after=tuple(first))}}


def compute(run):
    needed = sum(float(data["table"].total) for data in run.needs.values())
    return {{"table": xr.Dataset({{"total": run.parts["last"] + needed}})}}


def judge(data, effort):
    return (Claim("{claim}", "a statement", "nowhere", "a sum", 0.0, float(data["table"].total), 1e9),)


def draw(data):
    return plt.figure(figsize=(1, 1))


EXPERIMENT = Experiment(
    name="{name}", place={place}, title="Toy {name}", caption="a toy", claims=("{claim}",), quick=3, full=4,
    parts=parts, compute=compute, judge=judge, draw=draw, needs={needs}, beyond={beyond},
)
'''


class Toys:
    """A folder of toy experiments."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "calls.txt"
        self.log.touch()

    def add(
        self, module: str, claim: str, body: str = "pass", needs: tuple[str, ...] = (), *, beyond: bool = False
    ) -> None:
        """A toy whose parts also run the lines of `body`; its figure is called by the second word of the module."""
        name, place = module.split("_")[1], len(list(self.folder.glob("*.py")))
        text = TOY.format(name=name, claim=claim, place=place, log=str(self.log), body=body, needs=needs, beyond=beyond)
        (self.folder / f"{module}.py").write_text(text, encoding="utf-8")

    def calls(self) -> list[str]:
        """Which parts were computed since the last look."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        self.log.write_text("", encoding="utf-8")
        return lines
