"""Code and derivation stay together: code cites equations as :eq:`label`, the pages define them as `$$ (label)`."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
SOURCES = sorted((ROOT / "src").rglob("*.py"))

NOT_IN_CODE = {
    "fs-epsilon": "an approximation of where the edge of a sample lies; the code solves for the edge",
    "fs-half": "the leading correction to what finite_threshold solves in full",
    "fs-second": "the coefficient of fs-half in closed form",
}


def labels(page: Path) -> list[str]:
    return re.findall(r"^ *\$\$ \(([\w-]+)\)$", page.read_text(encoding="utf-8"), re.MULTILINE)


def cited(source: Path) -> set[str]:
    return set(re.findall(r":eq:`([^`]*)`", source.read_text(encoding="utf-8")))


def test_no_label_is_defined_twice() -> None:
    count = Counter(label for page in PAGES for label in labels(page))
    assert [label for label, number in count.items() if number > 1] == []


@pytest.mark.parametrize("source", [s for s in SOURCES if cited(s)], ids=lambda s: s.stem)
def test_cited_equations_are_on_a_page(source: Path) -> None:
    assert cited(source) - {label for page in PAGES for label in labels(page)} == set()


def test_every_equation_is_cited_by_the_code_or_said_not_to_be() -> None:
    defined = {label for page in PAGES for label in labels(page)}
    assert len(defined) > 90
    in_code = set().union(*map(cited, SOURCES))
    assert defined - in_code == set(NOT_IN_CODE)
