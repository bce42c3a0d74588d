# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests share that take a program's symbols away: a program of known shares, where its
symbols go, and whether its functions have their names again."""

import collections
import re
import shutil
import subprocess

import support

# hot_a takes three fifths of the CPU time, hot_b two; both are called by choose alone.
SOURCE = r"""
#include <stdint.h>
#include <time.h>
static volatile uint64_t sink;
static inline uint64_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}
__attribute__((noinline)) static void hot_a(uint64_t until)
{
	do
		for (int i = 0; i < 300000; i++)
			sink += i;
	while (now() < until);
}
__attribute__((noinline)) static void hot_b(uint64_t until)
{
	do
		for (int i = 0; i < 300000; i++)
			sink ^= i;
	while (now() < until);
}
__attribute__((noinline)) static void choose(uint64_t start)
{
	hot_a(start + 30000000);
	hot_b(start + 50000000);
	sink++;
}
int main(void)
{
	uint64_t start = now();
	for (int i = 0; i < 10; i++)
		choose(start + i * 50000000ULL);
	return 0;
}
"""


def without_plt(folded):
    """A sample in a PLT entry is rare, and a debug file does not say whose it is: .plt and its
    relocations are not in it."""
    counts = collections.Counter()
    for frames, count in folded.lines:
        counts[re.sub(r"clock_gettime@plt|\[program\+0x[0-9a-f]+\]", "[plt]",
                      ";".join(frames))] += count
    return counts


ID = "ab" + "cdef01234567" * 3 + "89"


class Stripped(support.BpfCase):
    def tool(self, *argv):
        subprocess.run([str(arg) for arg in argv], cwd=self.dir, check=True, timeout=60,
                       stdout=subprocess.DEVNULL)

    def build(self, name, *flags, build_id=f"0x{ID}"):
        (self.dir / "program.c").write_text(SOURCE)
        self.tool("gcc", "-g", "-O1", "-fno-lto", f"-Wl,--build-id={build_id}", *flags, "-o", name,
                  "program.c")
        return name

    def separate(self, name):
        """Moves the symbols to NAME.debug; nothing leads there."""
        self.tool("objcopy", "--only-keep-debug", name, f"{name}.debug")
        self.tool("strip", name)

    def put_by_id(self, debug, directory):
        to = self.dir / directory / ".build-id" / ID[:2]
        to.mkdir(parents=True)
        shutil.move(self.dir / debug, to / f"{ID[2:]}.debug")

    def assert_named(self, recording):
        folded = recording.folded
        main = folded.with_frame("main")
        others = [line for line in folded.lines if "main" not in line[0]]
        # What exec(2) and ld.so take before main is not little on a slow machine; but nothing of
        # the program itself may be among it.
        self.assertGreaterEqual(main, 0.75 * folded.total(), (recording.quality, others))
        lost = sum(count for frames, count in others
                   if re.search(r"choose|hot_|\[program\+0x|\[incomplete", ";".join(frames)))
        self.assertLessEqual(lost, 0.02 * folded.total(), (recording.quality, others))
        for name, share in ("choose", 1), ("hot_a", 0.6), ("hot_b", 0.4):
            self.assert_share(folded.with_frame(name) / main, share, 4)
        within = folded.matching(r"[^;]+;_start;.*main;choose;hot_[ab].*")
        self.assertGreaterEqual(within, 0.98 * main, folded.lines)

    def assert_unnamed(self, recording, *words):
        folded = recording.folded
        self.assertEqual(sum(folded.with_frame(name) for name in ("hot_a", "hot_b", "choose")), 0)
        inside = folded.count(lambda frames: any(f.startswith("[program+0x") for f in frames))
        ends = folded.count(lambda frames: frames[-1].startswith("[program+0x"))
        self.assertGreater(ends, 0.9 * inside, folded.lines)
        unnamed = folded.count(lambda frames: re.fullmatch(r"\[[^\]]+\+0x[0-9a-f]+\]", frames[-1]))
        self.assertAlmostEqual(float(recording.quality["unnamed"].rstrip("%")),
                               100 * unnamed / folded.total(), delta=0.1)
        said = re.search(r"^flametap: names: .*$", recording.run.err, re.MULTILINE)
        self.assertTrue(said, recording.run)
        for word in words:
            self.assertIn(word, said[0])
        # The file says it, too, for whoever is sent it.
        place = recording.stats["unnamed_in"][0]
        comments = [text for text in recording.pprof.comments if text.startswith("unnamed: ")]
        self.assertIn(f" of the samples, in {place['where']}: {place['cause']}", comments[0])
        self.assertIn(place.get("remedy", ""), comments[0])
        # One box a function: a start from .eh_frame for each of the three.
        leaves = {frames[-1] for frames, count in folded.lines if count > 20
                  and frames[-1].startswith("[program+0x")}
        self.assertEqual(len(leaves), 2, leaves)

    def record_program(self, *options, command=("./program",)):
        return self.record("-F", 999, *options, "--", *command)

