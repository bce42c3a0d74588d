/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Burns the seconds given (1) in equal parts in functions whose symbols are an
 * attack on whoever prints them: a script tag, a folded line, quotes and
 * entities, invalid UTF-8, terminal escapes, right-to-left override, and 50,000 times "L".
 * The thread's name is hostile too: `x;y <&"` and a newline.
 */
#include <sys/prctl.h>
#include <unistd.h>

#include "workload.h"

#define L10 "LLLLLLLLLL"
#define L100 L10 L10 L10 L10 L10 L10 L10 L10 L10 L10
#define L1000 L100 L100 L100 L100 L100 L100 L100 L100 L100 L100
#define L10000 L1000 L1000 L1000 L1000 L1000 L1000 L1000 L1000 L1000 L1000
#define L50000 L10000 L10000 L10000 L10000 L10000

/* The quotes are the assembler's: inside them any byte may stand. */
#define HOSTILE(function, symbol)                           \
	void function(double s) __asm__("\"" symbol "\""); \
	FRAME void function(double s)                       \
	{                                                   \
		spin_for(s);                                \
	}

HOSTILE(script, "<script>alert(1)</script>")
HOSTILE(folded_line, "a;b 5")
HOSTILE(entities, "x&amp;y]]>'z'")
HOSTILE(invalid_utf8, "bad\xff\xfe\xc0\x80utf8")
HOSTILE(escapes, "red\x1b[31mtext\x07")
HOSTILE(right_to_left, "abc\xe2\x80\xae" "def")
HOSTILE(long_name, L50000)

int main(int argc, char **argv)
{
	double part = seconds_argument(argc, argv, 1, 1) / 7;

	prctl(PR_SET_NAME, "x;y <&\"\nz");
	printf("pid=%d\n", getpid());
	fflush(stdout);
	script(part);
	folded_line(part);
	entities(part);
	invalid_utf8(part);
	escapes(part);
	right_to_left(part);
	long_name(part);
	NO_TAIL_CALL();
	print_cpu_seconds();
	return 0;
}
