"""Every line of the contract (see `contract`)."""

from __future__ import annotations

import pytest
from contract import ABSENT, KEPT, LINES, OTHER, Line, rows
from fastapi.testclient import TestClient


@pytest.mark.parametrize("line", LINES, ids=[f"{line.endpoint} {line.part}" for line in LINES])
def test_it_is_held_to(client: TestClient, line: Line) -> None:
    line.check(client)


def test_every_line_says_how_it_is_held_to() -> None:
    for line in LINES:
        assert line.says
        assert line.state in {KEPT, OTHER, ABSENT}
        assert bool(line.note) == (line.state != KEPT)
    assert len({(line.endpoint, line.part) for line in LINES}) == len(LINES) == len(list(rows()))


def test_every_parameter_of_matching_stands_in_it(client: TestClient) -> None:
    """A parameter that is added to the route must be added to the contract, or be Caudal's own."""
    document = client.get("/openapi.json").json()
    parts = " ".join(line.part for line in LINES if line.endpoint == "POST /match/{dataset}")
    for parameter in document["paths"]["/match/{dataset}"]["post"]["parameters"]:
        assert parameter["name"] in parts
