# shellcheck shell=bash
# Completion of the program haredis for bash. It wants nothing but bash, and touches no server.

# What --help says: test/man/pages.sh compares, and with --write puts it here.
# lists
_haredis_commands='status metrics exec publish subscribe psubscribe ssubscribe monitor keyspace switchover takeover wait watch'
_haredis_options='--nodes --user --password --db --tls --cacert --cert --key --sni --insecure --set --json --watch --to --for --yes --raw --no-raw --stdin --help --version'
_haredis_settings='nodes prefix username password replication_username replication_password db down_after_ms fence_ms connect_timeout_ms command_timeout_ms drain_timeout_ms quorum auto_failover durability isolation retry retry_attempts retry_backoff_ms retry_backoff_max_ms queue_max queue_max_bytes queue_policy on_divergence pool_max log_level tls tls_ca_file tls_cert_file tls_key_file tls_server_name tls_verify read_from max_lag_bytes read_own_writes'
_haredis_valued='-n --nodes -u --user -p --password --db --cacert --cert --key --sni -s --set -t --to -f --for'
# end of lists

# The nodes that the line names, else those of the environment.
_haredis_nodes() {
  local i list=$HAREDIS_NODES
  for ((i = 1; i < ${#words[@]} - 1; i++)); do
    case ${words[i]} in
      -n | --nodes) list=${words[i + 1]} ;;
      --nodes=*) list=${words[i]#*=} ;;
    esac
  done
  echo "${list//,/ }"
}

# Readline replaces what stands behind the last : or = of a word, if it breaks words there.
_haredis_reply() {
  local i kept=
  # shellcheck disable=SC2207
  COMPREPLY=($(compgen -W "$1" -- "$current"))
  [[ $current == *=* && $COMP_WORDBREAKS == *=* ]] && kept=${current%"${current##*=}"}
  [[ $current == *:* && $COMP_WORDBREAKS == *:* ]] && kept=${current%"${current##*:}"}
  for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=${COMPREPLY[i]#"$kept"}; done
}

# The first word that is neither an option nor an option's value; exec's own line behind it.
_haredis_command() {
  local i
  for ((i = 1; i < ${#words[@]} - 1; i++)); do
    if [[ " $_haredis_valued " == *" ${words[i]} "* ]]; then
      ((i++))
    elif [[ ${words[i]} != -* ]]; then
      command=${words[i]}
      exec_line="${words[*]:i+1}"
      return
    fi
  done
}

_haredis() {
  local words current previous command='' exec_line=''
  read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
  [[ ${COMP_LINE:0:COMP_POINT} == *[[:blank:]] ]] && words+=("")
  current=${words[-1]}
  previous=${words[-2]}
  COMPREPLY=()
  if [[ $current == --*=* && $COMP_WORDBREAKS == *=* ]]; then
    previous=${current%%=*}
    current=${current#*=}
  fi
  _haredis_command
  if [[ $command == exec ]]; then
    _haredis_reply "$(HAREDIS_NODES='' haredis complete -- "$exec_line" 2>/dev/null)"
    return
  fi
  case $previous in
    -t | --to) _haredis_reply "$(_haredis_nodes)" && return ;;
    -n | --nodes) _haredis_reply "$HAREDIS_NODES" && return ;;
    --cacert | --cert | --key)
      compopt -o default
      return ;;
    -s | --set)
      compopt -o nospace 2>/dev/null
      _haredis_reply "${_haredis_settings// /= }=" && return ;;
  esac
  [[ " $_haredis_valued " == *" $previous "* ]] && return
  case $command,$current in
    *,-*) _haredis_reply "$_haredis_options" ;;
    ,*) _haredis_reply "$_haredis_commands" ;;
    takeover,* | monitor,*) _haredis_reply "$(_haredis_nodes)" ;;
  esac
}
complete -F _haredis haredis
