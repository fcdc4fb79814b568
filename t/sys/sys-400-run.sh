#!/bin/bash
# Commands: what runs is what the configuration says, and nothing else.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3
setup
person alice
server
mkdir -p "$W/files/sub"
echo inside > "$W/files/sub/a"
echo outside > "$W/secret"
ln -s ../secret "$W/files/link"
# A program that only root can change, and that tells all that it got.
P=/usr/local/libexec/pt$$
mkdir -p $P
at_end () { rm -rf "/usr/local/libexec/pt$$"; }
cat > $P/tell <<'END'
#!/bin/bash
printf '<%s>' "$@"
echo
END
chmod 755 $P/tell
cat >> "$ETC/access.conf" <<END
command tell {
  groups = {'ops'}
  argv = {'$P/tell', 'unit={unit}.service', '{unit}'}
  arg unit { match = '(nginx|postgresql)' }
  run-as = 'nobody'
}
command one { groups = {'ops'} argv = {'$P/tell', '{v}'} arg v { enum = {'red', 'blue'} default = 'blue' } run-as = 'nobody' }
command number { groups = {'ops'} argv = {'$P/tell', '{v}'} arg v { range = '-5-100' } run-as = 'nobody' }
command addr { groups = {'ops'} argv = {'$P/tell', '{v}'} arg v { address = true } run-as = 'nobody' }
command file { groups = {'ops'} argv = {'/bin/cat', '{v}'} arg v { file = '$W/files' } run-as = 'nobody' }
command text { groups = {'ops'} argv = {'$P/tell', '{v}', 'x{v}y'} arg v { match = '.*' } run-as = 'nobody' }
command dash { groups = {'ops'} argv = {'$P/tell', '{v}'} arg v { match = '.*' dash = true } run-as = 'nobody' }
command in { groups = {'ops'} argv = {'/bin/cat'} arg v { match = '.*' } stdin = 'args' run-as = 'nobody' }
command exit { groups = {'ops'} argv = {'$P/exit', '{v}'} arg v { range = '0-255' } run-as = 'nobody' }
command who { groups = {'ops'} argv = {'/usr/bin/id'} run-as = 'nobody' run-groups = {'adm'} }
command root { groups = {'ops'} argv = {'/bin/grep', 'CapEff', '/proc/self/status'} run-as = 'root' }
command env { groups = {'ops'} argv = {'/usr/bin/env'} env = {'MINE=1'} run-as = 'nobody' }
command others { users = {'bob'} argv = {'/bin/true'} run-as = 'nobody' }
command nobody-there { groups = {'ops'} argv = {'/bin/true'} run-as = 'pt-no-such' }
command gone { groups = {'ops'} argv = {'$P/gone'} run-as = 'nobody' }
command loose { groups = {'ops'} argv = {'$W/loose'} run-as = 'nobody' }
command secret { groups = {'ops'} argv = {'/bin/echo', 'told'} require = 'crypt' run-as = 'nobody' }
command elsewhere { groups = {'ops'} argv = {'/bin/true'} from = {'198.51.100.0/24'} run-as = 'nobody' }
END
printf '#!/bin/sh\nexit "$1"\n' > $P/exit
printf '#!/bin/sh\n' > "$W/loose"
chmod 755 $P/exit
chmod 777 "$W/loose"
enroll alice
echo 'the right one' > "$W/right"
echo 'a wrong one' > "$W/wrong"
in_server postern-keys passwd alice --config "$ETC" --fd 3 3< "$W/right" 2>>"$W/enroll.log" || fail passwd
start

# ran CODE OUTPUT ARGUMENTS...
ran () {
  local code=$1 want=$2 rc=0
  shift 2
  as alice postern run web1 "$@" > "$W/out" 2> "$W/err" || rc=$?
  [ $rc = "$code" ] || fail "run $*: exit $rc, not $code: $(cat "$W/out" "$W/err")"
  [ "$(cat "$W/out")" = "$want" ] || fail "run $*: '$(cat "$W/out")', not '$want'"
}
# refused REASON ARGUMENTS...
refused () {
  local why=$1
  shift
  ran 77 '' "$@"
  grep -q "refused: .*$why" "$W/err" || fail "run $*: $(cat "$W/err")"
}

say "a template"
ran 0 '<unit=nginx.service><nginx>' tell unit=nginx
grep -q "/tell unit=nginx.service nginx: exit 0 after" "$W/err" || fail "$(cat "$W/err")"
audited '"result": ?"done".*"argv": ?".*/tell unit=nginx.service nginx"'
ran 3 '' exit v=3
ran 255 '' exit v=255
refused 'unit: missing' tell
refused 'unit: it does not match' tell unit=nginxx
refused 'unit: it does not match' tell unit=xnginx
refused 'x: the command has no such' tell unit=nginx x=1
ran 0 '<unit=postgresql.service><postgresql>' tell unit=postgresql
ran 0 '<blue>' one
ran 0 '<red>' one v=red
refused 'v: not one' one v=green
for v in -5 0 100; do ran 0 "<$v>" number v=$v; done
for v in -6 101 007 +1 1.0 0x1 ' 1' 1e2; do refused 'v: not a number' number "v=$v"; done
ran 0 '<192.0.2.1>' addr v=192.0.2.1
ran 0 '<2001:db8::1>' addr v=2001:db8::1
for v in 192.0.2 192.0.2.01 2001:DB8::1 localhost 192.0.2.1/32; do refused 'v: not an IP' addr v=$v; done

