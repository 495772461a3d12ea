"""The data that ship: complete, plausible, with source and licence."""

from pathlib import Path

import numpy as np
import pytest

from lessonlib import datasets

ROOT = Path(__file__).resolve().parents[1]

LOADERS = {
    datasets.load_breast_cancer: (569, 30, [357, 212]),
    datasets.load_penguins: (342, 4, [151, 68, 123]),
    datasets.load_digits: (1797, 64, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]),
}


@pytest.mark.parametrize("load", LOADERS)
def test_rows_features_and_classes(load):
    rows, features, counts = LOADERS[load]
    data = load()
    assert data.x.shape == (rows, features) and data.x.dtype == np.float32 and np.isfinite(data.x).all()
    assert np.bincount(data.y).tolist() == counts
    assert len(data.feature_names) == features and len(data.class_names) == len(counts)


def test_every_file_has_a_source_and_a_licence():
    folder = ROOT / "lessonlib" / "datasets"
    rows = [line for line in (folder / "SOURCES.md").read_text("utf-8").splitlines() if line.startswith("| `")]
    named = {line.split("`")[1]: line for line in rows}
    assert set(named) == {file.name for file in folder.glob("*.csv")}
    assert all("CC BY 4.0" in line or "CC0 1.0" in line for line in named.values())


def test_made_up_data_are_as_hard_as_they_say():
    x, y = datasets.make_two_classes(rows=20000, separation=1.57, flipped=0.02, seed=0)
    again, _ = datasets.make_two_classes(rows=20000, separation=1.57, flipped=0.02, seed=0)
    assert np.array_equal(x, again)
    # The best line between two round clouds is found by least squares.
    design = np.c_[x, np.ones(len(x))]
    right = np.mean((design @ np.linalg.lstsq(design, 2 * y - 1, rcond=None)[0] > 0) == y)
    assert right == pytest.approx(0.922, abs=0.006)


def test_impossible_wishes_are_refused():
    with pytest.raises(ValueError, match="flipped=2"):
        datasets.make_two_classes(flipped=2)
