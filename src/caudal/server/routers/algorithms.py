"""`/algorithms`: by which names matching can be asked for."""

from __future__ import annotations

from fastapi import APIRouter, Response

from caudal.server.algorithms import Algorithm, listing
from caudal.server.routers.shapes import answer as answered
from caudal.server.routers.shapes_match import Algorithms

router = APIRouter(tags=["Matching"])


@router.get("/algorithms", response_model=Algorithms, summary="Names by which matching can be asked for")
async def algorithms() -> Response:
    """Caudal has one way of matching, `caudal`, which `best` stands for too. The names that yente's clients send are
    answered by it and shown here with `alias_of`; any other name gets status 400."""
    return answered(listing(), Algorithm("caudal").headers)
