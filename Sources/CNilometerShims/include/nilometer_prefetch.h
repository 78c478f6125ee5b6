#ifndef NILOMETER_PREFETCH_H
#define NILOMETER_PREFETCH_H

/// Asks for the cache line at `address` in every level. Never faults, whatever the address.
static inline void nilometer_prefetch(const void *address) {
    __builtin_prefetch(address, 0, 3);
}

/// As `nilometer_prefetch`, and takes the line away from other caches, as a write would.
static inline void nilometer_prefetch_for_writing(const void *address) {
#if defined(__x86_64__)
    // By name: for the least x86-64 processor the compiler makes a prefetch for reading of it.
    // Where the instruction is not implemented it does nothing.
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
    __builtin_prefetch(address, 1, 3);
#endif
}

#endif
