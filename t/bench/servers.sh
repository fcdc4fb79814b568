# servers.sh - The servers that the benchmarks measure.  Source it.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each has a network namespace of its own, and all have the one client's:
#   disk   Postern, Ed25519/Cv25519, all on disk
#   ram    the same with decide's folder on a tmpfs, which syncs for nothing
#   rsa    Postern, RSA-3072 at both ends
#   usual  fwknop, RSA-3072, HMAC, as packaged (it looks 10 times a second)
#   quick  the same with a loop that sleeps 1 ms instead of 100
#   plain  the same with no HMAC key, as GPG mode is often set up
#   many   Postern as "disk", with 10,000 people more than alice
#   crowd  the same server, asked by 200 more people

# Whose keys nobody asks with, and whose keys do.
PEOPLE=${PEOPLE:-10000}
ASKERS=200

POSTERNS="disk ram rsa"
FWKNOPS="usual quick plain"

number_of () {
  case $1 in
    disk) echo 1 ;; ram) echo 2 ;; rsa) echo 3 ;;
    usual) echo 4 ;; quick) echo 5 ;; plain) echo 6 ;;
    many | crowd) echo 7 ;;
  esac
}
title () {
  case $1 in
    disk) echo "Ed25519, state on disk" ;;
    ram) echo "Ed25519, claims on a tmpfs" ;;
    rsa) echo "RSA-3072, state on disk" ;;
    usual) echo "as packaged" ;;
    quick) echo "loop of 1 ms" ;;
  esac
}
goal_of () {
  case $1 in
    ram) echo "at most 0.3" ;; rsa) echo "at most 0.85" ;; *) echo - ;;
  esac
}
server_of () { case $1 in crowd) echo many ;; *) echo "$1" ;; esac; }
space_of () { echo "$SERVER-$(server_of "$1")"; }
address_of () { echo "10.9.$(number_of "$1").1"; }
source_of () { echo "10.9.$(number_of "$1").$((10 + $2 % 240))"; }
in_space () { ip netns exec "$(space_of "$1")" "${@:2}"; }

# A namespace with a veth to the client's, and 240 addresses there.
make_space () {
  local name=$1 n i
  n=$(number_of "$name")
  ip netns add "$(space_of "$name")"
  ip link add "c$n" netns "$CLIENT" type veth \
    peer name sv netns "$(space_of "$name")"
  ip -n "$(space_of "$name")" addr add "10.9.$n.1/24" dev sv
  ip -n "$(space_of "$name")" link set lo up
  ip -n "$(space_of "$name")" link set sv up
  ip -n "$CLIENT" link set "c$n" up
  for i in $(seq 10 249); do
    echo "addr add 10.9.$n.$i/24 dev c$n"
  done | ip -n "$CLIENT" -batch -
  ip netns exec "$(space_of "$name")" python3 "$srcdir/t/sys/echo.py" 22 \
    >>"$W/echo.log" 2>&1 &
  own $!
}

