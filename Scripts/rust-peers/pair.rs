//! The loops that every ring runs, generic over it, so that it is inlined into them.

use crate::element::Element;
use crate::{Shape, MOST_MEMBERS};

/// A ring whose operations wait as is best for it.
pub trait Ring: Sync + Send + 'static {
    type Element: Element;
    fn new(capacity: usize) -> Self;
    fn push(&self, element: Self::Element);
    fn pop(&self) -> Self::Element;
}

/// Two rings of one kind, whichever it is.
pub trait Stream {
    fn uncontended(&self, count: u64) -> u64;
    fn initiate(&self, count: u64) -> u64;
    fn initiate_stamped(&self, stamps: &mut [u64]) -> u64;
    fn respond(&self, count: u64) -> u64;
    fn produce(&self, count: u64);
    fn consume(&self, count: u64) -> u64;
    fn produce_share(&self, member: u32, count: u64);
    fn consume_share(&self, count: u64, sum: &mut u64) -> u64;
}

pub struct Pair<R> {
    there: R,
    back: R,
}

const MEMBER_SHIFT: u32 = 48;

impl<R: Ring> Pair<R> {
    pub fn new(shape: &Shape) -> Self {
        let capacity = shape.capacity as usize;
        Pair { there: R::new(capacity), back: R::new(capacity) }
    }
}

impl<R: Ring> Stream for Pair<R> {
    fn uncontended(&self, count: u64) -> u64 {
        let mut element = R::Element::EMPTY;
        let mut wrong = 0;
        for value in 1..=count {
            element.write(value);
            self.there.push(element);
            wrong |= self.there.pop().difference(value);
        }
        wrong
    }

    fn initiate(&self, count: u64) -> u64 {
        let mut element = R::Element::EMPTY;
        let mut wrong = 0;
        for value in 1..=count {
            element.write(value);
            self.there.push(element);
            wrong |= self.back.pop().difference(value);
        }
        wrong
    }

    fn initiate_stamped(&self, stamps: &mut [u64]) -> u64 {
        let mut element = R::Element::EMPTY;
        let mut wrong = 0;
        let mut before = ticks();
        for (value, stamp) in (1..).zip(stamps) {
            element.write(value);
            self.there.push(element);
            wrong |= self.back.pop().difference(value);
            let now = ticks();
            *stamp = now.wrapping_sub(before);
            before = now;
        }
        wrong
    }

    fn respond(&self, count: u64) -> u64 {
        let mut wrong = 0;
        for expected in 1..=count {
            let element = self.there.pop();
            self.back.push(element);
            wrong |= element.difference(expected);
        }
        wrong
    }

    fn produce(&self, count: u64) {
        let mut element = R::Element::EMPTY;
        for value in 1..=count {
            element.write(value);
            self.there.push(element);
        }
    }

    fn consume(&self, count: u64) -> u64 {
        let mut wrong = 0;
        for expected in 1..=count {
            wrong |= self.there.pop().difference(expected);
        }
        wrong
    }

    fn produce_share(&self, member: u32, count: u64) {
        let mark = u64::from(member) << MEMBER_SHIFT;
        let mut element = R::Element::EMPTY;
        for number in 1..=count {
            element.write(mark | number);
            self.there.push(element);
        }
    }

    fn consume_share(&self, count: u64, sum: &mut u64) -> u64 {
        let mut last = [0u64; MOST_MEMBERS];
        let mut wrong = 0;
        let mut total = 0u64;
        for _ in 0..count {
            let found = self.there.pop().value();
            let number = found & ((1 << MEMBER_SHIFT) - 1);
            let before = &mut last[(found >> MEMBER_SHIFT) as usize % MOST_MEMBERS];
            wrong += u64::from(number <= *before);
            *before = number;
            total = total.wrapping_add(found);
        }
        *sum = sum.wrapping_add(total);
        wrong
    }
}

#[inline(always)]
fn ticks() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // Every such processor has it.
    unsafe {
        std::arch::x86_64::_rdtsc()
    }
    #[cfg(target_arch = "aarch64")]
    // User programs may read it.
    unsafe {
        let value: u64;
        std::arch::asm!("mrs {}, cntvct_el0", out(reg) value);
        value
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    0
}
