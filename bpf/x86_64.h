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

enum {
	USER_RPL = 3,
	STACK_SIZE = 16384, /* without KASAN; kernels with bpf_task_pt_regs() need no guess */
};

static __always_inline void registers_take(struct registers *ret, const struct pt_regs *regs)
{
	ret->ip = regs->ip;
	ret->sp = regs->sp;
	ret->fp = regs->bp;
	ret->user = (regs->cs & USER_RPL) == USER_RPL;
}

/* Registers of the current task's user side; false when they cannot be had. */
static __always_inline bool registers_of_user(struct registers *ret, struct task_struct *task,
					      const struct bpf_perf_event_data *ctx)
{
	struct pt_regs regs;
	const void *saved;

	if ((ctx->regs.cs & USER_RPL) == USER_RPL) {
		ret->ip = ctx->regs.ip;
		ret->sp = ctx->regs.sp;
		ret->fp = ctx->regs.bp;
		ret->user = true;
		return true;
	}
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		saved = (const void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	else
		saved = BPF_CORE_READ(task, stack) + STACK_SIZE - sizeof(struct pt_regs);
	if (bpf_probe_read_kernel(&regs, sizeof(regs), saved))
		return false;
	registers_take(ret, &regs);
	return ret->user;
}

#endif
