"""The server: the matching API that others already speak, and Caudal's own questions, from one process.

`create_app` makes the application of some `Settings`; `caudal serve` runs it. A request is answered from one `Snapshot`
of the lists from its first to its last line, whatever is loaded meanwhile.
"""

from caudal.server.app import create_app
from caudal.server.settings import Settings

__all__ = ["Settings", "create_app"]
