"""One module for each command. Importing the package adds all commands to the application, in alphabetical order."""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
