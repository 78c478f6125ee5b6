#ifndef NILOMETER_SINK_H
#define NILOMETER_SINK_H

#include <stdint.h>

/// Makes the optimiser assume that `value` is read here, so that what computed it cannot be
/// removed. Costs no instruction.
static inline void nilometer_consume(uint64_t value) {
    __asm__ volatile("" : : "r"(value) : "memory");
}

/// Returns `value` after making the optimiser forget what it knows of it, so that an input cannot
/// be folded into a constant. Costs no instruction.
static inline uint64_t nilometer_opaque(uint64_t value) {
    __asm__ volatile("" : "+r"(value) : : "memory");
    return value;
}

#endif
