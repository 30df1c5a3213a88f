#!/bin/sh
# Makes what compose.yaml needs and no repository may hold: the keys and passwords in
# secrets/, and each NAME.env from its NAME.env.example with the passwords filled in.
# A file that exists is left as it is, so the script may run again.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets

# Nodes read the keys, which only one user may read: you, or where root prepares, a user
# without rights.
user=$(id -u) group=$(id -g)
if [ "$user" = 0 ]; then
  user=65532 group=65532
fi

for key in signing-key ticket-key; do
  if [ ! -e "secrets/$key.pem" ]; then
    openssl genpkey -algorithm ed25519 -out "secrets/$key.pem"
    if [ "$(id -u)" = 0 ]; then
      chown "$user:$group" "secrets/$key.pem"
    fi
    echo "made secrets/$key.pem"
  fi
done

# secret NAME prints the password of that name, and makes it the first time. The
# letters mean the same in a URL, in a shell and in a configuration file.
secret() {
  if [ ! -e "secrets/$1" ]; then
    openssl rand -hex 24 >"secrets/$1"
  fi
  cat "secrets/$1"
}

for example in *.env.example; do
  file=${example%.example}
  if [ "$file" = compose.env ]; then
    file=.env # the one that docker compose reads by itself
  fi
  if [ -e "$file" ]; then
    echo "kept $file"
    continue
  fi
  sed -e "s/{{redis-password}}/$(secret redis-password)/g" \
    -e "s/{{mongo-root-password}}/$(secret mongo-root-password)/g" \
    -e "s/{{mongo-password}}/$(secret mongo-password)/g" \
    -e "s/{{mongo-replica-key}}/$(secret mongo-replica-key)/g" \
    -e "s/{{grafana-password}}/$(secret grafana-password)/g" \
    -e "s/{{user}}/$user/g" -e "s/{{group}}/$group/g" \
    "$example" >"$file.new"
  mv "$file.new" "$file"
  echo "made $file"
done
