#!/bin/sh
# Keep the project and Prefect's database as they are now, in a folder named after this moment.
#
#   deploy/backup.sh --project DIR --to DIR [--keep 14] [--compose]
#
# The database is the one that FGD_DATABASE names (postgresql://...; empty: SQLite in PREFECT_HOME),
# or with --compose that of deploy/compose.yaml. What did not change since the last backup is a hard
# link to it and takes no space. Decoded sound, caches and locks are left out: they come back by
# themselves. What is left of an interrupted backup ends in ".partial", and the next one removes it.
set -eu
umask 077

here=$(cd "$(dirname "$0")" && pwd)
project='' to='' keep=14 compose=''
while [ $# -gt 0 ]; do
    case $1 in
        --project) project=$2; shift 2 ;;
        --to) to=$2; shift 2 ;;
        --keep) keep=$2; shift 2 ;;
        --compose) compose=yes; shift ;;
        *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done
fail() { echo "backup: $*" >&2; exit 1; }
[ -n "$project" ] || fail "--project is needed."
[ -n "$to" ] || fail "--to is needed."
[ -d "$project/recordings" ] || fail "$project: there is no recordings/ in it."
[ "$keep" -ge 1 ] 2>/dev/null || fail "--keep $keep: a whole number from 1 on."
command -v rsync >/dev/null || fail "rsync is needed: apt-get install rsync"
mkdir -p "$to"
project=$(cd "$project" && pwd) to=$(cd "$to" && pwd)
case $to/ in "$project"/*) fail "$to lies inside of the project." ;; esac

exec 9>"$to/.lock"
flock --nonblock 9 || fail "another backup into $to is at work."
rm -rf "$to"/*.partial
made=$(date -u +%Y-%m-%dT%H%M%SZ)
new=$to/$made.partial
last=$(find "$to" -mindepth 1 -maxdepth 1 -type d -name '????-??-??T??????Z' | sort | tail -n 1)
mkdir "$new"

# The database first: whatever it tells of is then in the project's copy, too.
if [ -n "$compose" ]; then
    docker compose --file "$here/compose.yaml" exec -T postgres \
        pg_dump --username prefect --format custom prefect >"$new/prefect.dump"
elif [ -n "${FGD_DATABASE:-}" ]; then
    pg_dump --format custom --dbname "$FGD_DATABASE" --file "$new/prefect.dump"
elif [ -f "${PREFECT_HOME:-$here/../.prefect}/prefect.db" ]; then
    python3 - "${PREFECT_HOME:-$here/../.prefect}/prefect.db" "$new/prefect.db" <<'PYTHON'
import sqlite3, sys
source, target = (sqlite3.connect(path) for path in sys.argv[1:])
with target:
    source.backup(target)
PYTHON
else
    echo "backup: no database of Prefect is named or found; the project alone is kept." >&2
fi
[ ! -f "$new/prefect.dump" ] || [ "$(head -c 5 "$new/prefect.dump")" = PGDMP ] ||
    fail "the database's copy cannot be read; nothing was kept."

# A file that goes while we copy (code 24) is a session that is being made; the next backup has it.
rsync --archive --delete ${last:+--link-dest="$last/project"} \
    --exclude=/.fgd --exclude=/.prefect --exclude=/weights --exclude='/outputs/.runs' \
    --exclude='/outputs/*/work/*/sound*.wav' "$project/" "$new/project/" || [ $? -eq 24 ]
sed -n 's/^\(prefect\|SQLAlchemy\)==/\1 /p' "$here/../constraints.txt" >"$new/versions"
sed -n 's/^__version__ = "\(.*\)"/fgd \1/p' "$here/../fgd/__init__.py" >>"$new/versions"
sync -f "$new"
mv "$new" "$to/$made"

find "$to" -mindepth 1 -maxdepth 1 -type d -name '????-??-??T??????Z' | sort -r |
    tail -n "+$((keep + 1))" | while read -r old; do rm -rf "$old"; done
echo "$to/$made"
