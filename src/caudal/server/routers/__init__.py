"""The routes, one file per question; each is thin over the room that answers it."""
