/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a gate found, on the terminal: the verdict first, then what it rests on. */
#ifndef FLAMETAP_PROFILER_GATE_TEXT_H
#define FLAMETAP_PROFILER_GATE_TEXT_H

#include "gate/show.h"
#include "profiler/options.h"

/* Writes to standard error. With -q only the verdict. */
void gate_text_print(const struct gate_verb_options *options, const struct gate_show *show);

#endif
