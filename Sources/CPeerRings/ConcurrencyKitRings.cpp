// Concurrency Kit's ck_ring (libck-dev).
#include "PeerRingTables.hpp"

#if __has_include(<ck_ring.h>)
extern "C" {
#include <ck_cc.h>
#include <ck_md.h>
#include <ck_pr.h>
#include <ck_stdbool.h>
#include <ck_string.h>
// Written for C: one of its functions returns `false` for a null pointer, which C++ does not take.
#define false 0
#include <ck_ring.h>
#undef false
}

#include <bit>
#include <memory>

namespace peer_rings {
namespace {

/// The library's operations for a kind of channel; elements are pointers.
template <std::uint32_t Kind>
struct KitOperations {
    static bool enqueue(ck_ring_t *ring, ck_ring_buffer_t *buffer, const void *entry) {
        if constexpr (Kind == PEER_RING_SPSC) {
            return ck_ring_enqueue_spsc(ring, buffer, entry);
        } else if constexpr (Kind == PEER_RING_MPSC) {
            return ck_ring_enqueue_mpsc(ring, buffer, entry);
        } else {
            return ck_ring_enqueue_mpmc(ring, buffer, entry);
        }
    }

    static bool dequeue(ck_ring_t *ring, ck_ring_buffer_t *buffer, void *entry) {
        if constexpr (Kind == PEER_RING_SPSC) {
            return ck_ring_dequeue_spsc(ring, buffer, entry);
        } else if constexpr (Kind == PEER_RING_MPSC) {
            return ck_ring_dequeue_mpsc(ring, buffer, entry);
        } else {
            return ck_ring_dequeue_mpmc(ring, buffer, entry);
        }
    }
};

template <std::uint32_t Kind>
struct KitRing : SharedRing<KitRing<Kind>, std::uint64_t> {
    alignas(128) ck_ring_t ring;
    std::unique_ptr<ck_ring_buffer_t[]> buffer;

    /// One slot of the ring stays empty.
    explicit KitRing(const peer_ring_shape &shape)
        : buffer(new ck_ring_buffer_t[std::bit_ceil(shape.capacity + 1)]) {
        ck_ring_init(&ring, static_cast<unsigned>(std::bit_ceil(shape.capacity + 1)));
    }

    void push(std::uint64_t value) {
        while (!KitOperations<Kind>::enqueue(&ring, buffer.get(), reinterpret_cast<void *>(value))) relax();
    }

    void pop(std::uint64_t &value) {
        void *entry = nullptr;
        while (!KitOperations<Kind>::dequeue(&ring, buffer.get(), &entry)) relax();
        value = reinterpret_cast<std::uint64_t>(entry);
    }
};

template <std::uint32_t Kind>
peer_ring_pair *create_kind(const peer_ring_shape &shape) {
    return shape.payload == 8 ? create<KitRing<Kind>>(shape) : nullptr;
}

constexpr const char *package = "libck-dev";
constexpr const char *capacity = "a power of two less one, at least what was asked for";

constexpr Entry entries[] = {
    {{"ConcurrencyKit", package, "ck_ring, spsc operations, pauses between looks", capacity, false, in_order, PEER_RING_SPSC},
     create_kind<PEER_RING_SPSC>},
    {{"ConcurrencyKit", package, "ck_ring, mpsc operations, pauses between looks", capacity, false, in_order, PEER_RING_MPSC},
     create_kind<PEER_RING_MPSC>},
    {{"ConcurrencyKit", package, "ck_ring, mpmc operations, pauses between looks", capacity, false, in_order, PEER_RING_MPMC},
     create_kind<PEER_RING_MPMC>},
};

}  // namespace

std::span<const Entry> kit_entries() { return entries; }

}  // namespace peer_rings

#else

std::span<const peer_rings::Entry> peer_rings::kit_entries() { return {}; }

#endif
