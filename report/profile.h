/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The profile: tables of numbers that a recording or a reader fills and every
 * writer reads. Number 0 of modules, functions, locations, stacks, threads and
 * waits means "none", so that a zeroed field is a valid reference.
 *
 * Life of a profile: profile_init; then profile_intern_* and profile_add_sample
 * in any order; profile_finish, after which it is not changed any more; the
 * writers; profile_deinit. Several inputs are added up by reading them into
 * one profile. All functions return 0 or a negative errno (-ENOMEM, and
 * -E2BIG when a table would pass 2^32 - 2 entries). A failed call changes
 * nothing that a writer shows.
 */
#ifndef FLAMETAP_REPORT_PROFILE_H
#define FLAMETAP_REPORT_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/strings.h"
#include "base/vec.h"
#include "report/stack_index.h"

/* All strings below are numbers in profile.strings; 0 is "". */

enum module_kind {
	MODULE_NONE,   /* number 0, and frames of folded files */
	MODULE_USER,   /* an ELF file: executable or library */
	MODULE_KERNEL, /* "[kernel]", or "[kernel:NAME]" for a module's own text */
	MODULE_BPF,    /* "[bpf]": BPF programs */
	MODULE_VDSO,   /* "[vdso]" */
	MODULE_JIT,    /* "[jit]": executable memory without a file, e.g. "[anon]" */
};

struct profile_module {
	uint32_t path;     /* as the target saw it, or the bracketed name */
	uint32_t build_id; /* lower-case hex, "" if there is none */
	enum module_kind kind;
};

struct profile_function {
	uint32_t name;        /* demangled */
	uint32_t system_name; /* as in the symbol table; 0 if that is the same */
	uint32_t file;
	uint32_t start_line;
};

/* One function at one line. A location has several when calls were inlined. */
struct profile_frame {
	uint32_t function;
	uint32_t line;
};

/*
 * One code address: (module, file offset), or for MODULE_KERNEL, MODULE_BPF
 * and MODULE_JIT an offset that only tells addresses of that module apart.
 * Its frames are frames[first_frame] .. [first_frame + n_frames), innermost
 * first as in pprof: all but the last are inlined. n_frames == 0 means that it
 * is not resolved yet.
 */
struct profile_location {
	uint32_t module;
	uint32_t first_frame;
	uint32_t n_frames;
	uint64_t offset;
};

/* A stack is its outer part (a stack again, 0 for none) and the location called from it. */
struct profile_stack {
	uint32_t parent;
	uint32_t location;
};

struct profile_thread {
	int32_t pid;      /* 0 when not known */
	int32_t tid;
	uint32_t process; /* comm of the process, the root of its stacks; 0 when not known */
	uint32_t comm;    /* comm of the thread */
};

/* What became of a sample's user stack. The text of each is unwind_result_name(). */
enum unwind_result {
	UNWIND_UNKNOWN,     /* not recorded by flametap: nothing is claimed */
	UNWIND_WHOLE,       /* its end is proved */
	UNWIND_KERNEL_ONLY, /* there is no user stack: kernel thread, exiting task */
	UNWIND_OMITTED,     /* not asked for: --kernel-only */
	UNWIND_FRAME_POINTER, /* the chain of frame pointers broke */
	UNWIND_DEPTH,       /* more frames than are walked */
	UNWIND_UNREADABLE,  /* stack memory could not be read */
	UNWIND_NO_REGISTERS, /* the user registers could not be had */
	UNWIND_NO_TABLE,     /* no unwind table covers the address */
	UNWIND_UNMAPPED,     /* the address is in no mapping */
	UNWIND_UNSUPPORTED,  /* a rule that the kernel side cannot follow */
	UNWIND_BAD_CFA,      /* a rule that leads down the stack */
	UNWIND_COPY_SHORT,   /* it goes on above what was copied of it */
	UNWIND_OVER_BUDGET,  /* it would have been copied, but for the bytes a second */
	UNWIND_COPY_LOST,    /* its copy found no room in the ring */
	UNWIND_LOST,        /* the stack's record was dropped and never came again */
	UNWIND_N,
};

