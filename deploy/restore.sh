#!/bin/sh
# Bring a backup back: into an empty project and an empty database, and nowhere else.
#
#   deploy/restore.sh --from BACKUP [--project DIR] [--compose]
#
# Without --project the database alone.
# The database is the one that FGD_DATABASE names (make it first: createdb prefect; empty: SQLite in
# PREFECT_HOME), or with --compose that of deploy/compose.yaml (docker compose up -d postgres).
# Stop server and workers before. Start them after: the server brings an older database up to date.
set -eu
umask 077

here=$(cd "$(dirname "$0")" && pwd)
from='' project='' compose=''
while [ $# -gt 0 ]; do
    case $1 in
        --from) from=$2; shift 2 ;;
        --project) project=$2; shift 2 ;;
        --compose) compose=yes; shift ;;
        *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done
fail() { echo "restore: $*" >&2; exit 1; }
[ -n "$from" ] || fail "--from is needed."
[ -d "$from/project/recordings" ] || fail "$from: this is no backup (project/recordings is not in it)."
case $from in *.partial) fail "$from: this backup did not come to its end." ;; esac
for folder in recordings outputs; do
    [ -n "$project" ] || continue
    kept=$(find "$project/$folder" -mindepth 1 ! -name README.md 2>/dev/null | head -n 1)
    [ -z "$kept" ] || fail "$project/$folder is not empty; name another folder or move it away."
done

count="select count(*) from information_schema.tables where table_schema = 'public'"
if [ -f "$from/prefect.dump" ] && [ -n "$compose" ]; then
    inside() { docker compose --file "$here/compose.yaml" exec -T postgres "$@"; }
    [ "$(inside psql --username prefect --tuples-only --no-align --command "$count" prefect)" = 0 ] ||
        fail "the database is not empty."
    inside pg_restore --username prefect --no-owner --exit-on-error --single-transaction \
        --dbname prefect <"$from/prefect.dump"
elif [ -f "$from/prefect.dump" ]; then
    [ -n "${FGD_DATABASE:-}" ] || fail "the backup is one of Postgres: FGD_DATABASE must name a database."
    [ "$(psql --tuples-only --no-align --command "$count" "$FGD_DATABASE")" = 0 ] ||
        fail "the database is not empty."
    pg_restore --no-owner --exit-on-error --single-transaction --dbname "$FGD_DATABASE" "$from/prefect.dump"
elif [ -f "$from/prefect.db" ]; then
    [ -z "${FGD_DATABASE:-}" ] || fail "the backup is one of SQLite, FGD_DATABASE names Postgres."
    home=${PREFECT_HOME:-$here/../.prefect}
    [ ! -e "$home/prefect.db" ] || fail "$home/prefect.db is there already."
    mkdir -p "$home"
    cp "$from/prefect.db" "$home/prefect.db"
fi

if [ -n "$project" ]; then
    mkdir -p "$project"
    cp -a "$from/project/." "$project/"
fi
echo "Made with: $(tr '\n' ' ' <"$from/versions")"
