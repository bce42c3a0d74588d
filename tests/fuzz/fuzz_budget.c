/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Budget files of flametap gate. What cannot be read is told with a line that
 * is there; of what can be, limits and days are in their bounds, and names can
 * be held against it.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/guard.h"
#include "gate/budget.h"
#include "report/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_limit(double fraction)
{
	if (!(fraction >= 0 && fraction <= 10))
		abort();
}

static void check(struct gate_budget *budget)
{
	static const char *const names[] = {"main", "std::map<a, b>::at(int) const", ""};

	check_limit(budget->total_limit);
	check_limit(budget->offcpu_limit);
	vec_each(&budget->functions, function) {
		check_limit(function->limit.fraction);
		check_limit(function->min_share);
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			gate_budget_matches(budget, &function->pattern, names[i]);
	}
	vec_each(&budget->accepts, accept) {
		char text[GATE_DATE_TEXT];
		int64_t again;

		if (!accept->reason || !*accept->reason)
			abort();
		gate_budget_print_date(accept->until, text);
		if (gate_budget_parse_date(text, &again) || again != accept->until)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	guard(gate_budget_deinit) struct gate_budget budget = {};
	guard_close int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct report_error error = {""};
	unsigned int line = 0, n_lines = 1;
	int err;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET))
		return 0;
	for (size_t i = 0; i < size; i++)
		n_lines += data[i] == '\n';
	err = gate_budget_read(fd, &budget, &line, &error);
	if (err == -EINVAL && (!error.text[0] || line > n_lines))
		abort();
	if (!err)
		check(&budget);
	return 0;
}
