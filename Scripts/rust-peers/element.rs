//! What travels through the rings: a word, or a message that carries the word at both of its ends.

use std::hint::black_box;

/// An element of the loops.
pub trait Element: Copy + Send + Sync + 'static {
    const EMPTY: Self;
    fn write(&mut self, value: u64);
    fn value(&self) -> u64;
    /// The bits in which it differs from an element that carries `expected`. Reads all of it.
    fn difference(&self, expected: u64) -> u64;
}

impl Element for u64 {
    const EMPTY: u64 = 0;

    #[inline(always)]
    fn write(&mut self, value: u64) {
        *self = value;
    }

    #[inline(always)]
    fn value(&self) -> u64 {
        *self
    }

    #[inline(always)]
    fn difference(&self, expected: u64) -> u64 {
        self ^ expected
    }
}

#[derive(Clone, Copy)]
pub struct Message<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Element for Message<WORDS> {
    const EMPTY: Self = Message([0; WORDS]);

    #[inline(always)]
    fn write(&mut self, value: u64) {
        self.0[0] = value;
        self.0[WORDS - 1] = value;
        // All of the message is to be carried: what is between may have changed, too.
        black_box(&mut *self);
    }

    #[inline(always)]
    fn value(&self) -> u64 {
        self.0[0]
    }

    #[inline(always)]
    fn difference(&self, expected: u64) -> u64 {
        // And all of it is read.
        black_box(self);
        (self.0[0] ^ expected) | (self.0[WORDS - 1] ^ expected)
    }
}
