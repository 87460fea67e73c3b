#!/bin/sh
# Runs once, when compose.yaml creates the database: one role owns the tables, the other serves requests. See database.md.
set -eu
psql --set ON_ERROR_STOP=1 --set owner="$TOCK_OWNER_PASSWORD" --set app="$TOCK_APP_PASSWORD" <<'SQL'
create role tock_owner login password :'owner';
create role tock_app login password :'app';
create database tock owner tock_owner;
revoke temporary on database tock from public;
SQL
