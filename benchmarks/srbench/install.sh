#!/usr/bin/env bash
# Run inside the benchmark's environment; nothing is built and nothing needs root.
# SKLEARN_TRM names another source than the package index: a checkout, a wheel, a git address.
set -euo pipefail
python -m pip install "${SKLEARN_TRM:-sklearn-trm}"
