#ifndef NILOMETER_RAW_CALLS_H
#define NILOMETER_RAW_CALLS_H

#include <errno.h>
#include <sys/syscall.h>

// System calls without the C library, for code that runs where the library is not mapped. Nothing
// here is instrumented: a sanitizer's shadow memory is not mapped there either.
#define NILOMETER_RAW __attribute__((no_sanitize("address", "thread", "undefined")))
#define NILOMETER_RAW_INLINE static inline NILOMETER_RAW __attribute__((always_inline))

// The result, or minus an error number.
NILOMETER_RAW_INLINE long raw_call(long number, long a, long b, long c, long d, long e) {
#if defined(__x86_64__)
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
                     : "memory");
    return x0;
#else
    (void)number, (void)a, (void)b, (void)c, (void)d, (void)e;
    return -ENOSYS;
#endif
}

#endif
