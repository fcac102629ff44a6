"""Files as tables: text of any dialect, Parquet, Excel, npy. One call, `read_table`."""

from .files import read_table
from .rows import Read

__all__ = ["Read", "read_table"]
