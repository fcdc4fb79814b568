# fish completion for the four programs, which supply the candidates.
# SPDX-License-Identifier: GPL-2.0-or-later

function __postern_complete
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    for line in ($words[1] --complete $words[2..-1] "$last" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$last"
            case :folders
                __fish_complete_directories "$last"
            case '*'
                echo $line
        end
    end
end

for program in postern posternctl postern-keys posternd
    complete -c $program -f -a '(__postern_complete)'
end
