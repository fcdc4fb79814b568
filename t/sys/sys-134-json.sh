#!/bin/bash
# All that prints JSON keeps to doc/JSON.md: arrays and objects, kebab-case,
# null for none and never, ASCII; and it says as data what the text says.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3
setup
person alice
person bob
server
listen 22
printf 'r\303\251sum\303\251' > "$W/accent"
cat >> "$ETC/access.conf" <<END
rule web { groups = {'ops'} ports = {'tcp/8022', 'udp/60000-60010'} max-time = '90m' approvals = 1
  approvers = {'ops'} from = {'203.0.113.0/24'} hours = 'Mon,Tue,Wed,Thu,Fri,Sat,Sun 00:00-24:00' }
rule empty { groups = {'nobody-there'} ports = {'tcp/22'} }
command say { groups = {'ops'} argv = {'/bin/echo', '{v}'} arg v { match = '.*' } run-as = 'root' approvals = 1
  approvers = {'ops'} }
END
enroll alice
enroll bob
start

cat > "$W/check.py" <<'END'
import json, re, sys
kind, path = sys.argv[1:]
text = open(path, "rb").read()
assert text and not re.search(rb"[^\n -~]", text), "not ASCII, or nothing"
def pairs(members):
    names = [name for name, _ in members]
    for name in names:
        assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name), name
    assert len(set(names)) == len(names), names
    return dict(members)
def look(value, name):
    if isinstance(value, dict):
        for key, inner in value.items(): look(inner, key)
    elif isinstance(value, list):
        for inner in value: look(inner, name)
    elif isinstance(value, str):
        assert value not in ("never", "none", "-", ""), name
        assert not re.fullmatch(r"\d{4}-\d\d-\d\d.*", value), name
    elif name in ("until", "since", "ends", "expires", "horizon", "let-go", "door-ends", "previous-ends",
                  "joined", "access-ends", "created", "made", "time"):
        assert value is None or isinstance(value, int) and value > 1500000000, (name, value)
values = [json.loads(line, object_pairs_hook=pairs) for line in text.splitlines()] if kind == "lines" \
    else [json.loads(text, object_pairs_hook=pairs)]
for value in values:
    assert isinstance(value, list if kind == "array" else dict), kind
    look(value, None)
END
# prints KIND EXPRESSION COMMAND...: it exits with 0, or with RC.
prints () {
  local kind=$1 check=$2 rc=0
  shift 2
  "$@" > "$W/out" 2> "$W/err" || rc=$?
  [ $rc = "${RC:-0}" ] || fail "$*: $rc, $(cat "$W/out" "$W/err")"
  python3 "$W/check.py" "$kind" "$W/out" > "$W/wrong" 2>&1 || fail "$*: $(tail -n 1 "$W/wrong"): $(cat "$W/out")"
  [ "$kind" = lines ] || python3 -c '
import json, sys
v = json.load(open(sys.argv[1]))
assert eval("(" + sys.argv[2] + ")"), v' "$W/out" "$check" 2> "$W/wrong" || fail "$*, $check: $(tail -n 1 "$W/wrong")"
}
keys () { local v=$1; shift; in_server postern-keys "$v" --config "$ETC" "$@"; }
user () { local who=$1 v=$2; shift 2; as "$who" postern "$v" "$@"; }

# Nothing there yet: empty arrays.
prints array 'v == []' ctl grants --json
prints array 'v == []' ctl pending --json
prints array 'v == []' user bob pending web1 --json
RC=75 prints array 'v == []' user bob pending --watch --for 1s --json

prints array 'v[0]["result"] == "done" and v[0]["ports"] == ["tcp/22"]' user alice open web1 --json
RC=75 prints array 'v[0]["result"] == "pending" and v[0]["ports"] == ["tcp/8022", "udp/60000-60010"]' \
  user alice open web1 tcp/8022,udp/60000-60010 --json
RC=75 prints array 'v[0]["result"] == "pending"' user alice run web1 say "v=$(cat "$W/accent")" --json
RC=77 prints array 'v[0]["result"] == "refused"' user alice open web1 udp/9 --json
prints array 'len(v) == 1 and v[0]["ports"] == ["tcp/22"] and v[0]["bind"] is None' \
  ctl grants --json
prints array 'len(v) == 2 and {w["user"] for w in v} == {"alice"}' ctl pending --json
prints array 'len(v) == 2' user bob pending web1 --json
prints array '{w["host"] for w in v} == {"web1"}' user bob pending --watch --json
say "requests"

