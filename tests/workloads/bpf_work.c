/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads a BPF program of its own, named burn_in_bpf, and spends nearly all of the CPU seconds
 * given (0.5) in it, by BPF_PROG_TEST_RUN from main. It is gone when this ends.
 */
#include <err.h>
#include <linux/bpf.h>
#include <string.h>

#include "workload.h"

enum { TURNS = 1000 };

static struct bpf_insn insn(uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	return (struct bpf_insn){ .code = code, .dst_reg = dst, .src_reg = src, .off = off,
				  .imm = imm };
}

/* r0 = 3; r1 = TURNS; do r0 *= r0; while (--r1); return 0 */
static int load_program(void)
{
	struct bpf_insn insns[] = {
		insn(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 3),
		insn(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_1, 0, 0, TURNS),
		insn(BPF_ALU64 | BPF_MUL | BPF_X, BPF_REG_0, BPF_REG_0, 0, 0),
		insn(BPF_ALU64 | BPF_SUB | BPF_K, BPF_REG_1, 0, 0, 1),
		insn(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_1, 0, -3, 0),
		insn(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
		insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)insns,
		.insn_cnt = sizeof(insns) / sizeof(*insns),
		.license = (uintptr_t)"GPL",
		.prog_name = "burn_in_bpf",
	};

	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

int main(int argc, char **argv)
{
	double seconds = seconds_argument(argc, argv, 1, 0.5);
	int fd = load_program();
	char packet[64] = "";

	if (fd < 0)
		err(1, "bpf");
	while (clock_s(CLOCK_PROCESS_CPUTIME_ID) < seconds) {
		union bpf_attr attr = {
			.test = {
				.prog_fd = fd,
				.data_in = (uintptr_t)packet,
				.data_size_in = sizeof(packet),
				.repeat = 1000,
			},
		};

		if (call_kernel(SYS_bpf, BPF_PROG_TEST_RUN, (long)&attr, sizeof(attr)))
			errx(1, "BPF_PROG_TEST_RUN");
	}
	print_cpu_seconds();
	return 0;
}
