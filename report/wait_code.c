// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A stack of a wait in, the function that waited and its caller out: names and
 * modules tell what is only there to wait. See wait_code.h.
 */
#include "report/wait_code.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/profile.h"
#include "report/profile_prune.h"
#include "report/wait_class.h"
#include "report/wait_rules.h"
#include "report/wakers.h"

static bool starts_any(const char *const *starts, size_t n_starts, const char *text)
{
	for (size_t i = 0; i < n_starts; i++)
		if (!strncmp(text, starts[i], strlen(starts[i])))
			return true;
	return false;
}

/* Names of C++ templates begin with what is returned: "std::cv_status std::condition_...". */
static const char *skip_type(const char *name)
{
	size_t end = strcspn(name, "<(");

	while (end > 0 && name[end - 1] != ' ')
		end--;
	return name + end;
}

bool wait_code_is_plumbing(const char *name, size_t n)
{
	static const char *const starts[] = {
		"__",
		"_L_",
		"pthread_",
		"futex",
		"syscall",
		"sem_",
		"lll_",
		"runtime.futex",
		"runtime.note",
		"runtime.sem",
		"runtime.unlock",
		"runtime.ready",
		"std::sys::",
		"std::condition_variable",
		"std::mutex",
		"std::unique_lock",
		"std::lock_guard",
		/* As inlined ones are called: without what they belong to. */
		"wait_for<",
		"wait_until<",
		"std::sync::",
		"core::",
		"parking_lot",
		"Parker::",
		"os::",
		"Unsafe_",
	};

	return wait_rule_user(name, n).kind ||
	       starts_any(starts, sizeof(starts) / sizeof(starts[0]), skip_type(name));
}

/* Where the C library or a runtime is a part of the program, its functions are known by name. */
static bool is_wrapper(const char *name, size_t n)
{
	static const char *const starts[] = {"runtime.", "internal/", "std::thread::", "PyCOND_"};
	static const char *const calls[] = {"read",   "write", "readv", "writev",	 "open", "wait",
					    "usleep", "sleep", "ioctl", "start_thread", "clone",
					    "clone3", "_start", "sccp"};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(name, calls[i]))
			return true;
	return wait_rule_syscall(name, n).kind || wait_code_is_plumbing(name, n) ||
	       starts_any(starts, sizeof(starts) / sizeof(starts[0]), name);
}

static bool is_library(const struct profile *profile, const struct profile_module *module)
{
	static const char *const starts[] = {"libc.so", "libc-2", "libc.musl-", "ld-linux", "ld-2",
					     "ld-musl-", "libpthread", "librt.so", "librt-2",
					     "libstdc++.so", "libgcc_s", "libc++.so", "libc++abi"};
	const char *path = strings_get(&profile->strings, module->path);
	const char *slash = strrchr(path, '/');

	return module->kind == MODULE_VDSO ||
	       (module->kind == MODULE_USER &&
		starts_any(starts, sizeof(starts) / sizeof(starts[0]), slash ? slash + 1 : path));
}

int wait_codes_init(struct wait_codes *codes, const struct profile *profile)
{
	*codes = (struct wait_codes){.profile = profile, .note = profile_prune_note(profile)};
	codes->roles = calloc(profile->functions.n, 2);
	codes->library = calloc(profile->modules.n, 1);
	if (!codes->roles || !codes->library)
		return -ENOMEM;
	return wakers_find_waiters(profile, &codes->waiters);
}

void wait_codes_deinit(struct wait_codes *codes)
{
	free(codes->roles);
	free(codes->library);
	free(codes->waiters);
	*codes = (struct wait_codes){};
}

enum role {
	ROLE_OWN = 1, /* 0 is: not known */
	ROLE_WRAPPER, /* only there to wait, to call the kernel or to start a program */
	ROLE_WAITING, /* and known for it */
	ROLE_SCHEDULER,
};

static enum role find_role(const char *name, size_t n, bool kernel)
{
	if (kernel)
		return wait_rule_kernel(name, n).kind == RULE_SCHEDULER ? ROLE_SCHEDULER : ROLE_OWN;
	if (wait_rule_user(name, n).kind)
		return ROLE_WAITING;
	return is_wrapper(name, n) ? ROLE_WRAPPER : ROLE_OWN;
}

