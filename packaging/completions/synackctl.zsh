#compdef synackctl
# SPDX-License-Identifier: MIT
# zsh completion for synackctl. `synackctl __complete` prints the candidates.

_synackctl() {
	local line word
	local -a names shown suffix

	for line in "${(@f)$(_call_program synackctl ${(q)words[1]} __complete "${(@q)words[2,CURRENT]}")}"; do
		case $line in
		'') ;;
		:open) suffix=(-S '') ;;
		:files) _files; return ;;
		:command*)
			# Another command line begins after `--`.
			(( line = ${line#:command } + 1 ))
			shift $line words
			(( CURRENT -= line ))
			_normal
			return
			;;
		*)
			word=${line%%$'\t'*}
			names+=($word)
			shown+=("$word  -- ${line#*$'\t'}")
			;;
		esac
	done
	compadd -l "${suffix[@]}" -d shown -a names
}

_synackctl "$@"
