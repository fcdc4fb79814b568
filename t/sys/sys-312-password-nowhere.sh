#!/bin/bash
# A password is nowhere once it was checked: in no process's memory or core,
# no database, no log; and what is kept is nothing to try guesses on.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/credential.sh"
. "$(dirname "$0")/ldap.sh"
need python3
need_ldap
setup
at_end () { ldap_end; }
scan () { python3 "$srcdir/t/sys/scan-memory.py" "$W/marker" "$@"; }
# This script itself never has it in a variable.
head -c 24 /dev/urandom | base64 -w 0 > "$W/marker"
echo >> "$W/marker"
person alice
server
server_key
directory
cat > "$ETC/access.conf" <<END
rule a { groups = {'ops'} ports = {'tcp/22'} require = 'crypt' }
rule b { groups = {'ops'} ports = {'tcp/8022'} require = 'shadow' }
rule c { groups = {'ops'} ports = {'tcp/9022'} require = 'ldap:corp' }
END
sed -i "s|^protect.*|protect = {'tcp/22', 'tcp/8022', 'tcp/9022'}|" "$ETC/posternd.conf"
section "uri = 'ldaps://ldap.example.org' bind-dn = 'uid={user},ou=people,dc=example,dc=org' ca-file = '$LDAP/ca.pem'"
listen 22 8022 9022
enroll alice
in_server postern-keys passwd alice --config "$ETC" --fd 3 3< "$W/marker" 2>"$W/err" \
  || fail "passwd: $(cat "$W/err")"
printf 'alice:%s:%s:0:99999:7:::\n' "$(sed -n 's/^alice://p' "$ETC/passwd")" \
  $(($(date +%s) / 86400)) > "/etc/netns/$SERVER/shadow"
chmod 640 "/etc/netns/$SERVER/shadow"
python3 - "$W/marker" "$LDAP/entries" <<'PY'
import base64, sys
marker = open(sys.argv[1], "rb").read().rstrip(b"\n")
text = open(sys.argv[2]).read().replace(
    "userPassword: correct horse",
    "userPassword:: " + base64.b64encode(marker).decode())
open(sys.argv[2], "w").write(text)
PY
slapd_start good
start -v

# A process that ends meanwhile, as behind a reload, is no find: once more.
scan_roles () {
  local pids
  pids="$POSTERND $(pgrep -P "$POSTERND" | tr '\n' ' ')"
  [ "$(echo $pids | wc -w)" -ge 10 ] || return 1
  scan memory $pids > "$W/found" 2>"$W/err" || [ -s "$W/found" ]
}

no_check () { [ -z "$(children_of_vouch)" ]; }
# look WHAT: everywhere that outlives a check.
look () {
  until_ok no_check || fail "$1: a check is left"
  until_ok scan_roles || fail "$1: cannot look: $(cat "$W/err")"
  [ ! -s "$W/found" ] || fail "$1: in memory: $(cat "$W/found")"
  scan processes > "$W/found" || fail "$1: to be seen by all: $(cat "$W/found")"
  ctl status > /dev/null        # The audit is written.
  ctl audit --json > "$W/audit.json"
  mkdir -p "$W/copy"
  cp "$ETC"/state/decide/* "$W/copy/"
  python3 - "$W/marker" "$W/posternd.log" "$W/audit.json" "$W"/copy/* <<'PY' || fail "$1: it is kept"
import base64, sys
marker = open(sys.argv[1], "rb").read().rstrip(b"\n")
seen = 0
for name in sys.argv[2:]:
    data = open(name, "rb").read()
    seen += len(data)
    if marker in data or base64.b64encode(marker) in data:
        sys.exit(name)
if seen < 10000:
    sys.exit("nothing was looked at")
PY
  say "$1: nowhere"
}

for port in 22 8022 9022; do
  as alice postern open web1 tcp/$port --password-fd 3 3< "$W/marker" > "$W/out" 2>&1 \
    || fail "tcp/$port: $(cat "$W/out")"
  is_open $S4 $port
  look "right, for tcp/$port"
  { head -c 32 "$W/marker"; echo x; } > "$W/wrong"
  as alice postern open web1 tcp/$port --user alice --password-fd 3 3< "$W/wrong" > "$W/out" 2>&1 \
    && fail "tcp/$port opens with a wrong one"
  look "wrong, for tcp/$port"
done

# The scan finds it where it is: the directory has it in the clear.
scan memory "$SLAPD" > /dev/null && fail "the scan finds nothing"

# The marker itself, where no check can be made.
slapd_stop
as alice postern open web1 tcp/9022 --password-fd 3 3< "$W/marker" > "$W/out" 2>&1 \
  && fail "opens without a directory"
look "with the directory down"
fake echo 3004
section "uri = 'ldap://127.0.0.1:3004' bind-dn = 'uid={user},ou=people,dc=example,dc=org'"
as alice postern open web1 tcp/9022 --password-fd 3 3< "$W/marker" > "$W/out" 2>&1 \
  && fail "opens with a directory that only repeats"
look "with a directory that repeats it"

# Nothing to try guesses on: the sealed attachment is not kept.
as alice postern seal open web1 tcp/22 --password-fd 3 3< "$W/marker" -o "$W/d" 2>"$W/err" || fail "seal"
"$POSTERN_BIN/t/sys/tool-attachment" "$ETC/doors/main.key" < "$W/d" > "$W/attachment"
send "$W/d"
audited '"result": ?"done".*tcp/22'
ctl audit > /dev/null
cp "$ETC"/state/decide/* "$W/copy/"
python3 - "$W/attachment" "$W"/copy/* <<'PY' || fail "the attachment is kept"
import sys
sealed = open(sys.argv[1], "rb").read()
parts = [sealed[i:i + 16] for i in range(0, len(sealed) - 15, 8)]
sys.exit(any(part in open(name, "rb").read() for name in sys.argv[2:] for part in parts))
PY

# No core of any of ours, not even of one that root takes by hand.
for pid in $(pgrep -P "$POSTERND"); do
  grep -q '^Max core file size *0 ' "/proc/$pid/limits" || fail "$(cat "/proc/$pid/comm") may leave a core"
done
# With the sanitizers a core has terabytes of shadow memory.
if nm -D "$POSTERN_BIN/posternd" 2>/dev/null | grep -q __asan; then
  say "the sanitizers: cores were not taken"
elif command -v gcore >/dev/null; then
  for pid in $(pgrep -P "$POSTERND" -x 'vouch|decide|verify|unseal|capture'); do
    gcore -o "$W/core" "$pid" > "$W/gcore.log" 2>&1 || fail "gcore: $(cat "$W/gcore.log")"
    [ "$(stat -c %s "$W/core.$pid")" -gt 10000 ] || fail "an empty core"
    ! grep -q -a -F -f "$W/marker" "$W/core.$pid" || fail "it is in the core of $(cat "/proc/$pid/comm")"
    rm "$W/core.$pid"
  done
else
  say "no gcore here: cores were not taken"
fi
say "ok"
