"""Real data, read from the CSV files beside this module."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Dataset:
    """Rows of measurements and the class of each row.

    `x` float32 of shape (rows, features); `y` int64 of shape (rows,), numbers of `class_names`.
    """

    x: np.ndarray
    y: np.ndarray
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    title: str

    def __repr__(self):
        rows, features = self.x.shape
        return f"<{self.title}: {rows} rows x {features} features, classes {', '.join(self.class_names)}>"


def load_breast_cancer() -> Dataset:
    """569 breast masses seen through a microscope: 30 measurements of the cell nuclei, benign or malignant.

    Class 1 is malignant, the one to be found.

    >>> load_breast_cancer()
    <Wisconsin breast cancer: 569 rows x 30 features, classes benign, malignant>
    """
    return _load("breast_cancer.csv", "Wisconsin breast cancer", ("benign", "malignant"))


def load_penguins() -> Dataset:
    """342 penguins of three species: bill length and depth, flipper length (mm), body mass (g).

    >>> load_penguins()
    <Palmer penguins: 342 rows x 4 features, classes Adelie, Chinstrap, Gentoo>
    """
    return _load("penguins.csv", "Palmer penguins", ("Adelie", "Chinstrap", "Gentoo"))


def load_digits() -> Dataset:
    """1797 handwritten digits as 8 x 8 grey values from 0 to 16, row by row; `x[0].reshape(8, 8)` is a picture.

    >>> load_digits().x.shape
    (1797, 64)
    """
    return _load("digits.csv", "Handwritten digits", tuple("0123456789"))


def _load(file: str, title: str, class_names: tuple[str, ...]) -> Dataset:
    """The rows in the order of the file; its last column is the name of the class."""
    with open(Path(__file__).with_name(file), encoding="utf-8", newline="") as lines:
        head, *rows = csv.reader(lines)
    x = np.array([row[:-1] for row in rows], "float32")
    y = np.array([class_names.index(row[-1]) for row in rows], "int64")
    return Dataset(x, y, tuple(head[:-1]), class_names, title)
