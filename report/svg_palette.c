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
#include "report/wait_class.h"

enum { SHADES = 12, KINDS = FRAME_WAIT + 1, FAMILIES = FRAME_WAIT };

/* Hue in degrees, saturation and lightness in percent; both ends of the family. */
struct family {
	short hue, hue_end;
	short saturation, saturation_end;
	short light, light_end;
};

struct palette {
	const char *name;
	struct family families[FAMILIES];
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

/*
 * Waits have a colour for each sort, whatever the palette: pale ones that are
 * told apart by those who do not see all colours (after the "light" scheme of
 * Paul Tol, https://personal.sron.nl/~pault/), and what they are stands in them.
 */
static const struct {
	unsigned rgb;
	const char *name; /* in the legend */
} wait_shades[SHADES] = {
	{0xd070a8, "lock"},	 {0xffaabb, "condition"},  {0xaaaa00, "disk"},
	{0x9aa860, "memory"},	 {0x77aadd, "network"},	   {0x99ddff, "pipe"},
	{0x44bb99, "poll"},	 {0xd8c4ec, "sleep"},	   {0xb9a3d6, "child, signal"},
	{0xb6f26b, "run queue"}, {0xc3b8ae, "other wait"}, {0xdddddd, "idle"},
};

static const uint8_t wait_shade_of[WAIT_N] = {
	[WAIT_NONE] = 10,     [WAIT_UNKNOWN] = 10,  [WAIT_LOCK] = 0,	   [WAIT_CONDITION] = 1,
	[WAIT_FUTEX] = 1,     [WAIT_DISK] = 2,	    [WAIT_PAGE_FAULT] = 3, [WAIT_MEMORY] = 3,
	[WAIT_NETWORK] = 4,   [WAIT_PIPE] = 5,	    [WAIT_TERMINAL] = 5,   [WAIT_POLL] = 6,
	[WAIT_SLEEP] = 7,     [WAIT_CHILD] = 8,	    [WAIT_SIGNAL] = 8,	   [WAIT_STOPPED] = 10,
	[WAIT_THROTTLED] = 9, [WAIT_PREEMPTED] = 9, [WAIT_IO_URING] = 2,   [WAIT_KERNEL] = 11,
	[WAIT_OTHER] = 10,    [WAIT_FIRST_RUN] = 9,
};

/* Letters of the classes, and words of the legend. */
static const struct {
	char letter;
	const char *name;
} kinds[KINDS] = {
	[FRAME_ROOT] = {'r', "process"},    [FRAME_USER] = {'u', "user"},
	[FRAME_INLINED] = {'i', "inlined"}, [FRAME_KERNEL] = {'k', "kernel"},
	[FRAME_JIT] = {'j', "JIT"},	    [FRAME_WAKER] = {'w', "waker"},
	[FRAME_NOTE] = {'n', "incomplete"}, [FRAME_WAIT] = {'t', "waiting"},
};

const char *svg_palette_kind_name(uint8_t kind)
{
	return kinds[kind].name;
}

const char *svg_palette_wait_name(unsigned shade)
{
	return shade < SHADES ? wait_shades[shade].name : NULL;
}

unsigned svg_palette_wait_shade(const char *name, size_t length)
{
	return wait_shade_of[wait_class_of_frame(name, length)];
}

void svg_palette_wait_class(unsigned shade, char ret[3])
{
	ret[0] = kinds[FRAME_WAIT].letter;
	ret[1] = "0123456789ab"[shade];
	ret[2] = '\0';
}

void svg_palette_class(uint8_t kind, const char *name, size_t length, char ret[3])
{
	if (kind == FRAME_WAIT) {
		svg_palette_wait_class(svg_palette_wait_shade(name, length), ret);
		return;
	}
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

static void write_waits(bool dark, FILE *out)
{
	for (int shade = 0; shade < SHADES; shade++) {
		unsigned rgb = wait_shades[shade].rgb;

		if (dark)
			rgb = (rgb >> 16) * 4 / 5 << 16 | (rgb >> 8 & 255) * 4 / 5 << 8 |
			      (rgb & 255) * 4 / 5;
		fprintf(out, ".%c%x{fill:#%06x}", kinds[FRAME_WAIT].letter, shade, rgb);
	}
	fputc('\n', out);
}

void svg_palette_write(const struct svg *svg)
{
	const struct palette *palette = find_palette(svg->options->palette);

	/* Those that are not in the picture too: the viewer takes its colours from here, and what
	 * it shows may have others. */
	for (int dark = 0; dark < 2; dark++) {
		if (dark)
			fputs("@media (prefers-color-scheme:dark){\n", svg->out);
		for (int kind = 0; kind < FAMILIES; kind++)
			write_family(&palette->families[kind], kinds[kind].letter, dark, svg->out);
		write_waits(dark, svg->out);
	}
	fputs("}\n", svg->out);
}
