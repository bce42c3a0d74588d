// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Filling a profile: each distinct module, function, location, stack and
 * thread gets a number once, and samples with the same keys are added up. How
 * samples are put in order and time slices widened is in profile_order.c.
 */
#include "report/profile.h"

#include <errno.h>
#include <string.h>

#include "base/guard.h"
#include "base/utf8.h"
#include "report/profile_order.h"
#include "report/wait_class.h"

enum { MAX_ITEMS = UINT32_MAX - 1 };

static const char *const unwind_names[UNWIND_N] = {
	[UNWIND_UNKNOWN] = "unknown",
	[UNWIND_WHOLE] = "whole",
	[UNWIND_KERNEL_ONLY] = "kernel only",
	[UNWIND_OMITTED] = "omitted",
	[UNWIND_FRAME_POINTER] = "frame pointer",
	[UNWIND_DEPTH] = "depth",
	[UNWIND_UNREADABLE] = "unreadable",
	[UNWIND_NO_REGISTERS] = "no registers",
	[UNWIND_NO_TABLE] = "no table",
	[UNWIND_UNMAPPED] = "unmapped address",
	[UNWIND_UNSUPPORTED] = "unsupported rule",
	[UNWIND_BAD_CFA] = "bad frame address",
	[UNWIND_COPY_SHORT] = "copy too short",
	[UNWIND_OVER_BUDGET] = "over copy budget",
	[UNWIND_COPY_LOST] = "copy lost",
	[UNWIND_LOST] = "lost",
};

const char *unwind_result_name(enum unwind_result result)
{
	return (unsigned)result < UNWIND_N ? unwind_names[result] : unwind_names[0];
}

enum unwind_result unwind_result_from_name(const char *name)
{
	for (unsigned i = 0; i < UNWIND_N; i++)
		if (!strcmp(name, unwind_names[i]))
			return i;
	return UNWIND_UNKNOWN;
}

bool unwind_result_is_incomplete(enum unwind_result result)
{
	return result >= UNWIND_FRAME_POINTER && result < UNWIND_N;
}

/* Every table but the samples begins with its "none". */
int profile_init(struct profile *profile)
{
	int err;

	memset(profile, 0, sizeof(*profile));
	profile->slice_ns = PROFILE_SLICE_NS;
	profile->max_samples = PROFILE_MAX_SAMPLES;
	err = strings_init(&profile->strings);
	if (err || (err = vec_push(&profile->modules, (struct profile_module){})) ||
	    (err = vec_push(&profile->functions, (struct profile_function){})) ||
	    (err = vec_push(&profile->locations, (struct profile_location){})) ||
	    (err = vec_push(&profile->stacks, (struct profile_stack){})) ||
	    (err = vec_push(&profile->threads, (struct profile_thread){})) ||
	    (err = vec_push(&profile->waits, (struct profile_wait){})) ||
	    /* Where nothing is resolved there are no frames: then there is at least a place to
	     * point to. */
	    (err = vec_reserve(&profile->frames, 1)))
		profile_deinit(profile);
	return err;
}

static void profile_drop_indices(struct profile *profile)
{
	hashindex_deinit(&profile->module_index);
	hashindex_deinit(&profile->function_index);
	hashindex_deinit(&profile->location_index);
	hashindex_deinit(&profile->thread_index);
	hashindex_deinit(&profile->wait_index);
	hashindex_deinit(&profile->sample_index);
	stack_index_deinit(&profile->stack_index);
	idmap_deinit(&profile->comment_index);
}

void profile_deinit(struct profile *profile)
{
	profile_drop_indices(profile);
	strings_deinit(&profile->strings);
	vec_deinit(&profile->modules);
	vec_deinit(&profile->functions);
	vec_deinit(&profile->frames);
	vec_deinit(&profile->locations);
	vec_deinit(&profile->stacks);
	vec_deinit(&profile->threads);
	vec_deinit(&profile->waits);
	vec_deinit(&profile->samples);
	vec_deinit(&profile->values);
	vec_deinit(&profile->longest_ns);
	vec_deinit(&profile->comments);
}

