#!/bin/bash
# run.sh - All benchmarks, side by side with fwknop in GPG mode; prints one
# table.  SPDX-License-Identifier: GPL-2.0-or-later
#
# Works in network namespaces of its own, as root; takes some minutes.
# It fails no test: what a goal misses is in the table.
#
#   ROUNDS=30     requests for each latency
#   ONLY="wire"   some of: wire people junk flood memory exec vouch parts
#   CROWD=rsa4096 the keys of the 1,000 people; a minute more
#   KEEP=1        leave the files

here=$(cd "$(dirname "$0")" && pwd)
srcdir=$(cd "$here/../.." && pwd)
. "$srcdir/t/sys/lib.sh"
. "$here/servers.sh"
. "$here/vouch.sh"

ROUNDS=${ROUNDS:-30}
ONLY=${ONLY:-wire people junk flood memory exec vouch parts}
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
  printf ',"requests":['
  for i in $(seq "$2" $(($2 + $3 - 1))); do
    [ "$i" = "$2" ] || printf ','
    printf '["%s","%s"]' "$(source_of "$name" "$i")" "$W/$name/req/$i"
  done
  printf ']'
  [ ! -f "$W/$name/gpg.json" ] || printf ',"gpg":%s' "$(cat "$W/$name/gpg.json")"
  printf '}'
}

plan () {
  local first=1 name
  printf '{"client":"%s","rounds":%s,"sync":"%s","targets":[' \
    "$CLIENT" "$ROUNDS" "$W"
  for name; do
    [ "$first" = 1 ] || printf ','
    first=0
    plan_target "$name" 0 $((ROUNDS * 2))
  done
  printf ']}'
}

bench_wire () {
  local n=$((ROUNDS * 2)) name gap
  say "wire to open port, $ROUNDS rounds each way"
  for name in $POSTERNS; do
    postern_requests "$name" 0 "$n"
    postern_baseline "$name"
  done
  for name in quick usual; do fwknop_requests "$name" 0 "$n"; done
  plan $POSTERNS quick usual > "$W/plan.json"
  python3 "$here/wire.py" times "$W/plan.json" > "$W/wire.out"
  for name in $POSTERNS; do
    gap=$(calc 'a[0]-a[1]' "$(value "$name" rule)" "$(value "$name" both)")
    row "wire to nftables element, $(title "$name"); beside: gpg unwrap + verify" \
      "$(calc 'a[0]/a[1]' "$(value "$name" rule)" "$(value "$name" both)")" \
      "$(both "$name" rule), $gap ms more" "$(both "$name" both)" \
      "$(case $name in ram) echo 'at most 3 ms more' ;; *) echo - ;; esac)"
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

# took NAME VERB: milliseconds, the median of 5 turns.
took () {
  local name=$1 verb=$2 i
  for i in 1 2 3 4 5; do
    case $verb in
      check) set -- posternd --config "$W/$name/etc" --check ;;
      reload) set -- posternctl --config "$W/$name/etc" reload ;;
    esac
    in_space "$name" python3 -c 'import subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL,
               stderr=subprocess.DEVNULL)
print("%.1f" % ((time.perf_counter() - start) * 1e3))' "$@"
  done | sort -n | sed -n 3p
}

# cpu_each NAME FROM FIRST COUNT: milliseconds of CPU that each of the requests
# of FROM takes in all processes of NAME; what else runs here does not count.
cpu_each () {
  local name=$1 from=$2 first=$3 count=$4 before after i
  before=$(load cpu "$(pid_of "$name" cpu)")
  for i in $(seq "$first" $((first + count - 1))); do
    deliver "$name" "$W/$from/cpu/$i"
    sleep 0.05
  done
  sleep 1
  after=$(load cpu "$(pid_of "$name" cpu)")
  calc '(a[1]-a[0])/1000/a[2]' "$before" "$after" "$count"
}

# One person against 1,001: the same request, and one by each of many.
bench_people () {
  local n=$((ROUNDS * 2)) name what mine beside
  say "1,000 people"
  postern_requests disk 0 "$n"
  postern_requests many 0 "$n"
  crowd_requests 120 "$n"
  for name in disk many; do postern_baseline $name; done
  { printf '{"client":"%s","rounds":%s,"sync":"%s","targets":[' \
      "$CLIENT" "$ROUNDS" "$W"
    plan_target disk 0 "$n"; printf ,
    plan_target many 0 "$n"; printf ,
    plan_target crowd 120 "$n"; printf ']}'
  } > "$W/people.json"
  python3 "$here/wire.py" times "$W/people.json" > "$W/wire.out"
  row "wire to nftables element, 1,000 people with $CROWD more; beside: one person" \
    "$(calc 'a[0]/a[1]' "$(value many rule)" "$(value disk rule)")" \
    "$(both many rule)" "$(both disk rule)" "at most 1.2"
  row "wire to nftables element, each by another $CROWD of 1,000; beside: one person" \
    "$(calc 'a[0]/a[1]' "$(value crowd rule)" "$(value disk rule)")" \
    "$(both crowd rule)" "$(both disk rule)" "at most 1.2"
  row "gpg alone, verify, 1,000 $CROWD keys more; beside: one key" \
    "$(calc 'a[0]/a[1]' "$(value many verify)" "$(value disk verify)")" \
    "$(both many verify)" "$(both disk verify)" -
  postern_requests disk 0 "$n" cpu
  postern_requests many 0 "$n" cpu
  crowd_requests 320 "$n" cpu
  beside=$(cpu_each disk disk 0 "$n")
  mine=$(cpu_each many many 0 "$n")
  row "CPU for a request, 1,000 people with $CROWD more; beside: one person" \
    "$(calc 'a[0]/a[1]' "$mine" "$beside")" "$mine ms" "$beside ms" \
    "at most 1.2"
  mine=$(cpu_each many crowd 320 "$n")
  row "CPU for a request, each by another $CROWD of 1,000; beside: one person" \
    "$(calc 'a[0]/a[1]' "$mine" "$beside")" "$mine ms" "$beside ms" \
    "at most 1.2"
  for what in check reload; do
    mine=$(took many $what) beside=$(took disk $what)
    row "posternd's $what, 1,000 people more; beside: one person" \
      "$(calc 'a[0]/a[1]' "$mine" "$beside")" "$mine ms" "$beside ms" -
  done
  mine=$(load pss "$(pid_of many cpu)" "$W/many/etc")
  beside=$(load pss "$(pid_of disk cpu)" "$W/disk/etc")
  row "PSS of all processes, 1,000 people more; beside: one person" \
    "$(calc 'a[0]/a[1]' "$mine" "$beside")" \
    "$(calc 'a[0]/1024' "$mine") MB" "$(calc 'a[0]/1024' "$beside") MB" \
    "under 40 MB"
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
    "$(calc 'a[0]/a[1]' "$mine" "$theirs")" "$mine" "$theirs" -
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
  for part in wire people junk flood exec vouch parts; do measure $part; done
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
