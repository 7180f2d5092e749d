"""The application as such."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from caudal.server import Settings, create_app
from caudal.server.problems import NotFound, Unready
from caudal.server.snapshot import Current
from caudal.server.state import WithSnapshot


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("::", False), ("10.0.0.1", False), ("box", False)],
)
def test_any_bind_but_loopback_needs_keys(host: str, loopback: bool) -> None:
    settings = Settings(host=host, keys_required=False)
    assert settings.loopback is loopback
    assert settings.needs_keys is not loopback


def test_a_problem_is_one_line_with_its_status() -> None:
    app = create_app(Settings())

    @app.get("/gone")
    async def gone() -> None:
        raise NotFound("no such thing")

    @app.get("/lists")
    async def lists(snapshot: WithSnapshot) -> str:
        return snapshot.version

    client = TestClient(app, base_url="http://localhost")
    assert (client.get("/gone").status_code, client.get("/gone").json()) == (404, {"detail": "no such thing"})
    early = client.get("/lists")
    assert (early.status_code, early.json()) == (503, {"detail": "the lists are being read"})


def test_what_went_wrong_with_the_lists_is_said() -> None:
    current = Current()
    current.failed("lists.xml: malformed")
    with pytest.raises(Unready, match="malformed"):
        current.get()
