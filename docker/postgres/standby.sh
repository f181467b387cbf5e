#!/bin/sh
# Copy the primary the first time, then follow it. To take over: pg_ctl promote.
set -eu
DATA=/var/lib/postgresql/data
if [ ! -s "$DATA/PG_VERSION" ]; then
    export PGPASSWORD="$REPLICATION_PASSWORD"
    pg_basebackup -h "$PRIMARY" -U replicator -D "$DATA" -X stream -R -C -S standby
    chown -R postgres:postgres "$DATA"
    chmod 0700 "$DATA"
fi
exec gosu postgres postgres -D "$DATA" -c config_file=/etc/postgresql/postgresql.conf
