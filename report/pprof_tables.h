/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of a pprof file that is being read. They may stand behind the
 * samples and refer to each other forwards, so they are collected first and
 * turned into modules, functions and locations of the profile at the end.
 */
#ifndef FLAMETAP_REPORT_PPROF_TABLES_H
#define FLAMETAP_REPORT_PPROF_TABLES_H

#include <stdint.h>

#include "report/profile.h"
#include "report/protobuf.h"

struct report_error;

/* What the tables of one file may take in memory; a file that needs more is refused. */
#define PPROF_MAX_TABLES ((size_t)256 << 20)

struct pprof_mapping {
	uint64_t id, start, limit, offset;
	uint64_t file, build_id; /* string indices of the file, as everywhere below */
	uint32_t module;
};

struct pprof_function {
	uint64_t id, name, system_name, file;
	uint32_t start_line;
	uint32_t function;
};

struct pprof_line {
	uint64_t function_id;
	uint32_t line;
};

struct pprof_location {
	uint64_t id, mapping_id, address;
	uint32_t first_line, n_lines;
};

struct pprof_value_type {
	uint64_t type, unit;
};

struct pprof_tables {
	struct profile *profile;
	struct report_error *error;
	size_t charged; /* bytes, against PPROF_MAX_TABLES */
	VEC(uint32_t) strings; /* by index in the file: number in the profile */
	VEC(struct pprof_value_type) value_types;
	VEC(struct pprof_mapping) mappings;
	VEC(struct pprof_function) functions;
	VEC(struct pprof_location) locations;
	VEC(struct pprof_line) lines;
	VEC(uint64_t) comments;
	struct pprof_value_type period_type;
	uint64_t time_ns, duration_ns, default_type;
	int64_t period;
	/* After pprof_tables_finish: */
	struct idmap location_ids; /* id in the file: location of the profile */
	uint64_t slice_ns;         /* 0: labels tell no time */
};

/* Sets the error's text; -EINVAL. */
#define pprof_error(tables, ...)                                                                   \
	({                                                                                         \
		report_error_set((tables)->error, __VA_ARGS__);                                    \
		-EINVAL;                                                                           \
	})

void pprof_tables_deinit(struct pprof_tables *tables);
/* Takes a field of the profile message; samples and unknown ones are ignored. 0; -EINVAL with
 * the error's text; -ENOMEM. */
int pprof_tables_add(struct pprof_tables *tables, const struct pb_field *field);
/* Checks all references and adds what they refer to to the profile. */
int pprof_tables_finish(struct pprof_tables *tables);
/* The profile's number of a string. 0 or -EINVAL. */
int pprof_tables_string(const struct pprof_tables *tables, uint64_t index, uint32_t *ret);

#endif