static enum role role_of(struct wait_codes *codes, uint32_t module, uint32_t function, bool kernel)
{
	const struct profile *profile = codes->profile;
	uint8_t *role = &codes->roles[2 * function + kernel], *library = &codes->library[module];
	uint32_t name = profile->functions.data[function].name;

	if (!*role)
		*role = find_role(strings_get(&profile->strings, name),
				  strings_length(&profile->strings, name), kernel);
	if (!*library)
		*library = 1 + is_library(profile, &profile->modules.data[module]);
	return *library == 2 && *role == ROLE_OWN ? ROLE_WRAPPER : *role;
}

struct place {
	uint32_t name, stack, n_inside;
};

/* What a walk from the leaf outwards has met; callers are names. */
struct finding {
	struct place innermost; /* of the program's functions, whichever; */
	struct place waiting;	/* the outermost of those that are known for waiting; */
	struct place wrapper;	/* the last before the one that is looked for */
	struct place found;
	uint32_t caller, nameless; /* the first caller, "[MODULE+0x...]" */
	uint32_t kernel, kernel_caller;
	uint32_t scheduler; /* the outermost function of it */
};

static void meet_kernel(uint32_t name, enum role role, struct finding *finding)
{
	if (role == ROLE_SCHEDULER) {
		finding->scheduler = name;
		return;
	}
	if (!finding->kernel)
		finding->kernel = name;
	else if (!finding->kernel_caller && name != finding->kernel)
		finding->kernel_caller = name;
}

/* True when all is found. */
static bool meet_user(struct place place, bool is_named, enum role role, struct finding *finding)
{
	if (!finding->innermost.name)
		finding->innermost = place;
	if (!finding->found.name && role != ROLE_OWN) {
		if (is_named)
			finding->wrapper = place;
		if (role == ROLE_WAITING)
			finding->waiting = place;
	} else if (!finding->found.name && !is_named && finding->wrapper.name) {
		finding->found = finding->wrapper;
		finding->nameless = place.name;
	} else if (!finding->found.name) {
		finding->found = place;
	} else if (role == ROLE_OWN && place.name != finding->found.name && is_named) {
		finding->caller = place.name;
	} else if (role == ROLE_OWN && place.name != finding->found.name && !finding->nameless) {
		finding->nameless = place.name;
	}
	return finding->caller != 0;
}

static uint32_t first_name(const struct profile *profile, const struct profile_location *location)
{
	uint32_t function = profile->frames.data[location->first_frame].function;

	return profile->functions.data[function].name;
}

static bool meet(struct wait_codes *codes, uint32_t stack, struct finding *finding)
{
	const struct profile *profile = codes->profile;
	uint32_t number = profile->stacks.data[stack].location;
	const struct profile_location *location = &profile->locations.data[number];
	enum module_kind kind = profile->modules.data[location->module].kind;
	bool kernel = kind == MODULE_KERNEL || kind == MODULE_BPF, done = false;

	/* Nothing of the program is inside it. */
	if (codes->note && number == codes->note)
		finding->found = (struct place){first_name(profile, location), stack, 0};
	for (uint32_t i = 0; !done && kind != MODULE_NONE && i < location->n_frames; i++) {
		uint32_t function = profile->frames.data[location->first_frame + i].function;
		uint32_t name = profile->functions.data[function].name;
		enum role role = role_of(codes, location->module, function, kernel);

		if (kernel)
			meet_kernel(name, role, finding);
		else
			done = meet_user((struct place){name, stack, i},
					 strings_get(&profile->strings, name)[0] != '[', role,
					 finding);
	}
	return done;
}

void wait_codes_find(struct wait_codes *codes, uint32_t stack, struct wait_code *ret)
{
	const struct profile *profile = codes->profile;
	uint32_t waiter = codes->waiters[stack];
	struct finding finding = {};
	struct place place;

	for (uint32_t at = waiter; at; at = profile->stacks.data[at].parent)
		if (meet(codes, at, &finding))
			break;
	place = finding.found;
	if (!place.name)
		place = finding.waiting.name ? finding.waiting : finding.innermost;
	*ret = (struct wait_code){
		.function = place.name,
		.caller = finding.caller ? finding.caller : finding.nameless,
		.stack = place.stack,
		.n_inside = place.n_inside,
	};
	if (!ret->function)
		*ret = (struct wait_code){
			.function = finding.kernel ? finding.kernel : finding.scheduler,
			.caller = finding.kernel_caller,
			.is_kernel = true,
			.stack = waiter,
		};
}
