#ifndef NILOMETER_FUTEX_H
#define NILOMETER_FUTEX_H

#include <stdatomic.h>
#include <stdint.h>

/// Sleeps while `*word == expected`, until `nilometer_futex_wake` on the same address. Returns 0
/// when woken, otherwise `errno` (EAGAIN: the word was different; EINTR: a signal). Spurious
/// returns are possible: look at the word again. Private to the process.
int nilometer_futex_wait(uint32_t *word, uint32_t expected);

/// As `nilometer_futex_wait`, at most until `CLOCK_MONOTONIC` has come to `deadline` nanoseconds:
/// then returns ETIMEDOUT.
int nilometer_futex_wait_until(uint32_t *word, uint32_t expected, uint64_t deadline);

/// Wakes at most `count` threads that sleep on `word`. Returns how many were woken, or -1.
int nilometer_futex_wake(uint32_t *word, int count);

/// Registers this process for `nilometer_barrier_everywhere`. Returns 0, or `errno` where the
/// kernel or a sandbox refuses. May be called any number of times.
int nilometer_barrier_register(void);

/// Makes every running thread of the process execute a full memory barrier before this returns
/// (membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED). Returns 0, or `errno`.
int nilometer_barrier_everywhere(void);

/// Keeps the compiler from moving memory accesses across: the half of a barrier that
/// `nilometer_barrier_everywhere` on another thread completes. Costs no instruction.
static inline void nilometer_barrier_compiler(void) {
    atomic_signal_fence(memory_order_seq_cst);
}

#endif
