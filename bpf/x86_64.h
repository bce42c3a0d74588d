/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that depends on the architecture: how a tick's registers are laid out,
 * and where the kernel keeps a task's user registers while it runs kernel code.
 */
#ifndef FLAMETAP_BPF_X86_64_H
#define FLAMETAP_BPF_X86_64_H

/* arch/x86/include/asm/ptrace.h; the first part of the tick's context, too. */
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di;
	unsigned long orig_ax, ip, cs, flags, sp, ss;
};

struct bpf_perf_event_data {
	struct pt_regs regs;
	__u64 sample_period;
	__u64 addr;
};

struct registers {
	uint64_t ip, sp, fp;
	bool user;
};

/* What the kernel saves for a signal handler: arch/x86/include/uapi/asm/sigcontext.h. */
struct sigcontext {
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15, di, si, bp, bx, dx, ax, cx, sp, ip;
};

/* Which number is which register stands here once; the kernel lays them out in two ways. */
#define registers_number(to, from) \
	do { \
		(to)->dwarf[0] = (from)->ax; \
		(to)->dwarf[1] = (from)->dx; \
		(to)->dwarf[2] = (from)->cx; \
		(to)->dwarf[3] = (from)->bx; \
		(to)->dwarf[4] = (from)->si; \
		(to)->dwarf[5] = (from)->di; \
		(to)->dwarf[6] = (from)->bp; \
		(to)->dwarf[7] = (from)->sp; \
		(to)->dwarf[8] = (from)->r8; \
		(to)->dwarf[9] = (from)->r9; \
		(to)->dwarf[10] = (from)->r10; \
		(to)->dwarf[11] = (from)->r11; \
		(to)->dwarf[12] = (from)->r12; \
		(to)->dwarf[13] = (from)->r13; \
		(to)->dwarf[14] = (from)->r14; \
		(to)->dwarf[15] = (from)->r15; \
	} while (0)

static __always_inline void registers_of_sigcontext(struct dwarf_registers *ret,
						    const struct sigcontext *from)
{
	registers_number(ret, from);
}

static __always_inline void registers_of_regs(struct dwarf_registers *ret,
					      const struct pt_regs *from)
{
	registers_number(ret, from);
}

enum {
	USER_RPL = 3,
	USER_CS = 0x33, /* of 64-bit code */
	STACK_SIZE = 16384, /* without KASAN; kernels with bpf_task_pt_regs() need no guess */
};

static __always_inline void registers_take(struct registers *ret, const struct pt_regs *regs)
{
	ret->ip = regs->ip;
	ret->sp = regs->sp;
	ret->fp = regs->bp;
	ret->user = (regs->cs & USER_RPL) == USER_RPL;
}

/* What would take too much of the 512 bytes of a program's stack. */
struct register_scratch {
	struct dwarf_registers registers;
	union {
		struct pt_regs regs;
		struct sigcontext context;
	};
};

static __always_inline bool registers_load(struct registers *ret, struct register_scratch *scratch,
					   const void *saved)
{
	if (bpf_probe_read_kernel(&scratch->regs, sizeof(scratch->regs), saved))
		return false;
	registers_take(ret, &scratch->regs);
	registers_of_regs(&scratch->registers, &scratch->regs);
	return ret->user;
}

/* Registers of the current task's user side, all of them into the scratch; false when they
 * cannot be had. ctx: of a tick; NULL where the program runs in the kernel's own context. */
static __always_inline bool registers_of_user(struct registers *ret,
					      struct register_scratch *scratch,
					      struct task_struct *task,
					      const struct bpf_perf_event_data *ctx)
{
	const void *saved;

	if (ctx && (ctx->regs.cs & USER_RPL) == USER_RPL) {
		/* Field by field: the context is no memory that could be copied. */
		registers_take(ret, &ctx->regs);
		registers_of_regs(&scratch->registers, &ctx->regs);
		return true;
	}
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		saved = (const void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	else
		saved = BPF_CORE_READ(task, stack) + STACK_SIZE - sizeof(struct pt_regs);
	return registers_load(ret, scratch, saved);
}

/* The same of any task, which the kernel has let go to sleep. */
static __always_inline bool registers_of_task(struct registers *ret,
					      struct register_scratch *scratch,
					      struct task_struct *task)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return registers_load(ret, scratch, (const void *)bpf_task_pt_regs(task));
	return registers_load(ret, scratch,
			      BPF_CORE_READ(task, stack) + STACK_SIZE - sizeof(struct pt_regs));
}

#endif
