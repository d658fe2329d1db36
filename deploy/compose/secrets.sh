#!/bin/sh
# Makes the secrets that the replicas share. What is there already stays as it is: another master key could not open the
# keys in the database.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets

random() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }

# The service runs as a user of its own and has to read what is mounted; the directory keeps everybody else out.
made() { [ -s "secrets/$1" ] || { printf '%s' "$2" > "secrets/$1"; chmod 0444 "secrets/$1"; }; }

made master_key "$(random)"
made administrator_secret "$(random)"
made database_password "$(random)"
made database_url "postgresql://delegation:$(cat secrets/database_password)@database/delegation"
