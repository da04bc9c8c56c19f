#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test. Arguments go to `swift test`, such as --filter VaultTests.
set -euo pipefail
cd "$(dirname "$0")/.."

etc/prerequisites.sh
swift format lint --strict --parallel --recursive --configuration .swift-format Package.swift Sources Tests
swift build --build-tests --explicit-target-dependency-import-check error
swift test --skip-build "$@"
