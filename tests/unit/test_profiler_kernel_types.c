// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A made-up kernel's types, cut down to what a made-up program uses, and the
 * same bytes damaged.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/guard.h"
#include "profiler/kernel_types.h"

/*
 *	struct other { int x; };
 *	typedef struct { int counter; } atomic_t;
 *	struct task { int unused; struct { const int pid; atomic_t live; };
 *		      struct other *next; struct other numbers[3]; int bits : 5; };
 *	enum id { ID_OLD = 1, ID_NEW = 7 };
 */
static struct btf *kernel_make(void)
{
	struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int other, atomic, inner, numbers, next, constant;

	other = btf__add_struct(btf, "other", 4);
	btf__add_field(btf, "x", number, 0, 0);
	atomic = btf__add_struct(btf, NULL, 4);
	btf__add_field(btf, "counter", number, 0, 0);
	atomic = btf__add_typedef(btf, "atomic_t", atomic);
	constant = btf__add_const(btf, number);
	next = btf__add_ptr(btf, other);
	numbers = btf__add_array(btf, number, other, 3);
	inner = btf__add_struct(btf, NULL, 8);
	btf__add_field(btf, "pid", constant, 0, 0);
	btf__add_field(btf, "live", atomic, 32, 0);
	btf__add_struct(btf, "task", 40);
	btf__add_field(btf, "unused", number, 0, 0);
	btf__add_field(btf, NULL, inner, 32, 0);
	btf__add_field(btf, "next", next, 128, 0);
	btf__add_field(btf, "numbers", numbers, 192, 0);
	btf__add_field(btf, "bits", number, 288, 5);
	btf__add_enum(btf, "id", 4);
	btf__add_enum_value(btf, "ID_OLD", 1);
	assert_int_equal(btf__add_enum_value(btf, "ID_NEW", 7), 0);
	return btf;
}

/* The program's own: the same names, and whatever offsets. */
static struct btf *local_make(void)
{
	static const char *const names[] = { "pid", "live", "next", "numbers", "bits", "gone" };
	struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);

	btf__add_struct(btf, "task", 4);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		btf__add_field(btf, names[i], number, 0, 0);
	btf__add_struct(btf, "not_in_the_kernel", 4);
	btf__add_field(btf, "x", number, 0, 0);
	btf__add_enum(btf, "id", 4);
	assert_int_equal(btf__add_enum_value(btf, "ID_NEW", 0), 0);
	return btf;
}

static const struct btf_member *member(const struct btf *btf, const struct btf_type *type,
				       const char *name, uint32_t *ret_offset)
{
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		if (strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off), name))
			continue;
		*ret_offset = btf_member_bit_offset(type, i);
		return &btf_members(type)[i];
	}
	return NULL;
}

static void test_cut(void **state)
{
	struct btf *kernel = kernel_make(), *local = local_make(), *cut = NULL;
	const struct btf_type *task, *live, *numbers, *id;
	uint32_t size, offset;
	const void *data = btf__raw_data(kernel, &size);

	(void)state;
	assert_int_equal(kernel_types_cut(data, size, local, &cut), 0);
	task = btf__type_by_id(cut, btf__find_by_name_kind(cut, "task", BTF_KIND_STRUCT));
	assert_non_null(task);
	assert_int_equal(task->size, 40);
	assert_int_equal(btf_vlen(task), 5);
	assert_null(member(cut, task, "unused", &offset));
	assert_null(member(cut, task, "gone", &offset));
	/* Within a struct without a name. */
	assert_non_null(member(cut, task, "pid", &offset));
	assert_int_equal(offset, 32);
	live = btf__type_by_id(cut, member(cut, task, "live", &offset)->type);
	assert_int_equal(offset, 64);
	assert_non_null(member(cut, live, "counter", &offset));
	assert_true(btf_is_ptr(btf__type_by_id(cut, member(cut, task, "next", &offset)->type)));
	assert_int_equal(offset, 128);
	numbers = btf__type_by_id(cut, member(cut, task, "numbers", &offset)->type);
	assert_true(btf_is_array(numbers));
	assert_int_equal(btf_array(numbers)->nelems, 3);
	assert_int_equal(btf__resolve_size(cut, btf_array(numbers)->type), 4);
	assert_non_null(member(cut, task, "bits", &offset));
	assert_int_equal(offset, 288);
	id = btf__type_by_id(cut, btf__find_by_name_kind(cut, "id", BTF_KIND_ENUM));
	assert_non_null(id);
	assert_int_equal(btf_vlen(id), 1);
	assert_int_equal(btf_enum(id)->val, 7);
	assert_true(btf__find_by_name_kind(cut, "not_in_the_kernel", BTF_KIND_STRUCT) < 0);
	btf__free(cut);
	btf__free(local);
	btf__free(kernel);
}

/* Each byte in turn, and each length: an error or a result, and nothing worse. */
static void test_damaged(void **state)
{
	struct btf *kernel = kernel_make(), *local = local_make(), *cut;
	uint32_t size;
	const void *data = btf__raw_data(kernel, &size);

	(void)state;
	for (uint32_t n = 0; n < size; n++) {
		guard_free char *copy = malloc(n ? n : 1);

		memcpy(copy, data, n);
		assert_int_equal(kernel_types_cut(copy, n, local, &cut), -EINVAL);
	}
	for (uint32_t i = 0; i < size * 8; i++) {
		guard_free char *copy = malloc(size);

		memcpy(copy, data, size);
		copy[i / 8] ^= 1 << i % 8;
		if (!kernel_types_cut(copy, size, local, &cut))
			btf__free(cut);
	}
	btf__free(local);
	btf__free(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
