"""Data to learn on: three real sets that ship with the package, and one that is made up on purpose.

SOURCES.md, beside this file, says where each real set comes from and under which licence.
"""

from lessonlib.datasets.real import Dataset, load_breast_cancer, load_digits, load_penguins
from lessonlib.datasets.synthetic import make_two_classes

__all__ = ["Dataset", "load_breast_cancer", "load_digits", "load_penguins", "make_two_classes"]
