// SPDX-License-Identifier: GPL-2.0-or-later
// As chain.h, in Rust: three quarters of the CPU time in first, called by a generic function's
// closure; burn is inlined. Lines are told by the comments beside them.
use std::arch::asm;

extern "C" {
    fn clock() -> i64; // CPU time of the process, in microseconds
}

mod engine {
    pub struct Piston<T> {
        pub work: T,
    }

    impl Piston<u64> {
        #[inline(never)]
        pub fn first(&self) -> u64 {
            super::burn(3 * self.work) + 1 // line: first
        }
    }

    pub trait Second {
        fn second(&self) -> u64;
    }

    impl Second for Piston<u64> {
        #[inline(never)]
        fn second(&self) -> u64 {
            super::burn(self.work) + 2 // line: second
        }
    }
}

#[inline(always)]
fn burn(n: u64) -> u64 {
    let mut x = n | 1;
    let mut i = n;
    while i > 0 { unsafe { asm!("imul {0}, {0}", "dec {1}", inout(reg) x, inout(reg) i) } } // line: burn
    x
}

#[inline(never)]
fn apply<F: Fn(u64) -> u64>(f: F, n: u64) -> u64 {
    f(n) + 1
}

fn main() {
    use engine::{Piston, Second};
    let mut seed = 1u32;
    let mut sum = 0;
    while unsafe { clock() } < 200000 {
        for _ in 0..10 {
            seed = seed.wrapping_mul(1664525).wrapping_add(1013904223);
            let unit = 20000 + (seed >> 18) as u64;
            sum += apply(|n| Piston { work: n }.first(), unit) & 1;
            sum += apply(|n| Piston { work: n }.second(), unit) & 1;
        }
    }
    std::process::exit((sum == 1) as i32);
}
