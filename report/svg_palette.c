// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The colours of boxes: a family of hues for each kind of frame, and within it
 * a shade chosen by the hash of the whole name, so that a function looks the
 * same in every picture. Each shade is a class with a rule for light and one
 * for dark surroundings.
 */
#include "report/svg.h"

#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "report/format.h"

enum { SHADES = 12, KINDS = FRAME_NOTE + 1 };

/* Hue in degrees, saturation and lightness in percent; both ends of the family. */
struct family {
	short hue, hue_end;
	short saturation, saturation_end;
	short light, light_end;
};

struct palette {
	const char *name;
	struct family families[KINDS];
};

static const struct palette palettes[] = {
	{
		"hot",
		{
			[FRAME_ROOT] = {220, 220, 12, 12, 84, 80},
			[FRAME_USER] = {12, 43, 88, 92, 71, 64},
			[FRAME_INLINED] = {50, 62, 80, 70, 78, 73},
			[FRAME_KERNEL] = {198, 222, 62, 66, 72, 77},
			[FRAME_JIT] = {110, 156, 42, 44, 70, 66},
			[FRAME_WAKER] = {262, 288, 50, 50, 78, 74},
			[FRAME_NOTE] = {0, 0, 0, 0, 80, 76},
		},
	},
	{
		"cool",
		{
			[FRAME_ROOT] = {30, 30, 10, 10, 84, 80},
			[FRAME_USER] = {178, 222, 55, 68, 68, 75},
			[FRAME_INLINED] = {150, 172, 45, 50, 76, 72},
			[FRAME_KERNEL] = {262, 292, 52, 48, 76, 78},
			[FRAME_JIT] = {68, 96, 52, 48, 70, 66},
			[FRAME_WAKER] = {326, 348, 56, 56, 78, 76},
			[FRAME_NOTE] = {0, 0, 0, 0, 80, 76},
		},
	},
	{
		"mono",
		{
			[FRAME_ROOT] = {220, 220, 6, 6, 90, 88},
			[FRAME_USER] = {220, 220, 6, 8, 83, 73},
			[FRAME_INLINED] = {220, 220, 6, 8, 89, 84},
			[FRAME_KERNEL] = {220, 220, 16, 18, 72, 64},
			[FRAME_JIT] = {220, 220, 6, 8, 79, 71},
			[FRAME_WAKER] = {220, 220, 6, 8, 70, 64},
			[FRAME_NOTE] = {220, 220, 0, 0, 93, 91},
		},
	},
};

/* Letters of the classes, and words of the legend. */
static const struct {
	char letter;
	const char *name;
} kinds[KINDS] = {
	[FRAME_ROOT] = {'r', "process"},    [FRAME_USER] = {'u', "user"},
	[FRAME_INLINED] = {'i', "inlined"}, [FRAME_KERNEL] = {'k', "kernel"},
	[FRAME_JIT] = {'j', "JIT"},	    [FRAME_WAKER] = {'w', "waker"},
	[FRAME_NOTE] = {'n', "incomplete"},
};

const char *svg_palette_kind_name(uint8_t kind)
{
	return kinds[kind].name;
}

void svg_palette_class(uint8_t kind, const char *name, size_t length, char ret[3])
{
	ret[0] = kinds[kind].letter;
	ret[1] = "0123456789ab"[hash_bytes(name, length) % SHADES];
	ret[2] = '\0';
}

static const struct palette *find_palette(const char *name)
{
	for (size_t i = 0; name && i < sizeof(palettes) / sizeof(*palettes); i++)
		if (!strcmp(palettes[i].name, name))
			return &palettes[i];
	return &palettes[0];
}

/* One channel of HSL to RGB (CSS Color 4, 7.1), 0 to 255; all inputs are exact in a double. */
static unsigned hsl_channel(double hue, double saturation, double light, int n)
{
	double k = fmod(n + hue / 30, 12);
	double a = saturation * fmin(light, 1 - light);
	double value = light - a * fmax(-1, fmin(fmin(k - 3, 9 - k), 1));

	return value * 255 + 0.5;
}

static double between(short from, short to, int shade)
{
	return from + (double)(to - from) * shade / (SHADES - 1);
}

static void write_family(const struct family *family, char letter, bool dark, FILE *out)
{
	for (int shade = 0; shade < SHADES; shade++) {
		double hue = between(family->hue, family->hue_end, shade);
		double saturation = between(family->saturation, family->saturation_end, shade);
		/* Neighbours in hue differ in lightness too, or adjacent boxes would run together.
		 */
		double light = between(family->light, family->light_end, shade) + shade % 3 * 2 - 2;

		if (dark) {
			saturation *= 0.62;
			light *= 0.8;
		}
		fprintf(out, ".%c%x{fill:#%02x%02x%02x}", letter, shade,
			hsl_channel(hue, saturation / 100, light / 100, 0),
			hsl_channel(hue, saturation / 100, light / 100, 8),
			hsl_channel(hue, saturation / 100, light / 100, 4));
	}
	fputc('\n', out);
}

void svg_palette_write(const struct svg *svg)
{
	const struct palette *palette = find_palette(svg->options->palette);

	/* Those that are not in the picture too: the viewer takes its colours from here, and what it
	 * shows may have others. */
	for (int dark = 0; dark < 2; dark++) {
		if (dark)
			fputs("@media (prefers-color-scheme:dark){\n", svg->out);
		for (int kind = 0; kind < KINDS; kind++)
			write_family(&palette->families[kind], kinds[kind].letter, dark, svg->out);
	}
	fputs("}\n", svg->out);
}
