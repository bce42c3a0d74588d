# SPDX-License-Identifier: GPL-2.0-or-later
"""The memory of unwind tables has a bound: what is used stays, what is not goes, and both are
told."""

import support

# Debian's, whatever else is in the path.
PYTHON3 = "/usr/bin/python3"
# Of each of two programs that run one after the other, many modules; together more than fits.
PYTHON = ("import json, time; end = time.process_time() + %f\n"
          "while time.process_time() < end: json.loads(json.dumps([1, 2, 3] * 50))")


class Bound(support.BpfCase):
    def bounded(self, bytes, *command):
        return self.record("--unwind", "cfi", "-v", "--", *command, timeout=60,
                           env={"FLAMETAP_TEST_TABLE_BYTES": str(bytes)})

    def whole(self, recording, name):
        """The share of whole stacks of what runs under a name."""
        lines = [(frames, count) for frames, count in recording.folded.lines if frames[0] == name]
        cut = sum(count for frames, count in lines
                  if any(frame.startswith("[incomplete") for frame in frames))
        return 1 - cut / sum(count for _, count in lines)

    def test_nothing_goes_while_there_is_room(self):
        tables = self.bounded(64 << 20, PYTHON3, "-c", PYTHON % 1).stats["tables"]
        self.assertGreater(tables["modules"], 3)
        self.assertGreater(tables["bytes"], 100_000)
        self.assertEqual((tables["evicted"], tables["full"]), (0, 0))

    def test_no_room_at_all(self):
        """Recorded all the same, and told."""
        recording = self.bounded(4096, PYTHON3, "-c", PYTHON % 1)
        self.assertGreater(recording.stats["samples"], 100)
        self.assertGreater(recording.stats["tables_full"]["rows"], 0)
        self.assertGreater(int(recording.quality["tables-full"]), 0)
        self.assertRegex(recording.run.err, r"flametap: tables: .* \d+ found no room; ")

    def test_what_nobody_uses_gives_way(self):
        """Perl's tables make room for Python's, whose stacks are whole in the end."""
        perl = "while ((times)[0] < %d) { $x{$i++ %% 1000} = sqrt($i) for 1..1000 }"
        alone = [self.bounded(64 << 20, *command).stats["tables"]["bytes"]
                 for command in (("perl", "-e", perl % 2), (PYTHON3, "-c", PYTHON % 1))]
        # Each fits by itself; half of what both have is libc's and flametap's own.
        bound = max(alone) + 10_000
        recording = self.bounded(bound, "sh", "-c",
                                 f"perl -e '{perl % 3}'; exec {PYTHON3} -c '{PYTHON % 10}'")
        tables = recording.stats["tables"]
        self.assertGreater(tables["evicted"], 0, recording.run)
        self.assertLess(tables["bytes"], bound + 50_000)
        self.assertGreater(self.whole(recording, "perl"), 0.8, recording.run)
        self.assertGreater(self.whole(recording, "python3"), 0.6, recording.run)
