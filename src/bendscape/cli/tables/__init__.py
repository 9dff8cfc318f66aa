"""Tables of users: inputs and labels from files, whatever program wrote them, and vectors into files."""

from .formats import Table, read_file
from .samples import Data, check_out, read_data, save_array
from .text import ANY, Dialect, dialect

__all__ = ["ANY", "Data", "Dialect", "Table", "check_out", "dialect", "read_data", "read_file", "save_array"]
