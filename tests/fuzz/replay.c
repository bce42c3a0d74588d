/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where there is no libFuzzer: gives each file of the directories and files
 * on the command line to the fuzz target once. A crash names the file.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path, size_t size)
{
	guard_fclose FILE *f = fopen(path, "rbe");
	/* Exactly as large as the file, so that ASan sees a read past its end. */
	guard_free uint8_t *data = malloc(size ? size : 1);

	if (!f || !data || fread(data, 1, size, f) != size) {
		perror(path);
		return -1;
	}
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(data, size);
	return 0;
}

static int replay(const char *path)
{
	guard_closedir DIR *dir = NULL;
	struct dirent *entry;
	struct stat st;

	if (stat(path, &st)) {
		perror(path);
		return -1;
	}
	if (!S_ISDIR(st.st_mode))
		return replay_file(path, (size_t)st.st_size);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		char name[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (replay(name))
			return -1;
	}
	return dir ? 0 : -1;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (replay(argv[i]))
			return 1;
	}
	return 0;
}
