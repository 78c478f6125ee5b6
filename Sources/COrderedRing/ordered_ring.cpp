#include "ordered_ring.h"

#include <map>
#include <new>

struct ordered_ring {
    std::map<uint64_t, uint32_t> points;
};

extern "C" ordered_ring *ordered_ring_create(
    const uint64_t *positions, const uint32_t *owners, size_t count) {
    ordered_ring *ring = nullptr;
    try {
        ring = new ordered_ring;
        for (size_t index = 0; index < count; ++index)
            ring->points.emplace(positions[index], owners[index]);
        return ring;
    } catch (const std::bad_alloc &) {
        // An exception must not cross into Swift.
        delete ring;
        return nullptr;
    }
}

extern "C" void ordered_ring_destroy(ordered_ring *ring) { delete ring; }

extern "C" uint32_t ordered_ring_owner(const ordered_ring *ring, uint64_t hash) {
    // The first point that is not before the hash: a point owns its own position.
    auto point = ring->points.lower_bound(hash);
    if (point == ring->points.end()) point = ring->points.begin();
    return point->second;
}
