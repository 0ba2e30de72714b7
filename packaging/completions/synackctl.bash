# SPDX-License-Identifier: MIT
# bash completion for synackctl. `synackctl __complete` prints the candidates.
# shellcheck shell=bash

# The words of the command line. bash also splits words at each of `=:`, as in NAME=VALUE.
_synackctl_words() {
	local line=${COMP_LINE:0:COMP_POINT}
	read -ra words <<<"$line"
	[[ $line == *[[:space:]] ]] && words+=("")
}

_synackctl() {
	local words=() line word current=${COMP_WORDS[COMP_CWORD]} last kept at
	_synackctl_words
	last=${words[-1]}
	# The part of the last word that bash treats as a separate word.
	case $current in
	[=:]*) kept=$last ;;
	*) kept=${last%"$current"} ;;
	esac
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		:open) compopt -o nospace ;;
		:files) mapfile -t COMPREPLY < <(compgen -f -- "$last") && compopt -o filenames ;;
		":command "*)
			at=${line#:command }
			_synackctl_command "$((at + 1))"
			;;
		*)
			word=${line%%$'\t'*}
			COMPREPLY+=("${word#"$kept"}")
			case $word in *[:=]) compopt -o nospace ;; esac
			;;
		esac
	done < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
	return 0
}

# Completes a command line that begins at word $1.
_synackctl_command() {
	if [ "${#words[@]}" -le "$(($1 + 1))" ]; then
		mapfile -t COMPREPLY < <(compgen -c -- "$last")
	elif declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$last") && compopt -o filenames
	fi
}

complete -F _synackctl synackctl
