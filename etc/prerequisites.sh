#!/usr/bin/env bash
# Installs what building and trying opsd needs from Debian's packages, as root or through sudo, and says what is missing where it cannot.
set -euo pipefail

packages=(
    libarchive-dev libcurl4-openssl-dev libpq-dev libsqlite3-dev libssl-dev pkg-config  # to build
    postgresql docker-registry age zstd openssh-client openssl acl attr curl procps prometheus python3 python3-pip systemd util-linux  # the lab, and the oracles of the tests
)

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" = 0 ]; then
        become=()
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        become=(sudo -n)
    else
        echo "These packages are missing, and neither root nor sudo is at hand to install them:" >&2
        echo "  ${missing[*]}" >&2
        echo "Run as root: apt-get install ${missing[*]}" >&2
        exit 69
    fi
    echo "Installing ${missing[*]}"
    "${become[@]}" apt-get update -qq
    # Debian starts servers that it installs; the lab starts its own, so none is started here.
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 "${become[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if ! command -v swift >/dev/null; then
    echo "Swift 6.3 or later is missing: install the toolchain from swift.org and put its bin folder into PATH." >&2
    exit 69
fi
version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -n 1)
read -r major minor <<<"${version:-0 0}"
if [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 3 ]; }; then
    echo "Swift 6.3 or later is needed; this is $(swift --version 2>/dev/null | head -n 1)" >&2
    exit 69
fi