/* What a thread that was off the CPU waited for, as far as the kernel tells. */
struct profile_wait {
	uint32_t state;   /* "S", "D", "T", "t", "I" as in /proc/PID/stat, "R": it was preempted */
	uint32_t syscall; /* "futex"; 0: in none, or not known */
	uint64_t object;  /* address of the futex; 0: none */
};

/* Flags of a sample that is a phase of waiting. */
enum {
	SAMPLE_RUNQUEUE = 1, /* it could have run, and waited for a CPU; without it: blocked */
	SAMPLE_IDLE = 2,     /* it waited for work, or had (wait_class.h) */
	SAMPLE_BEFORE = 4,   /* the phase began before the recording; counted from its start */
	SAMPLE_OPEN = 8,     /* it was not over at the recording's end; counted up to that */
	SAMPLE_FLAGS = 15,
};

/*
 * Time on the CPU, or with a wait_class phases of waiting: those of one wait_bucket.h are one
 * sample. A slice of 0 with profile.slice_ns == 0 means that time was not recorded.
 */
struct profile_sample {
	uint32_t stack;
	uint32_t thread;
	uint32_t slice;     /* number of slice_ns since the start */
	uint32_t wait;
	uint8_t unwind;     /* enum unwind_result */
	uint8_t wait_class; /* enum wait_class (wait_class.h); 0: on the CPU */
	uint8_t flags;      /* SAMPLE_RUNQUEUE, ... */
	uint8_t bucket;     /* of the phases' length (wait_bucket.h) */
};

enum {
	PROFILE_MAX_VALUES = 8,
	PROFILE_SLICE_NS = 10000000,   /* slice_ns of a new profile: 10 ms */
	PROFILE_MAX_SAMPLES = 1 << 20, /* max_samples of a new profile: some 50 MB */
};

struct profile_value_type {
	uint32_t type; /* "samples", "cpu" */
	uint32_t unit; /* "count", "nanoseconds" */
};

struct profile {
	struct strings strings;
	VEC(struct profile_module) modules;
	VEC(struct profile_function) functions;
	VEC(struct profile_frame) frames;
	VEC(struct profile_location) locations;
	VEC(struct profile_stack) stacks;
	VEC(struct profile_thread) threads;
	VEC(struct profile_wait) waits;
	VEC(struct profile_sample) samples;
	VEC(int64_t) values; /* n_values for each sample, in the order of samples */
	VEC(uint64_t) longest_ns; /* the longest phase of each sample; empty: none has one */

	struct profile_value_type value_types[PROFILE_MAX_VALUES];
	uint32_t n_values;      /* 0 until the first input says */
	uint32_t default_value; /* which of the values reports show first */

	uint64_t time_ns;     /* start, since 1970; 0 when not known */
	uint64_t duration_ns; /* wall time of the recording */
	uint64_t slice_ns;    /* width of a time slice; grows as merging needs it */
	struct profile_value_type period_type; /* "cpu", "nanoseconds" */
	int64_t period;
	VEC(uint32_t) comments; /* quality line ("quality: ..."), event, machine */
	bool finished;
	uint64_t totals[PROFILE_MAX_VALUES]; /* sums of the values' magnitudes */

	/* Where an item with the same content stands. */
	struct hashindex module_index, function_index, location_index, thread_index, wait_index;
	struct hashindex sample_index;
	struct stack_index stack_index;
	struct idmap comment_index; /* comments by the numbers of their texts */
	uint32_t max_samples;     /* above it slices are widened; see profile_add_sample */
};

int profile_init(struct profile *profile);
void profile_deinit(struct profile *profile);

/* Declares the values of a sample, type and unit in turn. Called again (another input), it
 * gives -EINVAL unless they are the same. */
int profile_set_values(struct profile *profile, const struct profile_value_type *types, uint32_t n);

/* Strings are valid UTF-8: what is not becomes U+FFFD, so that every writer shows the same. */
int profile_intern(struct profile *profile, const char *s, uint32_t *ret);
int profile_intern_bytes(struct profile *profile, const char *bytes, size_t n, uint32_t *ret);
int profile_intern_module(struct profile *profile, const struct profile_module *module,
			  uint32_t *ret);
