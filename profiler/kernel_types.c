// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's BTF (5 MB, 130,000 types) in; a few structs with the members
 * that are asked for out. libbpf gets from it what CO-RE needs in no time,
 * while it takes 25 ms to read all of the kernel's types and to look for a
 * dozen of them. Offsets, sizes and kinds are kept; typedefs, qualifiers and
 * what pointers point to are not looked at by CO-RE, and left out.
 */
#include "profiler/kernel_types.h"

#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/vec.h"

enum {
	MAX_DEPTH = 16,   /* of structs in structs, and of qualifiers before a type */
	NAME_PLACES = 256,
	READ_BYTES = 1 << 20,
};

struct wanted {
	const char *name;
	const struct btf_type *local;
};

struct done {
	uint32_t id;
	int new_id;
};

struct cut {
	const char *types, *strings; /* the kernel's */
	uint32_t types_size, strings_size;
	VEC(uint32_t) offsets; /* of each type, by its id - 1 */
	const struct btf *local;
	VEC(struct wanted) wanted;
	bool may_want[NAME_PLACES]; /* whether one of them has a name of this hash */
	struct btf *out;
	VEC(struct done) done;
	int depth;
};

struct field {
	const char *name;
	int type;
	uint32_t offset, size; /* in bits; size 0: no bit field */
};

struct field_list {
	VEC(struct field) fields;
};

static uint32_t name_place(const char *name)
{
	uint32_t hash = 0;

	for (; *name; name++)
		hash = hash * 31 + (unsigned char)*name;
	return hash % NAME_PLACES;
}

/* The string section ends with a 0. */
static const char *name_of(const struct cut *cut, uint32_t offset)
{
	return offset < cut->strings_size ? cut->strings + offset : "";
}

static const struct btf_type *type_of(const struct cut *cut, uint32_t id)
{
	return id && id <= cut->offsets.n ?
		       (const struct btf_type *)(cut->types + cut->offsets.data[id - 1]) :
		       NULL;
}

/* What follows a type; -EINVAL for a kind that this knows nothing of. */
static long extra_size(const struct btf_type *type)
{
	uint32_t n = btf_vlen(type);

	switch (btf_kind(type)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return n * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return n * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return n * sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return n * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return n * sizeof(struct btf_var_secinfo);
	case BTF_KIND_UNKN:
		return -EINVAL;
	default:
		return btf_kind(type) <= BTF_KIND_ENUM64 ? 0 : -EINVAL;
	}
}

static int cut_open(struct cut *cut, const char *data, size_t size)
{
	const struct btf_header *header = (const void *)data;
	uint64_t types, strings;

	if (size < sizeof(*header) || header->magic != BTF_MAGIC ||
	    header->hdr_len < sizeof(*header))
		return -EINVAL;
	types = (uint64_t)header->hdr_len + header->type_off;
	strings = (uint64_t)header->hdr_len + header->str_off;
	if (types % 4 || types + header->type_len > size || strings + header->str_len > size ||
	    !header->str_len || data[strings + header->str_len - 1])
		return -EINVAL;
	cut->types = data + types;
	cut->types_size = header->type_len;
	cut->strings = data + strings;
	cut->strings_size = header->str_len;
	for (uint32_t at = 0; at < cut->types_size;) {
		const struct btf_type *type = (const void *)(cut->types + at);
		long extra = cut->types_size - at < sizeof(*type) ? -EINVAL : extra_size(type);
		int err;

		if (extra < 0 || cut->types_size - at - sizeof(*type) < (size_t)extra)
			return -EINVAL;
		err = vec_push(&cut->offsets, at);
		if (err)
			return err;
		at += sizeof(*type) + extra;
	}
	return 0;
}

static int cut_want(struct cut *cut)
{
	for (uint32_t id = 1; id < btf__type_cnt(cut->local); id++) {
		const struct btf_type *type = btf__type_by_id(cut->local, id);
		const char *name = btf__name_by_offset(cut->local, type->name_off);

		if ((!btf_is_struct(type) && !btf_is_enum(type)) || !name || !*name)
			continue;
		cut->may_want[name_place(name)] = true;
		if (vec_push(&cut->wanted, (struct wanted){ name, type }))
			return -ENOMEM;
	}
	return 0;
}

