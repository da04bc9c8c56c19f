#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test. Arguments go to `swift test`, such as --filter VaultTests.
set -euo pipefail
cd "$(dirname "$0")/.."

etc/prerequisites.sh
# The oracle of the cron tests, which skip by name without it. A folder of its own leaves the host's Python alone.
oracles=$PWD/.build/oracles
if [ ! -d "$oracles/cronsim" ]; then
    python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$oracles" cronsim==2.8 2>/dev/null ||
        echo "cronsim cannot be installed: the comparison with it is skipped" >&2
fi
export PYTHONPATH="$oracles${PYTHONPATH:+:$PYTHONPATH}"
swift format lint --strict --parallel --recursive --configuration .swift-format Package.swift Sources Tests
swift build --build-tests --explicit-target-dependency-import-check error
# More tests at once than this only wait for each other: most start servers, and keep a thread of the shared pool while they wait.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:-4}
swift test --skip-build "$@"
