# credential.sh - What the system tests of credentials share; source it
# behind lib.sh.
# SPDX-License-Identifier: GPL-2.0-or-later

# The number of the audit's last row.
last_row () { ctl audit --json --last 1 | sed -n 's/^{"row":\([0-9]*\).*/\1/p'; }

# by NAME PASSWORD [ARGUMENTS]: open, with the password.  The output is in
# $W/out, the exit code in $RC.
BEFORE=0
by () {
  local name=$1 password=$2
  shift 2
  RC=0
  BEFORE=$(last_row)
  as "$name" postern open web1 --password-fd 3 "$@" > "$W/out" 2>&1 \
    3<<<"$password" || RC=$?
}

# opens NAME PASSWORD [ARGUMENTS]: the port opens; it is shut again.
opens () {
  by "$@"
  [ $RC = 0 ] || fail "$1 with '$2': exit $RC: $(cat "$W/out")"
  is_open $S4 22
  ctl close --all > /dev/null
  is_shut $S4 22
}

# denied REASON NAME PASSWORD [ARGUMENTS]: refused, with that reason in the
# audit, and not in what is told; nothing opens.
denied () {
  local reason=$1
  shift
  by "$@"
  [ $RC = 77 ] || fail "$1 with '$2': exit $RC: $(cat "$W/out")"
  newest_says "\"reason\": ?\"$reason\""
  is_shut $S4 22
}
told () { grep -q "$1" "$W/out" || fail "told: $(cat "$W/out")"; }
newest_says () {
  until_ok newest "$1" || fail "no newest row says '$1': $(ctl audit --json --last 2)"
}
# Of the rows since the last request: copies of it have some, too.
newest () {
  ctl audit --json --last 12 | awk -F'[:,]' -v b="${BEFORE:-0}" '$2 > b' | grep -Eq "$1"
}

# forge NAME ATTACHMENT-TEXT [SED-SCRIPT]: a request by plain gpg with that
# text in its attachment, in $W/dgram.
forge () {
  local name=$1 key
  text_of_request "${3:-}" > "$W/t"
  key=$(sed -n 's/^key: //p' "$W/t")
  printf "$2" | "$POSTERN_BIN/t/sys/tool-attachment" box "$key" > "$W/attachment"
  gpg_as "$name" --no-options --compress-algo none --digest-algo SHA256 \
    -f "$W/server.pgp" -s -e -o "$W/m" "$W/t"
  seal_message "$W/m" 0 "@$W/attachment" > "$W/dgram" || fail "cannot seal"
}

# children_of_vouch: their pids.
vouch_pid () { pgrep -P "$POSTERND" -x vouch; }
children_of_vouch () { pgrep -P "$(vouch_pid)" || :; }