/* The local type of the same name and kind, or NULL. */
static const struct btf_type *wanted_find(const struct cut *cut, const struct btf_type *type)
{
	const char *name = name_of(cut, type->name_off);

	if (!*name || !cut->may_want[name_place(name)])
		return NULL;
	vec_each(&cut->wanted, wanted)
		if (btf_kind(wanted->local) == btf_kind(type) && !strcmp(wanted->name, name))
			return wanted->local;
	return NULL;
}

static bool has_member(const struct cut *cut, const struct btf_type *local, const char *name)
{
	const struct btf_member *members = btf_members(local);

	for (uint32_t i = 0; i < btf_vlen(local); i++)
		if (!strcmp(btf__name_by_offset(cut->local, members[i].name_off), name))
			return true;
	return false;
}

/* The type behind typedefs and qualifiers; 0 for void. */
static uint32_t skip_qualifiers(const struct cut *cut, uint32_t id)
{
	for (int i = 0; i < MAX_DEPTH; i++) {
		const struct btf_type *type = type_of(cut, id);

		if (!type || (!btf_is_mod(type) && !btf_is_typedef(type)))
			break;
		id = type->type;
	}
	return id;
}

static int cut_type(struct cut *cut, uint32_t id);

/* Members of structs without a name are taken for the outer one's own: so they are in C. */
static int collect_fields(struct cut *cut, const struct btf_type *type,
			  const struct btf_type *local, uint32_t base, struct field_list *ret)
{
	const struct btf_member *members = btf_members(type);
	int err = 0;

	if (++cut->depth > MAX_DEPTH)
		return -EINVAL;
	for (uint32_t i = 0; !err && i < btf_vlen(type); i++) {
		struct field field = { name_of(cut, members[i].name_off), 0, 0, 0 };
		const struct btf_type *inner;

		field.offset = base + btf_member_bit_offset(type, i);
		field.size = btf_member_bitfield_size(type, i);
		if (!*field.name) {
			inner = type_of(cut, skip_qualifiers(cut, members[i].type));
			if (inner && btf_is_composite(inner))
				err = collect_fields(cut, inner, local, field.offset, ret);
			continue;
		}
		if (local && !has_member(cut, local, field.name))
			continue;
		field.type = cut_type(cut, members[i].type);
		err = field.type < 0 ? field.type : vec_push(&ret->fields, field);
	}
	cut->depth--;
	return err;
}

/* A struct that nobody asked for by name keeps its size only, unless it has none: atomic_t. */
static int cut_struct(struct cut *cut, const struct btf_type *type)
{
	const struct btf_type *local = wanted_find(cut, type);
	const char *name = name_of(cut, type->name_off);
	struct field_list list = {};
	int err = local || !*name ? collect_fields(cut, type, local, 0, &list) : 0;
	int id = err;

	if (!err)
		id = btf_is_union(type) ? btf__add_union(cut->out, name, type->size) :
					  btf__add_struct(cut->out, name, type->size);
	if (id >= 0)
		vec_each(&list.fields, field)
			if (!err)
				err = btf__add_field(cut->out, field->name, field->type,
						     field->offset, field->size);
	vec_deinit(&list.fields);
	return err ? err : id;
}

static int cut_enum(struct cut *cut, const struct btf_type *type, const struct btf_type *local)
{
	const struct btf_enum *values = btf_enum(type), *asked = btf_enum(local);
	int id = btf__add_enum(cut->out, name_of(cut, type->name_off), type->size), err = 0;

	for (uint32_t i = 0; id >= 0 && i < btf_vlen(type); i++)
		for (uint32_t j = 0; !err && j < btf_vlen(local); j++)
			if (!strcmp(name_of(cut, values[i].name_off),
				    btf__name_by_offset(cut->local, asked[j].name_off)))
				err = btf__add_enum_value(cut->out,
							  name_of(cut, values[i].name_off),
							  values[i].val);
	return err ? err : id;
}

static int cut_array(struct cut *cut, const struct btf_type *type)
{
	const struct btf_array *array = btf_array(type);
	int element = cut_type(cut, array->type), index = cut_type(cut, array->index_type);

	if (element < 0 || index < 0)
		return element < 0 ? element : index;
	return btf__add_array(cut->out, index, element, array->nelems);
}

