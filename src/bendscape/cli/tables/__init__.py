"""Tables of users: inputs and labels read from files of many programs, and vectors written into files."""

from .dialect import ANY, Dialect, dialect
from .formats import Table, read_file
from .samples import Data, read_data
from .vectors import check_out, save_array

__all__ = ["ANY", "Data", "Dialect", "Table", "check_out", "dialect", "read_data", "read_file", "save_array"]
