#ifndef ORDERED_RING_H
#define ORDERED_RING_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The ring as most programs have it: a `std::map` from a point's position to its owner.
typedef struct ordered_ring ordered_ring;

/// A ring of `count` points, inserted in the order given; where two share a position the first
/// one stays. Null when memory runs out.
ordered_ring *ordered_ring_create(const uint64_t *positions, const uint32_t *owners, size_t count);

/// Frees a ring.
void ordered_ring_destroy(ordered_ring *ring);

/// The owner of the first point at or after `hash`; past the last one, of the first. The ring must
/// have a point.
uint32_t ordered_ring_owner(const ordered_ring *ring, uint64_t hash);

#ifdef __cplusplus
}
#endif

#endif
