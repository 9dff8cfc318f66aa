"""Counts the phrases that readers stumble over, folder by folder: `python tests/words.py [ROOT ...]` prints them.

Numbers and methods are not persons, and a sentence has a subject and a verb. Pages are read in full; their examples
show numbers, not only `True`. In Python files only comments and strings are read, and names that say nothing (`found`).
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

PHRASES = {
    "knows": r"know|knows|knew|known",
    "promises": r"promis(?:e|es|ed|ing)",
    "doubts": r"doubt(?:s|ed|ful)?",
    "opinions": r"opinions?",
    "believes": r"believ(?:e|es|ed)|disbeliev\w+|beliefs?",
    "trusts": r"(?:dis)?trust(?:s|ed|ing|worthy)?",
    "likes, wants": r"(?:it|they) likes?|wherever it likes",
    "the same with": r"(?:is |are )?the same (?:with|from)",
    "no matter of": r"no matter of|matter of (?:course|luck)",
    "is such": r"(?:is|are|be|as) such(?! an?\b| that\b| as\b)|such and such",
    "as it is": r"as (?:it is|they are|it stands|it lies)",
    "that is none": r"(?:that|which|what) (?:is|are) none|of none",
    "one's own": r"(?:of )?(?:one's|your) own(?! \w)",
}
WORDS = {name: re.compile(rf"\b(?:{text})\b", re.IGNORECASE) for name, text in PHRASES.items()}
UNFINISHED = re.compile(r"\s*(?:Of|The same|What|That|Whose|Nothing|How|By)\b")  # how a docstring without a verb begins
NAMES = {"found"}


def _texts(source: str) -> list[str]:
    """Comments and string constants of Python source."""
    comments = (token.string for token in tokenize.generate_tokens(io.StringIO(source).readline))
    nodes = ast.walk(ast.parse(source))
    strings = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [text for text in comments if text.startswith("#")] + strings


def _docstrings(tree: ast.Module) -> Iterable[str]:
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return (ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, owners))


def count(path: Path) -> Counter[str]:
    """Number of phrases of each kind in a file."""
    source = path.read_text(encoding="utf-8")
    python = path.suffix == ".py"
    text = "\n".join(_texts(source)) if python else source
    counts = Counter({name: len(word.findall(text)) for name, word in WORDS.items()})
    if python:
        tree = ast.parse(source)
        counts["no verb"] = sum(bool(UNFINISHED.match(text)) for text in _docstrings(tree))
        names = (node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
        counts["named found"] = sum(name in NAMES for name in names)
    else:
        counts["no number"] = len(
            re.findall(r"^(?:>>>|\.\.\.) .*\bbool\(|^\(?True(?:, True)*\)?$", source, re.MULTILINE)
        )
        counts["named found"] = len(re.findall(r"^(?:>>>|\.\.\.)\s+found\s*=", source, re.MULTILINE))
    return counts


def folders(root: Path) -> dict[str, list[Path]]:
    """Files of a checkout, by folder: packages of the source one by one."""
    pages = {
        "README, CONTRIBUTING": [root / "README.md", root / "CONTRIBUTING.md"],
        "docs": [*root.glob("docs/**/*.md")],
    }
    source = root / "src" / "bendscape"
    packages = {f"src/{each.name}": [*each.rglob("*.py")] for each in sorted(source.iterdir()) if each.is_dir()}
    others = {
        "src": [*source.glob("*.py")],
        "tests": [*root.glob("tests/**/*.py")],
        "benchmarks": [*root.glob("benchmarks/*.py")],
    }
    groups = pages | packages | others
    return {
        name: [p for p in paths if p.name not in {"words.py", "test_words.py"}]
        for name, paths in groups.items()
        if paths
    }


def total(paths: Iterable[Path]) -> Counter[str]:
    """Number of phrases of each kind in all of these files."""
    return sum((count(path) for path in paths), Counter())


def table(root: Path) -> str:
    """Counts of a checkout: a line for each folder, a column for each kind."""
    counts = {name: total(paths) for name, paths in folders(root).items()}
    kinds = [*PHRASES, "no verb", "named found", "no number"]
    rows = [["", *kinds, "all"]]
    for name, each in counts.items():
        rows.append([name, *(str(each[kind]) for kind in kinds), str(each.total())])
    everything = sum(counts.values(), Counter())
    rows.append(["all", *(str(everything[kind]) for kind in kinds), str(everything.total())])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


if __name__ == "__main__":
    for each in sys.argv[1:] or [str(Path(__file__).parents[1])]:
        print(f"{each}\n{table(Path(each))}\n")  # noqa: T201
