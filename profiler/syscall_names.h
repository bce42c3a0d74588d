/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of system calls: "futex", "epoll_wait". */
#ifndef FLAMETAP_PROFILER_SYSCALL_NAMES_H
#define FLAMETAP_PROFILER_SYSCALL_NAMES_H

#include <stdint.h>

/* NULL: there is none with this number that is known. Static. */
const char *syscall_name(int32_t number);

#endif
