// The configurations of each library: empty where its headers are absent.
#pragma once

#include "PeerRing.hpp"

#include <span>

namespace peer_rings {

std::span<const Entry> atomic_queue_entries();
std::span<const Entry> atomic_queue_entries_of_many();
std::span<const Entry> boost_entries();
std::span<const Entry> boost_entries_of_many();
std::span<const Entry> reader_writer_entries();
std::span<const Entry> concurrent_entries();
std::span<const Entry> kit_entries();

/// Whether a ring keeps the order of each producer's messages.
inline constexpr bool in_order = true;
/// A producer that waits for its slot may be overtaken by one that has the slot's next ticket.
inline constexpr bool may_overtake = false;

inline constexpr std::uint32_t spsc = PEER_RING_SPSC;
inline constexpr std::uint32_t many = PEER_RING_MPSC | PEER_RING_MPMC;

/// How rings say it that take their capacity at compile time.
inline constexpr const char *fixed_capacities = "exact; powers of two from 8 to 65536";
inline constexpr const char *few_capacities =
    "exact; powers of two from 8 to 65536, and 64 or 1024 for elements above 8 bytes";

/// A pair of rings that take their capacity at compile time.
template <template <std::size_t> class Ring>
peer_ring_pair *create_for_capacity(const peer_ring_shape &shape) {
    switch (shape.capacity) {
    case 8: return create<Ring<8>>(shape);
    case 64: return create<Ring<64>>(shape);
    case 256: return create<Ring<256>>(shape);
    case 1024: return create<Ring<1024>>(shape);
    case 4096: return create<Ring<4096>>(shape);
    case 8192: return create<Ring<8192>>(shape);
    case 65536: return create<Ring<65536>>(shape);
    default: return nullptr;
    }
}

/// As `create_for_capacity`, for large elements, of which there are fewer.
template <template <std::size_t> class Ring>
peer_ring_pair *create_for_few_capacities(const peer_ring_shape &shape) {
    switch (shape.capacity) {
    case 64: return create<Ring<64>>(shape);
    case 1024: return create<Ring<1024>>(shape);
    default: return nullptr;
    }
}

}  // namespace peer_rings