end_spaces () {
  local name home
  for home in "$W"/fw/*/gnupg; do
    [ ! -d "$home" ] || GNUPGHOME=$home gpgconf --kill all 2>/dev/null || :
  done
  for name in $POSTERNS $FWKNOPS many; do
    ip netns del "$(space_of "$name")" 2>/dev/null || :
  done
}

# deliver NAME FILE
deliver () {
  in_client python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(open(sys.argv[1], "rb").read(), (sys.argv[2], 62201))' \
    "$2" "$(address_of "$1")"
}

# pid_of NAME KIND: the daemon, or with "run" Postern's capture.
pid_of () {
  case $2 in
    run) load find "$(cat "$W/$1/pid")" capture ;;
    *) cat "$W/$1/pid" ;;
  esac
}

# make_home HOME NAME: RSA-3072 keys, in a home of its own.
make_home () {
  local fpr
  mkdir -p -m 700 "$1"
  GNUPGHOME=$1 gpg --batch --quiet --passphrase '' --quick-generate-key \
    "$2 <$2@example.org>" rsa3072 default never 2>>"$W/gpg.log"
  fpr=$(home_fpr "$1" "$2")
  GNUPGHOME=$1 gpg --batch --quiet --passphrase '' \
    --quick-add-key "$fpr" rsa3072 encr never 2>>"$W/gpg.log"
}
home_fpr () {
  GNUPGHOME=$1 gpg --batch --with-colons --list-keys "$2" 2>>"$W/gpg.log" \
    | awk -F: '$1 == "fpr" { print $10; exit }'
}

# fwknop's two homes, which all its servers share.
make_fwknop_keys () {
  local one other
  FWS=$W/fw/server/gnupg FWC=$W/fw/client/gnupg
  make_home "$FWS" server
  make_home "$FWC" client
  FWS_FPR=$(home_fpr "$FWS" server)
  FWC_FPR=$(home_fpr "$FWC" client)
  for one in "$FWS" "$FWC"; do
    other=$FWS
    [ "$one" = "$FWC" ] || other=$FWC
    GNUPGHOME=$other gpg --batch --quiet --export > "$W/other.pgp"
    GNUPGHOME=$one gpg --batch --quiet --import "$W/other.pgp"
    printf '%s:6:\n%s:6:\n' "$FWS_FPR" "$FWC_FPR" \
      | GNUPGHOME=$one gpg --batch --quiet --import-ownertrust 2>>"$W/gpg.log"
  done
  FW_HMAC=$(head -c 32 /dev/urandom | base64 -w 0)
}

# configure_fwknop NAME: its two files.
configure_fwknop () {
  local d=$W/$1
  mkdir -p "$d/run"
  cat > "$d/fwknopd.conf" <<X
PCAP_INTF sv;
PCAP_FILTER udp port 62201;
MAX_SPA_PACKET_AGE 3600;
FWKNOP_RUN_DIR $d/run;
FWKNOP_PID_FILE $d/run/pid;
DIGEST_FILE $d/run/digest.cache;
GPG_EXE /usr/bin/gpg;
X
  [ "$1" = usual ] || echo "PCAP_LOOP_SLEEP 1000;" >> "$d/fwknopd.conf"
  cat > "$d/access.conf" <<X
SOURCE ANY
OPEN_PORTS tcp/22
REQUIRE_SOURCE_ADDRESS Y
GPG_HOME_DIR $FWS
GPG_DECRYPT_ID $FWS_FPR
GPG_ALLOW_NO_PW Y
GPG_REQUIRE_SIG Y
GPG_FINGERPRINT_ID $FWC_FPR
FW_ACCESS_TIMEOUT 30
X
  [ "$1" = plain ] || echo "HMAC_KEY_BASE64 $FW_HMAC" >> "$d/access.conf"
  chmod 600 "$d/fwknopd.conf" "$d/access.conf"
}

start_fwknop () {
  local name=$1
  make_space "$name"
  configure_fwknop "$name"
  in_space "$name" iptables -A INPUT -i sv -m state --state ESTABLISHED \
    -j ACCEPT
  in_space "$name" iptables -A INPUT -i sv -p tcp --dport 22 -j DROP
  ip netns exec "$(space_of "$name")" fwknopd -f -c "$W/$name/fwknopd.conf" \
    -a "$W/$name/access.conf" > "$W/$name/fwknopd.log" 2>&1 &
  echo $! > "$W/$name/pid"
  own $!
}

# fwknop_requests NAME FIRST COUNT [FOLDER]: datagrams, made beforehand.
fwknop_requests () {
  local name=$1 folder=$W/$1/${4:-req} i
  local hmac="--use-hmac --key-base64-hmac $FW_HMAC"
  [ "$name" != plain ] || hmac=
  mkdir -p "$folder"
  for i in $(seq "$2" $(($2 + $3 - 1))); do
    rm -f "$folder/$i"
    env HOME="$W/fw/client" fwknop -T -B "$folder/$i" -A tcp/22 \
      -a "$(source_of "$name" "$i")" -D "$(address_of "$name")" \
      $hmac --gpg-encryption \
      --gpg-recipient-key "$FWS_FPR" --gpg-signer-key "$FWC_FPR" \
      --gpg-home-dir "$FWC" --gpg-no-signing-pw --no-rc-file \
      >>"$W/fwknop.log" 2>&1 || :       # With -T it never says 0.
    [ -s "$folder/$i" ] || fail "fwknop makes no datagram"
    truncate -s -1 "$folder/$i"
  done
}

# An RSA-3072 encryption subkey for the server besides its own.
add_rsa_subkey () {
  local root=$W/$1/etc/state/root agent=$W/$1/etc/state/agent
  sleep 1.1                     # Newer than its own by a whole second.
  GNUPGHOME=$root gpg --batch --quiet --passphrase '' \
    --pinentry-mode loopback --quick-add-key "$2" rsa3072 encr never \
    2>>"$W/gpg.log"
  renew_subkeys "$W/$1/etc"
  GNUPGHOME=$root gpg --batch --quiet --export "$2" > "$W/server.pgp"
  GNUPGHOME=$agent gpg --batch --quiet --import "$W/server.pgp" \
    2>>"$W/gpg.log"
  chown -R _posternagent:_posternagent "$agent"
  GNUPGHOME=$root gpgconf --kill all
}

# start_postern NAME PERSON
start_postern () {
  local name=$1 who=$2 etc=$W/$1/etc fpr
  make_space "$name"
  mkdir -p "$etc/run"
  mount -t tmpfs -o mode=755 run "$etc/run"
  in_space "$name" postern-keys init "$name" --address "$(address_of "$name")" \
    --interface sv --config "$etc" > "$W/$name/init.out" 2>>"$W/init.log" \
    || fail "postern-keys init $name"
  fpr=$(sed -n "s/^server  *= '\(.*\)'.*/\1/p" "$etc/server.conf")
  sed -i "s/^max-age .*/max-age = '3600s'/" "$etc/posternd.conf"
  echo "rate = 'none'" >> "$etc/posternd.conf"
  [ "$name" != rsa ] || add_rsa_subkey rsa "$fpr"
  in_space "$name" postern-keys enroll "$who" --config "$etc" \
    --key "$W/$who.pgp" --fpr "$(fpr_of "$who")" --group ops \
    > "$W/$name/invite" 2>>"$W/enroll.log" || fail "enroll $who"
  as "$who" postern join "$W/$name/invite" --fpr "$fpr" >>"$W/join.log" 2>&1 \
    || fail "$who cannot join $name"
  echo "$who" > "$W/$name/who"
  run_postern "$name"
}

