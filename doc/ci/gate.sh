#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Says whether a change made a program slower: `gate.sh BASE HEAD`, two commands as they would be
# typed, the same work before and after the change. Runs them in pairs, writes the verdict to the
# terminal and, for the CI system, to files in OUT. Set in the environment, or left as they are:
#
#   OUT=flametap-gate         directory: gate.md, gate.xml (JUnit), gate.json, gate.svg, runs/
#   BUDGET=flametap.budget    how much slower what may get; see flametap.budget beside this file
#   OPERATIONS=               pattern with a group: how many operations a run says it has done
#   PAIRS=8                   pairs of runs; twice as many where these do not decide it
#   FLAMETAP=flametap         the program
#   FLAMETAP_SUDO=            "sudo", where only root may record; the commands run as you
#
# Exit status: 0 within the budget, 1 slower, 2 something failed, 3 not decided, 4 not comparable.
set -eu

if [ $# -ne 2 ]; then
	echo 'usage: gate.sh BASE HEAD; two commands, each one word for the shell' >&2
	exit 2
fi
base=$1
head=$2
out=${OUT:-flametap-gate}
budget=${BUDGET:-flametap.budget}
flametap=${FLAMETAP:-flametap}

# The directory of an earlier run would go on, or be refused.
rm -rf "$out/runs"
mkdir -p "$out"

set -- --base "$base" --head "$head" --pairs "${PAIRS:-8}" --budget "$budget" -o "$out/runs"
[ -z "${OPERATIONS:-}" ] || set -- "$@" --ops-from "$OPERATIONS"
# The verdict is in the exit status, and comes again below with its files.
recorded=0
${FLAMETAP_SUDO:-} "$flametap" ab -q "$@" || recorded=$?

# GitHub shows annotations and a summary where it is asked to.
set -- --budget "$budget" --md "$out/gate.md" --junit "$out/gate.xml" --json "$out/gate.json" \
	--flame "$out/gate.svg"
[ "${GITHUB_ACTIONS:-}" != true ] || set -- "$@" --github
judged=0
"$flametap" gate "$@" "$out/runs" || judged=$?

# Runs that failed are no ground for a verdict, even where some of them are there.
[ "$recorded" -ne 2 ] || judged=2
[ "$recorded" -lt 5 ] || judged=2
exit "$judged"