int profile_set_values(struct profile *profile, const struct profile_value_type *types, uint32_t n)
{
	if (!n || n > PROFILE_MAX_VALUES)
		return -EINVAL;
	if (profile->n_values) {
		if (n != profile->n_values)
			return -EINVAL;
		for (uint32_t i = 0; i < n; i++)
			if (types[i].type != profile->value_types[i].type ||
			    types[i].unit != profile->value_types[i].unit)
				return -EINVAL;
		return 0;
	}
	memcpy(profile->value_types, types, n * sizeof(*types));
	profile->n_values = n;
	return 0;
}

int profile_intern(struct profile *profile, const char *s, uint32_t *ret)
{
	return profile_intern_bytes(profile, s, strlen(s), ret);
}

static bool is_ascii(const char *bytes, size_t n)
{
	uint64_t high = 0;
	uint64_t word;

	for (; n >= sizeof(word); n -= sizeof(word), bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		high |= word;
	}
	while (n--)
		high |= (unsigned char)*bytes++;
	return !(high & 0x8080808080808080);
}

int profile_intern_bytes(struct profile *profile, const char *bytes, size_t n, uint32_t *ret)
{
	guard_free char *valid = NULL;
	const char *end = bytes + n;
	size_t length = 0;

	if (is_ascii(bytes, n))
		return strings_intern(&profile->strings, bytes, n, ret);
	valid = malloc(n * 3 + 4); /* U+FFFD for a byte that stands for nothing is the worst */
	if (!valid)
		return -ENOMEM;
	while (bytes < end)
		length += utf8_put(utf8_next(&bytes, end), valid + length);
	return strings_intern(&profile->strings, valid, length, ret);
}

/* What a table is searched for; which of the fields are used depends on the table. */
struct wanted {
	const struct profile *profile;
	const void *item;
	const struct profile_frame *frames;
};

/* Appends to a table and its index, or to neither. */
#define table_add(table, index, hash, item, ret)                                                   \
	({                                                                                         \
		int add_err_ = (table)->n >= MAX_ITEMS ? -E2BIG : 0;                               \
		if (!add_err_)                                                                     \
			add_err_ = vec_push((table), (item));                                      \
		if (!add_err_) {                                                                   \
			add_err_ = hashindex_add((index), (hash), (table)->n - 1);                 \
			if (add_err_)                                                              \
				(table)->n--;                                                      \
		}                                                                                  \
		if (!add_err_)                                                                     \
			*(ret) = (table)->n - 1;                                                   \
		add_err_;                                                                          \
	})

static bool module_equal(const void *ctx, uint32_t number)
{
	const struct wanted *wanted = ctx;
	const struct profile_module *a = wanted->item;
	const struct profile_module *b = &wanted->profile->modules.data[number];

	return a->path == b->path && a->build_id == b->build_id && a->kind == b->kind;
}

int profile_intern_module(struct profile *profile, const struct profile_module *module,
			  uint32_t *ret)
{
	struct wanted wanted = {.profile = profile, .item = module};
	uint64_t hash = hash_pair((uint64_t)module->path << 32 | module->build_id, module->kind);

	if (module->kind == MODULE_NONE) {
		*ret = 0;
		return 0;
	}
	if (hashindex_find(&profile->module_index, hash, module_equal, &wanted, ret))
		return 0;
	return table_add(&profile->modules, &profile->module_index, hash, *module, ret);
}

static bool function_equal(const void *ctx, uint32_t number)
{
	const struct wanted *wanted = ctx;

	return !memcmp(wanted->item, &wanted->profile->functions.data[number],
		       sizeof(struct profile_function));
}

/* A system name that tells nothing more is not kept: so there is one form of each function, and
 * pprof, which demangles a name again that equals its system name, leaves it alone. */
