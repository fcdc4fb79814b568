#!/bin/bash
# Hooks: who is told of what, as whom, how often; and what a slow one holds
# up, which is nothing.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3
setup
person alice
person bob
server
listen 22
P=/usr/local/libexec/pt$$
mkdir -p $P
at_end () { rm -rf "/usr/local/libexec/pt$$"; }
# Each start is a line: who it runs as, then its arguments, each in <>.
cat > $P/tell <<'END'
#!/bin/bash
file=$1
line=$(id -un):$POSTERN_USER:$POSTERN_MISSED
shift
for arg; do line="$line<$arg>"; done
printf '%s\n' "$line" >> "$file"
END
cat > $P/hang <<'END'
#!/bin/bash
echo $$ > "$1"
exec sleep 600
END
chmod 755 $P/tell $P/hang
touch "$W/told" "$W/pid" "$W/first"
chown nobody "$W/told" "$W/pid" "$W/first"
cat >> "$ETC/access.conf" <<END
rule night { groups = {'ops'} ports = {'tcp/99'} approvals = 1 approvers = {'ops'} emergency = true }
on-open = 'tell'
on-close = 'tell'
on-refused = 'tell'
on-pending = 'tell'
notify = 'tell'
hook tell {
  argv = {'$P/tell', '$W/told', '{event}', '{host}', '{user}', '{address}', '{ports}', '{rule}', 'why={reason}'}
  run-as = 'nobody'
  pause = '0s'
}
hook first { argv = {'$P/tell', '$W/first', '{event}'} run-as = 'nobody' pause = '1h' }
hook hang { argv = {'$P/hang', '$W/pid'} run-as = 'nobody' timeout = '1h' pause = '0s' }
END
enroll alice
enroll bob
start

# told N LINE: the Nth line is there, and is this one.
told () {
  until_ok has_lines "$W/told" "$1" || fail "no line $1: $(cat "$W/told")"
  [ "$(sed -n "$1p" "$W/told")" = "$2" ] \
    || fail "line $1 is '$(sed -n "$1p" "$W/told")', not '$2'"
}
has_lines () { [ "$(wc -l < "$1")" -ge "$2" ]; }
opens () {
  as "$1" postern open web1 "${@:2}" > "$W/out" 2>&1 || fail "$*: $(cat "$W/out")"
}

opens alice --for 1h
told 1 "nobody:alice:0<open><web1><alice><$C4><tcp/22><ssh><why=>"
as alice postern close web1 > "$W/out" 2>&1 || fail "close: $(cat "$W/out")"
told 2 "nobody:alice:0<close><web1><alice><$C4><tcp/22><ssh><why=closed>"
opens bob --for 1s
told 3 "nobody:bob:0<open><web1><bob><$C4><tcp/22><ssh><why=>"
told 4 "nobody:bob:0<close><web1><bob><$C4><tcp/22><ssh><why=time>"
say "told of openings, and of closings by hand and by time"

as alice postern open web1 udp/98 > "$W/out" 2>&1 && fail "udp/98 is allowed"
until_ok has_lines "$W/told" 5 || fail "not told of a refusal"
sed -n 5p "$W/told" | grep -q "^nobody:alice:0<refused><web1><alice><$C4><udp/98><><why=.*>$" \
  || fail "$(sed -n 5p "$W/told")"
head -c 300 /dev/urandom > "$W/junk"
send "$W/junk"
said="--x 'a  b' \"c\" \$(id) ; rm -- *"
rc=0
as alice postern open web1 tcp/99 --reason "$said" > "$W/out" 2>&1 || rc=$?
[ $rc = 75 ] || fail "it does not wait: $rc, $(cat "$W/out")"
told 6 "nobody:alice:0<pending><web1><alice><$C4><tcp/99><night><why=$said>"
opens bob tcp/99 --for 1h --emergency "$said"
told 7 "nobody:bob:0<emergency><web1><bob><$C4><tcp/99><night><why=$said>"
told 8 "nobody:bob:0<open><web1><bob><$C4><tcp/99><night><why=>"
say "told of a refusal, of what waits, and of an emergency; a stranger's packet starts nothing"
ctl close --all > /dev/null
told 9 "nobody:bob:0<close><web1><bob><$C4><tcp/99><night><why=closed>"

# Once the closing is told, all that there is to tell of the openings was.
sed -i "s/^on-open = .*/on-open = 'first'/" "$ETC/access.conf"
reload_all
for i in 1 2 3; do opens alice --for "${i}h"; done
ctl close --all > /dev/null
told 10 "nobody:alice:0<close><web1><alice><$C4><tcp/22><ssh><why=closed>"
until_ok has_lines "$W/first" 1 || fail "the first is not told of"
[ "$(cat "$W/first")" = "nobody:alice:0<open>" ] || fail "told more often: $(cat "$W/first")"
say "a hook rests"

# One that hangs.
sed -i "s/^on-open = .*/on-open = 'hang'/" "$ETC/access.conf"
reload_all
opens alice --for 1h
until_ok has_lines "$W/pid" 1 || fail "the hook does not begin"
pid=$(cat "$W/pid")
opens bob tcp/99 --for 1h --emergency "while one hangs"
is_open $S4 22
told 11 "nobody:bob:0<emergency><web1><bob><$C4><tcp/99><night><why=while one hangs>"
[ "$(cat "$W/pid")" = "$pid" ] || fail "a hook runs twice at a time"
kill -0 "$pid" || fail "it has ended, and proves nothing"
stop
kill -0 "$pid" 2>/dev/null && fail "it is left when posternd has ended"
say "one that hangs holds up neither a grant nor another hook, and goes with posternd"

# What --check says.
sed -i "s/^on-open = .*/on-open = 'tell'/" "$ETC/access.conf"
cat >> "$ETC/access.conf" <<END
hook lost { argv = {'$P/gone'} run-as = 'pt-no-such' pause = '90s' }
END
in_server posternd --config "$ETC" --check > "$W/check" 2>&1 || :
grep -q "^Hook tell runs $P/tell .* as nobody to report what is opened and what is closed and what is refused and pending requests and emergencies; every time$" "$W/check" \
  || fail "--check: $(cat "$W/check")"
for text in "^Hook lost runs $P/gone as pt-no-such to report nothing; at most once in 1m30s" \
  "hook lost: $P/gone: .* It will not be started" "hook lost: there is no user 'pt-no-such'" \
  "hook lost never runs"; do
  grep -q "$text" "$W/check" || fail "--check does not say '$text': $(cat "$W/check")"
done
say ok
