"""What a person sees in the terminal: progress on standard error, results on standard output."""

from __future__ import annotations

import sys
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

Report = Callable[[int, int | None], None]


class TerminalReporter:
    """One line per stage, with a bar while it runs where the terminal can show one.

    Colour and bars are off when standard error is not a terminal or `NO_COLOR` is set (rich sees to both).
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(file=sys.stderr, highlight=False, quiet=quiet)
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def start(self, title: str) -> Report:
        """A stage begins."""
        if not self._console.is_terminal or self._console.quiet:
            return lambda done, total: None
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._progress.start()
        self._task = self._progress.add_task(title, total=None, rate="")
        return self._update

    def done(self, title: str, seconds: float, reused: bool) -> None:
        """A stage ended."""
        self.close()
        self._console.print(f"{title:<38} {'unchanged' if reused else f'{seconds:6.1f} s'}")

    def close(self) -> None:
        """Take the bar away, also after an error."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _update(self, done: int, total: int | None) -> None:
        if self._progress is None or self._task is None:
            return
        task = self._progress.tasks[0]
        rate = f"{done / task.elapsed:,.0f}/s" if task.elapsed else ""
        self._progress.update(self._task, completed=done, total=total, rate=rate)
