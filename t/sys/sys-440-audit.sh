#!/bin/bash
# An audit that can be handed over: what was changed, taken out or moved is
# found, and who signed what is shown with the public keys alone.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3 pgrep
setup
person alice
person bob
server
listen 22
cat >> "$ETC/access.conf" <<END
command echo { groups = {'ops'} argv = {'/bin/echo', '{v}'} arg v { match = '[a-z]+' } run-as = 'nobody' }
command sleep { groups = {'ops'} argv = {'/bin/sleep', '30'} run-as = 'nobody' }
END
enroll alice
enroll bob
start
db=$ETC/state/decide/store.db

opens () {
  as "$1" postern open web1 --for 30s > "$W/out" 2>&1 || fail "$1: $(cat "$W/out")"
}
opens alice
opens bob
as bob postern close web1 > "$W/out" 2>&1 || fail "close: $(cat "$W/out")"
as alice postern open web1 udp/99 > "$W/out" 2>&1 && fail "udp/99 is allowed"
as alice postern whoami web1 > "$W/out" 2>&1 || fail "whoami"
as alice postern run web1 echo v=this > "$W/out" 2>&1 || fail "run: $(cat "$W/out")"
head -c 300 /dev/urandom > "$W/junk"
send "$W/junk"

# verify [OPTIONS]: into $W/verify; its exit code in $rc.
verify () {
  rc=0
  ctl audit verify "$@" > "$W/verify" 2>&1 || rc=$?
}
holds () {
  [ "$rc" = 0 ] || fail "$1: $rc, $(cat "$W/verify")"
  grep -q "the chain holds" "$W/verify" || fail "$1: $(cat "$W/verify")"
}
broken () {
  [ "$rc" = 65 ] || fail "$1: exit code $rc, $(cat "$W/verify")"
  grep -qE "^BROKEN: .*$2" "$W/verify" || fail "$1: $(cat "$W/verify")"
  say "$1: found"
}

verify
holds "untouched"
grep -q "4 requests were signed by alice, $(fpr_of alice)" "$W/verify" \
  || fail "alice's: $(cat "$W/verify")"
grep -q "2 requests were signed by bob" "$W/verify" || fail "bob's"
grep -q "^Not proven:" "$W/verify" || fail "nothing is said of what is not proven"
head=$(sed -n 's/^Head: //p' "$W/verify")
say "untouched: the chain holds"

# gpg, which looks at what others wrote, is not root's.
mkfifo "$W/pipe"
in_server posternctl --config "$ETC" audit verify - < "$W/pipe" > "$W/out" 2>&1 &
own $!
exec 7> "$W/pipe"
is_verifys () {
  [ "$(cat /proc/$(pgrep -f -- "$ETC audit verify -" | tail -1)/status | sed -n 's/^Uid:\t//p')" = "$(id -u _posternmuster | sed 's/.*/&\t&\t&\t&/')" ]
}
until_ok is_verifys || fail "audit verify is root: $(cat "$W/out")"
exec 7>&-

# The same by another, from the export and the public keys alone.
ctl audit export > "$W/export" || fail "export"
cat "$W/alice.pgp" "$W/bob.pgp" > "$W/keys.pgp"
mkdir "$W/nowhere"
rc=0
in_client posternctl audit verify "$W/export" --keys "$W/keys.pgp" --config "$W/nowhere" \
  > "$W/verify" 2>&1 || rc=$?
holds "exported"
grep -q "4 requests were signed by alice" "$W/verify" || fail "$(cat "$W/verify")"
rc=0
in_client posternctl audit verify "$W/export" --keys "$W/alice.pgp" > "$W/verify" 2>&1 || rc=$?
holds "without bob's key"
grep -q "2 requests were signed by keys that are not here" "$W/verify" || fail "$(cat "$W/verify")"
rc=0
in_client posternctl audit verify "$W/export" --config "$W/nowhere" > "$W/verify" 2>&1 || rc=$?
[ $rc != 0 ] && [ "$(wc -l < "$W/verify")" = 1 ] && grep -q -e '--keys' "$W/verify" \
  || fail "without keys: $rc, $(cat "$W/verify")"
say "exported: verified with the public keys alone"

# A command that outlives a reload is not in the chain until it has ended.
as alice postern run web1 sleep > "$W/out" 2>&1 || [ $? = 75 ] || fail "run: $(cat "$W/out")"
reload_all
verify
holds "reloaded while a command ran"
grep -q "^- 1 rows that may still change" "$W/verify" || fail "$(cat "$W/verify")"
kill "$(pgrep -P "$(pgrep -d, -P $POSTERND -x act)")" || fail "nothing runs"
ended () { ctl audit --last=5 | grep -q 'done .* run .*signal 15'; }
until_ok ended || fail "the end of the command: $(ctl audit --last=5)"
verify
holds "it ended behind the reload"

