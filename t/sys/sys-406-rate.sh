#!/bin/bash
# Who asks more than "rate" allows is not heard for a while, and leaves one
# row; nobody else notices, and long answers come at a pace that is allowed.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3 cmp
setup
person alice
person bob
server
P=/usr/local/libexec/pt$$
mkdir -p $P
at_end () { rm -rf "/usr/local/libexec/pt$$"; }
cat > $P/bytes <<'END'
#!/usr/bin/python3
import sys
sys.stdout.buffer.write(bytes(i * 7 % 256 for i in range(int(sys.argv[1]))))
END
chmod 755 $P/*
echo "command bytes { groups = {'ops'} argv = {'$P/bytes', '{n}'} arg n { range = '0-100000' } run-as = 'nobody' max-output = '64k' }" >> "$ETC/access.conf"
enroll alice
enroll bob
# No more come back than the test asks for while it lasts.
sed -i "s/^rate.*/rate = '5, 1\/h'/" "$ETC/posternd.conf"
start
listen 22

for i in 1 2 3 4 5 6 7 8; do
  as alice postern seal close web1 -o "$W/alice$i" || fail "seal"
done
as alice postern seal open web1 --for 60s -o "$W/open" || fail "seal"
before=$(claims)
for i in 1 2 3 4 5 6 7 8; do send "$W/alice$i"; done
rows () { ctl audit --json > "$W/rows"; grep "\"user\": \?\"alice\"" "$W/rows" | grep '"stage": \?"rate"'; }
three () { rows | grep '"count": \?3[,}]' > /dev/null; }
until_ok three || fail "not counted: $(cat "$W/rows")"
[ "$(claims)" = "$((before + 5))" ] || fail "$(claims) claims, not $before + 5"
[ "$(rows | wc -l)" = 1 ] || fail "more than one row: $(rows)"
send "$W/open"
four () { rows | grep '"count": \?4[,}]' > /dev/null; }
until_ok four || fail "not counted: $(cat "$W/rows")"
is_shut $S4 22
say "too many: dropped, and one row"
as bob postern open web1 --for 60s > /dev/null || fail "bob"
is_open $S4 22
ctl close --all > /dev/null
say "somebody else: not too many"

# The default's pace, in force at once.
sed -i "s/^rate.*/rate = '13, 2\/s'/" "$ETC/posternd.conf"
ctl reload > /dev/null || fail "reload"
as alice postern open web1 --for 60s > /dev/null || fail "alice, later"
is_open $S4 22
say "later: heard again"
$P/bytes 20000 > "$W/whole"
as alice postern run web1 bytes n=20000 > "$W/out" 2> "$W/err" || fail "run: $(cat "$W/err")"
id=$(sed -n 's/.*postern result web1 \([0-9a-f]\{8\}\).*/\1/p' "$W/err" | head -n 1)
as alice postern result web1 "$id" --all > "$W/out" 2> "$W/err" || fail "result: $(cat "$W/err")"
cmp "$W/out" "$W/whole" || fail "all of it"
say "a long answer: as fast as is allowed"
say "ok"
