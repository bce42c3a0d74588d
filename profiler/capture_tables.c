// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes unwind tables, mappings and processes into the BPF maps. */
#include "profiler/capture_tables.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* In portions of one system call each (Linux 5.6). */
static int put_array(int fd, uint32_t first, const void *values, size_t size, uint32_t n)
{
	uint32_t keys[256], portion;

	for (uint32_t i = 0; i < n; i += portion) {
		portion = n - i < 256 ? n - i : 256;
		for (uint32_t k = 0; k < portion; k++)
			keys[k] = first + i + k;
		if (bpf_map_update_batch(fd, keys, (const char *)values + i * size, &portion,
					 NULL))
			return -errno;
	}
	return 0;
}

int capture_put_rules(const struct capture_tables *maps, uint32_t first,
		      const struct unwind_rule *rules, uint32_t n)
{
	return put_array(maps->rules_fd, first, rules, sizeof(*rules), n);
}

int capture_put_pages(const struct capture_tables *maps, uint32_t first,
		      const struct unwind_map_page *pages, uint32_t n)
{
	return put_array(maps->pages_fd, first, pages, sizeof(*pages), n);
}

int capture_put_module(const struct capture_tables *maps, uint32_t number,
		       const struct unwind_module *module)
{
	return bpf_map_update_elem(maps->modules_fd, &number, module, BPF_ANY) ? -errno : 0;
}

int capture_map_mappings(const struct capture_tables *maps, struct unwind_mapping **ret)
{
	void *mappings = mmap(NULL, UNWIND_MAX_MAPPINGS * sizeof(struct unwind_mapping),
			      PROT_READ | PROT_WRITE, MAP_SHARED, maps->mappings_fd, 0);

	if (mappings == MAP_FAILED)
		return -errno;
	*ret = mappings;
	return 0;
}

void capture_unmap_mappings(struct unwind_mapping *mappings)
{
	munmap(mappings, UNWIND_MAX_MAPPINGS * sizeof(struct unwind_mapping));
}

int capture_put_process(const struct capture_tables *maps, pid_t pid,
			const struct unwind_process *process)
{
	return bpf_map_update_elem(maps->processes_fd, &pid, process, BPF_ANY) ? -errno : 0;
}

void capture_drop_process(const struct capture_tables *maps, pid_t pid)
{
	bpf_map_delete_elem(maps->processes_fd, &pid);
}

void capture_unmap_chunk(struct unwind_row *rows)
{
	munmap(rows, UNWIND_CHUNK_ROWS * sizeof(struct unwind_row));
}

int capture_add_chunk(const struct capture_tables *maps, uint32_t number, struct unwind_row **ret)
{
	const struct bpf_map_create_opts options = { .sz = sizeof(options),
						     .map_flags = BPF_F_MMAPABLE };
	size_t size = UNWIND_CHUNK_ROWS * sizeof(struct unwind_row);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "unwind_chunk", sizeof(uint32_t), size, 1,
				&options);
	void *rows;
	int err = 0;

	if (fd < 0)
		return fd;
	rows = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (rows == MAP_FAILED)
		err = -errno;
	else if (bpf_map_update_elem(maps->chunks_fd, &number, &fd, BPF_ANY)) {
		err = -errno;
		munmap(rows, size);
	}
	/* The outer map and the mapping keep it. */
	close(fd);
	if (!err)
		*ret = rows;
	return err;
}
