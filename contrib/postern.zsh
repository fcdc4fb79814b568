#compdef postern posternctl postern-keys posternd
# zsh completion for the four programs, which supply the candidates.
# SPDX-License-Identifier: GPL-2.0-or-later

local line
local -a candidates

for line in ${(f)"$("${words[1]}" --complete "${(@)words[2,CURRENT]}" 2>/dev/null)"}
do
  case $line in
    :files) _files; return ;;
    :folders) _files -/; return ;;
    *) candidates+=("${line/$'\t'/:}") ;;
  esac
done
_describe -t words 'postern' candidates
