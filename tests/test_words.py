"""Names that are wrong: what is wrong with them, and which was meant; nothing of it needs SymPy."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from bendscape.errors import InvalidParameterError, MissingPackageError, install
from bendscape.models import Expression, activation, loss
from words import count, folders, total

ROOT = Path(__file__).parents[1]
ACTIVATIONS = {
    "relu": "'relu' has a kink, where its curvature is infinite: give 'smooth relu'",
    "ReLU": "give 'smooth relu'",
    "leaky_relu": "has a kink.*give 'smooth relu'",
    "Smooth-ReLU": "did you mean smooth relu?",
    "tahn": "unknown.*did you mean tanh?",
    "Tanh": "did you mean tanh?",
    "sigmod": "did you mean sigmoid?",
    "hermite": "did you mean hermite",
    "silu": r"the formula x\*sigmoid\(x\)",
    "identity": "give 'hermite1'",
    "sin": r"the formula sin\(x\)",
    "elu": "second derivative",
    "nonsense": "give a formula in x, or one of quadratic, erf",
    "relu(x)": "relu has a kink",
    "1 + tahn(x)": "function 'tahn' is unknown.*did you mean tanh?",
    "2*z": "'z' is unknown",
    "x if x > 0 else 0": "IfExp has no place",
}
LOSSES = {
    "hubber": "unknown.*did you mean huber?",
    "Huber": "did you mean huber?",
    "hubber:delta=2": "did you mean huber?",
    "normalized": "give 'normalised'",
    "mse": "give 'squared'",
    "log-cosh": r"the formula log\(cosh\(yhat - y\)\)",
    "mae": "has a kink.*huber",
    "cross_entropy": "give 'logistic'",
    "nonsense": "give a formula in y and yhat, or one of squared",
    "(y - yhta)**2": "'yhta' is unknown.*did you mean yhat?",
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_invalid_activation_has_its_remedy_without_sympy(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(InvalidParameterError, match=ACTIVATIONS[name]):
        activation(name)


@pytest.mark.parametrize("name", LOSSES)
def test_an_invalid_loss_has_its_remedy_without_sympy(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(InvalidParameterError, match=LOSSES[name]):
        loss(name)


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("huber", "detla", "does not take detla: give delta; did you mean delta?"),
        ("squared", "delta", "does not take delta: leave it out"),
        ("normalised", "c", "does not take c: give a, b"),
    ],
)
def test_parameters_of_a_loss_are_those_it_has(name: str, given: str, message: str) -> None:
    with pytest.raises(InvalidParameterError, match=re.escape(message)):
        loss(name, **{given: 1.0})


def test_a_formula_needs_sympy_and_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sympy", None)
    for text in ("x", "x**2", "tanh(x)"):
        with pytest.raises(MissingPackageError, match=re.escape(install("expressions"))):
            Expression(text, ("x",))


def test_the_remedy_of_a_missing_package_works_from_a_clone() -> None:
    """No text speaks of an installation by name, which no index has; every extra that is named exists."""
    pages = [ROOT / "README.md", *(ROOT / "src").rglob("*.py"), *(ROOT / "docs").rglob("*.md")]
    texts = {path: path.read_text(encoding="utf-8") for path in pages}
    assert not [path for path, text in texts.items() if re.search(r"pip install '?bendscape", text)]
    declared = set(re.findall(r"^(\w+) = \[", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE))
    named = {extra for text in texts.values() for extra in re.findall(r"\binstall\(['\"](\w+)['\"]\)", text)}
    named |= {x for text in texts.values() for found in re.findall(r"'\.\[([\w,]+)\]'", text) for x in found.split(",")}
    assert {"plot", "estimators", "expressions", "parquet"} <= named <= declared


SOURCES = sorted((ROOT / "src").rglob("*.py"))
ERRORS = {"InvalidParameterError", "AccuracyError", "LimitError", "OutputError"}
ASKS = re.compile(
    r"\b(give|gives|take|takes|leave|write|use|put|make|name|complete|convert|divide|select|send|save|rescale|plot|set|sets"
    r"|end|ask|install|start|add)\b"
)
SAID_ELSEWHERE = {"refused", "error", "message", "cure", "remedy", "reason", "listed", "said", "MORE", "_OTHER_NAMES"}


def asked(call: ast.Call) -> bool:
    """Whether a message has a remedy, or takes it from the part that found the cause."""
    parts = list(ast.walk(call.args[0]))
    said = " ".join(part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))
    return bool(ASKS.search(said)) or bool({part.id for part in parts if isinstance(part, ast.Name)} & SAID_ELSEWHERE)


def test_every_error_says_what_to_do() -> None:
    nodes = [(path.name, node) for path in SOURCES for node in ast.walk(ast.parse(path.read_text()))]
    calls = [(name, node) for name, node in nodes if isinstance(node, ast.Call) and node.args]
    raised = [(name, call) for name, call in calls if getattr(call.func, "id", "") in ERRORS]
    assert len(raised) > 200
    assert not [f"{name}: {ast.unparse(call)}" for name, call in raised if not asked(call)]


def test_numbers_and_methods_are_not_persons() -> None:
    """Outliers are correlated with a teacher; they do not know it."""
    persons = re.compile(r"\b(knows|know the teacher|promises|believes?|trusts?|trusted)\b")
    for path in [*SOURCES, *ROOT.glob("docs/**/*.md"), ROOT / "README.md"]:
        found = persons.search(path.read_text())
        assert found is None, f"{path}: {found and found[0]}"


CEILINGS = {"README, CONTRIBUTING": 0, "docs": 0, "src": 7, "tests": 261, "benchmarks": 0}  # they only fall


def test_phrases_that_readers_stumble_over_do_not_come_back() -> None:
    """`python tests/words.py` prints which kind of phrase is how often in which folder."""
    counts = dict.fromkeys(CEILINGS, 0)
    for name, paths in folders(ROOT).items():
        counts["src" if name.startswith("src") else name] += total(paths).total()
    assert {name: each for name, each in counts.items() if each > CEILINGS[name]} == {}


def test_a_phrase_is_found_in_prose_and_not_in_code(tmp_path: Path) -> None:
    page, code = tmp_path / "page.md", tmp_path / "code.py"
    page.write_text("The sample knows it, as it is.\n>>> found = 3\n>>> bool(found)\nTrue\n")
    code.write_text('"""Of one cell."""\nknows = 1  # nobody doubts it\nfound = "believed"\n')
    assert +count(page) == Counter({"knows": 1, "as it is": 1, "named found": 1, "no number": 2})
    assert +count(code) == Counter({"doubts": 1, "believes": 1, "no verb": 1, "named found": 1})
