-- Runs once, when the database is made: the role that Grafana reads with. Which tables it may read is for the
-- migrations to say. The password comes from the environment, so that it stands on no command line and in no file.
\getenv password GRAFANA_READER_PASSWORD
CREATE ROLE grafana_reader LOGIN PASSWORD :'password' CONNECTION LIMIT 20;
ALTER ROLE grafana_reader SET statement_timeout = '15s';
ALTER ROLE grafana_reader SET default_transaction_read_only = on;
