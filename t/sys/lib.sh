# lib.sh - What the system tests share.  Source it first.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A test makes two network namespaces of its own, a client's and a server's,
# and takes them down in the end with every process that it started.  All
# its files are in $W.  The programs under test are those in $POSTERN_BIN
# (default: the build folder).

set -eu
export LC_ALL=C TZ=UTC
umask 022

srcdir=${srcdir:-$(cd "$(dirname "$0")" && pwd)/../..}
srcdir=$(cd "$srcdir" && pwd)
POSTERN_BIN=${POSTERN_BIN:-$PWD}
PATH=$POSTERN_BIN:/usr/sbin:/usr/bin:/sbin:/bin
[ -x "$POSTERN_BIN/posternd" ] && [ -x "$POSTERN_BIN/capture" ] \
  && export POSTERN_LIBEXEC="$POSTERN_BIN"
export PATH
# Nothing of the person who runs it: a login by ssh, a desktop.
unset SSH_CONNECTION SSH_CLIENT SSH_TTY SSH_AUTH_SOCK GNUPGHOME GPG_TTY \
  GPG_AGENT_INFO XDG_CONFIG_HOME XDG_RUNTIME_DIR DISPLAY WAYLAND_DISPLAY \
  DBUS_SESSION_BUS_ADDRESS LANGUAGE NOTIFY_SOCKET LISTEN_FDS LISTEN_PID || :

TEST=$(basename "$0" .sh)
W=
PIDS=
CLIENT=pc$$
SERVER=ps$$
S4=203.0.113.1 C4=203.0.113.2 C4B=203.0.113.3
S6=2001:db8::1 C6=2001:db8::2

say () { printf '%s: %s\n' "$TEST" "$*"; }
skip () { say "skipped: $*"; exit 77; }
fail () {
  say "FAILED: $*"
  [ -z "$W" ] || tail -n 25 "$W"/*.log 2>/dev/null || :
  exit 1
}

need () {
  [ -z "${CHECK_QUICK:-}" ] || skip "CHECK_QUICK is set"
  [ "$(id -u)" = 0 ] || skip "needs root, for network namespaces"
  local tool
  for tool in ip nft gpg nc sqlite3 python3 "$@"; do
    command -v "$tool" >/dev/null || skip "$tool is not installed"
  done
  ip netns list >/dev/null 2>&1 || skip "no network namespaces here"
}

# Remember a process, to be ended with the test.
own () { PIDS="$PIDS $1"; }

end_pid () {
  kill "$1" 2>/dev/null || return 0
  until_ok is_gone "$1" || kill -9 "$1" 2>/dev/null || :
}

is_gone () { ! kill -0 "$1" 2>/dev/null; }

# A test's own clearing up, behind the end of its processes.
at_end () { :; }

cleanup () {
  local status=$? pid home
  trap - EXIT INT TERM
  set +e
  for pid in $PIDS; do end_pid "$pid"; done
  for home in "$W"/*/gnupg "$W"/etc*/state/root; do
    [ -d "$home" ] && GNUPGHOME=$home gpgconf --kill all 2>/dev/null
  done
  at_end
  ip netns del "$CLIENT" 2>/dev/null
  ip netns del "$SERVER" 2>/dev/null
  if [ -n "${KEEP:-}" ]; then
    say "left in $W"
  else
    case $W in
      /tmp/pt.*)
        cut -d' ' -f2 /proc/mounts | grep -F "$W" | tac | xargs -rn1 umount -l
        rm -rf "$W" ;;
    esac
  fi
  exit $status
}

# What runs in the background is started with "ip netns exec" itself, so
# that $! is its pid and not a subshell's.
in_client () { ip netns exec "$CLIENT" "$@"; }
in_server () { ip netns exec "$SERVER" "$@"; }