# A head that was noted is there still, when more has come.
opens alice
verify --head "$head"
holds "with a head"
grep -q "note its head elsewhere" "$W/verify" && fail "the head was not taken"
verify --head "${head%%:*}:$(printf '%064d' 0)"
broken "another head" "not in the chain"

# with SQL: verify what is left when posternd was stopped and SQL was run.
with () {
  stop
  cp "$db" "$W/db"
  cp "$db-wal" "$W/db-wal" 2>/dev/null || rm -f "$W/db-wal"
  sqlite3 "$db" "$2" > "$W/sql.out" 2>&1 || fail "$1: $(cat "$W/sql.out")"
  chown _postern: "$db"*
  start
  verify --head "$head"
}
# A copy of the store, and the public keys alone, as nobody in particular.
copied () {
  chown -R nobody "$W/copy"
  rc=0
  in_client setpriv --reuid 65534 --clear-groups "$W/posternctl" audit verify \
    "$W/copy/store.db" --keys "$W/keys.pgp" --head "$head" > "$W/verify" 2>&1 || rc=$?
}
restore () {
  stop
  rm -f "$db-wal" "$db-shm"
  cp "$W/db" "$db"
  [ ! -e "$W/db-wal" ] || cp "$W/db-wal" "$db-wal"
  chown _postern: "$db"*
  start
}
row="(SELECT row FROM audit WHERE user = 'bob' AND action = 'open')"
next="(SELECT row FROM audit WHERE user = 'bob' AND action = 'close')"
with "nothing" "SELECT 1"
holds "after a restart"
with "a changed row" "UPDATE audit SET address = '203.0.113.99' WHERE row = $row"
broken "a changed row" "was changed"
restore
with "a changed outcome" "UPDATE audit SET result = 'refused' WHERE row = $row"
broken "a changed outcome" "was changed"
restore
with "another command" "UPDATE audit SET argv = '/bin/echo that' WHERE argv IS NOT NULL"
broken "another command" "was changed"
restore
with "a command where none ran" "UPDATE audit SET argv = '/bin/echo that' WHERE row = $row"
broken "a command where none ran" "was changed"
restore
with "no command" "UPDATE audit SET argv = NULL"
broken "no command" "was changed"
restore
with "a removed row" "DELETE FROM audit WHERE row = $row"
broken "a removed row" "was removed"
restore
with "a removed row and link" "DELETE FROM chain WHERE row = $row; DELETE FROM audit WHERE row = $row"
broken "a removed row and its link" "rows were removed"
restore
with "re-ordered" "UPDATE audit SET row = -1 WHERE row = $row;
  UPDATE audit SET row = (SELECT row FROM chain WHERE row = $next) WHERE row = -2;
  CREATE TEMP TABLE two AS SELECT $next AS a, (SELECT row FROM chain WHERE row NOT IN (SELECT row FROM audit) LIMIT 1) AS b;
  UPDATE audit SET row = -2 WHERE row = (SELECT a FROM two);
  UPDATE audit SET row = (SELECT a FROM two) WHERE row = -1;
  UPDATE audit SET row = (SELECT b FROM two) WHERE row = -2;"
broken "two rows in each other's place" "was changed, or moved"
restore
with "the end cut off" "DELETE FROM audit WHERE row IN (SELECT row FROM chain WHERE seq >= ${head%%:*});
  DELETE FROM chain WHERE seq >= ${head%%:*}"
broken "the end cut off" "is not in the chain"
restore

# All written anew, with a chain that fits: the signatures and the head tell.
with "somebody else's request" "UPDATE audit SET user = 'bob', fpr = '$(fpr_of bob)'
  WHERE user = 'alice'; DELETE FROM chain; INSERT OR IGNORE INTO chain_open SELECT row FROM audit; UPDATE chain_base SET seq = 0, hash = zeroblob (32)"
broken "a request given to somebody else" "signed by another key"
grep -q "not in the chain" "$W/verify" || fail "the head fits: $(cat "$W/verify")"
restore
with "another request's text" "UPDATE audit SET ports = 'tcp/80' WHERE row = $row;
  DELETE FROM chain; INSERT OR IGNORE INTO chain_open SELECT row FROM audit; UPDATE chain_base SET seq = 0, hash = zeroblob (32)"
broken "other ports than signed" "ports are not those"
restore
with "another blob" "UPDATE audit SET blob = (SELECT blob FROM audit WHERE row = $next) WHERE row = $row;
  DELETE FROM chain; INSERT OR IGNORE INTO chain_open SELECT row FROM audit; UPDATE chain_base SET seq = 0, hash = zeroblob (32)"
