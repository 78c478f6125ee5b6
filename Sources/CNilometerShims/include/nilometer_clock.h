#ifndef NILOMETER_CLOCK_H
#define NILOMETER_CLOCK_H

#include <stdint.h>
#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

/// Whether this build has a user-space counter that `nilometer_ticks_begin` reads.
static inline int nilometer_has_tick_counter(void) {
#if defined(__x86_64__) || defined(__aarch64__)
    return 1;
#else
    return 0;
#endif
}

/// Whether the counter runs at one rate in every power state (CPUID 0x80000007 EDX bit 8;
/// on AArch64 the architecture promises it).
static inline int nilometer_tick_counter_is_invariant(void) {
#if defined(__x86_64__)
    unsigned int eax = 0, ebx = 0, ecx = 0, edx = 0;
    if (__get_cpuid(0x80000007u, &eax, &ebx, &ecx, &edx) == 0) return 0;
    return (edx >> 8) & 1u;
#elif defined(__aarch64__)
    return 1;
#else
    return 0;
#endif
}

/// Counter value at the start of a timed region. The leading fence keeps earlier work out of the
/// region, the trailing one keeps the region's work from starting before the counter was read
/// (Intel SDM, RDTSC).
static inline uint64_t nilometer_ticks_begin(void) {
#if defined(__x86_64__)
    _mm_lfence();
    uint64_t ticks = __rdtsc();
    _mm_lfence();
    return ticks;
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks)::"memory");
    return ticks;
#else
    return 0;
#endif
}

/// Counter value at the end of a timed region. RDTSCP waits for all earlier instructions; the
/// fence keeps later ones out of the region.
static inline uint64_t nilometer_ticks_end(void) {
#if defined(__x86_64__)
    unsigned int core;
    uint64_t ticks = __rdtscp(&core);
    _mm_lfence();
    return ticks;
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks)::"memory");
    return ticks;
#else
    return 0;
#endif
}

/// Counter value without any ordering: for stamps inside a loop, where a fence would change what
/// is measured.
static inline uint64_t nilometer_ticks_unordered(void) {
#if defined(__x86_64__)
    return __rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks)::"memory");
    return ticks;
#else
    return 0;
#endif
}

/// Nanoseconds of `CLOCK_MONOTONIC_RAW`.
static inline uint64_t nilometer_monotonic_raw(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
