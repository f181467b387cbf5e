#!/bin/sh
# Copy the primary the first time, then follow it. To take over: pg_ctl promote.
set -eu
DATA=/var/lib/postgresql/data
if [ ! -s "$DATA/PG_VERSION" ]; then
    export PGPASSWORD="$REPLICATION_PASSWORD"
    # What an interrupted copy left; PG_VERSION comes last, so none was ever in use here.
    find "$DATA" -mindepth 1 -delete
    # Made apart from the copy: one that fails or is killed finds its slot again.
    psql "host=$PRIMARY user=replicator replication=true" \
        -c "CREATE_REPLICATION_SLOT standby PHYSICAL" 2>/dev/null || true
    pg_basebackup -h "$PRIMARY" -U replicator -D "$DATA/incoming" -X stream -R -S standby
    find "$DATA/incoming" -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv -t "$DATA" {} +
    mv "$DATA/incoming/PG_VERSION" "$DATA/"
    rmdir "$DATA/incoming"
    chown -R postgres:postgres "$DATA"
    chmod 0700 "$DATA"
fi
exec gosu postgres postgres -D "$DATA" -c config_file=/etc/postgresql/postgresql.conf
