// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A result comes in; out go workflow commands that GitHub shows beside the
 * sources: "::error file=src/lex.c,title=FAIL::..." and the like. What they
 * mean nothing by is escaped, as its own toolkit does (percent sign and ends
 * of line; of properties also colon and comma).
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "base/utf8.h"
#include "gate/show.h"
#include "gate/words.h"
#include "report/text.h"

enum { TITLE_POINTS = 120, NAME_COLUMNS = 80, TEXT_POINTS = 1000, FILE_POINTS = 1000 };

struct writer {
	const struct gate_show *show;
	FILE *out;
	int err;
	size_t n; /* commands that were written */
	const char *names[GATE_ANNOTATIONS]; /* of functions that have one: self or total, not both */
	size_t n_names;
};

/* Each kind is written before the next: what somebody asked about; what is slower itself; and who
 * calls that, where there is a line of theirs to stand beside. The ten callers up to main, which
 * have the same change, would be all that there is room for. */
enum kind { OF_BUDGET, ITSELF, CALLER, KINDS };

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

/* Of code without debug information the module is known in place of the source file. */
static bool is_source(const char *path)
{
	const char *dot = strrchr(gate_words_base_name(path), '.');

	return dot && strcmp(dot, ".so") != 0 && !(dot[1] >= '0' && dot[1] <= '9');
}

/* The path as it is in the repository; NULL: it is not known to be there. */
static const char *path_in(const char *workspace, const char *path)
{
	size_t n = workspace ? strlen(workspace) : 0;

	if (!is_source(path) || strstr(path, "/../") || !strncmp(path, "../", 3))
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

/* What is too long loses its middle, so that the end, which says something, is there. NULL: no
 * memory; the caller frees it. */
static char *title_of(const struct gate_finding *finding)
{
	char *title = NULL;
	size_t size;
	FILE *out = open_memstream(&title, &size);

	if (!out)
		return NULL;
	text_write_name(finding->name, strlen(finding->name), 0, NAME_COLUMNS, out);
	fprintf(out, "%s is slower%s", finding->total ? "" : ", itself,",
		finding->accepted ? ", as accepted" : "");
	if (!fclose(out))
		return title;
	free(title);
	return NULL;
}

static bool fails(const struct gate_finding *finding)
{
	return finding->verdict == GATE_FAIL && !finding->accepted;
}

static enum kind kind_of(const struct writer *writer, const struct gate_finding *finding)
{
	if (!fails(finding) && !finding->accepted && !finding->is_slower)
		return KINDS;
	if (finding->in_budget && fails(finding))
		return OF_BUDGET;
	if (!finding->total || finding->is_leaf)
		return ITSELF;
	return path_in(writer->show->workspace, finding->file) ? CALLER : KINDS;
}

static bool has_one(const struct writer *writer, const struct gate_finding *finding)
{
	for (size_t i = 0; i < writer->n_names; i++)
		if (!strcmp(writer->names[i], finding->name))
			return true;
	return false;
}

static void put_finding(struct writer *writer, const struct gate_finding *finding)
{
	guard_free char *words = gate_words_finding(writer->show, finding);
	guard_free char *title = title_of(finding);

	writer->names[writer->n_names++] = finding->name;
	if (title)
		put_command(writer, fails(finding) ? "error" : "warning", finding->file, title,
			    words);
	else
		writer->err = -ENOMEM;
}

static void put_findings(struct writer *writer, enum kind kind)
{
	vec_each(&writer->show->result->findings, finding) {
		if (writer->err || writer->n == GATE_ANNOTATIONS)
			return;
		if (kind_of(writer, finding) == kind && !has_one(writer, finding))
			put_finding(writer, finding);
	}
}

int gate_github_write(const struct gate_show *show, FILE *out)
{
	struct writer writer = {.show = show, .out = out};

	put_verdict(&writer);
	if (show->result->verdict != GATE_INVALID && show->result->n_looks)
		for (int kind = 0; kind < KINDS; kind++)
			put_findings(&writer, kind);
	return ferror(out) ? -EIO : writer.err;
}
