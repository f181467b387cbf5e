#!/bin/sh
# restore.sh BACKUP NEW_DATABASE — restore and check a backup of backup.sh.
#
# Reads PGHOST, PGPORT, PGUSER as psql does, and FILESTORE, ANCHOR: the folders to restore
# into. Never writes over a database that is there. The anchor is put where the restored
# database looks for its own, so that verifying names what the backup does not hold.
set -eu
BACKUP="$1"
NEW="$2"
(cd "$BACKUP" && sha256sum --quiet -c SHA256SUMS)
createdb --template=template0 --encoding=UTF8 "$NEW"
pg_restore --exit-on-error --no-owner --dbname="$NEW" "$BACKUP/database.dump"
if [ -f "$BACKUP/filestore.tar.gz" ] && [ -n "${FILESTORE:-}" ]; then
    mkdir -p "$FILESTORE"
    tar -C "$FILESTORE" -xzf "$BACKUP/filestore.tar.gz"
fi
if [ -f "$BACKUP/anchor.tar.gz" ] && [ -n "${ANCHOR:-}" ]; then
    NUMBER=$(psql -XAtd "$NEW" -c "SELECT oid FROM pg_database WHERE datname = current_database()")
    mkdir -p "$ANCHOR/$NEW-$NUMBER"
    tar -C "$ANCHOR/$NEW-$NUMBER" -xzf "$BACKUP/anchor.tar.gz"
fi
psql -XAt -v ON_ERROR_STOP=1 -d "$NEW" <<'SQL'
SELECT 'messages: ' || count(*) FROM integration_message;
SELECT 'deliveries without a message: ' || count(*) FROM integration_delivery d
 WHERE NOT EXISTS (SELECT 1 FROM integration_message m WHERE m.id = d.message_id);
SELECT 'seals: ' || count(*) FROM integration_seal;
SQL
