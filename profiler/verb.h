/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verbs: each is one file verb_NAME.c (or NAME.c) with one function, which
 * gets the arguments from the verb on and returns the exit status.
 */
#ifndef FLAMETAP_PROFILER_VERB_H
#define FLAMETAP_PROFILER_VERB_H

int verb_cpu(int argc, char **argv);
int verb_offcpu(int argc, char **argv);
int verb_wall(int argc, char **argv);
int verb_ab(int argc, char **argv);
int verb_calibrate(int argc, char **argv);
int verb_self_test_work(int argc, char **argv);
int verb_report(int argc, char **argv);
int verb_diff(int argc, char **argv);
int verb_gate(int argc, char **argv);
int verb_symbolize(int argc, char **argv);
int verb_doctor(int argc, char **argv);

#endif
