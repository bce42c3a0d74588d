/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPUs as a person writes them, "2", "0-3,6", for a command to be kept on. */
#ifndef FLAMETAP_PROFILER_AB_PIN_H
#define FLAMETAP_PROFILER_AB_PIN_H

#include <sched.h>
#include <stddef.h>

struct ab_pin {
	cpu_set_t *cpus;
	size_t size; /* bytes */
};

/* 0; -EINVAL for what is no list, or has a CPU that flametap may not use: *ret_why says which of
 * both (static); -ENOMEM. Deinit in any case. */
int ab_pin_init(struct ab_pin *pin, const char *text, const char **ret_why);
void ab_pin_deinit(struct ab_pin *pin);

#endif
