# SPDX-License-Identifier: MIT
# fish completion for synackctl. `synackctl __complete` prints the candidates.

function __synackctl_complete
    set -l typed (commandline -opc)
    for line in ($typed[1] __complete $typed[2..-1] (commandline -ct) 2>/dev/null)
        switch $line
            case ':open'
                continue
            case ':files'
                __fish_complete_path (commandline -ct)
            case ':command*'
                __fish_complete_subcommand --fcs-skip=(math (string replace ':command ' '' -- $line) + 1)
            case '*'
                echo $line
        end
    end
end

complete -c synackctl -f -a '(__synackctl_complete)'
