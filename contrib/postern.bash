# bash completion for the four programs, which supply the candidates.
# SPDX-License-Identifier: GPL-2.0-or-later

_postern () {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) mapfile -t COMPREPLY < <(compgen -f -- "$2")
              compopt -o filenames 2>/dev/null ;;
      :folders) mapfile -t COMPREPLY < <(compgen -d -- "$2")
                compopt -o filenames 2>/dev/null ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <("$1" --complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}

complete -F _postern postern posternctl postern-keys posternd
