// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs through the heads of the records, past the code they hold, and notes
 * what covers a wanted address; then gives names from the last to the first.
 */
#include "symbolize/jitdump.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/hash.h"

enum {
	MAGIC = 0x4a695444, /* "JiTD" */
	CODE_LOAD = 0,
	CODE_MOVE = 1,
	WINDOW = 64 << 10,
};

struct file_head {
	uint32_t magic, version, total_size, elf_mach, pad, pid;
	uint64_t timestamp, flags;
};

struct record_head {
	uint32_t id, total_size;
	uint64_t timestamp;
};

struct code_load {
	uint32_t pid, tid;
	uint64_t vma, address, size, index;
	/* name, NUL, code */
};

struct code_move {
	uint32_t pid, tid;
	uint64_t vma, old_address, address, size, index;
};

/* Code that is, or once was, at a wanted address; its name is read when it is given. */
struct code {
	uint64_t start, size;
	uint64_t name, name_end; /* where in the file */
};

struct jitdump {
	int fd; /* -1: in memory */
	const unsigned char *bytes; /* of memory, or the window */
	uint64_t size;
	unsigned char *window;
	uint64_t window_at;
	size_t window_n;
	uint64_t n_read;
	VEC(struct code) codes;
	VEC(uint64_t) names; /* of each load: where in the file, then where it ends */
	struct idmap by_index; /* code index -> the pair in names */
	struct code_names *wanted;
	struct jitdump_counts *counts;
};

static void jitdump_deinit(struct jitdump *dump)
{
	free(dump->window);
	vec_deinit(&dump->codes);
	vec_deinit(&dump->names);
	idmap_deinit(&dump->by_index);
}

/* The bytes from offset on, up to n and to the end of the file. *ret is good until the next
 * call; the number of bytes, or a negative errno. */
static ssize_t look(struct jitdump *dump, uint64_t offset, size_t n, const unsigned char **ret)
{
	ssize_t got;

	if (offset >= dump->size)
		return 0;
	if (n > dump->size - offset)
		n = dump->size - offset;
	if (dump->fd < 0) {
		*ret = dump->bytes + offset;
		return n;
	}
	if (offset < dump->window_at || offset - dump->window_at + n > dump->window_n) {
		do
			got = pread(dump->fd, dump->window, WINDOW, offset);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			return -errno;
		dump->window_at = offset;
		dump->window_n = got;
		dump->n_read += got;
	}
	*ret = dump->window + (offset - dump->window_at);
	return n < dump->window_n - (offset - dump->window_at) ?
		       n : dump->window_n - (offset - dump->window_at);
}

/* 0; -ENODATA: the file ends before; another negative errno. */
static int look_exactly(struct jitdump *dump, uint64_t offset, void *to, size_t n)
{
	const unsigned char *at;
	ssize_t got = look(dump, offset, n, &at);

	if (got < 0)
		return got;
	if ((size_t)got < n)
		return -ENODATA;
	memcpy(to, at, n);
	return 0;
}

static int note_code(struct jitdump *dump, uint64_t start, uint64_t size, const uint64_t *name)
{
	struct code code = {start, size, name[0], name[1]};

	return code_names_lack(dump->wanted, start, size) ? vec_push(&dump->codes, code) : 0;
}

static int add_load(struct jitdump *dump, uint64_t offset, uint64_t end)
{
	struct code_load load;
	uint64_t name[2] = {offset + sizeof(load), end};
	int err = name[0] < end ? look_exactly(dump, offset, &load, sizeof(load)) : -ENODATA;

	if (err)
		return err;
	dump->counts->n_loads++;
	err = vec_append(&dump->names, name, 2);
	if (!err)
		err = idmap_put(&dump->by_index, load.index, dump->names.n - 2);
	return err ? err : note_code(dump, load.address, load.size, name);
}

static int add_move(struct jitdump *dump, uint64_t offset, uint64_t end)
{
	struct code_move move;
	uint32_t name;
	int err = offset + sizeof(move) <= end ?
			  look_exactly(dump, offset, &move, sizeof(move)) : -ENODATA;

	if (err)
		return err;
	dump->counts->n_moves++;
	if (!idmap_find(&dump->by_index, move.index, &name))
		return 0;
	return note_code(dump, move.address, move.size, &dump->names.data[name]);
}

/* 0; -ENODATA: the file ends in the middle of a record, which is being written. */
static int add_records(struct jitdump *dump, uint64_t offset)
{
	struct record_head head;
	int err = 0;

	for (int i = 0; i < JITDUMP_MAX_RECORDS && offset < dump->size &&
			dump->n_read < JITDUMP_MAX_READ; i++) {
		err = look_exactly(dump, offset, &head, sizeof(head));
		if (!err && (head.total_size < sizeof(head) ||
			     head.total_size > dump->size - offset))
			err = -ENODATA;
		if (!err && head.id == CODE_LOAD)
			err = add_load(dump, offset + sizeof(head), offset + head.total_size);
		else if (!err && head.id == CODE_MOVE)
			err = add_move(dump, offset + sizeof(head), offset + head.total_size);
		if (err)
			return err;
		offset += head.total_size;
	}
	dump->counts->cut |= offset < dump->size;
	return 0;
}

static int give_name(struct jitdump *dump, const struct code *code)
{
	const unsigned char *name;
	uint64_t most = code->name_end - code->name;
	ssize_t n;

	if (!code_names_lack(dump->wanted, code->start, code->size))
		return 0;
	n = look(dump, code->name, most < JITDUMP_MAX_NAME ? most : JITDUMP_MAX_NAME, &name);
	if (n <= 0)
		return n;
	/* What does not end is no name but code. */
	return memchr(name, '\0', n) ? code_names_give(dump->wanted, code->start, code->size,
						       (const char *)name, n) : 0;
}

static int jitdump_run(struct jitdump *dump)
{
	struct file_head head;
	int err = look_exactly(dump, 0, &head, sizeof(head));

	if (err == -ENODATA || (!err && (head.magic != MAGIC || head.total_size < sizeof(head))))
		return -ENOEXEC;
	if (!err)
		err = add_records(dump, head.total_size);
	if (err == -ENODATA) {
		dump->counts->cut = true;
		err = 0;
	}
	for (size_t i = dump->codes.n; !err && i-- > 0;) {
		if (dump->n_read >= UINT64_C(2) * JITDUMP_MAX_READ) {
			dump->counts->cut = true;
			break;
		}
		err = give_name(dump, &dump->codes.data[i]);
	}
	return err;
}

int jitdump_read(int fd, struct code_names *names, struct jitdump_counts *counts)
{
	guard(jitdump_deinit) struct jitdump dump = {
		.fd = fd,
		.wanted = names,
		.counts = counts,
	};
	struct stat stat;

	if (fstat(fd, &stat))
		return -errno;
	dump.size = stat.st_size;
	dump.window = malloc(WINDOW);
	return dump.window ? jitdump_run(&dump) : -ENOMEM;
}

int jitdump_parse(const void *bytes, size_t size, struct code_names *names,
		  struct jitdump_counts *counts)
{
	guard(jitdump_deinit) struct jitdump dump = {
		.fd = -1,
		.bytes = bytes,
		.size = size,
		.wanted = names,
		.counts = counts,
	};

	return jitdump_run(&dump);
}
