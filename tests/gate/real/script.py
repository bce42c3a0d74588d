# SPDX-License-Identifier: GPL-2.0-or-later
"""The python3 workload: functions over generated texts, with a part of the work in a C library that
is reached by ctypes. `script.py LIBRARY`; the amount of work is fixed."""

import ctypes
import random
import sys

N_TEXTS = 1100


def make_texts(rng):
    syllables = ["ba", "zo", "ri", "tu", "ka", "me", "lo", "shi", "ra", "no", "pe", "wi"]
    return ["".join(rng.choices(syllables, k=24)) for _ in range(N_TEXTS)]


def count_letters(texts):
    counts = {}
    for text in texts:
        for letter in text:
            counts[letter] = counts.get(letter, 0) + 1
    return counts


def sort_texts(texts):
    return sorted(texts, key=lambda text: (text[3:9], text))


def join_neighbours(texts):
    parts = []
    for left, right in zip(texts, texts[1:]):
        parts.append(left[:5] + right[-5:])
    return len("".join(parts))


def call_library(library, texts):
    total = 0
    for text in texts:
        data = text.encode()
        n = len(data)
        for work in (library.score_text, library.sketch_text, library.rank_text,
                     library.group_text, library.pack_text):
            total += work(data, n) & 0xFFFF
    return total


def open_library(path):
    library = ctypes.CDLL(path)
    for name in ("score_text", "sketch_text", "rank_text", "group_text", "pack_text"):
        work = getattr(library, name)
        work.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
        work.restype = ctypes.c_uint64
    library.wait_turn.argtypes = [ctypes.c_uint64]
    return library


def main():
    library = open_library(sys.argv[1])
    texts = make_texts(random.Random(7))
    total = 0
    for turn in range(36):
        total += len(count_letters(texts)) + join_neighbours(sort_texts(texts))
        total += call_library(library, texts)
        if turn % 3 == 0:
            library.wait_turn(turn)
    print(total)


if __name__ == "__main__":
    main()
