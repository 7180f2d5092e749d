"""The results of a workspace as the server holds them: of its last finished run, opened anew when there is another."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.server.problems import NotFound, Unready

if TYPE_CHECKING:
    from caudal.tracing import Explainer
    from caudal.workspace import Results

EXPLAINERS = 2
"""Groups and directions whose money is kept ready to be explained; each holds some arrays as long as the ledger."""


class Desk:
    """Gives the results of a workspace, and of them what single questions need.

    Args:
        workspace: folder of a finished `caudal run`; None where the server has none.
    """

    def __init__(self, workspace: Path | None) -> None:
        if workspace is not None:  # their rooms take a second to load, which a server of lists alone need not wait for
            import caudal.tracing  # noqa: PLC0415
            import caudal.workspace  # noqa: F401, PLC0415
        self._workspace = workspace
        self._lock = Lock()
        self._seen: tuple[int, ...] | None = None
        self._results: Opened | None = None

    def open(self) -> Opened:
        """The results of the last finished run.

        Raises:
            NotFound: the server has no workspace.
            Unready: its tables are not those of one finished run.
        """
        if self._workspace is None:
            raise NotFound("This server has no workspace; start it with --workspace.")
        from caudal.workspace import Results  # noqa: PLC0415 - loaded when this was made

        with self._lock:
            now = _mark(self._workspace)
            if self._results is None or now != self._seen:
                try:
                    self._results = Opened(Results(self._workspace))
                except InputError as error:
                    self._results = None
                    raise Unready(f"The workspace cannot be read: {error.reason}.") from error
                self._seen = now
            return self._results


def _mark(workspace: Path) -> tuple[int, ...]:
    """Changes when the workspace is run again."""
    try:
        state = (workspace / "tables" / "state.json").stat()
    except OSError:
        return ()
    return state.st_ino, state.st_mtime_ns, state.st_size


class Opened:
    """Results of one run, with what is computed of them on demand."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self._lock = Lock()
        self._explainers: OrderedDict[tuple[str, str], Explainer] = OrderedDict()

    def rows(self, table: str, column: str, *values: str) -> pa.Table:
        """Rows of a table where a text column has one of the values.

        Raises:
            Unready: the table is no longer as the run left it.
        """
        whole = self.table(table)
        return whole.filter(pc.is_in(whole[column], value_set=pa.array(values, pa.string())))

    def table(self, name: str) -> pa.Table:
        """A table of the run.

        Raises:
            Unready: it is no longer as the run left it.
        """
        try:
            return self.results.table(name)
        except InputError as error:
            raise Unready("The workspace is being computed anew; ask again when it is done.") from error

    def explainer(self, group: str, direction: str) -> Explainer:
        """What explains accounts for a group and direction; the last few are kept."""
        from caudal.tracing import Explainer  # noqa: PLC0415 - as above

        with self._lock:
            held = self._explainers.pop((group, direction), None)
            if held is None:
                try:
                    own = self.results.seeds.accounts[group]
                    held = Explainer(self.results.index, group, own, direction, self.results.pooled)
                except InputError as error:
                    raise Unready("The workspace is being computed anew; ask again when it is done.") from error
            self._explainers[group, direction] = held
            while len(self._explainers) > EXPLAINERS:
                self._explainers.popitem(last=False)
            return held
