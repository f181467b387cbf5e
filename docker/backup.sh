#!/bin/sh
# backup.sh FOLDER — the database, the filestore and the anchor of one moment.
#
# Reads PGHOST, PGPORT, PGUSER as psql does, and DATABASE, FILESTORE, ANCHOR. The keys
# (integration_encryption_key, integration_seal_key) are not in it, on purpose.
set -eu
TARGET="$1/$(date -u +%Y%m%dT%H%M%SZ)"
mkdir -p "$TARGET"
# The anchor comes last: it may know of more than the database, never of less.
pg_dump --format=custom --file="$TARGET/database.dump" "$DATABASE"
if [ -d "${FILESTORE:-/nonexistent}" ]; then
    tar -C "$FILESTORE" -czf "$TARGET/filestore.tar.gz" .
fi
if [ -d "${ANCHOR:-/nonexistent}" ]; then
    tar -C "$ANCHOR" -czf "$TARGET/anchor.tar.gz" .
fi
(cd "$TARGET" && sha256sum -- * > SHA256SUMS)
echo "$TARGET"
