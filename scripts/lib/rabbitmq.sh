# shellcheck shell=bash disable=SC2154
# The RabbitMQ of a services directory. Sourced by scripts/services.

# All its processes (beam, its helpers, epmd) carry the directory's id in their environment.
amqp_pids() {
  local file
  { grep -lsz -- "^MUSTERD_SERVICES_ID=$id\$" /proc/[0-9]*/environ || true; } | while read -r file; do
    file=${file#/proc/}
    echo "${file%/environ}"
  done
}
amqp_pids_named() { # command name
  local pid
  for pid in $(amqp_pids); do
    if [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "$1" ]]; then echo "$pid"; fi
  done
}
beam_pids() { amqp_pids_named beam.smp; }
epmd_pids() { amqp_pids_named epmd; }
not_epmd_pids() { comm -23 <(amqp_pids | sort) <(epmd_pids | sort); }

# It answers the protocol's greeting: its listener is the last thing it starts.
amqp_ready() {
  local byte
  { exec 8<> "/dev/tcp/127.0.0.1/$(recall amqp_port)"; } 2>/dev/null || return 1
  printf 'AMQP\x00\x00\x09\x01' >&8 2>/dev/null
  IFS= read -r -N 1 -t 5 byte <&8 2>/dev/null || byte=""
  exec 8>&-
  [[ $byte == $'\x01' ]]
}
amqp_running() { [[ -n $id && -n $(beam_pids) ]] && amqp_ready; }

# An own epmd, cookie, home, configuration and no plugins: nothing of the system's RabbitMQ, if there is one, is used.
amqp_env() {
  amqp_environment=(env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$data/amqp" LANG=C.UTF-8
    MUSTERD_SERVICES_ID="$id"
    ERL_EPMD_PORT="$(recall amqp_epmd_port)" ERL_EPMD_ADDRESS=127.0.0.1
    RABBITMQ_NODENAME="musterd-$id@localhost" RABBITMQ_USE_LONGNAME=false
    RABBITMQ_DIST_PORT="$(recall amqp_dist_port)"
    RABBITMQ_MNESIA_BASE="$data/amqp/mnesia" RABBITMQ_LOG_BASE="$data/amqp/log"
    RABBITMQ_GENERATED_CONFIG_DIR="$data/amqp/generated" RABBITMQ_SCHEMA_DIR="$data/amqp/schema"
    RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_CONFIG_FILE="$data/amqp/rabbitmq.conf"
    RABBITMQ_ADVANCED_CONFIG_FILE="$data/amqp/advanced.config"
    RABBITMQ_ENABLED_PLUGINS_FILE="$data/amqp/enabled_plugins"
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
    RABBITMQ_ALLOW_INPUT=1 RABBITMQ_SERVER_START_ARGS="-noinput +B i")
}

amqp_write() { # file, mode, from stdin
  (umask 077; cat > "$data/amqp/$1.new")
  chmod "$2" "$data/amqp/$1.new"
  if ((root)); then chown rabbitmq: "$data/amqp/$1.new"; fi
  mv "$data/amqp/$1.new" "$data/amqp/$1"
}

amqp_configure() {
  make_private "$amqp_user" "$data/amqp"
  make_private "$amqp_user" "$data/amqp/log"
  if [[ ! -s $data/amqp/.erlang.cookie ]]; then random_hex 20 | amqp_write .erlang.cookie 400; fi
  echo '[].' | amqp_write enabled_plugins 600
  echo '[].' | amqp_write advanced.config 600
  amqp_write ca.pem 600 < "$dir/tls/ca.pem"
  amqp_write server.pem 600 < "$dir/tls/server.pem"
  amqp_write server.key 600 < "$dir/tls/server.key"
  # The first start makes this user, with all permissions, in the place of guest.
  amqp_write rabbitmq.conf 600 << END
listeners.tcp.default = 127.0.0.1:$(recall amqp_port)
listeners.ssl.default = 127.0.0.1:$(recall amqps_port)
ssl_options.cacertfile = $data/amqp/ca.pem
ssl_options.certfile = $data/amqp/server.pem
ssl_options.keyfile = $data/amqp/server.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = false
default_user = musterd
default_pass = $(recall amqp_password)
default_vhost = /
default_permissions.configure = .*
default_permissions.read = .*
default_permissions.write = .*
loopback_users = none
log.file = rabbitmq.log
log.file.level = info
log.console = false
vm_memory_high_watermark.relative = 0.4
disk_free_limit.absolute = 64MB
raft.wal_max_size_bytes = 134217728
END
}

amqp_launch_epmd() {
  local port
  port=$(recall amqp_epmd_port)
  if [[ -z $(epmd_pids) ]]; then
    port_is_free "$port" || { choose_port amqp_epmd_port; amqp_env; port=$(recall amqp_epmd_port); }
    launch "$amqp_user" "$data/amqp" "$data/log/epmd.log" "${amqp_environment[@]}" epmd -port "$port" -address 127.0.0.1
  fi
}

start_amqp() {
  if amqp_running; then return 0; fi
  if ! [[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]]; then die "RabbitMQ is missing: run scripts/install_packages"; fi
  # What is left of a broker that was killed, or that does not answer, goes first.
  if ! wait_gone 5 not_epmd_pids; then
    end_all KILL not_epmd_pids
    wait_gone 5 not_epmd_pids || die "an old RabbitMQ does not end"
  fi
  port_is_free "$(recall amqp_port)" || die "port $(recall amqp_port), which RabbitMQ is to use, is taken"
  port_is_free "$(recall amqp_dist_port)" || choose_port amqp_dist_port
  port_is_free "$(recall amqps_port)" || { choose_port amqps_port; write_env; }
  amqp_configure
  amqp_env
  amqp_launch_epmd
  local log=$data/log/rabbitmq_start.log end=$((SECONDS + 120))
  launch "$amqp_user" "$data/amqp" "$log" "${amqp_environment[@]}" /usr/lib/rabbitmq/bin/rabbitmq-server
  until amqp_ready; do
    if ! kill -0 "$launched" 2>/dev/null || ((SECONDS > end)); then
      tail -n 20 "$log" "$data/amqp/log/rabbitmq.log" >&2 || true
      die "RabbitMQ did not start; its logs are $log and $data/amqp/log"
    fi
    sleep 0.05
  done
}

stop_amqp() {
  end_all TERM beam_pids
  if ! wait_gone 30 not_epmd_pids; then
    end_all KILL not_epmd_pids
    wait_gone 5 not_epmd_pids || die "RabbitMQ does not end"
  fi
  end_all KILL amqp_pids
  wait_gone 5 amqp_pids || die "RabbitMQ's epmd does not end"
}

kill_amqp() { # the epmd stays, as it would after a crash of the broker
  end_all KILL beam_pids
  if ! wait_gone 5 not_epmd_pids; then
    end_all KILL not_epmd_pids
    wait_gone 5 not_epmd_pids || die "RabbitMQ does not end"
  fi
}

# Erlang reads whatever is there to be read: lines that were pasted behind the command, say.
rabbitmqctl_run() {
  amqp_env
  cd /
  as_user "$amqp_user" "${amqp_environment[@]}" /usr/lib/rabbitmq/bin/rabbitmqctl -n "musterd-$id@localhost" "$@" < /dev/null
}
