#!/usr/bin/env bash
# Measures the plans of retention and garbage collection for a registry of 1 M tags in 2,000 repositories and 2.4 M contents: the whole
# command, its memory, and beside it what the database spent on the statements of that command, which is not ours.
# Build first: swift build -c release --static-swift-stdlib. OPSD_PROGRAMS names the folder of opsd and harborlab (default: the release build).
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=${OPSD_PROGRAMS:-$(swift build -c release --show-bin-path)}
opsd=$programs/opsd
bench=$(mktemp -d /tmp/opsd-bench.XXXXXX)
chmod 0755 "$bench"
api=""
finish() {
    [ -z "$api" ] || { exec 3>&-; wait "$api"; } 2>/dev/null || true
    "$programs/harborlab" down --dir "$bench/lab" >/dev/null 2>&1 || true
    rm -rf "$bench"
}
trap finish EXIT

"$programs/harborlab" up --dir "$bench/lab" >/dev/null
mkfifo "$bench/input"
"$programs/harborlab" api --dir "$bench/lab" <"$bench/input" >"$bench/api.yaml" 2>/dev/null &
api=$!
exec 3>"$bench/input"
while ! grep -q ca_file "$bench/api.yaml"; do sleep 0.2; done

recipient=$("$opsd" keys make --identity "$bench/identity")
"$programs/harborlab" write-config --dir "$bench/lab" --vault "$bench/vault" --recipient "$recipient" --state-directory "$bench/state" >"$bench/opsd.yaml"
cat "$bench/api.yaml" >>"$bench/opsd.yaml"
sed -i "s|^jobs:|jobs:\n  gc: {schedule: manual, coverage: ignored}\n  retention:\n    schedule: manual\n    mode: report\n    classes:\n      releases: {versions: releases, keep: {last: 5, per: major, pushed_within: 90d}}\n      builds: {tags: ['build-*'], keep: {pushed_within: 14d}}|" "$bench/opsd.yaml"
"$opsd" vault init --config "$bench/opsd.yaml" >/dev/null

# The lab's own administrator: the server is the one whose port the configuration names.
port=$(awk '$1 == "port:" { print $2; exit }' "$bench/opsd.yaml")
password=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["superuserPassword"])' "$bench/lab/lab.json")
export PGHOST=127.0.0.1 PGPORT=$port PGUSER=postgres PGPASSWORD=$password PGDATABASE=registry
echo "filling the database"
psql -Xqf Tests/Benchmarks/scale.sql
psql -XqAt <<'SQL'
SELECT format('%s repositories, %s artifacts, %s tags, %s contents, %s references', (SELECT count(*) FROM repository),
    (SELECT count(*) FROM artifact), (SELECT count(*) FROM tag), (SELECT count(*) FROM blob), (SELECT count(*) FROM artifact_blob));
ALTER SYSTEM SET log_min_duration_statement = 0;
SELECT pg_reload_conf();
SQL
log=$(find "$bench/lab/postgres" -name '*.log' | head -n 1)

# Wall-clock time and greatest memory of a command, and the sum of its statements in the server's log.
measure() {
    local what=$1
    shift
    for turn in 1 2 3; do
        python3 - "$what, turn $turn" "$log" "$@" <<'PYTHON'
import os, re, resource, subprocess, sys, time
what, log = sys.argv[1:3]
start = os.path.getsize(log)
begin = time.monotonic()
subprocess.run(sys.argv[3:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
took = time.monotonic() - begin
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(log, errors="replace") as file:
    file.seek(start)
    sql = sum(float(found) for found in re.findall(r"duration: ([0-9.]+) ms", file.read())) / 1000
print("%s: %.1f s, of which statements %.1f s; own processor time %.1f s; at most %.0f MB"
    % (what, took, sql, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000))
PYTHON
    done
}
measure "opsd retention plan" "$opsd" retention plan --config "$bench/opsd.yaml"
measure "opsd gc plan" "$opsd" gc plan --config "$bench/opsd.yaml"
