# SPDX-License-Identifier: GPL-2.0-or-later
"""A build of 200 C files from cold: 800 processes, most of 5 to 50 ms, whose stacks are to be
whole from their first instruction on. FLAMETAP_STOCK_PRINT=1 prints what came out."""

import os
import shutil
import subprocess
import unittest

import support
import whole

N_FILES = 200
# A word counter, different in each file, with the headers that such programs have.
SOURCE = r"""
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct word { char text[%(size)d]; int n; struct word *next; };

static struct word *find_word(struct word *list, const char *text)
{
	for (; list; list = list->next)
		if (!strcmp(list->text, text))
			return list;
	return NULL;
}

int count%(i)d(const char *line)
{
	struct word *list = NULL, *found;
	char text[sizeof(list->text)];
	int n = 0;

	while (*line) {
		size_t length = 0;

		while (*line && !isalnum((unsigned char)*line))
			line++;
		while (isalnum((unsigned char)*line) && length + 1 < sizeof(text))
			text[length++] = tolower((unsigned char)*line++);
		text[length] = 0;
		found = find_word(list, text);
		if (!found) {
			found = calloc(1, sizeof(*found));
			if (!found) {
				perror("calloc");
				exit(errno);
			}
			strcpy(found->text, text);
			found->next = list;
			list = found;
		}
		n += ++found->n * %(i)d;
	}
	if (n > 100000)
		fprintf(stderr, "%%d words at %%ld in %%d\n", n, (long)time(NULL), (int)getpid());
	for (; list; list = found) {
		found = list->next;
		free(list);
	}
	return n;
}
"""


class Build(support.BpfCase):
    def write_project(self):
        for i in range(N_FILES):
            (self.dir / f"count{i}.c").write_text(SOURCE % {"i": i, "size": 16 + i % 7})
        calls = [f"count{i}" for i in range(N_FILES)]
        (self.dir / "main.c").write_text(
            "#include <stdio.h>\n" + "".join(f"int {call}(const char *line);\n" for call in calls) +
            "int main(int argc, char **argv)\n{\n\tint n = argc;\n\n" +
            "".join(f"\tn += {call}(argv[0]);\n" for call in calls) +
            '\tprintf("%d\\n", n);\n\treturn 0;\n}\n')
        objects = " ".join(f"count{i}.o" for i in range(N_FILES))
        (self.dir / "Makefile").write_text(
            f"CFLAGS = -O2\n\nprogram: main.o {objects}\n\t$(CC) -o $@ $^\n")

    def programs(self):
        """The files that a build runs."""
        def of_gcc(name):
            return subprocess.run(["gcc", f"-print-prog-name={name}"], capture_output=True,
                                  text=True, check=True).stdout.strip()

        names = ["make", "sh", "gcc", "as", "ld", of_gcc("cc1"), of_gcc("collect2")]
        return [os.path.realpath(shutil.which(name)) for name in names]

    def assert_placed(self, recording, entries, programs):
        """Each frame has a name or module and function start, but for a few in a thousand."""
        names = whole.Names(recording.folded, entries, programs)
        self.say(names.report())
        report = "\n".join(names.report())
        self.assertGreater(names.named, 0.2 * names.total(), report)
        self.assertGreater(names.placed, 0.1 * names.total(), report)
        # Code that no FDE covers is its own place.
        self.assertLessEqual(names.misplaced, 0.001 * names.placed, report)
        self.assertLessEqual(names.unplaced(), 0.001 * names.total(), report)

    def say(self, lines):
        if os.environ.get("FLAMETAP_STOCK_PRINT"):
            print("\n".join(f"# {line}" for line in lines), flush=True)

    def test_make(self):
        self.write_project()
        run = self.flametap("cpu", "--user-only", "-F", 999, "-o", "out.folded", "--stats",
                            "out.json", "--", "make", "-j2", "-s", timeout=200)
        recording = support.Recording(self.dir, "out", run)
        self.assertTrue((self.dir / "program").exists())
        samples = recording.folded.total()
        self.assertEqual(samples, recording.stats["samples"])
        self.assertGreater(samples, 10 * N_FILES, run)

        programs = self.programs()
        entries = whole.entries(*programs)
        shares = whole.Shares(recording.folded, entries)
        self.say(shares.report())
        self.say(run.err.splitlines())
        self.assertGreater(shares.total, 0.9 * samples, run)
        self.assertGreaterEqual(shares.share(), 0.99, "\n".join(shares.report()))
        # flametap says the same of itself.
        self.assertAlmostEqual(recording.stats["whole"], shares.share(), delta=0.005)
        self.assert_placed(recording, entries, programs)


if __name__ == "__main__":
    unittest.main()
