#!/bin/bash
# A database and a role of its own for every service, and one for the keys of personal data: nobody reads another's.
# PostgreSQL's image runs this once, with the first start. It may run again at any time: what is there stays, passwords
# become those of the environment, and what a newer release needs is added.
set -euo pipefail

# ask SQL-on-stdin, with psql's --set for what goes in: a password as a literal, by psql itself.
ask() { psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres "$@"; }

# The image itself looks at it with the first start only.
ask --set=password="${POSTGRES_PASSWORD:?}" <<<"ALTER ROLE CURRENT_USER PASSWORD :'password';"

for name in survey registry search engagement notices matching keys; do
  password=${name^^}_PASSWORD
  : "${!password:?}"
  ask --set=name="$name" --set=password="${!password}" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