int profile_intern_function(struct profile *profile, const struct profile_function *function,
			    uint32_t *ret)
{
	struct profile_function item = *function;
	struct wanted wanted = {.profile = profile, .item = &item};
	uint64_t hash;

	if (!item.name)
		item.name = item.system_name;
	if (item.name == item.system_name)
		item.system_name = 0;
	hash = hash_pair((uint64_t)item.name << 32 | item.system_name,
			 (uint64_t)item.file << 32 | item.start_line);
	if (hashindex_find(&profile->function_index, hash, function_equal, &wanted, ret))
		return 0;
	return table_add(&profile->functions, &profile->function_index, hash, item, ret);
}

static bool frames_equal(const struct profile *profile, const struct profile_location *location,
			 const struct profile_frame *frames, uint32_t n)
{
	return location->n_frames == n &&
	       (!n ||
		!memcmp(profile->frames.data + location->first_frame, frames, n * sizeof(*frames)));
}

/* Finds the location of an address, or the one of an address with these very frames. */
static bool location_equal(const void *ctx, uint32_t number)
{
	const struct wanted *wanted = ctx;
	const struct profile_location *a = wanted->item;
	const struct profile_location *b = &wanted->profile->locations.data[number];

	return a->module == b->module && a->offset == b->offset &&
	       (!wanted->frames || frames_equal(wanted->profile, b, wanted->frames, a->n_frames));
}

/* A location is indexed by its address, or where that is not enough by address and frames, so
 * that addresses which mean nothing (all 0, say) do not make one long chain. */
static uint64_t location_hash(const struct profile_location *location,
			      const struct profile_frame *frames)
{
	uint64_t hash = hash_pair(location->module, location->offset);

	return frames ? hash_pair(hash, hash_bytes(frames, location->n_frames * sizeof(*frames)))
		      : hash;
}

static int location_add(struct profile *profile, struct profile_location location, uint64_t hash,
			const struct profile_frame *frames, uint32_t *ret)
{
	uint32_t n = location.n_frames;
	int err;

	location.n_frames = 0;
	err = table_add(&profile->locations, &profile->location_index, hash, location, ret);
	return err || !n ? err : profile_set_frames(profile, *ret, frames, n);
}

/*
 * In a file, an offset is the same code always: the first location there is
 * indexed by address alone and may get its frames later. Kernel and JIT
 * addresses mean something else after the next boot or in the next process.
 */
int profile_intern_location(struct profile *profile, uint32_t module, uint64_t offset,
			    const struct profile_frame *frames, uint32_t n, uint32_t *ret)
{
	static const struct profile_frame none;
	struct profile_location location = {.module = module, .offset = offset, .n_frames = n};
	struct wanted wanted = {.profile = profile, .item = &location};
	enum module_kind kind = profile->modules.data[module].kind;
	uint64_t hash;

	if (!n)
		frames = &none;
	if (kind == MODULE_USER || kind == MODULE_VDSO) {
		hash = location_hash(&location, NULL);
		if (!hashindex_find(&profile->location_index, hash, location_equal, &wanted, ret))
			return location_add(profile, location, hash, frames, ret);
		if (!n)
			return 0;
		if (!profile->locations.data[*ret].n_frames)
			return profile_set_frames(profile, *ret, frames, n);
		if (frames_equal(profile, &profile->locations.data[*ret], frames, n))
			return 0;
	} else if (!module && n) {
		location.offset = 0;
	}
	wanted.frames = frames;
	hash = location_hash(&location, frames);
	if (hashindex_find(&profile->location_index, hash, location_equal, &wanted, ret))
		return 0;
	return location_add(profile, location, hash, frames, ret);
}

void profile_move_location(struct profile *profile, uint32_t location, uint32_t module,
			   uint64_t offset)
{
	profile->locations.data[location].module = module;
	profile->locations.data[location].offset = offset;
}