# run_postern NAME: it returns when posternd is ready.
run_postern () {
  local name=$1 etc=$W/$1/etc before=:
  if [ "$name" = ram ]; then
    cp -a "$etc/state/decide" "$etc/state/decide.first"
    before="mount -t tmpfs ram $etc/state/decide"
    before="$before && cp -a $etc/state/decide.first/. $etc/state/decide"
  fi
  # "ip netns exec" has a mount namespace of its own.
  ip netns exec "$(space_of "$name")" sh -c \
    "$before; exec posternd --config $etc" >>"$W/$name/posternd.log" 2>&1 &
  echo $! > "$W/$name/pid"
  own $!
  until_ok says_ready "$name" || fail "posternd $name does not start"
}
# What was started again in a shell of its own, this one has not noted.
at_end () {
  local file
  for file in "$W"/*/pid; do
    [ ! -s "$file" ] || end_pid "$(cat "$file")"
  done
}
says_ready () { grep -q 'posternd: ready' "$W/$1/posternd.log"; }

# stop_postern NAME
stop_postern () {
  local pid
  pid=$(cat "$W/$1/pid")
  end_pid "$pid"
  wait "$pid" 2>/dev/null || :
  : > "$W/$1/posternd.log"
}

# postern_requests NAME FIRST COUNT [FOLDER]
postern_requests () {
  local name=$1 folder=$W/$1/${4:-req} i who
  who=$(cat "$W/$name/who")
  mkdir -p "$folder"
  for i in $(seq "$2" $(($2 + $3 - 1))); do
    rm -f "$folder/$i"
    as "$who" postern seal open "$name" --source "$(source_of "$name" "$i")" \
      -o "$folder/$i" >>"$W/seal.log" 2>&1 || fail "postern seal $name"
  done
}

# baseline_home NAME: a copy of the agent's home for gpg alone, which starts an
# agent there.  posternd's own agent can be reached by nobody.
baseline_home () {
  local home=$W/$1/gnupg
  rm -rf "$home"
  cp -a "$W/$1/etc/state/agent" "$home"
  sed -i '/^no-autostart/d' "$home/gpg.conf"
  as_user _posternagent gpg-agent --homedir "$home" --batch --quiet \
    --disable-scdaemon --daemon >>"$W/gpg.log" 2>&1 || :
}
as_user () { setpriv --reuid "$1" --regid "$1" --clear-groups "${@:2}"; }

# A key that no server knows.
make_stranger () {
  mkdir -p -m 700 "$W/stranger/gnupg"
  GNUPGHOME=$W/stranger/gnupg gpg --batch --quiet --passphrase '' \
    --quick-generate-key bob future-default default never 2>>"$W/gpg.log"
}

server_fpr () {
  sed -n "s/^server  *= '\(.*\)'.*/\1/p" "$W/$1/etc/server.conf"
}

