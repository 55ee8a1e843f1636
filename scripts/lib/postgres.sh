# shellcheck shell=bash disable=SC2154
# The PostgreSQL of a services directory. Sourced by scripts/services.

# All its processes work in its data directory; initdb in what is to become it.
pg_pids() {
  find /proc/[0-9]*/cwd -maxdepth 0 \( -lname "$data/pg" -o -lname "$data/pg.new" \) 2>/dev/null | cut -d / -f 3
}

pg_bin() { # of the version that made the data, else the newest
  local version
  if [[ -s $data/pg/PG_VERSION ]]; then
    version=$(< "$data/pg/PG_VERSION")
  else
    version=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort -n | tail -n 1)
  fi
  [[ -x /usr/lib/postgresql/$version/bin/postgres ]] || die "PostgreSQL ${version:-} is missing: run scripts/install_packages"
  echo "/usr/lib/postgresql/$version/bin"
}

pg_ready() {
  [[ -S $socket/.s.PGSQL.$(recall pg_port) ]] &&
    "$(pg_bin)/pg_isready" -q -t 2 -h "$socket" -p "$(recall pg_port)" -U postgres -d postgres
}
pg_running() { [[ -n $id && -s $data/pg/postmaster.pid ]] && pg_ready; }
pg_query() { "$(pg_bin)/psql" -XqAt -v ON_ERROR_STOP=1 -h "$socket" -p "$(recall pg_port)" -U postgres -d postgres -c "$1"; }

pg_write() { # file in the data directory, from stdin
  cat > "$data/pg/$1.new"
  chmod 600 "$data/pg/$1.new"
  if ((root)); then chown postgres: "$data/pg/$1.new"; fi
  mv "$data/pg/$1.new" "$data/pg/$1"
}

pg_configure() {
  # Trust on the socket, whose folder only its owner and root can enter. Over TCP the generated password is asked for.
  pg_write pg_hba.conf << 'END'
local all all trust
host all all 127.0.0.1/32 scram-sha-256
END
  # Not in use unless a test says `ssl = on`: whoever comes by TCP would then prefer it.
  pg_write server.crt < "$dir/tls/server.pem"
  pg_write server.key < "$dir/tls/server.key"
  local fsync preload=""
  fsync=$(recall fsync)
  if [[ $(recall statements) ]]; then preload=pg_stat_statements; fi
  pg_write postgresql.conf << END
listen_addresses = '127.0.0.1'
port = $(recall pg_port)
unix_socket_directories = '$socket'
unix_socket_permissions = 0700
max_connections = 200
password_encryption = scram-sha-256

# What is acknowledged is on disk; without fsync it outlives every process, but not the machine.
fsync = ${fsync:-on}
synchronous_commit = on
full_page_writes = on
wal_compression = on
max_wal_size = 2GB
checkpoint_timeout = 15min

shared_buffers = 256MB
work_mem = 16MB
jit = off
random_page_cost = 1.1

# The outbox lives by insert, update and delete: sweep it early and without pauses.
autovacuum = on
autovacuum_naptime = 15s
autovacuum_vacuum_scale_factor = 0.05
autovacuum_vacuum_insert_scale_factor = 0.1
autovacuum_analyze_scale_factor = 0.05
autovacuum_vacuum_cost_delay = 0

timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C.UTF-8'
default_text_search_config = 'pg_catalog.simple'
log_line_prefix = '%m [%p] %a '
log_min_messages = warning
log_lock_waits = on
log_checkpoints = off

shared_preload_libraries = '$preload'
pg_stat_statements.max = 50000
pg_stat_statements.track_utility = off
END
}

# Made under another name first: a start that was cut short leaves nothing that looks finished.
pg_create() {
  local bin log=$data/log/initdb.log
  bin=$(pg_bin)
  rm -rf "${data:?}/pg" "${data:?}/pg.new"
  make_private "$pg_user" "$data/pg.new"
  (cd "$data/pg.new" && as_user "$pg_user" env LC_ALL=C.UTF-8 TZ=UTC "$bin/initdb" -D "$data/pg.new" -U postgres \
    --encoding=UTF8 --locale=C.UTF-8 --auth=trust --no-instructions) > "$log" 2>&1 9>&- ||
    { tail -n 20 "$log" >&2; die "initdb failed"; }
  mv "$data/pg.new" "$data/pg"
}

pg_make_role() { # name, password, options
  if [[ -z $(pg_query "SELECT 1 FROM pg_roles WHERE rolname = '$1'") ]]; then pg_query "CREATE ROLE $1 LOGIN PASSWORD '$2' ${*:3}"; fi
}

# Roles and database are there or are made: safe to repeat after a start that was cut short. The owner may make databases
# and end the server's sessions, as tests do.
pg_create_database() {
  pg_make_role musterd "$(recall pg_password)" CREATEDB IN ROLE pg_monitor, pg_signal_backend
  pg_make_role musterd_server "$(recall pg_server_password)"
  if [[ -z $(pg_query "SELECT 1 FROM pg_database WHERE datname = 'musterd'") ]]; then
    pg_query "CREATE DATABASE musterd OWNER musterd"
  fi
  remember pg_made two_roles
}

start_pg() {
  if pg_running; then return 0; fi
  # Children of a server that was killed linger for a moment and hold its shared memory.
  if ! wait_gone 10 pg_pids; then
    end_all KILL pg_pids
    wait_gone 5 pg_pids || die "an old PostgreSQL does not end"
  fi
  if [[ ! -s $data/pg/PG_VERSION ]]; then pg_create; fi
  port_is_free "$(recall pg_port)" || die "port $(recall pg_port), which PostgreSQL is to use, is taken"
  # Nobody works here any more, so these are a dead server's; its number may still be taken, by its unreaped remains.
  rm -f "$data/pg/postmaster.pid" "$socket"/.s.PGSQL.*
  pg_configure
  local log=$data/log/postgres.log end=$((SECONDS + 120))
  launch "$pg_user" "$data/pg" "$log" env -i PATH="$PATH" LC_ALL=C.UTF-8 TZ=UTC "$(pg_bin)/postgres" -D "$data/pg"
  until pg_ready; do
    if ! kill -0 "$launched" 2>/dev/null || ((SECONDS > end)); then
      tail -n 20 "$log" >&2
      die "PostgreSQL did not start; its log is $log"
    fi
    sleep 0.05
  done
  if [[ $(recall pg_made) != two_roles ]]; then pg_create_database; fi
}

pg_signal() { # to the server itself, its children follow; without one (initdb, orphans) to whoever is there
  local pid
  pid=$(head -n 1 "$data/pg/postmaster.pid" 2>/dev/null || true)
  if [[ -n $pid && $(readlink "/proc/$pid/cwd" 2>/dev/null) == "$data/pg" ]]; then
    kill "-$1" "$pid" 2>/dev/null || true
  else
    end_all TERM pg_pids
  fi
}

# Fast first (INT), then at once (QUIT), then by force.
stop_pg() {
  pg_signal INT
  if wait_gone 20 pg_pids; then return 0; fi
  pg_signal QUIT
  if wait_gone 5 pg_pids; then return 0; fi
  end_all KILL pg_pids
  wait_gone 5 pg_pids || die "PostgreSQL does not end"
}

# What `pg_ctl stop -m immediate` does: no checkpoint, the next start recovers from the log.
kill_pg() {
  pg_signal QUIT
  if wait_gone 10 pg_pids; then return 0; fi
  end_all KILL pg_pids
  wait_gone 5 pg_pids || die "PostgreSQL does not end"
}
