"""``bendscape recover --patterns``: files in every format, a picture, and files that are not right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from bendscape.simulation import signal_overlap2
from bendscape.simulation.sensing import CodedDiffraction, random_masks
from command_line import assert_refused, document, printed

MASKS = random_masks(3, (12, 12), seed=1)
A = CodedDiffraction(MASKS)
rng = np.random.default_rng(2)
X = rng.standard_normal((12, 12)) + 1j * rng.standard_normal((12, 12))
Y = A.intensities(X)


def stacks(folder: Path, kind: str, labels: Any = Y, masks: Any = MASKS) -> list[str]:
    """Files with patterns and masks, and the options that go with them."""
    match kind:
        case "npy":
            np.save(folder / "patterns.npy", labels)
            np.save(folder / "masks.npy", masks)
            names = "patterns.npy", "masks.npy"
        case "npz":
            np.savez(folder / "both.npz", patterns=labels, masks=masks)
            names = "both.npz", "both.npz:masks"
        case _:
            with h5py.File(folder / "both.h5", "w") as file:
                file["entry/data"], file["entry/masks"], file["entry/other"] = labels, masks, np.ones(3)
            names = "both.h5", "both.h5:/entry/masks"
    return ["--patterns", str(folder / names[0]), "--masks", str(folder / names[1])]


@pytest.mark.parametrize("kind", ["npy", "npz", "h5"])
def test_every_format(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "object.npz"
    record = document("recover", *stacks(tmp_path, kind), "--out", str(out))
    assert record["verdict"]["status"] == "explained"
    with np.load(out) as file:
        assert signal_overlap2(file["signal"], X) == pytest.approx(1, abs=1e-6)
        assert np.allclose(file["amplitude"] * np.exp(1j * file["phase"]), file["signal"])
        assert file["stderr"].shape == (12, 12)


def test_a_picture_and_a_table(tmp_path: Path) -> None:
    picture = tmp_path / "object.png"
    options = [*stacks(tmp_path, "npy"), "--out", str(tmp_path / "object.npy"), "--picture", str(picture)]
    assert "explained" in printed("recover", *options)
    assert picture.stat().st_size > 1000
    assert signal_overlap2(np.load(tmp_path / "object.npy"), X) == pytest.approx(1, abs=1e-6)


def test_bad_pixels_zero_frequency_in_the_middle_and_a_dark_level(tmp_path: Path) -> None:
    labels = np.fft.fftshift(Y, axes=(1, 2)) + 5.0
    bad = np.zeros((12, 12), dtype=bool)
    bad[5:7, 5:7] = True
    labels[:, bad] = 1e9
    np.save(tmp_path / "bad.npy", bad)
    options = [*stacks(tmp_path, "npy", labels), "--bad-pixels", str(tmp_path / "bad.npy"), "--centred", "--dark", "5"]
    record = document("recover", *options, "--out", str(tmp_path / "x.npy"))
    assert record["evidence"]["missing"] == 12
    assert signal_overlap2(np.load(tmp_path / "x.npy"), X) == pytest.approx(1, abs=1e-6)


def test_a_real_object_on_a_support(tmp_path: Path) -> None:
    support = np.zeros((12, 12), dtype=bool)
    support[2:10, 2:10] = True
    np.save(tmp_path / "support.npy", support)
    x = np.where(support, X.real, 0)
    options = stacks(tmp_path, "npy", A.intensities(x)[:1], MASKS[:1])
    options += ["--support", str(tmp_path / "support.npy"), "--real", "--out", str(tmp_path / "x.npy")]
    assert document("recover", *options)["verdict"]["status"] == "explained"
    assert signal_overlap2(np.load(tmp_path / "x.npy"), x) == pytest.approx(1, abs=1e-6)


def wrong(folder: Path, name: str) -> list[str]:
    """Options with something wrong."""
    good = stacks(folder, "npy")
    out = ["--out", str(folder / "x.npy")]
    path = folder / "wrong"
    match name:
        case "missing file":
            return ["--patterns", str(folder / "none.npy"), *good[2:], *out]
        case "cut":
            (path.with_suffix(".npy")).write_bytes((folder / "patterns.npy").read_bytes()[:500])
            return ["--patterns", f"{path}.npy", *good[2:], *out]
        case "text":
            path.with_suffix(".csv").write_text("1,2\n")
            return ["--patterns", f"{path}.csv", *good[2:], *out]
        case "no hdf5":
            path.with_suffix(".h5").write_text("1,2\n")
            return ["--patterns", f"{path}.h5", *good[2:], *out]
        case "objects":
            np.save(path.with_suffix(".npy"), np.array([{}]), allow_pickle=True)
            return ["--patterns", f"{path}.npy", *good[2:], *out]
        case "several arrays":
            np.savez(path.with_suffix(".npz"), a=Y, b=Y)
            return ["--patterns", f"{path}.npz", *good[2:], *out]
        case "no masks":
            return [*good[:2], *out]
        case "other masks":
            return [*stacks(folder, "npy", masks=MASKS[:2]), *out]
        case "negative":
            return [*stacks(folder, "npy", -Y), *out]
        case "kind":
            return [*good, *out, "--kind", "photons"]
        case "option of vectors":
            return [*good, *out, "--p-star", "2"]
        case "csv":
            return [*good, "--out", str(folder / "x.csv")]
        case "both":
            return [str(folder / "patterns.npy"), *good, *out]
    return out


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing file", "does not exist"),
        ("cut", "cannot be read"),
        ("text", "is not of a format"),
        ("no hdf5", "cannot be read"),
        ("objects", "cannot be read"),
        ("several arrays", "has the arrays a, b: name one of them"),
        ("no masks", "needs --masks"),
        ("other masks", "y has shape (3, 12, 12)"),
        ("negative", "are negative"),
        ("kind", "kind = 'photons'"),
        ("option of vectors", "--p-star = 2: X is an operator"),
        ("csv", "end the name of a signal in one of .npz, .npy"),
        ("both", "give either DATA or --patterns"),
        ("nothing", "no data: give a file DATA"),
    ],
)
def test_files_that_are_not_right_end_with_one_line(tmp_path: Path, name: str, message: str) -> None:
    assert_refused("recover", *wrong(tmp_path, name), message=message)
    assert not (tmp_path / "x.npy").exists()
