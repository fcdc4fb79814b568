#!/bin/bash
# run.sh - All benchmarks, side by side with fwknop in GPG mode; prints one
# table.  SPDX-License-Identifier: GPL-2.0-or-later
#
# Works in network namespaces of its own, as root; takes some minutes.
# It fails no test: what a goal misses is in the table.
#
#   ROUNDS=30     requests for each latency
#   ONLY="wire"   some of: wire cpu people junk flood sealed memory exec vouch
#                 parts
#   PEOPLE=10000  how many people "people" is about
#   KEEP=1        leave the files

here=$(cd "$(dirname "$0")" && pwd)
srcdir=$(cd "$here/../.." && pwd)
. "$srcdir/t/sys/lib.sh"
. "$here/servers.sh"
. "$here/vouch.sh"

ROUNDS=${ROUNDS:-30}
ONLY=${ONLY:-wire cpu people junk flood sealed memory exec vouch parts}
FLOOD=$POSTERN_BIN/t/bench/flood

# row WHAT RATIO POSTERN BESIDE GOAL
row () { printf '| %s | %s | %s | %s | %s |\n' "$@" >> "$W/table"; }
calc () { python3 -c "import sys; a = [float(x) for x in sys.argv[1:]]
try: print('%.${DIGITS:-2}f' % ($1))
except ZeroDivisionError: print('-')" "${@:2}"; }
load () { python3 "$here/load.py" "$@"; }
wanted () { case " $ONLY " in *" $1 "*) return 0 ;; *) return 1 ;; esac; }

# value NAME KEY [FIELD]: of the lines that wire.py printed.
value () {
  awk -v n="$1" -v k="$2" -v f="${3:-3}" \
    '$1 == n && $2 == k { print $f; exit }' "$W/wire.out"
}
both () { echo "$(value "$1" "$2") (p95 $(value "$1" "$2" 4)) ms"; }

# plan_target NAME FIRST COUNT: its part of the plan, as JSON.
plan_target () {
  local name=$1 i
  printf '{"name":"%s","namespace":"%s","address":"%s","tcp":22,"udp":62201' \
    "$name" "$(space_of "$name")" "$(address_of "$name")"
  printf ',"pid":%s' "$(cat "$W/$(server_of "$name")/pid")"
  printf ',"requests":['
  for i in $(seq "$2" $(($2 + $3 - 1))); do
    [ "$i" = "$2" ] || printf ','
    printf '["%s","%s"]' "$(source_of "$name" "$i")" "$W/$name/req/$i"
  done
  printf ']'
  [ ! -f "$W/$name/gpg.json" ] || printf ',"gpg":%s' "$(cat "$W/$name/gpg.json")"
  printf '}'
}

# plan_all TARGET...: each as "NAME FIRST COUNT".
plan_all () {
  local sep= target
  printf '{"client":"%s","rounds":%s,"sync":"%s","targets":[' \
    "$CLIENT" "$ROUNDS" "$W"
  for target; do
    printf '%s' "$sep"
    sep=,
    plan_target $target
  done
  printf ']}'
}

plan () {
  local name targets=()
  for name; do targets+=("$name 0 $((ROUNDS * 2))"); done
  plan_all "${targets[@]}"
}

bench_wire () {
  local n=$((ROUNDS * 2)) name
  say "wire to open port, $ROUNDS rounds each way"
  for name in $POSTERNS; do
    postern_requests "$name" 0 "$n"
    postern_baseline "$name"
  done
  for name in quick usual; do fwknop_requests "$name" 0 "$n"; done
  plan $POSTERNS quick usual > "$W/plan.json"
  python3 "$here/wire.py" times "$W/plan.json" > "$W/wire.out"
  for name in $POSTERNS; do
    row "wire to nftables element, $(title "$name"); beside: gpg unwrap + verify" \
      "$(calc 'a[0]/a[1]' "$(value "$name" rule)" "$(value "$name" both)")" \
      "$(both "$name" rule)" "$(both "$name" both)" "$(goal_of "$name")"
  done
  row "one synced append of 4 kB on the disk of the state" - \
    "$(both disk sync)" - -
  for name in usual quick; do
    row "wire to nftables rule, RSA-3072; beside: fwknop, $(title $name)" \
      "$(calc 'a[0]/a[1]' "$(value rsa rule)" "$(value $name rule)")" \
      "$(both rsa rule)" "$(both $name rule)" "less than 1"
    row "wire to TCP connection, RSA-3072; beside: fwknop, $(title $name)" \
      "$(calc 'a[0]/a[1]' "$(value rsa port)" "$(value $name port)")" \
      "$(both rsa port)" "$(both $name port)" "less than 1"
  done
  row "wire to TCP connection, Ed25519; beside: fwknop, RSA-3072, $(title usual)" \
    "$(calc 'a[0]/a[1]' "$(value disk port)" "$(value usual port)")" \
    "$(both disk port)" "$(both usual port)" "less than 1"
}

