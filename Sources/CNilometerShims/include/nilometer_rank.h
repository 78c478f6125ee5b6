#ifndef NILOMETER_RANK_H
#define NILOMETER_RANK_H

#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// How many of 14 ascending 16-bit numbers are at most `value`, one number after the other.
static inline uint32_t nilometer_rank14_portable(const void *numbers, int16_t value) {
    const int16_t *ascending = (const int16_t *)numbers;
    uint32_t rank = 0;
    for (int index = 0; index < 14; ++index) rank += ascending[index] <= value;
    return rank;
}

/// How many of 14 ascending 16-bit numbers are at most `value`, without a branch.
///
/// Reads 32 bytes at `numbers`, which need no alignment; what follows the 14 numbers is ignored.
/// Why C: the compiler does not turn a Swift SIMD mask into a movemask, and a loop of comparisons
/// costs twice as much. SSE2 is part of every x86-64, so there is nothing to detect.
static inline uint32_t nilometer_rank14(const void *numbers, int16_t value) {
#if defined(__SSE2__)
    __m128i wanted = _mm_set1_epi16(value);
    __m128i low = _mm_loadu_si128((const __m128i *)numbers);
    __m128i high = _mm_loadu_si128((const __m128i *)numbers + 1);
    __m128i beyond = _mm_packs_epi16(_mm_cmpgt_epi16(low, wanted), _mm_cmpgt_epi16(high, wanted));
    // The first number beyond `value`; the 15th bit stands for "none of the 14".
    return (uint32_t)__builtin_ctz((unsigned)_mm_movemask_epi8(beyond) | 1u << 14);
#else
    return nilometer_rank14_portable(numbers, value);
#endif
}

#endif
