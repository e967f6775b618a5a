# SPDX-License-Identifier: BSD-2-Clause
# fish completion of stytchctl: it says itself what may stand next.

function __stytchctl_complete
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    set -l lines ($words[1] complete $words[2..-1] "$last" 2>/dev/null)
    if test (count $lines) -eq 1; and test "$lines[1]" = \t"files"
        set -l start (string replace -rf '^(--[^=]*=).*' '$1' -- "$last")
        __fish_complete_path (string replace -r '^--[^=]*=' '' -- "$last") |
            string replace -r '^' "$start"
        return
    end
    printf '%s\n' $lines
end

complete -c stytchctl -f -a '(__stytchctl_complete)'
