#!/usr/bin/env bash
# Measures the daemon: start, idle memory and processor with 50 jobs, memory after a backup, answers with ten thousand runs in the journal.
# Build first: swift build -c release --static-swift-stdlib. OPSD_PROGRAMS names the folder of opsd and harborlab (default: the release build).
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=${OPSD_PROGRAMS:-$(swift build -c release --show-bin-path)}
opsd=$programs/opsd
bench=$(mktemp -d /tmp/opsd-bench.XXXXXX)
chmod 0755 "$bench"
daemon=""
finish() {
    [ -z "$daemon" ] || { kill "$daemon" && wait "$daemon"; } 2>/dev/null || true
    "$programs/harborlab" down --dir "$bench/lab" >/dev/null 2>&1 || true
    rm -rf "$bench"
}
trap finish EXIT

"$programs/harborlab" up --dir "$bench/lab" >/dev/null
recipient=$("$opsd" keys make --identity "$bench/identity")
"$programs/harborlab" write-config --dir "$bench/lab" --vault "$bench/vault" --keys-vault "$bench/vault-keys" --recipient "$recipient" \
    --state-directory "$bench/state" >"$bench/opsd.yaml"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
echo "listen: 127.0.0.1:$port" >>"$bench/opsd.yaml"
for number in $(seq 49); do
    sed -i "s|^jobs:|jobs:\n  audit-$number: {kind: audit, vault: main, schedule: \"$number 3 * * *\", timezone: Europe/Berlin, jitter: 5m}|" "$bench/opsd.yaml"
done
for vault in main keys; do "$opsd" vault init --vault "$vault" --config "$bench/opsd.yaml" >/dev/null; done

# Starts the daemon under a notify socket and prints the time until it says that it is ready.
start() {
    python3 - "$opsd" "$bench" <<'PYTHON'
import os, socket, subprocess, sys, time
opsd, bench = sys.argv[1:]
path = bench + "/notify"
if os.path.exists(path): os.unlink(path)
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(path)
begin = time.monotonic()
daemon = subprocess.Popen([opsd, "serve", "--config", bench + "/opsd.yaml"], env=dict(os.environ, NOTIFY_SOCKET=path), stderr=open(bench + "/log", "w"))
while "READY=1" not in listener.recv(4096).decode(): pass
print("start to READY: %.3f s" % (time.monotonic() - begin))
open(bench + "/pid", "w").write(str(daemon.pid))
PYTHON
    daemon=$(cat "$bench/pid")
}
resident() { awk -v what="$1" '/VmRSS/ { printf "%s: %.1f MB\n", what, $2 / 1000 }' "/proc/$daemon/status"; }
ticks() { awk '{ print $14 + $15 }' "/proc/$daemon/stat"; }

start
sleep 20
resident "idle with 50 jobs"
before=$(ticks)
sleep 60
echo "processor while idle: $(python3 -c "print('%.3f' % (($(ticks) - $before) / $(getconf CLK_TCK) / 60 * 100))") %"
"$opsd" run-now backup --config "$bench/opsd.yaml" >/dev/null 2>&1
sleep 60
resident "a minute after a backup"
kill "$daemon"
while kill -0 "$daemon" 2>/dev/null; do sleep 0.1; done

python3 - "$bench/state/journal.sqlite" <<'PYTHON'
import sqlite3, sys
journal = sqlite3.connect(sys.argv[1])
names = [row[1] for row in journal.execute("PRAGMA table_info(runs)")]
model = dict(zip(names, journal.execute("SELECT * FROM runs").fetchone()))
for number in range(10_000):
    run = dict(model, row=None, id="20260101T%06dZ-%08x" % (number, number), job="audit-%d" % (1 + number % 49))
    row = journal.execute("INSERT INTO runs (%s) VALUES (%s)" % (",".join(names), ",".join("?" * len(names))), [run[name] for name in names]).lastrowid
    journal.executemany("INSERT INTO phases SELECT ?, ?, name, seconds, bytes, items FROM phases LIMIT 1", [(row, step) for step in range(8)])
    journal.executemany("INSERT INTO numbers VALUES (?, ?, ?)", [(row, "n%d" % step, step) for step in range(12)])
    journal.executemany("INSERT INTO log_lines SELECT ?, ?, time, level, text FROM log_lines LIMIT 1", [(row, step) for step in range(10)])
journal.commit()
PYTHON
start
python3 - "$opsd" "$bench" "$port" <<'PYTHON'
import statistics, subprocess, sys, time
opsd, bench, port = sys.argv[1:]
def measure(what, command):
    times = []
    for _ in range(21):
        begin = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.monotonic() - begin)
    print("%s: median %.0f ms, most %.0f ms" % (what, statistics.median(times) * 1000, max(times) * 1000))
measure("opsd status, 10,000 runs (whole process)", [opsd, "status", "--config", bench + "/opsd.yaml"])
measure("/metrics, 10,000 runs (with curl's own start)", ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:%s/metrics" % port])
PYTHON
resident "idle with 10,000 runs"
