// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads and writes files of recorded stacks. They are text, a word of its own
 * begins each line, and numbers are hexadecimal unless said otherwise:
 *
 *   # a comment
 *   module NAME FLAGS ENTRY          FLAGS: - or letters: g a Go program, n needs other modules;
 *                                    ENTRY: 0, or where the module begins and no FDE says so
 *   segment VADDR OFFSET SIZE        of the last module, executable ones only
 *   cie CODE DATA RA FLAGS PROGRAM   decimal alignments and column; FLAGS: - or s, a signal frame
 *   fde START SIZE CIE PROGRAM       CIE: decimal, from 0 in the module; PROGRAM: bytes or -
 *   code VADDR BYTES                 of the text, where what is not an FDE tells how to unwind
 *   stack TITLE
 *   registers R0 ... R15 RIP         by DWARF numbers
 *   map START END OFFSET MODULE      all executable mappings; MODULE: decimal, from 0, or - for
 *                                    none, or one that no frame lies in
 *   memory START END                 what was readable
 *   words ADDRESS VALUE...           what lies there; of the rest of memory nothing matters
 *   frame WHERE NAME                 leaf first: [!]MODULE+0xADDRESS of the file; ! where the
 *                                    address is exact, none that a call returns to
 *   result NAME                      as the unwinder calls it: see result_names
 *   differs TEXT                     what the independent unwinder had instead, and why
 *   calls LOOKUPS READS              decimal; how many it took when this was recorded
 *
 * A stack's frames are those of an independent unwinder unless "differs" says otherwise.
 */
#include "stack_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "bpf/unwind_table.h"

enum { POISON = 0x5a };

static const char *const result_names[WIRE_RESULTS] = {
	[WIRE_WHOLE] = "whole",
	[WIRE_KERNEL_ONLY] = "kernel-only",
	[WIRE_OMITTED] = "omitted",
	[WIRE_FRAME_POINTER] = "frame-pointer",
	[WIRE_DEPTH] = "depth",
	[WIRE_UNREADABLE] = "unreadable",
	[WIRE_NO_REGISTERS] = "no-registers",
	[WIRE_NO_TABLE] = "no-table",
	[WIRE_UNMAPPED] = "unmapped",
	[WIRE_UNSUPPORTED] = "unsupported",
	[WIRE_BAD_CFA] = "bad-cfa",
};

const char *stack_result_name(uint32_t result)
{
	const char *name = result < WIRE_RESULTS ? result_names[result] : NULL;

	return name ? name : "?";
}

void stack_deinit(struct stack *stack)
{
	free(stack->title);
	free(stack->differs);
	vec_each(&stack->frames, frame) {
		free(frame->where);
		free(frame->name);
	}
	vec_deinit(&stack->frames);
	vec_deinit(&stack->maps);
	vec_deinit(&stack->ranges);
	vec_deinit(&stack->words);
}

static void module_deinit(struct stack_module *module)
{
	free(module->name);
	vec_each(&module->cies, cie)
		vec_deinit(&cie->program.bytes);
	vec_each(&module->fdes, fde)
		vec_deinit(&fde->program.bytes);
	vec_each(&module->codes, code)
		vec_deinit(&code->bytes.bytes);
	vec_deinit(&module->segments);
	vec_deinit(&module->cies);
	vec_deinit(&module->fdes);
	vec_deinit(&module->codes);
}

void stack_file_deinit(struct stack_file *file)
{
	vec_each(&file->modules, module)
		module_deinit(module);
	vec_each(&file->stacks, stack)
		stack_deinit(stack);
	vec_deinit(&file->modules);
	vec_deinit(&file->stacks);
}

/* What is left of a line. Once something is missing or wrong it has failed. */
struct line {
	char *rest;
	bool failed;
};

static char *line_word(struct line *line)
{
	char *word = strsep(&line->rest, " ");

	if (!word || !*word)
		line->failed = true;
	return word ? word : "";
}

static uint64_t line_number(struct line *line, int base)
{
	const char *word = line_word(line);
	char *end;
	uint64_t value = strtoull(word, &end, base);

	if (*end)
		line->failed = true;
	return value;
}

static int64_t line_signed(struct line *line)
{
	const char *word = line_word(line);
	char *end;
	int64_t value = strtoll(word, &end, 10);

	if (*end)
		line->failed = true;
	return value;
}

/* All that is left, as a string of its own. */
static char *line_text(struct line *line)
{
	char *text = strdup(line->rest ? line->rest : "");

	line->rest = NULL;
	if (!text)
		line->failed = true;
	return text;
}

static struct stack_bytes line_bytes(struct line *line)
{
	const char *word = line_word(line);
	struct stack_bytes bytes = {};

	for (; strcmp(word, "-") && word[0]; word += 2) {
		char digits[3] = { word[0], word[1] }, *end;
		unsigned char byte = strtoul(digits, &end, 16);

		if (end != digits + 2 || vec_push(&bytes.bytes, byte)) {
			line->failed = true;
			break;
		}
	}
	return bytes;
}

