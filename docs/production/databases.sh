#!/bin/sh
# Runs once, on the first start of the database's container. Passwords are set afterwards, as docs/production.md says.
set -eu
psql -v ON_ERROR_STOP=1 -U postgres <<'SQL'
CREATE ROLE ranham LOGIN;
CREATE DATABASE ranham OWNER ranham;
CREATE ROLE ranham_app LOGIN NOSUPERUSER NOINHERIT NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE ranham_app SET log_parameter_max_length = 0;
CREATE ROLE prefect LOGIN;
-- What a vanished host of Prefect's held is free after a minute; our own connections ask for the same themselves.
ALTER ROLE prefect SET tcp_keepalives_idle = 30;
ALTER ROLE prefect SET tcp_keepalives_interval = 10;
ALTER ROLE prefect SET tcp_user_timeout = '1min';
CREATE DATABASE prefect OWNER prefect;
\connect prefect
CREATE EXTENSION pg_trgm;
SQL