# Try a command until it succeeds.  What never happens fails a test after
# PATIENCE seconds, which are many, as the machine may be busy.
PATIENCE=${PATIENCE:-180}
until_ok () {
  local end=$((SECONDS + PATIENCE)) pauses="0.02 0.03 0.05 0.05 0.1 0.1"
  while [ "$SECONDS" -lt "$end" ]; do
    "$@" >/dev/null 2>&1 && return 0
    # To look costs more than to wait: less often, the longer it takes.
    sleep "${pauses%% *}"
    [ "${pauses#* }" = "$pauses" ] && pauses=0.2 || pauses=${pauses#* }
  done
  return 1
}

setup () {
  W=$(mktemp -d /tmp/pt.XXXXXX)
  chmod 755 "$W"
  trap cleanup EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  # posternd's runtime folder must lie on one; with ON_DISK the caller sees
  # to that.
  [ -n "${ON_DISK:-}" ] || mount -t tmpfs -o mode=755 "$TEST" "$W" \
    || skip "no tmpfs can be mounted"
  ip netns add "$CLIENT"
  ip netns add "$SERVER"
  ip link add cl netns "$CLIENT" type veth peer name sv netns "$SERVER"
  ip -n "$CLIENT" addr add $C4/24 dev cl
  ip -n "$CLIENT" addr add $C4B/24 dev cl
  ip -n "$CLIENT" addr add $C6/64 dev cl nodad
  ip -n "$SERVER" addr add $S4/24 dev sv
  ip -n "$SERVER" addr add $S6/64 dev sv nodad
  local ns
  for ns in "$CLIENT" "$SERVER"; do ip -n "$ns" link set lo up; done
  ip -n "$CLIENT" link set cl up
  ip -n "$SERVER" link set sv up
}

# person NAME [ALGO]: a home with a fresh key, made at KEY_TIME if that is set,
# and nothing else.
person () {
  local name=$1 algo=${2:-future-default}
  mkdir -p -m 700 "$W/$name/gnupg" "$W/$name/config"
  # gpg itself waits five seconds for an agent, which a busy machine outlasts.
  GNUPGHOME=$W/$name/gnupg until_ok gpgconf --launch gpg-agent \
    || fail "no gpg-agent for $name"
  GNUPGHOME=$W/$name/gnupg gpg --batch --quiet --passphrase '' \
    ${KEY_TIME:+--faked-system-time "$KEY_TIME"} \
    --quick-generate-key "$name <$name@example.org>" "$algo" default never \
    2>>"$W/gpg.log"
  GNUPGHOME=$W/$name/gnupg gpg --batch --export "$name" > "$W/$name.pgp"
}

# as NAME COMMAND...: run it as that person, in the client's namespace.
as () {
  local name=$1
  shift
  in_client env GNUPGHOME="$W/$name/gnupg" HOME="$W/$name" \
    XDG_CONFIG_HOME="$W/$name/config" "$@"
}

fpr_of () {
  GNUPGHOME=$W/$1/gnupg gpg --batch --with-colons --list-keys "$1" \
    | awk -F: '$1 == "fpr" { print $10; exit }'
}

# server [INIT-OPTIONS]: the first configuration, in $ETC.  A person asks as
# often as a test wants; sys-406-rate is about that.
ETC=
server () {
  ETC=$W/etc
  in_server postern-keys init web1 --address $S4 --interface sv \
    --config "$ETC" "$@" > "$W/init.out" 2>>"$W/init.log" \
    || fail "postern-keys init"
  SFPR=$(sed -n "s/^server  *= '\(.*\)'.*/\1/p" "$ETC/server.conf")
  echo "rate = 'none'" >> "$ETC/posternd.conf"
}

# patient NAME: on a busy machine replies may take longer than a person waits.
patient () {
  local hosts=$W/$1/config/postern/hosts.conf
  grep -q '^default ' "$hosts" 2>/dev/null \
    || printf "default {\n  timeout = '60s'\n}\n" >> "$hosts"
}

# enroll NAME [OPTIONS]: on the server; then the person joins.
enroll () {
  local name=$1
  shift
  in_server postern-keys enroll "$name" --config "$ETC" \
    --key "$W/$name.pgp" --fpr "$(fpr_of "$name")" --group ops "$@" \
    > "$W/$name.invite" 2>>"$W/enroll.log" || fail "enroll $name"
  as "$name" postern join "$W/$name.invite" --fpr "$SFPR" \
    >>"$W/join.log" 2>&1 || fail "$name cannot join"
  patient "$name"
}

ctl () {
  local verb=$1
  shift
  in_server posternctl --config "$ETC" "$verb" "$@"
}

# start [OPTIONS]: posternd, ready.
start () {
  local before
  : >> "$W/posternd.log"        # Or grep, finding no file, counts nothing.
  before=$(grep -c 'posternd: ready' "$W/posternd.log" || :)
  ip netns exec "$SERVER" posternd --config "$ETC" "$@" \
    >>"$W/posternd.log" 2>&1 &
  POSTERND=$!
  own $POSTERND
  until_ok more_ready "$before" || fail "posternd does not start"
}
more_ready () { [ "$(grep -c 'posternd: ready' "$W/posternd.log")" -gt "$1" ]; }

# A new configuration, in force in each role: posternctl returns when decide
# has it, and capture follows.
reload_all () {
  local before
  before=$(grep -c 'posternd: reloaded' "$W/posternd.log" || :)
  ctl reload > "$W/reload.out" 2>&1 || fail "reload: $(cat "$W/reload.out")"
  until_ok more_reloads "$before" || fail "the reload does not end"
}
more_reloads () { [ "$(grep -c 'posternd: reloaded' "$W/posternd.log")" -gt "$1" ]; }

stop () {
  end_pid "$POSTERND"
  wait "$POSTERND" 2>/dev/null || :
}

# answers_again: it takes requests again.  What is asked opens nothing that
# could still come when the client has given up.
answers_again () { until_ok as alice postern whoami web1 --timeout 3s; }

# listen PORT [-u]: something that answers on the server, both families.
listen () {
  ip netns exec "$SERVER" python3 "$srcdir/t/sys/echo.py" "$@" \
    >>"$W/echo.log" 2>&1 &
  own $!
  until_ok in_server nc -z -w 1 127.0.0.1 "$1" || fail "no listener"
}

# What an sshd on these ADDRESS:PORT takes, in $W: its own key in host, its
# sshd_config, and in authorized the keys of root, which the test writes.
sshd_files () {
  ssh-keygen -q -t ed25519 -N '' -f "$W/host"
  printf 'ListenAddress %s\n' "$@" > "$W/sshd_config"
  cat >> "$W/sshd_config" <<EOF
HostKey $W/host
AuthorizedKeysFile $W/authorized
StrictModes no
UsePAM no
PidFile none
PermitRootLogin prohibit-password
EOF
}

# answering LINE WRAPPER... -- COMMAND...: run it, by WRAPPER, on a terminal of
# its own, and type LINE where it asks for yes or no, which it must.  What was
# shown goes to stdout.
answering () {
  local wrapper=() rc=0
  echo "$1" > "$W/answer"
  shift
  while [ "$1" != -- ]; do wrapper+=("$1"); shift; done
  shift
  "${wrapper[@]}" python3 "$srcdir/t/sys/on-terminal.py" '[y/N] ' "$W/answer" "$@" \
    > "$W/screen" || rc=$?
  cat "$W/screen"
  grep -qF '[y/N] ' "$W/screen" || fail "nothing was asked: $*"
  return $rc
}

# on_screen WRAPPER... -- COMMAND...: run it, by WRAPPER, on a terminal of 80
# columns.  What was shown stands in $W/screen, and no line is longer.
on_screen () {
  local wrapper=() rc=0 wide
  while [ "$1" != -- ]; do wrapper+=("$1"); shift; done
  shift
  "${wrapper[@]}" env TERM=dumb python3 "$srcdir/t/sys/on-terminal.py" \
    'nothing that is shown' /dev/null "$@" > "$W/shown" || rc=$?
  tr -d '\r' < "$W/shown" > "$W/screen"
  wide=$(awk 'length > 80' "$W/screen")
  [ -z "$wide" ] || fail "$*: more than 80 columns: $wide"
  return $rc
}

# A fresh connection from the client to ADDRESS PORT [SOURCE [SOURCE-PORT]].
# Status 0 where it is open, 1 where nothing comes back, 2 where something
# else does.
probe () { in_client "$POSTERN_BIN/t/sys/tool-probe" "$@"; }
connects () {
  local rc=0
  probe "$@" >/dev/null || rc=$?
  [ $rc -lt 3 ] || fail "cannot tell whether $* is open"
  return $rc
}
is_silent () { local rc=0; probe "$@" >/dev/null || rc=$?; [ $rc = 1 ]; }

is_open () {
  connects "$@" || fail "$* is shut"
}

# Shut means silent: neither a connection nor a refusal.
is_shut () {
  local out rc=0
  out=$(probe "$@" 2>&1) || rc=$?
  case $rc in
    0) fail "$* is open" ;;
    1) ;;
    *) fail "$* answers: $out" ;;
  esac
}

