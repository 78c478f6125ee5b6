#ifndef NILOMETER_INTERRUPTION_H
#define NILOMETER_INTERRUPTION_H

#include <stdint.h>

/// How a deliberate interruption keeps its thread from going on.
enum nilometer_interruption_kind {
    /// It reads the clock until its time is over: the thread keeps its processor.
    NILOMETER_INTERRUPTION_BURN = 0,
    /// It sleeps: the thread gives its processor up.
    NILOMETER_INTERRUPTION_SLEEP = 1,
};

/// Interrupts the calling thread once, `delay` nanoseconds from now, by a signal of a timer whose
/// handler takes `length` nanoseconds in one of the ways above. One at a time in a process; every
/// other thread goes on. Returns 0, or `errno`.
int nilometer_interruption_arm(uint64_t delay, uint64_t length, int kind);

/// How long the interruption really took, in nanoseconds of CLOCK_MONOTONIC_RAW read by its
/// handler, or 0 while it has not been. Disarms the timer and restores the signal.
uint64_t nilometer_interruption_finish(void);

#endif