static int read_module(struct stack_file *file, struct line *line)
{
	struct stack_module module = {};
	const char *flags;

	module.name = strdup(line_word(line));
	flags = line_word(line);
	module.is_go = strchr(flags, 'g');
	module.needs_others = strchr(flags, 'n');
	module.entry = line_number(line, 16);
	return vec_push(&file->modules, module);
}

static int read_of_module(struct stack_module *module, const char *word, struct line *line)
{
	if (!strcmp(word, "segment")) {
		struct elf_segment segment;

		segment.vaddr = line_number(line, 16);
		segment.offset = line_number(line, 16);
		segment.size = line_number(line, 16);
		return vec_push(&module->segments, segment);
	}
	if (!strcmp(word, "cie")) {
		struct stack_cie cie;

		cie.code_alignment = line_number(line, 10);
		cie.data_alignment = line_signed(line);
		cie.ra = line_number(line, 10);
		cie.signal = !strcmp(line_word(line), "s");
		cie.program = line_bytes(line);
		return vec_push(&module->cies, cie);
	}
	if (!strcmp(word, "fde")) {
		struct stack_fde fde;

		fde.start = line_number(line, 16);
		fde.size = line_number(line, 16);
		fde.cie = line_number(line, 10);
		fde.program = line_bytes(line);
		line->failed |= fde.cie >= module->cies.n;
		return vec_push(&module->fdes, fde);
	}
	if (!strcmp(word, "code")) {
		struct stack_code code;

		code.vaddr = line_number(line, 16);
		code.bytes = line_bytes(line);
		return vec_push(&module->codes, code);
	}
	return -EINVAL;
}

static int read_map(const struct stack_file *file, struct stack *stack, struct line *line)
{
	struct stack_map map = { .module = STACK_NO_MODULE };

	map.start = line_number(line, 16);
	map.end = line_number(line, 16);
	map.offset = line_number(line, 16);
	if (line->rest && strcmp(line->rest, "-")) {
		map.module = line_number(line, 10);
		line->failed |= map.module >= file->modules.n;
	} else {
		line_word(line);
	}
	return vec_push(&stack->maps, map);
}

static int read_words(struct stack *stack, struct line *line)
{
	struct stack_word word = { .address = line_number(line, 16) };
	int err = 0;

	while (!err && line->rest && !line->failed) {
		word.value = line_number(line, 16);
		err = vec_push(&stack->words, word);
		word.address += 8;
	}
	return err;
}

static uint32_t read_result(struct line *line)
{
	const char *word = line_word(line);

	for (uint32_t i = 0; i < WIRE_RESULTS; i++)
		if (!strcmp(stack_result_name(i), word))
			return i;
	line->failed = true;
	return 0;
}

static int read_of_stack(const struct stack_file *file, struct stack *stack, const char *word,
			 struct line *line)
{
	if (!strcmp(word, "registers")) {
		for (size_t i = 0; i < DWARF_N_REGISTERS; i++)
			stack->registers.dwarf[i] = line_number(line, 16);
		return 0;
	}
	if (!strcmp(word, "map"))
		return read_map(file, stack, line);
	if (!strcmp(word, "memory")) {
		struct stack_range range;

		range.start = line_number(line, 16);
		range.end = line_number(line, 16);
		return vec_push(&stack->ranges, range);
	}
	if (!strcmp(word, "words"))
		return read_words(stack, line);
	if (!strcmp(word, "frame")) {
		struct stack_frame frame;

		frame.where = strdup(line_word(line));
		frame.name = line_text(line);
		return vec_push(&stack->frames, frame);
	}
	if (!strcmp(word, "result"))
		stack->result = read_result(line);
	else if (!strcmp(word, "differs") && !stack->differs)
		stack->differs = line_text(line);
	else if (!strcmp(word, "calls"))
		stack->n_lookups = line_number(line, 10), stack->n_reads = line_number(line, 10);
	else
		return -EINVAL;
	return 0;
}

static int read_line(struct stack_file *file, char *text)
{
	struct line line = { .rest = text };
	const char *word;
	int err = -EINVAL;

	if (!*text || *text == '#')
		return 0;
	word = line_word(&line);
	if (!strcmp(word, "module")) {
		err = read_module(file, &line);
	} else if (!strcmp(word, "stack")) {
		struct stack stack = { .title = line_text(&line) };

		err = vec_push(&file->stacks, stack);
	} else if (file->stacks.n) {
		err = read_of_stack(file, &file->stacks.data[file->stacks.n - 1], word, &line);
	} else if (file->modules.n) {
		err = read_of_module(&file->modules.data[file->modules.n - 1], word, &line);
	}
	return err ? err : line.failed || line.rest ? -EINVAL : 0;
}

int stack_file_read(struct stack_file *file, FILE *in)
{
	guard_free char *text = NULL;
	size_t size = 0;
	ssize_t n;
	int number = 0;

	*file = (struct stack_file){};
	while ((n = getline(&text, &size, in)) >= 0) {
		number++;
		if (n && text[n - 1] == '\n')
			text[n - 1] = '\0';
		if (read_line(file, text))
			return number;
	}
	return ferror(in) ? -EIO : 0;
}

