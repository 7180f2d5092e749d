"""What a server is told when it starts."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

LOOPBACK = "127.0.0.1"
METRICS = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable: the folder of the numbers that several processes add up. Their library wants to find it set
when it is loaded."""


class Bounds(BaseModel):
    """What one request may ask for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    body_bytes: int = Field(8 * 1024 * 1024, gt=0, description="bytes of a request's body")
    url_bytes: int = Field(8_192, gt=0, le=32_768, description="bytes of a request's path and query")
    json_depth: int = Field(32, gt=0, description="levels of a JSON body")
    batch: int = Field(100, gt=0, description="queries in one batch")
    page: int = Field(500, gt=0, description="results of one answer")
    offset: int = Field(9_499, ge=0, description="first result of a page")
    value_length: int = Field(10_000, gt=0, description="characters of one property value that are read")
    seconds: float = Field(30.0, gt=0, description="time one request may take")
    at_once: int = Field(128, gt=0, description="requests one process works on at once; more are told to come back")


class Settings(BaseModel):
    """Settings of a server.

    Attributes:
        manifest: YAML manifest of datasets; else `lists`.
        lists: list files and folders Caudal reads, or a store of lists; each becomes a dataset.
        workspace: folder of a finished `caudal run`, for the questions about exposure and impact.
        data: folder for what the server writes: indexes, keys, the log of look-ups.
        host, port, workers: where it listens and with how many processes.
        keys_required: ask for a key on loopback too.
        hosts: more names by which a server without keys may be asked; localhost is one.
        origins: web pages elsewhere that may ask (CORS); none.
        purpose_required: refuse look-ups of people that do not say why.
        purposes: the purposes there are; none given: any short text.
        rate: requests a key may make that names no rate of its own.
        sync: bring the log of look-ups to the disk every second, or before each answer.
        log_head: file of the head of that log, apart from it; in the data folder where it is not said.
        drain_seconds: after being told to stop, how long to say so at /readyz before no longer listening.
        stop_seconds: how long requests that are being answered may take to finish after that.
        refresh_seconds: how often the manifest's versions are looked at; 0: only when told.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    manifest: str | None = None
    lists: tuple[Path, ...] = ()
    workspace: Path | None = None
    data: Path = Path("caudal-server")
    host: str = LOOPBACK
    port: int = Field(8000, ge=0, le=65_535)
    workers: int = Field(1, ge=1, le=64)
    keys_required: bool | None = None
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    purpose_required: bool = False
    purposes: tuple[str, ...] = ()
    rate: str = "600/minute"
    sync: Literal["second", "each"] = "second"
    log_head: Path | None = None
    drain_seconds: float = Field(0.0, ge=0)
    stop_seconds: float = Field(30.0, gt=0)
    refresh_seconds: float = Field(900.0, ge=0)
    bounds: Bounds = Bounds()

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.manifest is not None and self.lists:
            raise ValueError("give a manifest or lists, not both")
        return self

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def needs_keys(self) -> bool:
        """Whether every request must carry a key."""
        return not self.loopback if self.keys_required is None else self.keys_required or not self.loopback