prints array 'v[0]["user"] == "alice" and v[0]["whole"] and v[0]["access-ends"] is None
  and [(r["name"], r["ports"], r["max-time"], r["approval"]) for r in v[0]["rules"]]
      == [("ssh", ["tcp/22"], v[0]["rules"][0]["max-time"], False),
          ("web", ["tcp/8022", "udp/60000-60010"], 5400, True)]
  and v[0]["rules"][1]["hours"] == ["00:00-24:00"] and v[0]["rules"][1]["approvals"] == 1
  and [(c["name"], c["arguments"], c["hours"], c["approvals"]) for c in v[0]["commands"]]
      == [("say", "v=TEXT", [], 1)]' user alice whoami web1 --json
on_screen as alice -- postern whoami web1 || fail "whoami: $(cat "$W/screen")"
grep -q '^rule web: tcp/8022,udp/60000-60010 for at most 1h30m, 00:00-24:00, ' "$W/screen" || fail "$(cat "$W/screen")"
user alice whoami web1 | grep -q '^rule web: .*, when 1 other approves$' || fail "not a line each"
[ "$(user alice whoami web1 | grep -c 'you are alice')" = 1 ] || fail "$(user alice whoami web1)"
prints array 'v[0]["name"] == "web1" and v[0]["server"]["expires"] is None and v[0]["user"] == "alice"
  and v[0]["ports"] == ["tcp/22"] and v[0]["door-ends"] is None' user alice hosts --json
user alice doctor web1 --json > "$W/doctor" 2>/dev/null || :
prints array 'v[0]["check"] == "profile"' cat "$W/doctor"
say "whoami, hosts, doctor"

prints object 'v["trial-left"] is None and v["locked"] == [] and v["doors"][0]["name"] == "main"
  and "passed" in v["doors"][0] and "horizon" in v
  and [c for c in v["counts"] if c["reason"] == "no rule allows these ports"][0]["count"] == 1' ctl status --json
prints object '"max-age" in v and "let-go" in v' ctl horizon --json
prints lines '' ctl audit --json
prints lines '' ctl audit export
cp "$W/out" "$W/export"
prints object 'v["good"] and v["wrong"] == [] and v["rows"] > 3 and v["head-given"] is None
  and sorted(s["user"] for s in v["signers"]) == ["alice", "bob"]' ctl audit verify --json
head=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["head"])' < "$W/out")
prints object 'v["good"] and v["head-given"] == "found"' ctl audit verify "$W/export" --head "$head" --json
sed '/"result":"refused"/s/"time":1/"time":2/' "$W/export" > "$W/forged"
RC=65 prints object 'not v["good"] and any("was changed" in w for w in v["wrong"])' \
  ctl audit verify "$W/forged" --json
prints array 'v[0]["user"] == "alice"' ctl who tcp/22 --json
prints object 'v["allowed"]' ctl why alice tcp/22 --json
RC=65 prints object 'not v["allowed"]' ctl why alice udp/9 --json
head -c 300 /dev/zero > "$W/one"
ctl explain --json "$W/one" > "$W/explained" 2> "$W/err" || :
prints lines '' cat "$W/explained"
prints object 'v["closed"] == 1' ctl close --all --json
say "posternctl"

prints array '[p["user"] for p in v] == ["alice", "bob"] and v[0]["key-expires"] is None' keys list --json
prints object 'v["user-ids"] and v["rules"] == ["ssh", "web"]' keys show alice --json
prints array 'len(v) == 2' keys export --json
prints array '[p["user"] for p in v] == ["bob"]' keys export bob --json
prints array 'v[0]["name"] == "main"' in_server postern-keys door list --json --config "$ETC"
keys check --json > "$W/check" 2> "$W/err" || :
prints array 'True' cat "$W/check"
say "postern-keys"

prints object '[u["user"] for u in v["people"]] == ["alice", "bob"] and v["people"][0]["expires"] is None
  and [(r["name"], r["ports"]) for r in v["rules"]][1] == ("web", ["tcp/8022", "udp/60000-60010"])
  and v["rules"][1]["max-time"] == 5400 and v["rules"][2]["people"] == []
  and [(c["name"], c["argv"]) for c in v["commands"]] == [("say", ["/bin/echo", "{v}"])]
  and any("nobody-there" in w for w in v["warnings"])' in_server posternd --check --json --config "$ETC"
json=$(python3 -c 'import json, sys; print(len(json.load(sys.stdin)["warnings"]))' < "$W/out")
text=$(in_server posternd --check --config "$ETC" | grep -c '^Warning: ')
[ "$json" = "$text" ] || fail "$json warnings as JSON, $text as text"
rc=0
in_server posternd --json --config "$ETC" > "$W/out" 2>&1 || rc=$?
[ $rc = 64 ] && grep -q -- "--json needs '--check'" "$W/out" || fail "--json alone: $rc, $(cat "$W/out")"
say "posternd --check"