static void write_bytes(const struct stack_bytes *bytes, FILE *out)
{
	fputs(bytes->bytes.n ? " " : " -", out);
	vec_each(&bytes->bytes, byte)
		fprintf(out, "%02x", *byte);
	fputc('\n', out);
}

static void write_module(const struct stack_module *module, FILE *out)
{
	fprintf(out, "module %s %s%s%s %" PRIx64 "\n", module->name, module->is_go ? "g" : "",
		module->needs_others ? "n" : "", module->is_go || module->needs_others ? "" : "-",
		module->entry);
	vec_each(&module->segments, segment)
		fprintf(out, "segment %" PRIx64 " %" PRIx64 " %" PRIx64 "\n", segment->vaddr,
			segment->offset, segment->size);
	vec_each(&module->cies, cie) {
		fprintf(out, "cie %" PRIu64 " %" PRId64 " %" PRIu64 " %s", cie->code_alignment,
			cie->data_alignment, cie->ra, cie->signal ? "s" : "-");
		write_bytes(&cie->program, out);
	}
	vec_each(&module->fdes, fde) {
		fprintf(out, "fde %" PRIx64 " %" PRIx64 " %u", fde->start, fde->size, fde->cie);
		write_bytes(&fde->program, out);
	}
	vec_each(&module->codes, code) {
		fprintf(out, "code %" PRIx64, code->vaddr);
		write_bytes(&code->bytes, out);
	}
}

static void write_words(const struct stack *stack, FILE *out)
{
	const struct stack_word *last = NULL;

	vec_each(&stack->words, word) {
		if (!last || word->address != last->address + 8)
			fprintf(out, "%swords %" PRIx64, last ? "\n" : "", word->address);
		fprintf(out, " %" PRIx64, word->value);
		last = word;
	}
	if (last)
		fputc('\n', out);
}

static void write_stack(const struct stack *stack, FILE *out)
{
	fprintf(out, "\nstack %s\nregisters", stack->title);
	for (size_t i = 0; i < DWARF_N_REGISTERS; i++)
		fprintf(out, " %" PRIx64, stack->registers.dwarf[i]);
	fputc('\n', out);
	vec_each(&stack->maps, map) {
		fprintf(out, "map %" PRIx64 " %" PRIx64 " %" PRIx64, map->start, map->end,
			map->offset);
		if (map->module == STACK_NO_MODULE)
			fputs(" -\n", out);
		else
			fprintf(out, " %u\n", map->module);
	}
	vec_each(&stack->ranges, range)
		fprintf(out, "memory %" PRIx64 " %" PRIx64 "\n", range->start, range->end);
	write_words(stack, out);
	vec_each(&stack->frames, frame)
		fprintf(out, "frame %s %s\n", frame->where, frame->name);
	fprintf(out, "result %s\n", stack_result_name(stack->result));
	if (stack->differs)
		fprintf(out, "differs %s\n", stack->differs);
	fprintf(out, "calls %u %u\n", stack->n_lookups, stack->n_reads);
}

int stack_file_write(const struct stack_file *file, FILE *out)
{
	fputs("# See tests/unit/stack_file.c; made by tests/unit/record_stack.c.\n", out);
	vec_each(&file->modules, module)
		write_module(module, out);
	vec_each(&file->stacks, stack)
		write_stack(stack, out);
	return fflush(out) || ferror(out) ? -EIO : 0;
}

void stack_where(const struct stack_file *file, const struct stack *stack, uint64_t address,
		 char *ret, size_t size)
{
	const char *exact = address & WIRE_EXACT ? "!" : "";
	const char *name = "[unmapped]";

	address &= ~WIRE_EXACT;
	vec_each(&stack->maps, map) {
		const struct stack_module *module;

		/* A call may be the last instruction of its mapping. */
		if (address - !*exact < map->start || address - !*exact >= map->end)
			continue;
		name = "[anon]";
		if (map->module == STACK_NO_MODULE)
			break;
		module = &file->modules.data[map->module];
		name = module->name;
		address += map->offset - map->start;
		vec_each(&module->segments, segment) {
			if (address - !*exact - segment->offset < segment->size) {
				address += segment->vaddr - segment->offset;
				break;
			}
		}
		break;
	}
	snprintf(ret, size, "%s%s+0x%" PRIx64, exact, name, address);
}

int stack_read(void *ctx, uint64_t address, void *to, size_t n)
{
	const struct stack *stack = ctx;
	bool readable = false;

	vec_each(&stack->ranges, range)
		readable |= address >= range->start && address < range->end &&
			    n <= range->end - address;
	if (!readable)
		return -EFAULT;
	memset(to, POISON, n);
	vec_each(&stack->words, word) {
		for (size_t i = 0; i < sizeof(word->value); i++)
			if (word->address + i - address < n)
				((unsigned char *)to)[word->address + i - address] =
					word->value >> 8 * i;
	}
	return 0;
}