# used NAME ROLE: of what wire.py cpu printed, microseconds for a request.
used () {
  awk -v n="$1" -v r="$2" '$1 == n && $2 == r { print $3; exit }' "$W/cpu.out"
}
used_ms () { DIGITS=3 calc 'a[0]/1000' "$(used "$1" all)"; }

# CPU of all processes of a server, agent and kernel included.
bench_cpu () {
  local n=$((ROUNDS * 2)) name
  say "CPU for a request"
  for name in $POSTERNS; do postern_requests "$name" 0 "$n"; done
  plan $POSTERNS > "$W/cpu.json"
  python3 "$here/wire.py" cpu "$W/cpu.json" > "$W/cpu.out"
  for name in $POSTERNS; do
    row "CPU of all processes for a request, $(title "$name")" - \
      "$(used_ms "$name") ms" - \
      "$(case $name in ram) echo 'at most 1.2 ms' ;; *) echo - ;; esac)"
  done
  row "of this, in us, $(title ram): capture, unseal, gpg-agent, verify,\
 decide, act" - \
    "$(for name in capture unseal gpg-agent verify decide act; do
         printf '%.0f ' "$(used ram $name)"; done)" - -
}

# timed COMMAND...: prints milliseconds.
timed () {
  python3 -c 'import subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL,
               stderr=subprocess.DEVNULL)
print("%.1f" % ((time.perf_counter() - start) * 1e3))' "$@"
}

# middle: the median of three numbers.
middle () { sort -n | sed -n 2p; }

# once NAME VERB: milliseconds.
once () {
  local name=$1 etc=$W/$1/etc start
  case $2 in
    check) set -- posternd --config "$etc" --check ;;
    reload) set -- posternctl --config "$etc" reload ;;
    revoke)
      in_space "$name" postern-keys enroll carol --config "$etc" --group ops \
        --key "$W/carol.pgp" --fpr "$(fpr_of carol)" >/dev/null \
        2>>"$W/enroll.log"
      set -- postern-keys revoke carol --config "$etc" ;;
    start)
      stop_postern "$name"
      start=$(date +%s%N)
      run_postern "$name"
      echo $((($(date +%s%N) - start) / 1000000))
      return ;;
  esac
  timed ip netns exec "$(space_of "$name")" "$@"
}

# took NAME VERB: the median of 3 turns.
took () { for _ in 1 2 3; do once "$1" "$2"; done | middle; }

# What gpg takes to list the keys of NAME, which muster waits for.
gpg_lists () {
  for _ in 1 2 3; do
    timed setpriv --reuid _posternmuster --regid _posternmuster \
      --clear-groups gpg --homedir "$W/$1/etc/state/muster" --batch \
      --with-colons --list-keys
  done | middle
}

people_wire () {
  local n=$((ROUNDS * 2)) name
  postern_requests disk 0 "$n"
  postern_requests many 0 "$n"
  crowd_requests 0 "$n"
  for name in disk many; do postern_baseline $name; done
  plan disk many crowd > "$W/people.json"
  python3 "$here/wire.py" times "$W/people.json" > "$W/wire.out"
  row "wire to nftables element, $PEOPLE people more; beside: one person" \
    "$(calc 'a[0]/a[1]' "$(value many rule)" "$(value disk rule)")" \
    "$(both many rule)" "$(both disk rule)" "at most 1.05"
  row "wire to nftables element, by $ASKERS of $PEOPLE people; beside: one\
 person" "$(calc 'a[0]/a[1]' "$(value crowd rule)" "$(value disk rule)")" \
    "$(both crowd rule)" "$(both disk rule)" "at most 1.05"
  row "gpg alone, verify, $PEOPLE keys more; beside: one key" \
    "$(calc 'a[0]/a[1]' "$(value many verify)" "$(value disk verify)")" \
    "$(both many verify)" "$(both disk verify)" -
}