int profile_intern_function(struct profile *profile, const struct profile_function *function,
			    uint32_t *ret);
/* Finds or adds the location with this offset and these frames (n may be 0: unresolved). Of a
 * user module, an unresolved location is the same as the one that is resolved; where frames are
 * given and the module is 0, the offset means nothing. */
int profile_intern_location(struct profile *profile, uint32_t module, uint64_t offset,
			    const struct profile_frame *frames, uint32_t n, uint32_t *ret);
int profile_intern_stack(struct profile *profile, uint32_t parent, uint32_t location,
			 uint32_t *ret);
int profile_intern_thread(struct profile *profile, const struct profile_thread *thread,
			  uint32_t *ret);
int profile_intern_wait(struct profile *profile, const struct profile_wait *wait, uint32_t *ret);
/* Gives an unresolved location its frames. */
int profile_set_frames(struct profile *profile, uint32_t location,
		       const struct profile_frame *frames, uint32_t n);

/*
 * For readers: says when another input started (since 1970, 0 not known), how long it ran and
 * how wide its slices are (0: it has no times). Widens the slices of the profile to at least that
 * width. A time t of the input, in ns since its start, then is in slice profile_slice_at(profile,
 * t + *ret_offset_ns). Inputs without times take them from the whole profile.
 */
int profile_add_input(struct profile *profile, uint64_t time_ns, uint64_t duration_ns,
		      uint64_t slice_ns, uint64_t *ret_offset_ns);

/* The slice of a time since the start; slices may be widened by any call that adds. */
static inline uint32_t profile_slice_at(const struct profile *profile, uint64_t ns)
{
	uint64_t slice = profile->slice_ns ? ns / profile->slice_ns : 0;

	return slice < UINT32_MAX ? slice : UINT32_MAX;
}
/* Changes where a location is, for kernel code, whose module is known only with its name. It is
 * not found under either place any more. */
void profile_move_location(struct profile *profile, uint32_t location, uint32_t module,
			   uint64_t offset);

/*
 * Adds values (n_values of them) to the sample with these keys; its slice is in
 * the profile's slice_ns of before the call. When there are max_samples of
 * them, slice_ns is doubled and pairs of slices are merged until there are at
 * most half as many. Where that many cannot be reached, because the samples
 * differ by more than time, they are widened until another doubling would not
 * help much, and max_samples is raised. The sums stay exact, only the
 * resolution in time is given up. -EOVERFLOW when the values' magnitudes would
 * pass INT64_MAX in all, so that no later sum of them can overflow.
 */
int profile_add_sample(struct profile *profile, const struct profile_sample *sample,
		       const int64_t *values);
/* The same for phases of waiting, of which the longest took that long. */
int profile_add_wait(struct profile *profile, const struct profile_sample *sample,
		     const int64_t *values, uint64_t longest_ns);
/* The longest phase of a sample, 0 for one on the CPU. */
static inline uint64_t profile_longest_ns(const struct profile *profile, size_t sample)
{
	return sample < profile->longest_ns.n ? profile->longest_ns.data[sample] : 0;
}
/* Doubles slice_ns and merges the samples that now fall together. */
int profile_widen_slices(struct profile *profile);
int profile_add_comment(struct profile *profile, const char *text);
/* The text after "quality: " of the comment that starts so, or NULL. */
const char *profile_quality(const struct profile *profile);

/* Gives waits that have none their class (wait_class.h), puts samples into an order that depends
 * on content alone, and drops the indices. */
int profile_finish(struct profile *profile);

/* "whole", "frame pointer", "depth", ...: static strings, used in labels and frames. */
const char *unwind_result_name(enum unwind_result result);
/* What a reason for an incomplete stack means, and what helps: the end of a sentence. waits: it is of
 * a thread that left its CPU. */
const char *unwind_result_remedy(enum unwind_result result, bool waits);
/* UNWIND_UNKNOWN for a text that is none of them. */
enum unwind_result unwind_result_from_name(const char *name);
/* True where there was a user stack but it is not there to its proved end. */
bool unwind_result_is_incomplete(enum unwind_result result);

#endif
