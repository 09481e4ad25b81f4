#!/bin/bash
# A database and a role of its own for every service, and one for the keys of personal data: nobody reads another's.
# PostgreSQL's image runs this once, with the first start. It may run again at any time: what is there stays, passwords
# become those of the environment, and what a newer release needs is added.
set -euo pipefail

for name in survey registry search engagement notices matching keys; do
  password=${name^^}_PASSWORD
  : "${!password:?}"
  # Identifiers come from the list above; the password goes in as a literal, by psql itself.
  psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres \
    --set=name="$name" --set=password="${!password}" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
