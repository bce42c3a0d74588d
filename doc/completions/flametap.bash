# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for flametap(1); its list of options is compared with --help by the tests.

_flametap()
{
	local cur prev words cword split verb i
	local shared='--output --format --per-pid --threads --show-idle --no-inlines --lines --annotate
		--title --palette --inverted --width --debug-dir --debuginfod --no-cache --focus --ignore --comm
		--thread --class --no-idle --time --hide --by-module --collapse-recursion --wakeups --min-share --quiet --verbose --help --version'
	local recording='--pid --follow --tid --cgroup --all --as-root --duration --unwind --stack-copy
		--user-only --kernel-only --no-symbols --with-cmdline --min-quality --stats'
	local waits='--wakers --rate --min-block --max-block --state'
	local pairs='--pairs --ops-from --warm-up --seed --pin --as-root --event --frequency --count --unwind
		--debug-dir --no-cache --with-cmdline --output --quiet --verbose --help --version'
	local events='cycles instructions cache-references cache-misses branches branch-misses
		bus-cycles ref-cycles cpu-clock task-clock page-faults minor-faults major-faults
		context-switches cpu-migrations'

	_init_completion -s || return

	verb=${words[1]}
	# After -- comes a command of its own.
	for ((i = 2; i < cword; i++)); do
		if [[ $verb == @(cpu|offcpu|wall) && ${words[i]} == -- ]]; then
			_command_offset $((i + 1))
			return
		fi
	done
	if ((cword == 1)); then
		COMPREPLY=($(compgen -W 'cpu offcpu wall report diff ab gate calibrate symbolize doctor --help --version' -- "$cur"))
		return
	fi
	case $prev in
	-p | --pid | -t | --tid)
		[[ $verb == @(cpu|offcpu|wall) ]] && _pids
		return
		;;
	-e | --exe)
		if [[ $verb == symbolize ]]; then
			_filedir
			return
		fi
		;;&
	-e | --event)
		COMPREPLY=($(compgen -W "$events" -- "$cur"))
		return
		;;
	-f | --format)
		COMPREPLY=($(compgen -W 'svg html folded txt markdown pprof speedscope' -- "$cur"))
		return
		;;
	--unwind)
		COMPREPLY=($(compgen -W 'auto cfi copy fp' -- "$cur"))
		return
		;;
	--state)
		COMPREPLY=($(compgen -W 'R S D T t I S,D' -- "$cur"))
		return
		;;
	--palette)
		COMPREPLY=($(compgen -W 'hot cool mono' -- "$cur"))
		return
		;;
	--base | --head)
		if [[ $verb == ab ]]; then
			COMPREPLY=($(compgen -c -- "$cur"))
			return
		fi
		;;&
	-b | --base | --head | -n | --new | -o | --output | --stats | -C | --cgroup)
		_filedir
		return
		;;
	--cmd)
		COMPREPLY=($(compgen -c -- "$cur"))
		return
		;;
	--inconclusive)
		COMPREPLY=($(compgen -W 'fail pass' -- "$cur"))
		return
		;;
	--ops-from | --budget | --md | --junit | --json | --benchmark-json | --flame)
		_filedir
		return
		;;
	--debug-dir)
		_filedir -d
		return
		;;
	--pairs | --max-pairs | --alpha | --warm-up | --seed | --pin | -d | --duration | -F | --frequency | -c | --count | --min-quality | --rate | --min-block | --max-block | --title | --width | --ops)
		return
		;;
	esac
	$split && return
	case $verb in
	cpu)
		COMPREPLY=($(compgen -W "$recording --frequency --count --event $shared" -- "$cur"))
		;;
	offcpu)
		COMPREPLY=($(compgen -W "$recording $waits $shared" -- "$cur"))
		;;
	wall)
		COMPREPLY=($(compgen -W "$recording --frequency $waits $shared" -- "$cur"))
		;;
	report)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W "$shared" -- "$cur"))
		else
			_filedir '@(gz|folded)'
		fi
		;;
	diff)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W "--base --new --per-second --ops $shared" -- "$cur"))
		else
			_filedir '@(gz|folded|svg|html)'
		fi
		;;
	ab)
		COMPREPLY=($(compgen -W "--base --head --max-pairs --waits --budget --alpha $pairs" -- "$cur"))
		;;
	gate)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W '--base --head --paired --budget --alpha --inconclusive
				--self-test --md --junit --json --benchmark-json --github --flame --debug-dir
				--debuginfod --no-cache --quiet --verbose --help --version' -- "$cur"))
		else
			_filedir
		fi
		;;
	calibrate)
		COMPREPLY=($(compgen -W "--cmd $pairs" -- "$cur"))
		;;
	symbolize)
		[[ $cur == -* ]] && COMPREPLY=($(compgen -W '--exe --section --addresses --functions
			--inlines --demangle --pretty-print --basenames --debug-dir --debuginfod --no-cache
			--help --version' -- "$cur"))
		;;
	doctor)
		COMPREPLY=($(compgen -W '--quiet --help --version' -- "$cur"))
		;;
	esac
} &&
	complete -F _flametap flametap
