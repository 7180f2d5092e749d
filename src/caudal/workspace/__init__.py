"""A workspace: one folder with a `caudal.toml`, the tables a run writes into it, and the report.

`run` carries out the pipeline; `Results` reads what it left; `load_config` reads the configuration; `summary` says what
was found.
"""

from caudal.workspace.config import CONFIG_NAME, Config, load_config
from caudal.workspace.results import Results
from caudal.workspace.runner import Reporter, Run, run

__all__ = ["CONFIG_NAME", "Config", "Reporter", "Results", "Run", "load_config", "run"]
