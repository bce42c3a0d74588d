# SPDX-License-Identifier: GPL-2.0-or-later
"""Files made to be read for ever: each address is answered all the same, and soon."""

import os
import struct

import support

MIB = 1 << 20
SHT_PROGBITS, SHT_STRTAB, SHT_RELA = 1, 3, 4
ALLOC, WRITE = 2, 1
TABLE_VADDR = 0x800000


def go_table():
    """Of one function, without a name: the header, what it points to, and the function."""
    parts = (80, 96, 112, 128, 144)
    head = struct.pack("<IBBBB8Q", 0xfffffff1, 0, 0, 1, 8, 1, 1, 0x1000, *parts)
    table = bytearray(head.ljust(512, b"\0"))
    struct.pack_into("<III", table, parts[-1], 0, 12, 0x1000)
    return bytes(table)


def write_elf(path, sections, pieces, segments):
    """sections: (name, type, flags, address, offset, size, entry size); pieces: (offset, bytes);
    segments: (flags, offset, address, size)."""
    names = b"\0"
    places = {}
    for name in [*dict.fromkeys(section[0] for section in sections), ".shstrtab"]:
        places[name] = len(names)
        names += name.encode() + b"\0"
    headers = bytearray(64)
    for name, *rest, entry in [*sections, (".shstrtab", SHT_STRTAB, 0, 0, 0x400, len(names), 0)]:
        headers += struct.pack("<IIQQQQIIQQ", places[name], *(rest[:5]), 0, 0, 1, entry)
    count = len(headers) // 64
    with open(path, "wb") as file:
        file.write(b"\x7fELF\2\1\1".ljust(16, b"\0") + struct.pack(
            "<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, MIB, 0, 64, 56, len(segments), 64, count,
            count - 1))
        for flags, offset, address, size in segments:
            file.write(struct.pack("<IIQQQQQQ", 1, flags, offset, address, address, size, size, 1))
        for offset, data in [(0x400, names), (MIB, headers), *pieces]:
            file.seek(offset)
            file.write(data)
        file.truncate(max(section[4] + section[5] for section in sections) + MIB)


class Hostile(support.Case):
    CODE = (5, 0x1000, 0x1000, 0x1000)

    def assert_answered(self, path):
        run = self.flametap("symbolize", "-f", "-e", path, "0x1010", "0x1020", timeout=100)
        self.assertEqual(run.out, "??\n??:0\n" * 2)
        self.assertEqual(run.err, "")

    def test_go_data(self):
        """Thousands of sections that are all the same data, where Go's moduledata may be."""
        table = go_table()
        write_elf(self.dir / "program",
                  [(".gopclntab", SHT_PROGBITS, ALLOC, TABLE_VADDR, 16 * MIB, len(table), 0),
                   *[(".data", SHT_PROGBITS, ALLOC | WRITE, 0x10000000, 20 * MIB, 64 * MIB, 0)] *
                   20000],
                  [(16 * MIB, table)], [self.CODE])
        self.assert_answered("program")

    def test_go_relocations(self):
        """Each may be that of moduledata, and for each all have to be looked at again."""
        table = go_table()
        count = 400000
        relocations = b"".join(struct.pack("<QQQ", 0x900000 + 16 * i, 8, TABLE_VADDR)
                               for i in range(count))
        write_elf(self.dir / "program",
                  [(".gopclntab", SHT_PROGBITS, ALLOC, TABLE_VADDR, 16 * MIB, len(table), 0),
                   (".rela.dyn", SHT_RELA, ALLOC, 0, 20 * MIB, len(relocations), 24),
                   (".bss", SHT_PROGBITS, ALLOC, 0x900000, 32 * MIB, 16 * count + 64, 0)],
                  [(16 * MIB, table), (20 * MIB, relocations)],
                  [self.CODE, (6, 32 * MIB, 0x900000, 16 * count + 64)])
        self.assert_answered("program")

    def test_endless_debug_file(self):
        """Without a build-id the file's CRC tells whether it is the right one; not of a tebibyte."""
        (self.dir / "program.c").write_text("int main(void) { return 0; }\n")
        (self.dir / "link").write_bytes(b"program.debug\0\0\0" + struct.pack("<I", 1))
        self.run_command("gcc", "-g", "-Wl,--build-id=none", "-o", "program", "program.c", status=0)
        address = next(line.split()[0] for line in
                       self.run_command("nm", "program", status=0).out.splitlines()
                       if line.endswith(" main"))
        self.run_command("objcopy", "--only-keep-debug", "program", "program.debug", status=0)
        self.run_command("objcopy", "-S", "--add-section", ".gnu_debuglink=link", "program",
                         status=0)
        os.truncate(self.dir / "program.debug", 1 << 40)
        run = self.flametap("symbolize", "-f", "-e", "program", address, timeout=100)
        self.assertEqual(run.out, "??\n??:0\n")


if __name__ == "__main__":
    support.unittest.main()
