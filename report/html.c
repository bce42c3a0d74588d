// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A finished profile comes in; out goes a page that is one file: the picture
 * of the SVG, which is what is seen without a script, the whole profile to be
 * read back, and the viewer, which takes the picture's place.
 */
#include <errno.h>
#include <string.h>

#include "base/guard.h"
#include "report/formats.h"
#include "report/svg.h"
#include "report/viewer.h"

static void write_head(const struct svg *svg)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
	      svg->out);
	svg_text_cstr(value_report_title(svg->profile, svg->options), SVG_TITLE_POINTS, svg->out);
	fputs("</title>\n<script id=\"waiting\">\n", svg->out);
	fwrite(waiting_js, 1, waiting_js_size, svg->out);
	/* The picture ends where its last line does, not where a letter would hang below. Its title
	 * is the heading; readers go by those of the page. */
	fputs("</script>\n<style>body { margin: 0 }\nhtml:not(.flametap) h1 { position: absolute; "
	      "margin: 0; clip-path: inset(50%); font-size: 1px; white-space: nowrap }\n"
	      "main > svg { display: block",
	      svg->out);
	if (!svg->options->width)
		fputs("; width: 100%", svg->out);
	fputs(" }\n"
	      "pre { margin: 0 1% 1em; overflow-x: auto; font: 12px ui-monospace, \"DejaVu Sans Mono\", "
	      "monospace }\n.waiting pre { display: none }</style>\n</head>\n<body>\n<main>\n<h1>", svg->out);
	svg_text_cstr(value_report_title(svg->profile, svg->options), SVG_TITLE_POINTS, svg->out);
	fputs("</h1>\n", svg->out);
}

/* Futexes, and how long waits were, as .txt has it: below the picture, until the viewer shows them. */
static int write_lengths(const struct svg *svg)
{
	guard_free char *text = NULL;
	size_t n = 0;
	FILE *lines = open_memstream(&text, &n);
	int err;

	if (!lines)
		return -ENOMEM;
	err = waits_write_lengths(svg->profile, lines);
	if (fclose(lines) && !err)
		err = -ENOMEM;
	if (err || !n)
		return err;
	/* Who has no mouse scrolls it, too. */
	fputs("<pre tabindex=\"0\" role=\"region\" aria-label=\"how long waits were\">", svg->out);
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");

		svg_text(line, length, length, svg->out);
		fputc('\n', svg->out);
		line += length + (line[length] == '\n');
	}
	fputs("</pre>\n", svg->out);
	return 0;
}

int html_write(const struct profile *profile, const struct report_options *options, FILE *out)
{
	guard(svg_deinit) struct svg svg = {};
	int err = svg_init(&svg, profile, options, out);

	if (err)
		return err;
	write_head(&svg);
	svg_picture_write(&svg, false);
	fputs("</svg>\n", out);
	err = write_lengths(&svg);
	if (err)
		return err;
	fputs("</main>\n", out);
	svg_data_write(&svg, "script type=\"application/x-gzip-base64\"");
	fputs("<script>\n", out);
	fwrite(viewer_js, 1, viewer_js_size, out);
	fputs("</script>\n</body>\n</html>\n", out);
	return ferror(out) ? -EIO : 0;
}

static bool has_tag(const unsigned char *text, size_t n, const char *tag)
{
	return n >= strlen(tag) && !strncasecmp((const char *)text, tag, strlen(tag));
}

/* A page of anyone's: what there is in it is found out by reading. */
bool html_probe(const unsigned char *start, size_t n)
{
	size_t i = n >= 3 && !memcmp(start, "\xef\xbb\xbf", 3) ? 3 : 0;

	while (i < n && (start[i] == ' ' || (start[i] >= '\t' && start[i] <= '\r')))
		i++;
	return has_tag(start + i, n - i, "<!doctype html") || has_tag(start + i, n - i, "<html");
}
