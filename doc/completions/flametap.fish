# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion for flametap(1); its list of options is compared with --help by the tests.

set -l verbs cpu report symbolize doctor
set -l writes '__fish_seen_subcommand_from cpu report'
set -l symbolize '__fish_seen_subcommand_from symbolize'
set -l cpu '__fish_seen_subcommand_from cpu'
set -l events cycles instructions cache-references cache-misses branches branch-misses bus-cycles \
    ref-cycles cpu-clock task-clock page-faults minor-faults major-faults context-switches \
    cpu-migrations

complete -c flametap -f
complete -c flametap -n "not __fish_seen_subcommand_from $verbs" -a cpu -d 'Sample what runs on the CPU'
complete -c flametap -n "not __fish_seen_subcommand_from $verbs" -a report -d 'Turn recordings into other files'
complete -c flametap -n "not __fish_seen_subcommand_from $verbs" -a symbolize -d 'Addresses to functions and lines'
complete -c flametap -n "not __fish_seen_subcommand_from $verbs" -a doctor -d 'Say what works here'
complete -c flametap -s h -l help -d 'All options'
complete -c flametap -l version -d 'Print the version'
complete -c flametap -s q -l quiet -d 'Only errors'
complete -c flametap -n '__fish_seen_subcommand_from report' -F

complete -c flametap -n $cpu -s p -l pid -x -a '(__fish_complete_pids)' -d 'Processes'
complete -c flametap -n $cpu -l follow -d 'And their descendants'
complete -c flametap -n $cpu -s t -l tid -x -d 'Threads'
complete -c flametap -n $cpu -s C -l cgroup -r -d 'A control group'
complete -c flametap -n $cpu -s a -l all -d 'The whole machine'
complete -c flametap -n $cpu -l as-root -d 'The command keeps root'
complete -c flametap -n $cpu -s d -l duration -x -d 'Time to record'
complete -c flametap -n $cpu -s F -l frequency -x -d 'Samples a second'
complete -c flametap -n $cpu -s c -l count -x -d 'One sample every N events'
complete -c flametap -n $cpu -s e -l event -x -a "$events" -d 'What is counted'
complete -c flametap -n $cpu -l unwind -x -a 'auto cfi copy fp' -d 'How user stacks are found'
complete -c flametap -n $cpu -l stack-copy -x -d 'Bytes of a user stack that are copied'
complete -c flametap -n $cpu -l user-only -d 'Kernel frames become one'
complete -c flametap -n $cpu -l kernel-only -d 'User frames become one'
complete -c flametap -n $cpu -l no-symbols -d 'Name user addresses later'
complete -c flametap -n $cpu -l with-cmdline -d 'Arguments and host name go into the files'
complete -c flametap -n $cpu -l min-quality -x -d 'Fail below this share of whole stacks'
complete -c flametap -n $cpu -l stats -r -F -d 'Write the quality figures as JSON'

complete -c flametap -n $writes -s o -l output -r -F -d 'File to write'
complete -c flametap -n $writes -s f -l format -x -a 'svg folded txt pprof' -d 'Format of the next -o'
complete -c flametap -n $writes -l per-pid -d 'Stacks begin with comm (pid)'
complete -c flametap -n $writes -l threads -d 'thread (tid) beneath it'
complete -c flametap -n $writes -l no-inlines -d 'Leave inlined functions out'
complete -c flametap -n $writes -l lines -d 'Show file:line'
complete -c flametap -n $writes -l annotate -d 'Folded: mark kernel, inlined, JIT'
complete -c flametap -n $writes -l title -x -d 'Title of pictures'
complete -c flametap -n $writes -l palette -x -a 'hot cool mono' -d 'Colours of pictures'
complete -c flametap -n $writes -l inverted -d 'Pictures with the root at the top'
complete -c flametap -n $writes -l width -x -d 'Width of pictures'
complete -c flametap -n $writes -l debug-dir -x -a '(__fish_complete_directories)' -d 'Where debug files are'
complete -c flametap -n $writes -l no-cache -d 'Work all names out anew'
complete -c flametap -n $writes -s v -l verbose -d 'More words'

complete -c flametap -n $symbolize -s e -l exe -r -F -d 'Program, library or debug file'
complete -c flametap -n $symbolize -s j -l section -x -d 'Addresses are offsets in it'
complete -c flametap -n $symbolize -s a -l addresses -d 'Show the address'
complete -c flametap -n $symbolize -s f -l functions -d 'Show functions'
complete -c flametap -n $symbolize -s i -l inlines -d 'Show what it was inlined into'
complete -c flametap -n $symbolize -s C -l demangle -d 'Names as they were written'
complete -c flametap -n $symbolize -s p -l pretty-print -d 'One line a function'
complete -c flametap -n $symbolize -s s -l basenames -d 'Without directories'
complete -c flametap -n $symbolize -l debug-dir -x -a '(__fish_complete_directories)' -d 'Where debug files are'
complete -c flametap -n $symbolize -l no-cache -d 'Work all names out anew'
