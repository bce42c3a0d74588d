/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a walk up a user stack works on: the frame it is at, a window on the
 * stack's memory, and what it found in the tables before. All of it is one
 * per-CPU map value: the verifier follows what lies on a program's stack, but
 * not what comes out of a map, so that each round of the loop looks to it like
 * the one before.
 */
#ifndef FLAMETAP_BPF_WALK_H
#define FLAMETAP_BPF_WALK_H

enum {
	WALK_WINDOW = 2048, /* bytes; a power of two */
	WALK_PAGE = 4096,
	/* A power of two. 4,096 cost more than they saved: they do not stay in a CPU's caches. */
	WALK_FOUND = 1024,
};

/* Where a program counter led to in the tables. */
struct walk_found {
	uint64_t pc;
	uint32_t key; /* struct unwind's found_key */
	uint16_t rule;
	uint16_t distance;
};

/* Of a CPU: no tick's program interrupts another one's. */
struct walk {
	uint64_t id;
	uint64_t ip, sp, fp;
	uint64_t window_start;
	uint32_t n;
	uint32_t result; /* enum wire_result */
	uint32_t known; /* which of the registers are this frame's, a bit each */
	uint32_t distance; /* from where the row in use begins to hold */
	uint32_t last_mapping;
	bool returned; /* ip is where a call returns to: the call is before it */
	bool guessed; /* ip was found by frame pointer: it need be no address at all */
	bool pending; /* met code whose table is not there yet: asking again is worth while */
	uint64_t window[WALK_WINDOW / 8];
	struct walk_found found[WALK_FOUND];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct walk);
} walks SEC(".maps");

/* Of the current task what is in memory, or with UNWIND_OF_TASK of any task all there is: in a
 * program that may sleep. */
#ifdef UNWIND_OF_TASK
#define read_user(task, to, size, from) \
	bpf_copy_from_user_task(to, size, (const void *)(from), task, 0)
#else
#define read_user(task, to, size, from) \
	((void)(task), bpf_probe_read_user(to, size, (const void *)(from)))
#endif

static __always_inline bool read_user_u64(struct task_struct *task, uint64_t address, uint64_t *ret)
{
	return !read_user(task, ret, sizeof(*ret), address);
}

/* Nothing that a user can have lies in a window at the end of all addresses. */
static __always_inline void walk_close_window(struct walk *walk)
{
	walk->window_start = -(uint64_t)WALK_WINDOW;
}

/*
 * Has the window cover what it can from one address to another. To read user memory costs about
 * the same for a word as for two kilobytes, so that one read serves many frames. The window stays
 * within a page: where a part of it can be read, all of it can.
 */
static __always_inline void walk_move_window(struct task_struct *task, struct walk *walk,
					     uint64_t from, uint64_t to)
{
	uint64_t last = (from & ~(uint64_t)(WALK_PAGE - 1)) + WALK_PAGE - WALK_WINDOW;

	if (from >= walk->window_start && to - walk->window_start <= WALK_WINDOW)
		return;
	from &= ~7ULL;
	walk->window_start = from < last ? from : last;
	if (read_user(task, walk->window, WALK_WINDOW, walk->window_start))
		walk_close_window(walk);
}

/* A word of the stack, from the window if it lies there. */
static __always_inline bool walk_read(struct task_struct *task, const struct walk *walk,
				      uint64_t address, uint64_t *ret)
{
	uint64_t offset = address - walk->window_start;

	/* A hostile stack pointer may lead into the closed window, where another task's words are. */
	if (offset >= WALK_WINDOW || offset & 7 || (int64_t)address < 0)
		return read_user_u64(task, address, ret);
	/* The compiler knows from the tests what the verifier does not. */
	barrier_var(offset);
	*ret = walk->window[offset / 8 & (WALK_WINDOW / 8 - 1)];
	return true;
}

/* What was found for an address, or where to note it: of two neighbours, which share a line of the
 * cache, the one that is of an older time. */
static __always_inline struct walk_found *walk_found(struct walk *walk, uint64_t pc, uint32_t key)
{
	uint32_t place = pc * 0x9e3779b97f4a7c15ULL >> 40;
	struct walk_found *first = &walk->found[place & (WALK_FOUND - 1)];
	struct walk_found *second = &walk->found[(place ^ 1) & (WALK_FOUND - 1)];

	if (first->key != key || first->pc == pc)
		return first;
	return second;
}

#endif
