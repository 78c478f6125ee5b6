//! The rings, each waiting as its authors have it, or retried with a pause where it does not wait.

#![allow(unused_imports)]

use crate::element::Element;
use crate::pair::Ring;
use std::hint::spin_loop;

#[cfg(feature = "crossbeam-queue")]
pub struct ArrayRing<E>(crossbeam_queue::ArrayQueue<E>);

#[cfg(feature = "crossbeam-queue")]
impl<E: Element> Ring for ArrayRing<E> {
    type Element = E;

    fn new(capacity: usize) -> Self {
        ArrayRing(crossbeam_queue::ArrayQueue::new(capacity))
    }

    #[inline(always)]
    fn push(&self, element: E) {
        let mut element = element;
        while let Err(back) = self.0.push(element) {
            element = back;
            spin_loop();
        }
    }

    #[inline(always)]
    fn pop(&self) -> E {
        loop {
            if let Some(element) = self.0.pop() {
                return element;
            }
            spin_loop();
        }
    }
}

#[cfg(feature = "crossbeam-channel")]
type CrossbeamEnds<E> = (crossbeam_channel::Sender<E>, crossbeam_channel::Receiver<E>);

#[cfg(feature = "crossbeam-channel")]
pub struct CrossbeamRing<E>(CrossbeamEnds<E>);

#[cfg(feature = "crossbeam-channel")]
impl<E: Element> Ring for CrossbeamRing<E> {
    type Element = E;

    fn new(capacity: usize) -> Self {
        CrossbeamRing(crossbeam_channel::bounded(capacity))
    }

    #[inline(always)]
    fn push(&self, element: E) {
        // Both ends live as long as the ring.
        let _ = self.0 .0.send(element);
    }

    #[inline(always)]
    fn pop(&self) -> E {
        self.0 .1.recv().unwrap_or(E::EMPTY)
    }
}

#[cfg(feature = "crossbeam-channel")]
pub struct SpinningCrossbeamRing<E>(CrossbeamEnds<E>);

#[cfg(feature = "crossbeam-channel")]
impl<E: Element> Ring for SpinningCrossbeamRing<E> {
    type Element = E;

    fn new(capacity: usize) -> Self {
        SpinningCrossbeamRing(crossbeam_channel::bounded(capacity))
    }

    #[inline(always)]
    fn push(&self, element: E) {
        while self.0 .0.try_send(element).is_err() {
            spin_loop();
        }
    }

    #[inline(always)]
    fn pop(&self) -> E {
        loop {
            if let Ok(element) = self.0 .1.try_recv() {
                return element;
            }
            spin_loop();
        }
    }
}

#[cfg(feature = "crossbeam-channel")]
pub struct GrowingCrossbeamRing<E>(CrossbeamEnds<E>);

#[cfg(feature = "crossbeam-channel")]
impl<E: Element> Ring for GrowingCrossbeamRing<E> {
    type Element = E;

    fn new(_: usize) -> Self {
        GrowingCrossbeamRing(crossbeam_channel::unbounded())
    }

    #[inline(always)]
    fn push(&self, element: E) {
        let _ = self.0 .0.send(element);
    }

    #[inline(always)]
    fn pop(&self) -> E {
        self.0 .1.recv().unwrap_or(E::EMPTY)
    }
}

#[cfg(feature = "flume")]
pub struct FlumeRing<E>((flume::Sender<E>, flume::Receiver<E>));

#[cfg(feature = "flume")]
impl<E: Element> Ring for FlumeRing<E> {
    type Element = E;

    fn new(capacity: usize) -> Self {
        FlumeRing(flume::bounded(capacity))
    }

    #[inline(always)]
    fn push(&self, element: E) {
        let _ = self.0 .0.send(element);
    }

    #[inline(always)]
    fn pop(&self) -> E {
        self.0 .1.recv().unwrap_or(E::EMPTY)
    }
}