int profile_set_frames(struct profile *profile, uint32_t number, const struct profile_frame *frames,
		       uint32_t n)
{
	struct profile_location *location = &profile->locations.data[number];
	uint32_t first = profile->frames.n;
	int err;

	if (profile->frames.n + n >= MAX_ITEMS)
		return -E2BIG;
	err = vec_append(&profile->frames, frames, n);
	if (err)
		return err;
	location->first_frame = first;
	location->n_frames = n;
	return 0;
}

int profile_intern_stack(struct profile *profile, uint32_t parent, uint32_t location, uint32_t *ret)
{
	struct profile_stack stack = {parent, location};
	int err = profile->stacks.n < MAX_ITEMS ? 0 : -E2BIG;

	/* Room first, so that nothing can fail once the index has it. */
	if (!err)
		err = vec_reserve(&profile->stacks, profile->stacks.n + 1);
	if (!err && !stack_index_has_room(&profile->stack_index))
		err = stack_index_grow(&profile->stack_index, profile->stacks.data);
	if (err)
		return err;
	if (!stack_index_find_or_add(&profile->stack_index, profile->stacks.data, &stack,
				     profile->stacks.n, ret))
		profile->stacks.data[profile->stacks.n++] = stack;
	return 0;
}

static bool thread_equal(const void *ctx, uint32_t number)
{
	const struct wanted *wanted = ctx;

	return !memcmp(wanted->item, &wanted->profile->threads.data[number],
		       sizeof(struct profile_thread));
}

int profile_intern_thread(struct profile *profile, const struct profile_thread *thread,
			  uint32_t *ret)
{
	static const struct profile_thread none;
	struct wanted wanted = {.profile = profile, .item = thread};
	uint64_t hash = hash_bytes(thread, sizeof(*thread));

	if (!memcmp(thread, &none, sizeof(none))) {
		*ret = 0;
		return 0;
	}
	if (hashindex_find(&profile->thread_index, hash, thread_equal, &wanted, ret))
		return 0;
	return table_add(&profile->threads, &profile->thread_index, hash, *thread, ret);
}

static bool wait_equal(const void *ctx, uint32_t number)
{
	const struct wanted *wanted = ctx;

	return !memcmp(wanted->item, &wanted->profile->waits.data[number],
		       sizeof(struct profile_wait));
}

int profile_intern_wait(struct profile *profile, const struct profile_wait *wait, uint32_t *ret)
{
	struct wanted wanted = {.profile = profile, .item = wait};
	uint64_t hash = hash_pair((uint64_t)wait->state << 32 | wait->syscall, wait->object);

	*ret = 0;
	if (!wait->state && !wait->syscall && !wait->object)
		return 0;
	if (hashindex_find(&profile->wait_index, hash, wait_equal, &wanted, ret))
		return 0;
	return table_add(&profile->waits, &profile->wait_index, hash, *wait, ret);
}

static bool sample_equal(const void *ctx, uint32_t number)
{
	const struct wanted *wanted = ctx;
	const struct profile_sample *a = wanted->item;
	const struct profile_sample *b = &wanted->profile->samples.data[number];

	return a->slice == b->slice && profile_samples_differ_in_time_only(a, b);
}

/* Readers of the sums need not fear an overflow: not even the magnitudes pass INT64_MAX. */
static int profile_add_totals(struct profile *profile, const int64_t *values)
{
	uint64_t totals[PROFILE_MAX_VALUES];

	for (uint32_t i = 0; i < profile->n_values; i++) {
		uint64_t magnitude = values[i] < 0 ? -(uint64_t)values[i] : (uint64_t)values[i];

		if (__builtin_add_overflow(profile->totals[i], magnitude, &totals[i]) ||
		    totals[i] > INT64_MAX)
			return -EOVERFLOW;
	}
	memcpy(profile->totals, totals, profile->n_values * sizeof(*totals));
	return 0;
}

