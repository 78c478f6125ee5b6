#include "nilometer_known_loop.h"

bool nilometer_known_loop(uint64_t turns) {
#if defined(__x86_64__)
    __asm__ volatile(
        "1: subq $1, %0\n\t"
        "jnz 1b"
        : "+r"(turns)
        :
        : "cc");
    return true;
#elif defined(__aarch64__)
    __asm__ volatile(
        "1: subs %0, %0, #1\n\t"
        "b.ne 1b"
        : "+r"(turns)
        :
        : "cc");
    return true;
#else
    (void)turns;
    return false;
#endif
}
