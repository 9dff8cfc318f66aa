"""The page: claims with verdicts that can come out either way, files that nothing precious is lost to."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bendscape.claims import Claim
from bendscape.errors import OutputError
from bendscape.report import reproduce, run

TINY = {
    "random_points": 4,
    "grid": 40,
    "simulations": ((20, 3), (30, 3)),
    "recoveries": ((20, 4), (100, 4)),
    "edges": ((20, 6), (40, 6), (60, 6)),
    "finite": (100, 3, 3, 6),
    "general": ((20, 4), (40, 4)),
    "points": 2**10,
    "descents": ((40, 60), 3, 30),
    "side": 8,
}
STATISTICAL = {"C4c", "C4d", "C7a", "C7b", "C7c", "C7d", "C7e", "C8a", "C8b", "C8c", "C11a", "C11b"}
STATISTICAL |= {"C12a", "C12b", "C12c", "C13a", "C13b"}
BEYOND = {"B1a", "B1b", "B2a", "B2b", "B3", "B4a", "B4b", "B4c", "B5a", "B5b", "B5c", "B6a", "B6b"}
BEYOND |= {"B7a", "B7b", "B7c", "B8a", "B8b", "B9", "B10", "B11a", "B11b"}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that is small enough for the suite."""
    out = tmp_path_factory.mktemp("page") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(run.EFFORTS, "quick", TINY)
        reproduce(out, quick=True, seed=3)
    return out


def test_every_analytic_claim_has_a_verdict(page: Path) -> None:
    claims = json.loads((page / "claims.json").read_text(encoding="utf-8"))
    assert {"id", "statement", "expected", "found", "tolerance", "verdict"} <= set(claims[0])
    verdicts = {c["id"]: c["verdict"] for c in claims}
    numbers = {re.sub(r"[a-z]$", "", name) for name in verdicts}
    assert numbers == {f"C{i}" for i in range(1, 14)} | {f"B{i}" for i in range(1, 12)}
    theory = {name: verdict for name, verdict in verdicts.items() if name not in STATISTICAL | BEYOND}
    # the minimum over a leaves a_c at large width: the one general statement that does not stand
    assert {name for name, verdict in theory.items() if verdict == "fails"} == {"C5b"}


def test_the_page_needs_no_network_and_shows_everything(page: Path) -> None:
    html = (page / "index.html").read_text(encoding="utf-8")
    used = set(re.findall(r'(?:src|href)="([^"#]+)"', html))
    assert {name for name in used if "://" in name} == {"https://arxiv.org/abs/2510.18435"}
    assert all((page / name).stat().st_size > 100 for name in used if "://" not in name)
    claims = json.loads((page / "claims.json").read_text(encoding="utf-8"))
    assert all(html.count(f'id="{c["id"]}"') == 1 for c in claims)
    assert html.count('id="beyond"') == 1
    shown = re.sub(r'alt="[^"]*"', "", html)
    assert "\N{GREEK SMALL LETTER ALPHA}<sub>BBP</sub>" in shown
    assert not re.findall(r"alpha_|&&|&amp;|;;", shown), "symbols are written as symbols, once"
    assert html.count("badge fails") == sum(c["verdict"] == "fails" for c in claims)
    assert {p.suffix for p in (page / "figures").iterdir()} == {".png", ".svg"}


@pytest.mark.parametrize(
    ("found", "verdict"), [(1.0, "holds"), (1.1, "holds"), (1.11, "fails"), (float("nan"), "fails")]
)
def test_a_claim_is_decided_by_its_numbers(found: float, verdict: str) -> None:
    claim = Claim("C0", "a statement", "nowhere", "a number", expected=1.0, found=found, tolerance=0.1 + 1e-12)
    assert claim.verdict == verdict
    assert claim.as_dict()["verdict"] == verdict


def test_an_earlier_run_is_replaced_only_if_asked(page: Path) -> None:
    with pytest.raises(OutputError, match="--force"):
        run.prepare(page, force=False)
    run.prepare(page, force=True)
    assert (page / "claims.json").exists()


def test_files_of_others_are_never_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious", encoding="utf-8")
    for force in (False, True):
        with pytest.raises(OutputError, match=r"thesis\.tex"):
            reproduce(tmp_path, quick=True, seed=0, force=force)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(OutputError, match="is a file"):
        reproduce(tmp_path / "thesis.tex", quick=True, seed=0)


def test_a_folder_that_cannot_be_made_is_one_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(OutputError, match="cannot be written"):
        reproduce(blocked / "below", quick=True, seed=0)
