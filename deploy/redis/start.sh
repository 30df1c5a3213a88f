#!/bin/sh
# Starts Redis with the configuration beside this file and three users: Usher's, with
# the rights of docs/operating.md; one that may only ping, for the health check; and
# the default user, switched off. The password comes from the environment and goes into
# a file in memory. Arguments are further options of redis-server.
set -eu
umask 077
run=${RUN_DIRECTORY:-/run/redis}
cat >"$run/users.acl" <<EOF
user default off
user health on nopass -@all +ping
user usher on >$REDIS_PASSWORD ~* &* -@all +bitcount +bitop +config|get +del +eval +evalsha +exists +get +getbit +getrange +hdel +hello +hexists +hget +hgetall +hincrby +hkeys +hlen +hmget +hscan +hset +hsetnx +hvals +incr +info +mget +ping +pexpire +pttl +publish +sadd +scan +scard +select +set +setbit +setnx +setrange +sismember +srandmember +srem +subscribe +time +ttl +unlink +unsubscribe +zadd +zcard +zcount +zpopmin +zrange +zrangebyscore +zrank +zrem +zremrangebyrank +zremrangebyscore +zscan +zscore +multi +exec +cluster|slots +cluster|shards +cluster|info +readonly +command
EOF
unset REDIS_PASSWORD
exec redis-server "$(dirname "$0")/redis.conf" --aclfile "$run/users.acl" "$@"
