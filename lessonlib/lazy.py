"""Packages whose names are fetched from their modules at first use (PEP 562), so that importing them costs nothing."""

from importlib import import_module


def names(package, homes):
    """The functions `__getattr__` and `__dir__` of a package.

    Args:
        package: its name, `__name__`.
        homes: {public name: the module of the package that it lives in}; a module's own name stands for itself.
    """

    def __getattr__(name):
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}; it has {', '.join(sorted(homes))}")
        module = import_module(f"{package}.{homes[name]}")
        return module if homes[name] == name else getattr(module, name)

    return __getattr__, lambda: sorted(homes)
