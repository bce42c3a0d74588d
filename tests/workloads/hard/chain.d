// SPDX-License-Identifier: GPL-2.0-or-later
// As chain.h, in D: three quarters of the CPU time in first, a method; burn is inlined. Lines are
// told by the comments beside them.
module chain;

extern (C) long clock() nothrow @nogc; // CPU time of the process, in microseconds

pragma(inline, true) void burn(T)(T n)
{
    T x = n | 1;
    for (T i = 0; i < n; i += 2) asm { "imul %0, %0; imul %0, %0" : "+r" (x); } // line: burn
}

class Engine(T)
{
    pragma(inline, false) void first(T work)
    {
        burn(3 * work); // line: first
        asm { "" : : : "memory"; }
    }
}

pragma(inline, false) void second(ulong work)
{
    burn(work); // line: second
    asm { "" : : : "memory"; }
}

void main()
{
    auto engine = new Engine!ulong;
    uint seed = 1;
    while (clock() < 200_000)
    {
        foreach (i; 0 .. 10)
        {
            seed = seed * 1664525 + 1013904223;
            const ulong unit = 20000 + (seed >> 18);
            engine.first(unit);
            second(unit);
        }
    }
}
