// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A finished profile comes in; out goes one SVG file with the flame graph, the
 * top functions and the quality strip. It is a right picture at any width
 * without a script, in an <img> and under a strict CSP; the script at its end
 * adds zoom, search and details. The whole profile is in it too, to be read
 * back. The file is streamed: nothing is held in memory but the tree and the
 * places of its boxes.
 */
#include "report/svg.h"

#include <errno.h>
#include <string.h>

#include "base/guard.h"
#include "report/formats.h"
#include "report/viewer.h"

int svg_write(const struct profile *profile, const struct report_options *options, FILE *out)
{
	guard(svg_deinit) struct svg svg = {};
	int err = svg_init(&svg, profile, options, out);

	if (err)
		return err;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	svg_picture_write(&svg, true);
	svg_data_write(&svg, "metadata");
	fputs("<script><![CDATA[\n", out);
	fwrite(viewer_js, 1, viewer_js_size, out);
	fputs("]]></script>\n</svg>\n", out);
	return ferror(out) ? -EIO : 0;
}

/* Whatever else it may hold, it is no text with folded stacks. */
bool svg_probe(const unsigned char *start, size_t n)
{
	size_t i = n >= 3 && !memcmp(start, "\xef\xbb\xbf", 3) ? 3 : 0;

	while (i < n && (start[i] == ' ' || (start[i] >= '\t' && start[i] <= '\r')))
		i++;
	return i < n && start[i] == '<' && memmem(start + i, n - i, "<svg", 4);
}