people_cpu () {
  local n=$((ROUNDS * 2))
  postern_requests disk 0 "$n"
  postern_requests many 0 "$n"
  crowd_requests 0 "$n"
  plan disk many crowd > "$W/people.json"
  python3 "$here/wire.py" cpu "$W/people.json" > "$W/cpu.out"
  row "CPU for a request, $PEOPLE people more; beside: one person" \
    "$(calc 'a[0]/a[1]' "$(used many all)" "$(used disk all)")" \
    "$(used_ms many) ms" "$(used_ms disk) ms" "at most 1.05"
  row "CPU for a request, by $ASKERS of $PEOPLE people; beside: one person" \
    "$(calc 'a[0]/a[1]' "$(used crowd all)" "$(used disk all)")" \
    "$(used_ms crowd) ms" "$(used_ms disk) ms" "at most 1.05"
}

people_took () {
  local what mine beside
  for what in check reload start revoke; do
    mine=$(took many $what) beside=$(took disk $what)
    row "$(case $what in
             check) echo "posternd --check" ;;
             reload) echo "posternctl reload" ;;
             start) echo "start of posternd until it is ready" ;;
             revoke) echo "postern-keys revoke" ;;
           esac), $PEOPLE people more; beside: one person" \
      "$(calc 'a[0]/a[1]' "$mine" "$beside")" "$mine ms" "$beside ms" -
  done
}

# refused_row WHAT FIRST STARTED GOAL: how long from STARTED until the requests
# of one asker, from number FIRST on, are refused.
refused_row () {
  local mine beside
  plan_all "crowd $2 240" > "$W/people.json"
  mine=$(python3 "$here/wire.py" revoked "$W/people.json" "$3")
  beside=$(calc 'a[0]/1000' "$(gpg_lists many)")
  row "$1, $PEOPLE people more; beside: gpg lists the keys" \
    "$(calc 'a[0]/a[1]' "$mine" "$beside" || echo -)" "$mine s" "$beside s" \
    "$4"
}

# Somebody imports the revocation of one asker's key: how long until it counts?
people_revoked () {
  local home=$W/many/etc/state/muster fpr imported
  fpr=$(sed -n 1p "$W/crowd/askers")
  ASKER=1 crowd_requests 0 240
  sed 's/^:---/---/' "$W/crowd/gnupg/openpgp-revocs.d/$fpr.rev" \
    | GNUPGHOME=$W/crowd/gnupg gpg --batch --quiet --import 2>>"$W/gpg.log"
  GNUPGHOME=$W/crowd/gnupg gpg --batch --export "$fpr" > "$W/revoked.pgp"
  GNUPGHOME=$home gpg --batch --quiet --import "$W/revoked.pgp" \
    2>>"$W/gpg.log"
  imported=$(date +%s.%N)
  keyring_modes "$home"
  refused_row "a revocation imported by gpg counts" 0 "$imported" "at most 2 s"
}