# The newest audit row's member.
audit () { ctl audit --json --last 1 | python3 -c '
import json, sys
row = [json.loads(l) for l in sys.stdin if l.strip()][-1]
print(row.get(sys.argv[1], ""))' "$1"; }

# audited PATTERN: some audit row, newest 5, says so.
audited () {
  until_ok has_row "$1" && return 0
  ctl audit --last 10 || :
  fail "no audit row says '$1'"
}
has_row () { ctl audit --json --last 5 2>/dev/null | grep -E "$1" >/dev/null; }

# How many requests were refused for a reason that matches PATTERN, behind
# capture: rows that were merged are counted with all that is in them.
refusals () {
  ctl audit --json --last 500 --result refused | python3 -c '
import json, re, sys
print(sum(row["count"] for row in map(json.loads, sys.stdin)
          if row["stage"] != "capture" and re.search(sys.argv[1],
          "%s: %s: %s" % (row["stage"], row["reason"], row.get("detail")))))
' "$1"
}
more_refusals () { [ "$(refusals "$1")" -gt "$2" ]; }

# refused_for PATTERN COMMAND...: what the command sends is refused once,
# for that reason and for no other.  PATTERN is one for "STAGE: REASON:
# DETAIL".
refused_for () {
  local pattern=$1 these all
  shift
  these=$(refusals "$pattern") all=$(refusals .)
  "$@" || fail "cannot send: $*"
  until_ok more_refusals "$pattern" "$these" \
    || fail "not refused for '$pattern': $(ctl audit --last 3)"
  [ "$(refusals .)" = $((all + 1)) ] \
    || fail "refused for more than '$pattern': $(ctl audit --last 3)"
}

# What capture counted, by the text of a refusal; it says so once a second.
counted () { ctl status --json | python3 -c '
import json, sys
print(sum(c["count"] for c in json.load(sys.stdin)["counts"]
          if c["reason"] == sys.argv[1]))' "$1"; }
more_counted () { [ "$(counted "$1")" -gt "$2" ]; }
counts_one () {
  local text=$1 before
  shift
  before=$(counted "$text")
  "$@" || fail "cannot send: $*"
  until_ok more_counted "$text" "$before" || fail "not counted: $text"
  [ "$(counted "$text")" = $((before + 1)) ] || fail "counted twice: $text"
}
SEEN='identical copy of a datagram seen a moment ago'

claims () { ctl status --json | python3 -c '
import json, sys
print(json.load(sys.stdin)["claims"])'; }

# What is open, an object a line.
grant_lines () { ctl grants --json | python3 -c '
import json, sys
for grant in json.load(sys.stdin):
    print(json.dumps(grant, separators=(",", ":")))'; }
no_grants () { [ -z "$(grant_lines)" ] || fail "$1: a grant is left"; }

# send FILE [ADDRESS [PORT]]: a datagram as it is.
send () {
  in_client python3 - "$1" "${2:-$S4}" "${3:-62201}" <<'PY'
import socket, sys
data = open(sys.argv[1], "rb").read()
family = socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET
socket.socket(family, socket.SOCK_DGRAM).sendto(data, (sys.argv[2], int(sys.argv[3])))
PY
}

# text_of_request [SED-SCRIPT]: a fresh request's text by hand, for open.
text_of_request () {
  printf 'postern-request: 1\nkey: %s\ntime: %s\nto: web1=%s\naction: open\nsource: observed\nports: tcp/22\nfor: 20\n' \
    "$(head -c 32 /dev/urandom | base64 -w 0)" "$(date +%s)" "$SFPR" \
    | sed "${1:-}"
}

# gpg_as NAME ARGUMENTS...: that person's gpg, as a script would use it.
gpg_as () {
  local name=$1
  shift
  GNUPGHOME=$W/$name/gnupg gpg --batch --quiet --yes --pinentry-mode loopback \
    --passphrase '' --trust-model always "$@" 2>>"$W/gpg.log"
}

server_key () {
  GNUPGHOME=$ETC/state/root gpg --batch --quiet --export "$SFPR" > "$W/server.pgp"
}

# renew_subkeys [ETC]: server.conf and the agent get the newest subkey of the
# server's key, by what check says.
renew_subkeys () {
  local etc=${1:-$ETC} line
  postern-keys check --config "$etc" > "$W/subkeys" 2>>"$W/init.log" || :
  line=$(sed -n 's/.* "\(encryption-keys = .*\)"$/\1/p' "$W/subkeys")
  [ -n "$line" ] || fail "no newer subkey: $(cat "$W/subkeys")"
  sed -i '/^encryption-keys/d' "$etc/server.conf"
  echo "$line" >> "$etc/server.conf"
  postern-keys check --config "$etc" > "$W/subkeys" 2>>"$W/init.log" || :
  sh -c "$(sed -n "s/.*run '\(install [^']*\)'.*/\1/p" "$W/subkeys")" \
    || fail "no private key: $(cat "$W/subkeys")"
}

# seal_message MESSAGE [ATLEAST [ATTACHMENT]] > DATAGRAM
seal_message () {
  local message=$1
  shift
  "$POSTERN_BIN/t/sys/tool-seal" wrap "$ETC/doors/main.key" "$@" < "$message"
}

# send_message FILE: sealed under the door key.
send_message () {
  seal_message "$@" > "$W/dgram.tmp" || fail "cannot seal $1"
  send "$W/dgram.tmp"
}

# changes_roster COMMAND...: it changes the keyring behind posternd's back; wait
# until that counts, where posternd runs.
changes_roster () {
  "$@"
  [ -z "${POSTERND:-}" ] || ! kill -0 "$POSTERND" 2>/dev/null \
    || until_ok is_settled || fail "the roster's keys are not judged again"
}
is_settled () {
  in_server gpg-connect-agent --no-autostart -S "$ETC/run/control" SETTLED /bye 2>/dev/null \
    | grep -q '^OK'
}

# into_roster FILE: into the roster's home behind posternd's back, as an
# administrator might with gpg alone.
into_roster () {
  changes_roster import_key "$1"
}
import_key () {
  local home=$ETC/state/muster
  GNUPGHOME=$home gpg --batch --quiet --import "$1" 2>>"$W/gpg.log" || :
  chgrp _posternmuster "$home"/pubring.kbx "$home"/trustdb.gpg
  chmod 640 "$home"/pubring.kbx "$home"/trustdb.gpg
}

# attachment FILE: the text of the datagram's attachment, which the request's
# own key must open; status 1 where it has none.
attachment () {
  "$POSTERN_BIN/t/sys/tool-seal" unwrap "$ETC/doors/main.key" < "$1" > "$W/inner.tmp" \
    || fail "$1 is no datagram"
  GNUPGHOME=$ETC/state/root gpg --batch --quiet --decrypt "$W/inner.tmp" \
    > "$W/text.tmp" 2>>"$W/gpg.log" || [ -s "$W/text.tmp" ] || fail "$1 cannot be read"
  "$POSTERN_BIN/t/sys/tool-attachment" "$ETC/doors/main.key" \
    "$(sed -n 's/^key: //p' "$W/text.tmp")" < "$1"
}
