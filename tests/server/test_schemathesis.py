"""What schemathesis can think of against the server's OpenAPI document, on the made-up lists.

Every answer must be one the document describes: status, content type and shape; none may be a fault of the server.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from caudal.server import Settings, create_app
from caudal.server.snapshot import Snapshot

EXAMPLES = 15
"""Requests per operation; the same ones on every run."""


@schemathesis.check
def wrong_data_is_refused(ctx, response, case) -> None:
    """Data that the document does not allow is refused; by its size alone before anybody looks at it."""
    if response.status_code not in {413, 414}:
        checks.negative_data_rejection(ctx, response, case)


@schemathesis.check
def no_fault(ctx, response, case) -> None:
    """Nothing is a fault of the server; that nobody renews the lists of an application in a test is none."""
    if response.status_code != 503 or case.path != "/updatez":
        not_a_server_error(ctx, response, case)


CHECKS = (
    no_fault,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.unsupported_method,
    wrong_data_is_refused,
)


APP = create_app(Settings(hosts=("testserver",)))
"""Filled with the made-up lists before the first request."""

schema = schemathesis.openapi.from_asgi("/openapi.json", APP)


@pytest.fixture(autouse=True, scope="module")
def answering(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The application answers from the made-up lists and logs into a folder of its own."""
    state = APP.state.caudal
    state.settings = Settings(data=tmp_path_factory.mktemp("schemathesis"), hosts=("testserver",))
    state.current.put(snapshot)
    yield
    state.close()


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_one_that_the_document_describes(case: schemathesis.Case) -> None:
    case.call_and_validate(checks=list(CHECKS))
