// SPDX-License-Identifier: GPL-2.0-or-later
/* The functions of text.h for SQL, as https://sqlite.org/loadext.html has it. */
#include <sqlite3ext.h>

#include "text.h"

SQLITE_EXTENSION_INIT1

typedef uint64_t work(const unsigned char *text, size_t n);

static void on_text(sqlite3_context *context, sqlite3_value *value, work *work)
{
	const unsigned char *text = sqlite3_value_text(value);
	uint64_t result = work(text, sqlite3_value_bytes(value));

	sqlite3_result_int64(context, (int64_t)(result & INT32_MAX));
}

#define SQL_FUNCTION(name)                                                                         \
	static void sql_##name(sqlite3_context *context, int n, sqlite3_value **args)              \
	{                                                                                          \
		(void)n;                                                                           \
		on_text(context, args[0], name##_text);                                            \
	}

SQL_FUNCTION(sketch)
SQL_FUNCTION(rank)
SQL_FUNCTION(group)
SQL_FUNCTION(pack)
SQL_FUNCTION(score)

static void sql_wait(sqlite3_context *context, int n, sqlite3_value **args)
{
	(void)n;
	sqlite3_result_int64(context, (int64_t)wait_turn(sqlite3_value_int64(args[0])));
}

int sqlite3_extension_init(sqlite3 *db, char **error, const sqlite3_api_routines *api)
{
	static const struct {
		const char *name;
		void (*call)(sqlite3_context *context, int n, sqlite3_value **args);
	} functions[] = {
		{"sketch", sql_sketch}, {"rank", sql_rank},   {"grouped", sql_group},
		{"pack", sql_pack},	{"score", sql_score}, {"wait_turn", sql_wait},
	};
	int err = SQLITE_OK;

	(void)error;
	SQLITE_EXTENSION_INIT2(api);
	for (size_t i = 0; err == SQLITE_OK && i < sizeof(functions) / sizeof(*functions); i++)
		err = sqlite3_create_function(db, functions[i].name, 1, SQLITE_UTF8, NULL,
					      functions[i].call, NULL, NULL);
	return err;
}