# server_key NAME: its public key, in its folder.
server_key () {
  GNUPGHOME=$W/$1/etc/state/root gpg --batch --quiet --export \
    "$(server_fpr "$1")" > "$W/$1/server.pgp"
}

# hand_made HOME FPR NAME SOURCE: a request to NAME, not sealed.
hand_made () {
  printf 'postern-request: 1\nkey: %s\ntime: %s\nto: %s=%s\n' \
    "$(head -c 32 /dev/urandom | base64 -w 0)" "$(date +%s)" "$3" \
    "$(server_fpr "$3")" > "$W/text"
  printf 'action: open\nsource: %s\nports: tcp/22\n' "$4" >> "$W/text"
  GNUPGHOME=$1 gpg --batch --quiet --compress-algo none --digest-algo SHA256 \
    -u "$2" -f "$W/$3/server.pgp" -s -e -o - < "$W/text" 2>>"$W/gpg.log"
}

# stranger_message NAME: the stranger's to it.
stranger_message () {
  local home=$W/stranger/gnupg
  server_key "$1"
  hand_made "$home" "$(home_fpr "$home" bob)" "$1" observed \
    > "$W/$1/stranger" || fail "no message of a stranger"
}

# postern_baseline NAME: the same messages for gpg alone.
postern_baseline () {
  local name=$1 d=$W/$1 etc=$W/$1/etc i sep=
  mkdir -p "$d/msg"
  chmod 755 "$d" "$d/msg"
  [ -d "$d/gnupg" ] || baseline_home "$name"
  for i in $(seq 0 9); do
    "$POSTERN_BIN/t/sys/tool-seal" unwrap "$etc/doors/main.key" \
      < "$d/req/$i" > "$d/msg/$i"
    as_user _posternagent gpg --homedir "$d/gnupg" --batch --unwrap -o - \
      --decrypt < "$d/msg/$i" > "$d/msg/$i.blob" 2>>"$W/gpg.log" \
      || fail "gpg cannot unwrap for $name"
  done
  chmod 644 "$d"/msg/*
  {
    printf '{"unseal":[%s,%s,"%s"],"verify":[%s,%s,"%s"],"messages":[' \
      "$(id -u _posternagent)" "$(id -g _posternagent)" "$d/gnupg" \
      "$(id -u _posternmuster)" "$(id -g _posternmuster)" "$etc/state/muster"
    for i in $(seq 0 9); do
      printf '%s["%s","%s"]' "$sep" "$d/msg/$i" "$d/msg/$i.blob"
      sep=,
    done
    printf ']}'
  } > "$d/gpg.json"
}

start_first () {
  ON_DISK=yes                   # Where a claim is synced to is measured.
  setup
  trap 'rc=$?; set +e; trap - EXIT; end_spaces; (exit $rc); cleanup' EXIT
  make_fwknop_keys
  start_fwknop quick
  person alice
  start_postern disk alice
}

start_others () {
  person carol
  make_home "$W/bob/gnupg" bob
  mkdir -p "$W/bob/config"
  GNUPGHOME=$W/bob/gnupg gpg --batch --export bob > "$W/bob.pgp"
  start_fwknop usual
  start_fwknop plain
  start_postern ram alice
  start_postern rsa bob
}

# crowd_keys: what gpg makes the askers' keys from.
crowd_keys () {
  local i
  for i in $(seq "$ASKERS"); do
    printf '%%no-protection\nKey-Type: eddsa\nKey-Curve: ed25519\n'
    printf 'Key-Usage: sign,cert\nSubkey-Type: ecdh\nSubkey-Curve: cv25519\n'
    printf 'Subkey-Usage: encrypt\nName-Email: a%05d@example.org\n' \
      $((PEOPLE + i))
    printf 'Expire-Date: 0\n%%commit\n'
  done
}

# A home with the keys of those who ask.
make_crowd () {
  local home=$W/crowd/gnupg
  mkdir -p -m 700 "$home"
  export GNUPGHOME=$home
  crowd_keys > "$W/crowd/keys"
  gpg --batch --quiet --gen-key "$W/crowd/keys" 2>>"$W/gpg.log"
  gpg --batch --quiet --export > "$W/crowd.pgp"
  gpg --batch --with-colons --list-keys 2>>"$W/gpg.log" \
    | awk -F: '$1 == "pub" { new = 1 }
        $1 == "fpr" && new { new = 0; print $10 }' > "$W/crowd/askers"
  unset GNUPGHOME
}

# keyring_modes HOME: as postern-keys leaves them.
keyring_modes () {
  chgrp _posternmuster "$1"/pubring.kbx "$1"/trustdb.gpg
  chmod 640 "$1"/pubring.kbx "$1"/trustdb.gpg
}

# All of them in the roster, and alice's key and name behind them, where a
# search ends last.
enroll_crowd () {
  local home=$W/many/etc/state/muster
  GNUPGHOME=$home gpg --batch --quiet --import "$W/crowd.pgp" 2>>"$W/gpg.log"
  GNUPGHOME=$home gpgconf --kill all
  "$POSTERN_BIN/t/bench/crowd" "$PEOPLE" "$home/pubring.kbx" \
    > "$W/crowd/fprs" || fail "no keys for $PEOPLE people"
  cat "$W/crowd/askers" >> "$W/crowd/fprs"
  keyring_modes "$home"
  awk -v d="$W/many/etc/users.d" '{ n = sprintf ("a%05d", NR)
    f = d "/" n ".conf"
    printf "user %s {\n  key    = \047%s\047\n", n, $1 > f
    printf "  groups = {\047ops\047}\n}\n" > f; close (f) }' "$W/crowd/fprs"
}

start_many () {
  make_crowd
  start_postern many alice
  stop_postern many
  enroll_crowd
  run_postern many
}

# crowd_requests FIRST COUNT [FOLDER]: each made by another asker; with ASKER
# all by the one of that number.
crowd_requests () {
  local folder=$W/crowd/${3:-req} i fpr
  server_key many
  mkdir -p "$folder"
  for i in $(seq "$1" $(($1 + $2 - 1))); do
    fpr=$(sed -n "${ASKER:-$((i % ASKERS + 1))}p" "$W/crowd/askers")
    hand_made "$W/crowd/gnupg" "$fpr" many "$(source_of crowd "$i")" \
      | "$POSTERN_BIN/t/sys/tool-seal" wrap "$W/many/etc/doors/main.key" \
      > "$folder/$i" || fail "no request by $fpr"
  done
}
