#!/usr/bin/env bash
# Writes the hash-pinned locks from pyproject.toml. Needs `uv` on the PATH; run it when a dependency changes.
set -euo pipefail
cd "$(dirname "$0")/.."
lock() {
  uv pip compile pyproject.toml requirements/extra.in --override requirements/overrides.txt \
    --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet "$@"
}
lock --output-file requirements/run.txt
lock --extra dev --output-file requirements/dev.txt
