#!/usr/bin/env bash
# Shows opsd on a small registry of its own: backup, proof, restore, daemon. Everything runs on loopback in a temporary folder and is gone afterwards.
# OPSD_PROGRAMS names a folder with built programs; without it they are built first.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${OPSD_PROGRAMS:-}" ]; then
    etc/prerequisites.sh
    echo "== Building opsd and its lab (a few minutes the first time)"
    swift build --product opsd
    swift build --product harborlab
    OPSD_PROGRAMS=$(swift build --show-bin-path)
fi
opsd=$OPSD_PROGRAMS/opsd
harborlab=$OPSD_PROGRAMS/harborlab
demo=$(mktemp -d /tmp/opsd-demo.XXXXXX)
chmod 0755 "$demo"
registry=""
daemon=""
finish() {
    [ -z "$daemon" ] || { kill "$daemon" && wait "$daemon"; } 2>/dev/null || true
    [ -z "$registry" ] || kill "$registry" 2>/dev/null || true
    "$harborlab" down --dir "$demo/lab" >/dev/null 2>&1 || true
    rm -rf "$demo"
}
trap finish EXIT
step() { printf '\n== %s\n' "$*"; }

step "A Harbor on loopback: PostgreSQL with its tables, a registry with images"
"$harborlab" up --dir "$demo/lab"
value() { "$harborlab" status --dir "$demo/lab" | sed -n "s/^$1: //p"; }

step "On the recovery host: an identity that decrypts. Only its recipient leaves that host"
recipient=$("$opsd" keys make --identity "$demo/identity")
echo "$recipient"

step "On the registry host: a configuration, the vaults, the first backup"
"$harborlab" write-config --dir "$demo/lab" --vault "$demo/vault" --keys-vault "$demo/vault-keys" --recipient "$recipient" \
    --state-directory "$demo/state" > "$demo/opsd.yaml"
"$opsd" check-config --config "$demo/opsd.yaml"
"$opsd" vault init --vault main --config "$demo/opsd.yaml"
"$opsd" vault init --vault keys --config "$demo/opsd.yaml"
"$opsd" run-now backup --config "$demo/opsd.yaml"

step "Nothing changed: the second backup reads no blob and writes no pack"
"$opsd" run-now backup --config "$demo/opsd.yaml"

step "Proof: signatures and hashes without a key that decrypts, then every blob by its digest"
"$opsd" vault audit --read --config "$demo/opsd.yaml"
"$opsd" vault verify --identity "$demo/identity" --config "$demo/opsd.yaml"

step "Restore the database into a second one; every table is compared with the checksums of the dump"
superuser=$(value superuser)
port=$(sed 's/.*port=\([0-9]*\).*/\1/' <<<"$superuser")
password=$(sed 's/.*password=\([^ ]*\).*/\1/' <<<"$superuser")
export PGPASSWORD=$password
psql -XqAt -h 127.0.0.1 -p "$port" -U postgres -c "CREATE DATABASE restored TEMPLATE template0 ENCODING 'UTF8'" postgres
"$opsd" restore database --to "host=127.0.0.1 port=$port dbname=restored user=postgres password=$password" \
    --identity "$demo/identity" --config "$demo/opsd.yaml" --execute
counts="SELECT string_agg(format('%s %s', tablename, (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I', tablename), false, true, '')))[1]), ', ' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public'"
original=$(psql -XqAt -h 127.0.0.1 -p "$port" -U postgres -c "$counts" registry)
restored=$(psql -XqAt -h 127.0.0.1 -p "$port" -U postgres -c "$counts" restored)
[ "$original" = "$restored" ] || { echo "row counts differ" >&2; exit 1; }
echo "row counts of all tables are equal"

step "Restore the blobs into a second folder, start a registry on it, pull an image"
"$opsd" restore storage --to "$demo/restored" --identity "$demo/identity" --config "$demo/opsd.yaml" --execute
cat > "$demo/registry.yml" <<YAML
version: 0.1
storage: {filesystem: {rootdirectory: $demo/restored}}
http: {addr: 127.0.0.1:0}
YAML
docker-registry serve "$demo/registry.yml" >"$demo/registry.log" 2>&1 &
registry=$!
for _ in $(seq 100); do
    free=$(sed -n 's/.*listening on 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$demo/registry.log")
    [ -n "$free" ] && curl -fsS "http://127.0.0.1:$free/v2/" >/dev/null 2>&1 && break
    sleep 0.1
done
read -r repository digest < <(psql -XqAt -F ' ' -h 127.0.0.1 -p "$port" -U postgres \
    -c "SELECT repository_name, digest FROM artifact WHERE repository_name = 'library/app' ORDER BY id LIMIT 1" restored)
curl -fsS -H 'Accept: application/vnd.oci.image.manifest.v1+json' -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' \
    "http://127.0.0.1:$free/v2/$repository/manifests/$digest" -o "$demo/manifest"
echo "${digest#sha256:}  $demo/manifest" | sha256sum --check --quiet
grep -o 'sha256:[0-9a-f]\{64\}' "$demo/manifest" | sort -u | while read -r blob; do
    curl -fsS "http://127.0.0.1:$free/v2/$repository/blobs/$blob" -o "$demo/blob"
    echo "${blob#sha256:}  $demo/blob" | sha256sum --check --quiet
done
echo "pulled $repository@$digest with every layer, all hashes right"

step "The daemon: the same jobs by cron, a socket for people, metrics for Prometheus"
listen=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
echo "listen: 127.0.0.1:$listen" >>"$demo/opsd.yaml"
"$opsd" serve --config "$demo/opsd.yaml" 2>"$demo/serve.log" &
daemon=$!
for _ in $(seq 100); do
    curl -fsS "http://127.0.0.1:$listen/readyz" >/dev/null 2>&1 && break
    sleep 0.1
done
"$opsd" run-now backup --config "$demo/opsd.yaml"
"$opsd" schedule preview --count 3 --config "$demo/opsd.yaml"
curl -fsS "http://127.0.0.1:$listen/metrics" | grep -E '^opsd_(rpo|recovery_point|vault_chain|job_runs_total.*succeeded)'
"$opsd" status --config "$demo/opsd.yaml"

step "The demonstration is complete"
