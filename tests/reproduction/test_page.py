"""The page: verdicts, what is to come, files that nothing precious is lost to."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from toys import Toys

from bendscape.errors import Interrupted, InvalidParameterError, OutputError
from bendscape.reproduction import Claim, experiments, reproduce
from bendscape.reproduction.registry import chosen, find_experiments


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toys]:
    """No experiments but those that are added."""
    folder = tmp_path / "toys"
    folder.mkdir()
    monkeypatch.setattr(experiments, "__path__", [str(folder)])
    for name in [name for name in sys.modules if name.startswith(f"{experiments.__name__}.")]:
        monkeypatch.delitem(sys.modules, name)
    known = set(sys.modules)
    yield Toys(folder)
    for name in set(sys.modules) - known:
        if name.startswith(f"{experiments.__name__}."):
            del sys.modules[name]


def claims_of(out: Path) -> dict[str, str]:
    """Verdicts by claim."""
    return {c["id"]: c["verdict"] for c in json.loads((out / "claims.json").read_text(encoding="utf-8"))}


def page_of(out: Path) -> str:
    """The page without its style."""
    return (out / "index.html").read_text(encoding="utf-8").partition("</style>")[2]


def test_experiments_have_all_claims_once_and_names_of_their_own() -> None:
    found = find_experiments()
    claims = [claim for experiment in found.values() for claim in experiment.claims]
    assert len(set(claims)) == len(claims)
    assert {re.sub(r"[a-z]$", "", name) for name in claims} >= {f"C{i}" for i in range(1, 14)} | {
        f"B{i}" for i in range(1, 12)
    }
    names = [experiment.name for experiment in found.values()]
    assert len(set(names)) == len(names)
    assert all(set(experiment.needs) <= set(names) for experiment in found.values())
    order = [(experiment.beyond, experiment.place) for experiment in found.values()]
    assert order == sorted(order)


def test_some_experiments_are_chosen_by_figure_module_or_claim_with_what_they_need() -> None:
    found = find_experiments()
    assert [e.name for e in chosen(found, "fig7")] == ["fig7"]
    assert [e.name for e in chosen(found, "fig2, B10")] == ["fig2", "fig6", "picture"]
    assert [e.name for e in chosen(found, "c12_starts")] == ["fig9", "descent"]
    assert [e.name for e in chosen(found, "C7b")] == ["fig3", "observables"]
    with pytest.raises(InvalidParameterError, match="only = 'fig77': no experiment"):
        chosen(found, "fig2,fig77")


def test_a_real_page_needs_no_network_and_shows_everything(tmp_path: Path) -> None:
    reproduce(tmp_path / "run", quick=True, seed=3, only="fig7,c3")
    page = tmp_path / "run"
    html = page_of(page)
    used = set(re.findall(r'(?:src|href)="([^"#]+)"', html))
    assert {name for name in used if "://" in name} == {"https://arxiv.org/abs/2510.18435"}
    assert all((page / name).stat().st_size > 100 for name in used if "://" not in name)
    claims = claims_of(page)
    assert set(claims) == {"C3a", "C3b", "C3c", "C10"}
    assert all(html.count(f'id="{name}"') == 1 for name in claims)
    shown = re.sub(r'alt="[^"]*"', "", html)
    assert "\N{GREEK SMALL LETTER ALPHA}<sub>s</sub>" in shown
    assert not re.findall(r"alpha_|&&|&amp;|;;", shown), "symbols are written as symbols, once"
    assert html.count("badge fails") == sum(verdict == "fails" for verdict in claims.values())
    assert {p.suffix for p in (page / "figures").iterdir()} == {".png", ".svg"}
    assert "http-equiv" not in (page / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("found", "verdict"), [(1.0, "holds"), (1.1, "holds"), (1.11, "fails"), (float("nan"), "fails")]
)
def test_a_claim_is_decided_by_its_numbers(found: float, verdict: str) -> None:
    claim = Claim("C0", "a statement", "nowhere", "a number", expected=1.0, found=found, tolerance=0.1 + 1e-12)
    assert claim.verdict == verdict
    assert claim.as_dict()["verdict"] == verdict


def test_a_file_in_the_folder_is_an_experiment(tmp_path: Path, toys: Toys) -> None:
    toys.add("c1_first", "C1")
    toys.add("b1_second", "B1", needs=("first",), beyond=True)
    out = tmp_path / "run"
    claims = reproduce(out, quick=True, seed=5).claims
    assert [(c.id, c.found) for c in claims] == [("C1", 25 + 0 + 1 + 4), ("B1", 30 + 30)]
    assert len(toys.calls()) == 2 * (3 + 1)
    assert page_of(out).count('id="beyond"') == 1
    assert reproduce(tmp_path / "full", quick=False, seed=5).claims[0].found == 25 + 0 + 1 + 4 + 9


def test_the_page_says_what_is_to_come(tmp_path: Path, toys: Toys) -> None:
    out = tmp_path / "run"
    seen = f"import shutil; shutil.copy({str(out / 'index.html')!r}, {str(tmp_path / 'seen.html')!r})"
    toys.add("c1_first", "C1")
    toys.add("c2_second", "C2", body=seen, needs=("first",))
    reproduce(out, quick=True, seed=5)
    seen_page = (tmp_path / "seen.html").read_text(encoding="utf-8")
    assert "of 2 figures are here" in seen_page
    assert 'http-equiv="refresh"' in seen_page
    assert "C2 to come" in seen_page
    assert "To come, with C2" in seen_page
    assert "to come" not in page_of(out).lower()


def test_an_interrupted_run_goes_on(tmp_path: Path, toys: Toys) -> None:
    stop = tmp_path / "stop"
    stop.touch()
    raises = f"import os\n    if x == 1 and os.path.exists({str(stop)!r}): raise KeyboardInterrupt"
    toys.add("c1_first", "C1")
    toys.add("c2_second", "C2", body=raises)
    out = tmp_path / "run"
    with pytest.raises(Interrupted, match="the same command goes on") as caught:
        reproduce(out, quick=True, seed=5)
    assert [claim.id for claim in caught.value.data] == list(claims_of(out)) == ["C1"]
    assert "was interrupted" in page_of(out)
    assert sorted(toys.calls()) == ["first 0", "first 1", "first 2", "first 5", "second 1", "second 2"]
    stop.unlink()
    assert [claim.id for claim in reproduce(out, quick=True, seed=5).claims] == ["C1", "C2"]
    assert sorted(toys.calls()) == ["second 0", "second 1", "second 5"]
    reproduce(out, quick=True, seed=5)
    assert toys.calls() == []
    reproduce(out, quick=True, seed=5, force=True)
    assert len(toys.calls()) == 8


def test_a_part_of_the_page_is_kept_when_the_rest_follows(tmp_path: Path, toys: Toys) -> None:
    toys.add("c1_first", "C1")
    toys.add("c2_second", "C2", needs=("first",))
    toys.add("c3_third", "C3")
    out = tmp_path / "run"
    assert [c.id for c in reproduce(out, quick=True, seed=5, only="c3").claims] == ["C3"]
    assert "C1" not in page_of(out)
    assert {line.split()[0] for line in toys.calls()} == {"third"}
    assert [c.id for c in reproduce(out, quick=True, seed=5, only="second").claims] == ["C1", "C2", "C3"]
    assert {line.split()[0] for line in toys.calls()} == {"first", "second"}


def test_an_experiment_that_raises_does_not_lose_the_others(tmp_path: Path, toys: Toys) -> None:
    toys.add("c1_first", "C1", body="raise ValueError('a bad number')")
    toys.add("c2_second", "C2", needs=("first",))
    toys.add("c3_third", "C3")
    out = tmp_path / "run"
    found = reproduce(out, quick=True, seed=5)
    assert [claim.id for claim in found.claims] == ["C3"]
    assert found.failed["first"].startswith("ValueError: a bad number (c1_first.py, line ")
    assert found.failed["second"] == "it needs first, which failed"
    html = page_of(out)
    assert "2 of 3 figures could not be computed" in html
    assert "a bad number" in html


def test_claims_that_are_not_listed_and_files_without_an_experiment_are_named(tmp_path: Path, toys: Toys) -> None:
    toys.add("c1_first", "C1")
    file = toys.folder / "c1_first.py"
    file.write_text(file.read_text(encoding="utf-8").replace('claims=("C1",)', 'claims=("C2",)'), encoding="utf-8")
    done = reproduce(tmp_path / "run", quick=True, seed=5)
    assert "judge returned the claims C1, and EXPERIMENT lists C2" in done.failed["first"]
    (toys.folder / "c2_empty.py").write_text("", encoding="utf-8")
    with pytest.raises(InvalidParameterError, match=r"c2_empty\.py .* has no EXPERIMENT"):
        find_experiments()


def test_an_id_of_two_claims_is_refused(toys: Toys) -> None:
    toys.add("c1_first", "C1")
    toys.add("c2_second", "C1")
    with pytest.raises(InvalidParameterError, match=r"claim C1 is listed in c1_first\.py and in c2_second\.py"):
        find_experiments()


def test_an_earlier_run_is_replaced_only_if_asked(tmp_path: Path, toys: Toys) -> None:
    toys.add("c1_first", "C1")
    out = tmp_path / "run"
    reproduce(out, quick=True, seed=5)
    with pytest.raises(OutputError, match=r"earlier run \(seed 5, not 6\): .* --force"):
        reproduce(out, quick=True, seed=6)
    with pytest.raises(OutputError, match="effort quick, not full"):
        reproduce(out, quick=False, seed=5)
    assert reproduce(out, quick=True, seed=6, force=True).claims[0].found == 41


def test_files_of_others_are_never_touched(tmp_path: Path, toys: Toys) -> None:
    toys.add("c1_first", "C1")
    out = tmp_path / "run"
    (out / "store").mkdir(parents=True)
    for name in ("thesis.tex", "store/notes.txt"):
        (out / name).write_text("precious", encoding="utf-8")
        for force in (False, True):
            with pytest.raises(OutputError, match=re.escape(name)):
                reproduce(out, quick=True, seed=0, force=force)
        assert [p.name for p in out.rglob("*") if p.is_file()] == [Path(name).name]
        (out / name).unlink()
    (out / "thesis.tex").touch()
    with pytest.raises(OutputError, match="is a file"):
        reproduce(out / "thesis.tex", quick=True, seed=0)


def test_a_folder_that_cannot_be_made_is_one_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(OutputError, match="cannot be written"):
        reproduce(blocked / "below", quick=True, seed=0)