static int cut_new_type(struct cut *cut, const struct btf_type *type)
{
	switch (btf_kind(type)) {
	case BTF_KIND_PTR:
		return btf__add_ptr(cut->out, 0);
	case BTF_KIND_INT:
		return btf__add_int(cut->out, name_of(cut, type->name_off), type->size,
				    btf_int_encoding(type));
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return btf__add_enum(cut->out, NULL, type->size);
	case BTF_KIND_ARRAY:
		return cut_array(cut, type);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return cut_struct(cut, type);
	default:
		return -EINVAL;
	}
}

/* A type of the kernel's, and what it needs; its new id, or a negative errno. */
static int cut_type(struct cut *cut, uint32_t id)
{
	const struct btf_type *type;
	int new_id, err;

	id = skip_qualifiers(cut, id);
	if (!id)
		return 0;
	type = type_of(cut, id);
	if (!type)
		return -EINVAL;
	vec_each(&cut->done, done)
		if (done->id == id)
			return done->new_id;
	if (++cut->depth > MAX_DEPTH)
		return -EINVAL;
	new_id = cut_new_type(cut, type);
	cut->depth--;
	if (new_id < 0)
		return new_id;
	err = vec_push(&cut->done, (struct done){ id, new_id });
	return err ? err : new_id;
}

static int cut_wanted(struct cut *cut)
{
	int err = 0;

	for (uint32_t id = 1; err >= 0 && id <= cut->offsets.n; id++) {
		const struct btf_type *type = type_of(cut, id), *local;

		if (!btf_is_struct(type) && !btf_is_enum(type))
			continue;
		local = wanted_find(cut, type);
		if (local)
			err = btf_is_enum(type) ? cut_enum(cut, type, local) : cut_type(cut, id);
	}
	return err < 0 ? err : 0;
}

int kernel_types_cut(const void *kernel, size_t size, const struct btf *local, struct btf **ret)
{
	struct cut cut = { .local = local };
	int err = cut_open(&cut, kernel, size);

	if (!err)
		err = cut_want(&cut);
	if (!err) {
		cut.out = btf__new_empty();
		err = cut.out ? cut_wanted(&cut) : -ENOMEM;
	}
	vec_deinit(&cut.offsets);
	vec_deinit(&cut.wanted);
	vec_deinit(&cut.done);
	if (err)
		btf__free(cut.out);
	else
		*ret = cut.out;
	return err;
}

struct bytes {
	VEC(char) data;
	char *mapped;
	size_t size;
};

static void bytes_deinit(struct bytes *bytes)
{
	if (bytes->mapped)
		munmap(bytes->mapped, bytes->size);
	vec_deinit(&bytes->data);
}

/* The kernel gives a page with each read; since Linux 6.16 the whole can be mapped. */
static int bytes_of_kernel(struct bytes *ret)
{
	guard_close int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	struct stat stat;
	ssize_t n = 1;
	void *mapped;

	if (fd < 0 || fstat(fd, &stat))
		return -errno;
	mapped = mmap(NULL, stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (mapped != MAP_FAILED) {
		ret->mapped = mapped;
		ret->size = stat.st_size;
		return 0;
	}
	while (n > 0) {
		int err = vec_reserve(&ret->data, ret->data.n + READ_BYTES);

		if (err)
			return err;
		n = read(fd, ret->data.data + ret->data.n, READ_BYTES);
		if (n > 0)
			ret->data.n += n;
	}
	ret->size = ret->data.n;
	return n < 0 ? -errno : 0;
}

int kernel_types_write(const struct btf *local, int fd)
{
	struct bytes kernel = {};
	struct btf *btf = NULL;
	int err = bytes_of_kernel(&kernel);
	const void *data;
	uint32_t size;

	if (!err)
		err = kernel_types_cut(kernel.mapped ? kernel.mapped : kernel.data.data,
				       kernel.size, local, &btf);
	bytes_deinit(&kernel);
	if (err)
		return err;
	data = btf__raw_data(btf, &size);
	if (!data || write(fd, data, size) != (ssize_t)size)
		err = data ? -EIO : -ENOMEM;
	btf__free(btf);
	return err;
}