broken "another blob" "signed request is another one"
restore
anew="DELETE FROM chain; INSERT OR IGNORE INTO chain_open SELECT row FROM audit; UPDATE chain_base SET seq = 0, hash = zeroblob (32)"
with "a request twice" "INSERT INTO audit (time, host, result, stage, user, fpr, source, sport, address, action, ports,
  rule, request, until, count, blob) SELECT time + 900, host, result, stage, user, fpr, source, sport, address, action, ports,
  rule, request, until, count, blob FROM audit WHERE row = $row; $anew"
broken "a request twice" "in an earlier row"
restore
with "what nobody signed" "UPDATE audit SET blob = NULL WHERE row = $row; $anew"
broken "a request that nobody signed" "has no signed one"
restore
with "another address" "UPDATE audit SET address = '203.0.113.99' WHERE user = 'alice' AND action = 'open'
  AND address IS NOT NULL; $anew"
broken "another address than signed" "the address is not the one"
restore
with "another host" "UPDATE audit SET host = 'web2'; $anew"
broken "another host" "for another host"
restore
with "another command" "UPDATE audit SET rule = 'sleep' WHERE rule = 'echo'; $anew"
broken "another command than signed" "the command is not the one"
restore

# The same words, signed by somebody whose key is not here.
person carol
grep '"user":"bob"' "$W/export" | grep '"action":"open"' | sed 's/.*"blob":"\([^"]*\)".*/\1/' | base64 -d > "$W/blob"
as bob gpg -q --decrypt < "$W/blob" > "$W/text" 2>/dev/null || :
[ -s "$W/text" ] || fail "no text in the blob"
as carol gpg -q --batch -z 0 --sign < "$W/text" > "$W/blob"
with "a stranger's signature" "UPDATE audit SET blob = x'$(od -An -v -tx1 "$W/blob" | tr -d ' \n')' WHERE row = $row; $anew"
broken "a stranger's signature" "not signed by the key that it names"
restore

# Names in an export are somebody's word: nothing of them reaches a terminal.
with "a name that clears a screen" "UPDATE audit SET user = char (27) || '[2J' WHERE user = 'bob'; $anew"
grep -q "2 requests were signed by nobody's key, $(fpr_of bob)" "$W/verify" || fail "$(cat "$W/verify")"
grep -q "$(printf '\033')" "$W/verify" && fail "the terminal's: $(cat -v "$W/verify")"
restore
verify --head "$head"
holds "put back"

mkdir "$W/copy"
cp "$POSTERN_BIN/posternctl" "$W/"
cp "$db"* "$W/copy/"
copied
holds "a copy of the store"
grep -q "2 requests were signed by bob" "$W/verify" || fail "$(cat "$W/verify")"
sqlite3 "$W/copy/store.db" "UPDATE audit SET address = '203.0.113.99' WHERE row = $row"
copied
broken "a changed row of a copy" "was changed"
sqlite3 "$W/copy/store.db" "PRAGMA user_version = 99"
copied
[ $rc = 65 ] && grep -q "nor a copy of this version" "$W/verify" || fail "$rc: $(cat "$W/verify")"
rc=0
in_server posternctl audit verify "$db" --keys "$W/keys.pgp" > "$W/verify" 2>&1 || rc=$?
[ $rc = 75 ] && grep -q "a posternd uses it" "$W/verify" || fail "the live store: $rc, $(cat "$W/verify")"
say "copied: the store itself is as good as an export"

# So does pruning by size: the store counts too much, and a step's ten rows
# go.
for i in 1 2 3 4 5 6; do opens alice; done
stop
rows=$(sqlite3 "$db" "SELECT count (*) FROM chain")
sqlite3 "$db" "UPDATE audit_size SET bytes = 1048576 + 400"
echo "audit-max = '1M'" >> "$ETC/posternd.conf"
start
shorter () { verify; grep -q "it was pruned" "$W/verify"; }
until_ok shorter || fail "not pruned by size: $(cat "$W/verify")"
holds "pruned by size"
ctl audit > "$W/told"
grep -q "its oldest rows go" "$W/told" || fail "it is not told: $(tail -5 "$W/told")"
stop
left=$(sqlite3 "$db" "SELECT count (*) FROM chain")
[ "$left" -gt 2 ] && [ "$left" -lt "$((rows + 3))" ] || fail "$rows rows became $left"
say "audit-max: what is left is proven"

# Pruning by age keeps the rest provable.
sqlite3 "$db" "SELECT count (*) FROM chain" > "$W/before"
sed -i '/^audit-keep/d' "$ETC/posternd.conf"
echo "audit-keep = '1s'" >> "$ETC/posternd.conf"
start
pruned () { verify; grep -q "it was pruned" "$W/verify"; }
until_ok pruned || fail "not pruned: $(cat "$W/verify")"
opens alice
verify
holds "pruned"
say "pruned: what is left is proven"
say "ok"
