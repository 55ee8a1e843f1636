# shellcheck shell=bash disable=SC2154,SC2034
# What a services directory is: its id, ports, passwords and the place of its data. Chosen once, then remembered, one
# file per fact in DIR/.services. Sourced by scripts/services.

say() { echo "services: $*" >&2; }
die() { say "$*"; exit 1; }

recall() { cat "$dir/.services/$1" 2>/dev/null || true; }
remember() { # key, value
  (umask 077; printf '%s\n' "$2" > "$dir/.services/$1.new")
  mv "$dir/.services/$1.new" "$dir/.services/$1"
}
random_hex() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }

# One call at a time per directory. The servers must not inherit the lock: see launch.
lock() {
  exec 9> "$dir/.services.lock"
  flock -w 180 9 || die "another call works on $dir"
}

# Servers refuse to run as root: then they run as the users that their packages made.
as_user() { # user, command...
  local user=$1
  shift
  if ((root)); then setpriv --reuid "$user" --regid "$user" --init-groups -- "$@"; else "$@"; fi
}

# In a session of its own, so that Ctrl-C at the terminal does not reach it, and with nothing of ours open.
launch() { # user, folder, log, command...
  local user=$1 folder=$2 log=$3 prefix=()
  shift 3
  if ((root)); then prefix=(setpriv --reuid "$user" --regid "$user" --init-groups --); fi
  (
    cd "$folder"
    exec >> "$log" 2>&1 < /dev/null
    for fd in "/proc/$BASHPID/fd"/*; do
      fd=${fd##*/}
      if ((fd > 2)); then eval "exec $fd>&-"; fi
    done
    exec setsid "${prefix[@]}" "$@"
  ) &
  launched=$!
  disown "$launched"
}

make_private() { # user, directory
  if [[ ! -d $2 ]]; then mkdir -m 700 "$2"; fi
  if ((root)) && [[ $(stat -c %U "$2") != "$1" ]]; then chown "$1:" "$2"; fi
}

# The data lies in DIR, unless the servers' users cannot get there (a directory below /root, say).
choose_data() {
  data=$(recall data)
  if [[ -z $data ]]; then
    data=$dir
    if ((root)) && ! { as_user postgres test -x "$dir" && as_user rabbitmq test -x "$dir"; }; then
      data=$(mktemp -d /var/tmp/musterd-XXXXXXXX)
      chmod 711 "$data"
      say "the users postgres and rabbitmq cannot enter $dir: the data lies in $data"
    fi
    remember data "$data"
  fi
  [[ -d $data ]] || die "the data directory $data is gone; remove $dir to begin anew"
  if ((root)); then
    local user
    for user in postgres rabbitmq; do
      as_user $user test -x "$data" || die "the user $user can no longer enter $data"
    done
  fi
  mkdir -p "$data/log"
  chmod 700 "$data/log"
}

# Only the server's user and root may enter the socket's folder: that stands for a password. Its path is short, because
# a socket's name may have 107 bytes.
choose_socket() {
  socket=$(recall socket)
  if [[ -z $socket || $socket == /tmp/* && $(stat -c %U "$socket" 2>/dev/null) != "$pg_user" ]]; then
    socket=$data/socket
    if ((${#socket} > 80)); then socket=$(mktemp -d /tmp/musterd-pg-XXXXXX); fi
    remember socket "$socket"
  fi
  make_private "$pg_user" "$socket"
}

port_is_free() {
  perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(
    LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Listen => 1, ReuseAddr => 1)' "$1"
}

# Below the range from which the system takes the ports of outgoing connections, so that a restart finds it free. Nor one
# of our own that nobody listens at yet.
choose_port() { # key
  local port ours key
  ours=" $(for key in pg_port amqp_port amqps_port amqp_epmd_port amqp_dist_port; do echo -n "$(recall "$key") "; done)"
  until port=$((20000 + RANDOM % 12000)) && [[ $ours != *" $port "* ]] && port_is_free "$port"; do :; done
  remember "$1" "$port"
}

# At the start of both: what is wanted, else what was, else what is free. $3: not empty if it runs already
keep_port() { # pg or amqp, wanted port, running
  local key=$1_port
  if [[ -n $3 ]]; then
    [[ -z $2 || $2 == $(recall "$key") ]] || die "$1 runs already, on port $(recall "$key")"
  elif [[ -n $2 ]]; then
    port_is_free "$2" || die "port $2 is taken"
    remember "$key" "$2"
  elif ! port_is_free "$(recall "$key")"; then
    say "port $(recall "$key") is taken by something else: choosing another"
    choose_port "$key"
  fi
}

write_env() {
  local query
  query="host=$socket&port=$(recall pg_port)"
  (
    umask 077
    cat > "$dir/services.env.new" << END
MUSTERD_DATABASE_URL='postgresql://musterd_server@/musterd?$query'
MUSTERD_DATABASE_URL_TCP='postgresql://musterd_server:$(recall pg_server_password)@127.0.0.1:$(recall pg_port)/musterd'
MUSTERD_MIGRATION_DATABASE_URL='postgresql://musterd@/musterd?$query'
MUSTERD_DATABASE_ADMIN_URL='postgresql://postgres@/postgres?$query'
MUSTERD_AMQP_URL='amqp://musterd:$(recall amqp_password)@127.0.0.1:$(recall amqp_port)/%2f'
MUSTERD_AMQPS_URL='amqps://musterd:$(recall amqp_password)@localhost:$(recall amqps_port)/%2f'
MUSTERD_SERVICES_DIR='$dir'
END
  )
  mv "$dir/services.env.new" "$dir/services.env"
}

prepare() {
  case $dir in *[!A-Za-z0-9/._+@:,=-]*) die "the path $dir holds a character that would need quoting in URLs" ;; esac
  mkdir -p "$dir/.services"
  chmod 700 "$dir/.services"
  choose_data
  local whose
  for whose in pg pg_server amqp; do
    if [[ -z $(recall ${whose}_password) ]]; then remember ${whose}_password "$(random_hex 16)"; fi
  done
  if [[ -z $(recall id) ]]; then remember id "$(random_hex 5)"; fi
  id=$(recall id)
  choose_socket
  local key
  for key in pg_port amqp_port amqps_port amqp_dist_port amqp_epmd_port; do
    if [[ -z $(recall $key) ]]; then choose_port $key; fi
  done
  make_certificates
  write_env
}

load() { data=$(recall data) id=$(recall id) socket=$(recall socket); }

# wait_gone SECONDS FINDER: true once the finder names no process any more
wait_gone() {
  local end=$((SECONDS + $1 + 1))
  while [[ -n $($2) ]]; do
    ((SECONDS < end)) || return 1
    sleep 0.05
  done
}
end_all() { # signal, finder
  local pids
  mapfile -t pids < <($2)
  if ((${#pids[@]})); then kill "-$1" "${pids[@]}" 2>/dev/null || true; fi
}
