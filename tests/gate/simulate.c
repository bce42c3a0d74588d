// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How often a gate is right: `simulate [-n DRAWS] [-s SEED] [-f FLIPS] [-r ROW] [TABLE...]`.
 * Programs are made up (model.h), compared as `flametap gate` compares them, and
 * the verdicts are counted; a table in markdown goes to standard output for each of
 * aa, power, detect, limits, pass, wrong. doc/gate.md has what they said. With --check
 * it is a test: a short A/A whose seed is fixed, and its bound.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/gate/simulation.h"

static const struct {
	const char *name;
	int (*run)(const struct simulation *simulation);
} tables[] = {
	{"aa", simulation_aa},	       {"power", simulation_power}, {"detect", simulation_detect},
	{"limits", simulation_limits}, {"pass", simulation_pass},   {"wrong", simulation_wrong},
};

static int run_table(const struct simulation *simulation, const char *name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		if (name && strcmp(name, tables[i].name))
			continue;
		if (tables[i].run(simulation))
			return -EINVAL;
		if (name)
			return 0;
	}
	return name ? -ENOENT : 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"check", no_argument, NULL, 'c'}, {}};
	struct simulation simulation = {.n_draws = 10000, .seed = 1, .n_flips = 1000};
	bool check = false;
	int option;

	while ((option = getopt_long(argc, argv, "n:s:f:r:", options, NULL)) != -1) {
		if (option == 'n')
			simulation.n_draws = strtoul(optarg, NULL, 10);
		else if (option == 's')
			simulation.seed = strtoul(optarg, NULL, 10);
		else if (option == 'f')
			simulation.n_flips = strtoul(optarg, NULL, 10);
		else if (option == 'r')
			simulation.row = strtoul(optarg, NULL, 10);
		else if (option == 'c')
			check = true;
		else
			return 2;
	}
	if (check)
		return simulation_check() ? 1 : 0;
	if (optind == argc)
		return run_table(&simulation, NULL) ? 1 : 0;
	for (; optind < argc; optind++)
		if (run_table(&simulation, argv[optind])) {
			fprintf(stderr, "simulate: %s: no such table, or it failed\n",
				argv[optind]);
			return 2;
		}
	return 0;
}
