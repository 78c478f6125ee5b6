#ifndef NILOMETER_PAUSE_H
#define NILOMETER_PAUSE_H

/// Tells the core that this is a spin-wait: frees the sibling thread and avoids the
/// memory-order mis-speculation when the awaited line arrives.
static inline void nilometer_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield" ::: "memory");
#endif
}

#endif