say "a file below a folder"
ran 0 inside file v=sub/a
refused 'does not name a file' file v=sub/b
refused 'does not name a file' file v=link
for v in ../secret sub/../../secret /etc/passwd '' . sub/. sub//a; do refused 'v: not the name' file "v=$v"; done
refused "v: it begins" file v=-a

say "one argument stays one, whatever is in it"
for v in 'a b' "it's" '"q"' '$(id)' '`id`' 'a;id' 'a|id' 'a&&id' '*' '%2e%2e' '%252e' '\n' '{v}' '{{' '~' \
         'ünï' "$(printf 'a\314\201')" '; --' 'x --help'; do
  ran 0 "<$v><x${v}y>" text "v=$v"
done
ran 0 '<><xy>' text v=
refused "v: it begins with '-'" text v=--help
refused "v: it begins with '-'" text v=-
ran 0 '<--help>' dash v=--help
refused 'v: control or hidden characters' text "v=$(printf 'a\nb')"
refused 'v: control or hidden characters' text "v=$(printf 'a\tb')"
refused 'v: control or hidden characters' text "v=$(printf 'a\033b')"
refused 'v: control or hidden characters' text "v=$(printf 'a\377b')"
refused 'v: control or hidden characters' text "v=$(printf 'a\300\257b')"
refused 'unit: it does not match' tell "unit=$(printf 'ng\321\226nx')"
refused 'unit: it does not match' tell 'unit=nginx%00'
ran 0 'v=a b' in 'v=a b'

say "arguments by hand"
server_key
# crafted SED: a request to run text, changed so, signed and sent.
crafted () {
  text_of_request "s/^action: .*/action: run/; /^ports/d; s/^for: .*/command: text\narg: v=ok/" | sed "$1" > "$W/t"
  rm -f "$W/m"
  gpg_as alice --no-options --compress-algo none --digest-algo SHA256 -f "$W/server.pgp" -s -e -o "$W/m" "$W/t"
  send_message "$W/m"
}
crafted ''
audited '"argv": ?".*/tell ok xoky"'
for bad in v=%00 v=a%00b v=a%0ab%00 v=a%2fb v=%2E v=a%zz v=a% v=a%2 Vv=a v; do
  refused_for '^parse: the text is not a request: arg' crafted "s/^arg: .*/arg: $bad/"
done
refused_for '^parse: the text is not a request: arg' crafted 's/^arg: .*/arg: v=a\narg: v=b/'
refused_for '^parse: the text is not a request: command' crafted 's/^command: .*/command: ..\/text/'
refused_for '^policy: the arguments are not valid: .*control or hidden characters' crafted 's/^arg: .*/arg: v=a%0Ab/'
refused_for '^policy: the arguments are not valid: .*not UTF-8' crafted 's/^arg: .*/arg: v=%C0%AF/'
crafted 's/^arg: .*/arg: v=%2500/'
audited '"argv": ?".*/tell %00 x%00y"'
# What stands in a row cannot become more of it.
ran 0 '<%22,%22user%22:%22bob><x%22,%22user%22:%22boby>' text 'v=%22,%22user%22:%22bob'
audited '"user":"alice".*"argv":"[^"]*/tell %22,%22user%22:%22bob x'

say "who it is"
ran 0 "$(setpriv --reuid nobody --regid nogroup --groups "$(getent group adm | cut -d: -f3)" id)" who
as alice postern run web1 root > "$W/out" 2>/dev/null || fail "root: $(cat "$W/out")"
grep -q "$(grep CapBnd /proc/self/status | cut -f2)" "$W/out" || fail "root lacks its power: $(cat "$W/out")"
as alice postern run web1 env > "$W/out" 2>/dev/null || fail env
for line in MINE=1 POSTERN_USER=alice "POSTERN_KEY=$(fpr_of alice)" POSTERN_SOURCE=$C4 USER=nobody; do
  grep -qx "$line" "$W/out" || fail "the environment lacks $line: $(cat "$W/out")"
done
grep -q '^POSTERN_REQUEST=[0-9a-f]\{64\}$' "$W/out" || fail "no POSTERN_REQUEST"
[ "$(wc -l < "$W/out")" -le 12 ] || fail "the environment has more: $(cat "$W/out")"

say "what is not for alice, or cannot be"
refused 'no such command is for you' none
refused "no such command is for you; 'postern whoami web1' shows what you may do" others
audited '"reason": ?"no such command for this person".*command others'
refused 'no rule allows this' elsewhere
refused 'could not be started' nobody-there
audited 'the user of run-as does not exist'
refused 'could not be started' gone
audited 'the program does not exist'
refused 'could not be started' loose
audited 'users other than root can change'

say "a password besides"
refused 'a password is asked for; use --ask-password or --password-fd$' secret
ran 0 told secret --password-fd 3 3< "$W/right"
audited '"result": ?"done".*credential crypt of alice.*"argv": ?"/bin/echo told"'
refused 'the credential was refused' secret --password-fd 3 3< "$W/wrong"
refused 'a credential that nothing asks for' who --password-fd 3 3< "$W/right"

say "what whoami tells"
as alice postern whoami web1 | grep -q '^command tell: unit=TEXT' || fail whoami
say ok