# postern-keys revoke another: its own time is in a row of people_took.
people_withdrawn () {
  local file started pid
  file=$(grep -l "$(sed -n 2p "$W/crowd/askers")" "$W"/many/etc/users.d/*)
  ASKER=2 crowd_requests 240 240
  started=$(date +%s.%N)
  in_space many postern-keys revoke "$(basename "$file" .conf)" \
    --config "$W/many/etc" 2>>"$W/enroll.log" &
  pid=$!
  refused_row "postern-keys revoke counts" 240 "$started" "at most 2 s"
  wait "$pid"
}

# One person against all: the same request, and one by each of many.
bench_people () {
  local mine beside
  say "$PEOPLE people"
  people_wire
  people_cpu
  mine=$(load pss "$(pid_of many cpu)" "$W/many/etc")
  beside=$(load pss "$(pid_of disk cpu)" "$W/disk/etc")
  row "PSS of all processes, $PEOPLE people more; beside: one person" \
    "$(calc 'a[0]/a[1]' "$mine" "$beside")" \
    "$(calc 'a[0]/1024' "$mine") MB" "$(calc 'a[0]/1024' "$beside") MB" \
    "under 40 MB"
  people_revoked
  people_withdrawn
  people_took
}

# flood NAME RATE SECONDS [SIZE [FILE]]: prints how many were sent.
flood () {
  local name=$1
  shift
  in_client "$FLOOD" "$(address_of "$name")" 62201 "$@" | cut -d' ' -f1
}

# cpu_of NAME KIND RATE SECONDS [SIZE [FILE]]: microseconds of CPU for each.
cpu_of () {
  local name=$1 verb=$2 before after sent pid
  shift 2
  pid=$(pid_of "$name" "$verb")
  before=$(load "$verb" "$pid")
  sent=$(flood "$name" "$@")
  sleep 1
  after=$(load "$verb" "$pid")
  if [ "$verb" = run ]; then
    calc '(a[1]-a[0])/1000/a[2]' "$before" "$after" "$sent"
  else
    calc '(a[1]-a[0])/a[2]' "$before" "$after" "$sent"
  fi
}

junk_row () {
  local what=$1 goal=$2 mine theirs
  shift 2
  mine=$(cpu_of disk run "$@")
  theirs=$(cpu_of quick cpu "$@")
  row "CPU for $what; beside: fwknop" "$(calc 'a[0]/a[1]' "$mine" "$theirs")" \
    "$mine us" "$theirs us" "$goal"
}

bench_junk () {
  local mine theirs
  say "the cost of one bad packet"
  head -c 900 /dev/urandom | base64 -w 0 | head -c 1000 > "$W/junk64"
  junk_row "one junk datagram, 300 random bytes, 200,000/s" "under 3 us" \
    200000 3 300
  junk_row "one junk datagram, 300 random bytes, 20,000/s" "under 3 us" \
    20000 3 300
  junk_row "one junk datagram, 1000 letters of base64, 20,000/s" "under 3 us" \
    20000 3 1000 "$W/junk64"
  postern_requests disk 0 1 copy
  fwknop_requests quick 0 1 copy
  deliver disk "$W/disk/copy/0"
  deliver quick "$W/quick/copy/0"
  sleep 1
  mine=$(cpu_of disk run 20000 3 300 "$W/disk/copy/0")
  theirs=$(cpu_of quick cpu 20000 3 300 "$W/quick/copy/0")
  row "CPU for one identical copy, 20,000/s; beside: fwknop" \
    "$(calc 'a[0]/a[1]' "$mine" "$theirs")" "$mine us" "$theirs us" \
    "under 5 us"
  theirs=$(cpu_of plain cpu 50 2 300 "$W/junk64")
  mine=$(cpu_of disk run 50 2 300 "$W/junk64")
  row "CPU for one junk datagram, 1000 letters of base64, 50/s; beside: fwknop\
 without an HMAC key" "$(DIGITS=4 calc 'a[0]/a[1]' "$mine" "$theirs")" "$mine us" \
    "$theirs us" "under 3 us"
}

plan_one () {
  printf '{"client":"%s","targets":[' "$CLIENT"
  plan_target "$1" "$2" 1
  printf ']}'
}

# midst NAME RATE [SIZE [FILE]]: how many sends of a good request it took,
# a second apart, while junk came in for 10 s from two senders.
NEXT=200
midst () {
  local name=$1 rate=$(($2 / 2)) maker=fwknop_requests sends sent secs
  shift 2
  case " $POSTERNS " in *" $name "*) maker=postern_requests ;; esac
  NEXT=$((NEXT + 1))
  $maker "$name" $NEXT 1
  plan_one "$name" $NEXT > "$W/midst.json"
  python3 "$here/wire.py" midst "$W/midst.json" \
    "$FLOOD" "$(address_of "$name")" 62201 $rate 10 "$@" > "$W/midst.out"
  read -r sends sent secs < "$W/midst.out"
  SENDS="$SENDS, $sends"
  CAME=$(DIGITS=0 calc 'a[0]/a[1]' "$sent" "$secs")
}

# midst_all TIMES NAME RATE ...: the same some times.
midst_all () {
  local i count=$1
  shift
  SENDS=
  for i in $(seq "$count"); do midst "$@"; done
  MIDST="${SENDS#, } ($CAME/s came)"
}

# midst_row WHAT TIMES OTHER GOAL RATE [SIZE [FILE]]
midst_row () {
  local what=$1 count=$2 other=$3 goal=$4 mine
  shift 4
  midst_all "$count" disk "$@"
  mine=$MIDST
  midst_all "$count" "$other" "$@"
  row "sends until a good request works amid $what; beside: fwknop" - \
    "$mine" "$MIDST" "$goal"
}

bench_flood () {
  local none="fwknop without an HMAC key"
  say "a good request in the midst of junk"
  head -c 900 /dev/urandom | base64 -w 0 | head -c 1000 > "$W/junk64"
  midst_row "200,000/s of random bytes" 3 quick "at most 3" 200000 300
  midst_row "200,000/s of base64" 2 quick "at most 3" \
    200000 1000 "$W/junk64"
  midst_row "2,000/s of base64, $none" 1 plain "at most 3" \
    2000 1000 "$W/junk64"
  midst_row "200/s of base64, $none" 1 plain "at most 3" \
    200 1000 "$W/junk64"
}

# How often good requests of a door are sent until they work, while somebody
# holds the door key and signs by a key that nobody knows.
bench_sealed () {
  local name rate tries=20
  say "a good request amid well-sealed ones"
  make_stranger
  for name in disk ram; do
    stranger_message "$name"
    for rate in 500 2000; do
      postern_requests "$name" 0 $tries
      plan_all "$name 0 $tries" > "$W/under.json"
      row "sends until a good request works amid $rate/s by an unknown key,\
 through the same door, $(title "$name")" - \
        "$(python3 "$here/wire.py" under "$W/under.json" "$FLOOD" \
             "$(address_of "$name")" 62201 $rate 60 1 "$W/$name/stranger" \
             "$W/$name/etc/doors/main.key")" - "at most 3"
    done
  done
}

# many NAME: 100,000 packets: junk, copies and 200 good ones.
many () {
  local name=$1 i
  flood "$name" 20000 4 300 >/dev/null
  flood "$name" 20000 1 300 "$W/$name/good/0" >/dev/null
  for i in $(seq 0 199); do
    deliver "$name" "$W/$name/good/$i"
    sleep 0.05
  done
  sleep 3
}

few () {
  local name=$1 i
  flood "$name" 100 1 300 >/dev/null
  for i in $(seq 200 209); do deliver "$name" "$W/$name/good/$i"; sleep 0.1; done
  sleep 2
}

bench_memory () {
  local name a b c home number
  say "memory"
  postern_requests disk 0 210 good
  fwknop_requests quick 0 210 good
  for name in disk quick; do
    few $name
    home=$W/$name/etc
    [ $name = disk ] || home=$FWS
    eval "${name}_few=$(load pss "$(pid_of $name cpu)" "$home")"
    many $name
    eval "${name}_many=$(load pss "$(pid_of $name cpu)" "$home")"
  done
  for a in few many; do
    eval "b=\$disk_$a c=\$quick_$a"
    [ $a = few ] && number=100 || number=100,000
    row "PSS of all processes after $number packets; beside: fwknop" \
      "$(calc 'a[0]/a[1]' "$b" "$c")" "$(calc 'a[0]/1024' "$b") MB" \
      "$(calc 'a[0]/1024' "$c") MB" "under 40 MB, no growth"
  done
}

# execs NAME FOLDER: programs started for 10 requests of FOLDER.
execs () {
  local name=$1 pid args= i tracer
  for pid in $(load tree "$(pid_of "$name" cpu)"); do args="$args -p $pid"; done
  strace -f -qq -e trace=execve -e signal=none -o "$W/strace.out" $args &
  tracer=$!
  sleep 1
  for i in $(seq 0 9); do
    deliver "$name" "$W/$name/exec/$i"
    sleep 0.4
  done
  sleep 1
  kill $tracer
  wait $tracer || :
  calc 'a[0]/10' "$(grep -c 'execve(.*= 0$' "$W/strace.out" || :)"
}

bench_exec () {
  local mine theirs
  say "programs started for a request"
  command -v strace >/dev/null || return 0
  postern_requests disk 0 10 exec
  fwknop_requests quick 0 10 exec
  mine=$(execs disk)
  theirs=$(execs quick)
  row "programs started for one request; beside: fwknop" \
    "$(calc 'a[0]/a[1]' "$mine" "$theirs")" "$mine" "$theirs" "0"
}

# What the other programs of this folder print, as it is.
bench_parts () {
  local part
  for part in b-admit b-grant b-replay; do
    [ -x "$POSTERN_BIN/t/bench/$part" ] || continue
    say "$part"
    { echo; echo "$part:"; } >> "$W/parts"
    in_server timeout 120 "$POSTERN_BIN/t/bench/$part" >> "$W/parts" 2>&1 \
      || echo "(failed: $?)" >> "$W/parts"
  done
}

# In a shell of its own: what fails is one row that is missing.
measure () {
  wanted "$1" || return 0
  ( bench_$1 ) || row "$1" FAILED - - -
}

main () {
  local part
  need python3 fwknopd fwknop iptables
  [ -x "$FLOOD" ] || skip "build it first: make t/bench/flood"
  start_first
  : > "$W/table"
  : > "$W/parts"
  # With one server of each kind: nothing is shared with another's copy.
  measure memory
  start_others
  ! wanted people || start_many
  for part in wire cpu people junk flood sealed exec vouch parts; do measure $part; done
  echo
  echo "| what | ratio | Postern | beside | goal |"
  echo "|---|---|---|---|---|"
  cat "$W/table"
  if [ -s "$W/parts" ]; then
    printf '\nSingle parts, each alone:\n\n'
    sed 's/^./    &/' "$W/parts"
  fi
  echo
  say "took $SECONDS s on $(nproc) cores, $(uname -r), $(gpg --version | head -1)"
}

main
