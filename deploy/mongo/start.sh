#!/bin/sh
# Starts a member of the replica set "usher". The key that members prove to each other
# comes from the environment and goes into a file in memory. The image's own start
# script makes the administrator where MONGO_INITDB_ROOT_USERNAME is set and there is
# no data: on one member only, because the others must begin empty.
set -eu
umask 077
printf '%s' "$MONGO_REPLICA_KEY" >/run/mongo/key
unset MONGO_REPLICA_KEY
exec docker-entrypoint.sh mongod --replSet usher --keyFile /run/mongo/key --bind_ip_all --wiredTigerCacheSizeGB 0.5
