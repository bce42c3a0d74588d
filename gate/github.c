// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A result comes in; out go workflow commands that GitHub shows beside the
 * sources: "::error file=src/lex.c,title=FAIL::..." and the like. What they
 * mean nothing by is escaped, as its own toolkit does (percent sign and ends
 * of line; of properties also colon and comma).
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/guard.h"
#include "base/utf8.h"
#include "gate/show.h"
#include "gate/words.h"

enum { TITLE_POINTS = 120, TEXT_POINTS = 1000, FILE_POINTS = 1000 };

struct writer {
	const struct gate_show *show;
	FILE *out;
	int err;
	size_t n; /* commands that were written */
};

/* What is longer than max code points is cut. */
static void put_escaped(struct writer *writer, const char *text, size_t max, bool is_property)
{
	const char *end = text ? text + strlen(text) : NULL;
	char bytes[4];

	if (!text)
		writer->err = -ENOMEM;
	for (size_t n = 0; text < end; n++) {
		uint32_t point = utf8_next(&text, end);

		if (n == max)
			break;
		if (point == '%' || point == '\n' || point == '\r' ||
		    (is_property && (point == ':' || point == ',')))
			fprintf(writer->out, "%%%02X", (unsigned int)point);
		else
			fwrite(bytes, 1, utf8_put(utf8_is_unsafe(point) ? 0xFFFD : point, bytes),
			       writer->out);
	}
}

/* The path as it is in the repository; NULL: it is not known to be there. */
static const char *path_in(const char *workspace, const char *path)
{
	size_t n = workspace ? strlen(workspace) : 0;

	if (!*path || strstr(path, "/../") || !strncmp(path, "../", 3))
		return NULL;
	if (*path != '/')
		return path;
	while (n && workspace[n - 1] == '/')
		n--;
	return n && !strncmp(path, workspace, n) && path[n] == '/' && path[n + 1] ? path + n + 1 :
										       NULL;
}

static void put_command(struct writer *writer, const char *command, const char *path,
			const char *title, const char *text)
{
	const char *file = path ? path_in(writer->show->workspace, path) : NULL;

	writer->n++;
	fprintf(writer->out, "::%s ", command);
	if (file) {
		fputs("file=", writer->out);
		put_escaped(writer, file, FILE_POINTS, true);
		fputc(',', writer->out);
	}
	fputs("title=", writer->out);
	put_escaped(writer, title, TITLE_POINTS, true);
	fputs("::", writer->out);
	put_escaped(writer, text, TEXT_POINTS, false);
	fputc('\n', writer->out);
}

static void put_verdict(struct writer *writer)
{
	static const char *const commands[] = {
		[GATE_PASS] = "notice",
		[GATE_FAIL] = "error",
		[GATE_INCONCLUSIVE] = "warning",
		[GATE_INVALID] = "error",
	};
	const struct gate_result *result = writer->show->result;
	guard_free char *headline = gate_words_headline(writer->show);
	guard_free char *title = NULL;

	if (asprintf(&title, "flametap gate: %s", gate_words_verdict(result)) < 0)
		title = NULL;
	put_command(writer, commands[result->verdict],
		    result->verdict == GATE_FAIL && result->root.found ? result->root.file : NULL,
		    title, headline);
}

static void put_finding(struct writer *writer, const struct gate_finding *finding)
{
	const char *command = finding->verdict == GATE_FAIL && !finding->accepted ? "error" :
											"warning";
	guard_free char *words = gate_words_finding(writer->show, finding);
	guard_free char *title = NULL;

	if (asprintf(&title, "%s%s %s", finding->name, finding->total ? "" : ", itself,",
		     finding->accepted ? "is slower, as accepted" : "is slower") < 0)
		title = NULL;
	put_command(writer, command, finding->file, title, words);
}

static void put_findings(struct writer *writer, bool failed)
{
	const struct gate_result *result = writer->show->result;
	const struct gate_finding *last = NULL;

	vec_each(&result->findings, finding) {
		bool fails = finding->verdict == GATE_FAIL && !finding->accepted;

		if (writer->n == GATE_ANNOTATIONS)
			return;
		/* Self and total of one function say the same, and stand together as a rule. */
		if (fails != failed || !(fails || finding->accepted || finding->is_slower) ||
		    (last && !strcmp(last->name, finding->name)))
			continue;
		put_finding(writer, finding);
		last = finding;
	}
}

int gate_github_write(const struct gate_show *show, FILE *out)
{
	struct writer writer = {.show = show, .out = out};

	put_verdict(&writer);
	if (show->result->verdict != GATE_INVALID && show->result->n_looks) {
		put_findings(&writer, true);
		put_findings(&writer, false);
	}
	return ferror(out) ? -EIO : writer.err;
}
