// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sqlite3 workload: `ask DATABASE EXTENSION FILE` loads an extension, and
 * answers the queries of a file. Debian's libsqlite3.a is linked, since it has
 * the names of its functions: those of the shared library are stripped off.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

static int print_row(void *unused, int n, char **values, char **names)
{
	(void)unused;
	(void)names;
	for (int i = 0; i < n; i++)
		printf("%s%s", i ? "|" : "", values[i] ? values[i] : "");
	putchar('\n');
	return 0;
}

static char *read_file(const char *path)
{
	static char text[1 << 16];
	FILE *in = fopen(path, "r");

	text[in ? fread(text, 1, sizeof(text) - 1, in) : 0] = '\0';
	if (in)
		fclose(in);
	return text;
}

int main(int argc, char **argv)
{
	char *error = NULL;
	sqlite3 *db;

	if (argc != 4 || sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY, NULL) ||
	    sqlite3_enable_load_extension(db, 1) ||
	    sqlite3_load_extension(db, argv[2], "sqlite3_extension_init", &error) ||
	    sqlite3_exec(db, read_file(argv[3]), print_row, NULL, &error)) {
		fprintf(stderr, "ask: %s\n", error ? error : "usage: ask DATABASE EXTENSION FILE");
		return 2;
	}
	return sqlite3_close(db) ? 2 : 0;
}