/* Room for one more, where samples have longest phases. They have none until the first wait. */
static int profile_reserve_longest(struct profile *profile, uint64_t longest_ns)
{
	int err;

	if (!longest_ns && !profile->longest_ns.n)
		return 0;
	err = vec_reserve(&profile->longest_ns, profile->samples.n + 1);
	while (!err && profile->longest_ns.n < profile->samples.n)
		profile->longest_ns.data[profile->longest_ns.n++] = 0;
	return err;
}

static int profile_push_sample(struct profile *profile, const struct profile_sample *sample,
			       uint64_t hash, const int64_t *values, uint64_t longest_ns)
{
	uint32_t number;
	int err = vec_reserve(&profile->values, profile->values.n + profile->n_values);

	if (!err)
		err = profile_reserve_longest(profile, longest_ns);
	if (!err)
		err = table_add(&profile->samples, &profile->sample_index, hash, *sample, &number);
	if (err)
		return err;
	if (profile->longest_ns.n || longest_ns)
		profile->longest_ns.data[profile->longest_ns.n++] = longest_ns;
	return vec_append(&profile->values, values, profile->n_values);
}

static int profile_sum_sample(struct profile *profile, uint32_t number, const int64_t *values,
			      uint64_t longest_ns)
{
	int64_t *sums = profile->values.data + (size_t)number * profile->n_values;
	int err = profile_reserve_longest(profile, longest_ns);

	if (err)
		return err;
	if (longest_ns > profile_longest_ns(profile, number))
		profile->longest_ns.data[number] = longest_ns;
	for (uint32_t i = 0; i < profile->n_values; i++)
		sums[i] += values[i];
	return 0;
}

int profile_add_wait(struct profile *profile, const struct profile_sample *sample,
		     const int64_t *values, uint64_t longest_ns)
{
	struct profile_sample item = *sample;
	struct wanted wanted = {.profile = profile, .item = &item};
	uint64_t hash = profile_sample_hash(&item);
	uint32_t number;
	int err = profile_add_totals(profile, values);

	if (err)
		return err;
	while (!hashindex_find(&profile->sample_index, hash, sample_equal, &wanted, &number)) {
		uint64_t slice_ns = profile->slice_ns;

		if (profile->samples.n >= profile->max_samples) {
			err = profile_shrink(profile);
			if (err)
				return err;
			if (profile->slice_ns > slice_ns) {
				item.slice /= profile->slice_ns / slice_ns;
				hash = profile_sample_hash(&item);
				continue;
			}
		}
		return profile_push_sample(profile, &item, hash, values, longest_ns);
	}
	return profile_sum_sample(profile, number, values, longest_ns);
}

int profile_add_sample(struct profile *profile, const struct profile_sample *sample,
		       const int64_t *values)
{
	return profile_add_wait(profile, sample, values, 0);
}

int profile_add_comment(struct profile *profile, const char *text)
{
	uint32_t number, known;
	int err = profile_intern(profile, text, &number);

	if (err)
		return err;
	if (idmap_find(&profile->comment_index, number, &known))
		return 0;
	err = idmap_put(&profile->comment_index, number, 0);
	return err ? err : vec_push(&profile->comments, number);
}

const char *profile_quality(const struct profile *profile)
{
	static const char start[] = "quality: ";

	for (size_t i = 0; i < profile->comments.n; i++) {
		const char *text = strings_get(&profile->strings, profile->comments.data[i]);

		if (!strncmp(text, start, sizeof(start) - 1))
			return text + sizeof(start) - 1;
	}
	return NULL;
}

int profile_finish(struct profile *profile)
{
	int assigned = wait_class_assign(profile);
	int err;

	profile_drop_indices(profile);
	err = assigned < 0 ? assigned : profile_order_samples(profile);
	if (err)
		return err;
	if (assigned)
		profile_merge_equal(profile);
	profile->finished = true;
	return 0;
}
