// atomic_queue's rings for one producer and one consumer.
#include "PeerRingTables.hpp"

#if __has_include(<atomic_queue/atomic_queue.h>)
#include "AtomicQueueRing.hpp"

namespace peer_rings {
namespace {

template <bool Spread, bool Pause, bool Optimist>
struct Setting {
    template <std::size_t Capacity>
    using Words = AtomicQueueRing<
        atomic_queue::AtomicQueue<std::uint64_t, Capacity, 0, Spread, Pause, false, true>, Optimist>;

    static peer_ring_pair *create(const peer_ring_shape &shape) {
        return shape.payload == 8 ? create_for_capacity<Words>(shape) : nullptr;
    }
};

template <std::size_t Bytes>
struct Large {
    template <std::size_t Capacity>
    using Ring = AtomicQueueRing<
        atomic_queue::AtomicQueue2<Message<Bytes>, Capacity, false, false, false, true>, true>;
};

/// AtomicQueue holds words; for what is larger its authors have AtomicQueue2.
peer_ring_pair *create_optimist(const peer_ring_shape &shape) {
    switch (shape.payload) {
    case 8: return Setting<false, false, true>::create(shape);
    case 64: return create_for_few_capacities<Large<64>::Ring>(shape);
    case 256: return create_for_few_capacities<Large<256>::Ring>(shape);
    case 4096: return create_for_few_capacities<Large<4096>::Ring>(shape);
    default: return nullptr;
    }
}

constexpr const char *package = "libatomic-queue-dev";

constexpr Entry entries[] = {
    {{"Optimist", package,
      "OptimistAtomicQueue (OptimistAtomicQueue2 above 8 bytes), SPSC: waits inside the ring, no pause",
      few_capacities, false, in_order, spsc},
     create_optimist},
    {{"Optimist-pause", package, "OptimistAtomicQueue, SPSC, MAXIMIZE_THROUGHPUT: pauses between looks",
      fixed_capacities, false, in_order, spsc},
     Setting<false, true, true>::create},
    {{"Optimist-spread", package, "OptimistAtomicQueue, SPSC, MINIMIZE_CONTENTION: slots spread over lines",
      fixed_capacities, false, in_order, spsc},
     Setting<true, false, true>::create},
    {{"Optimist-spread-pause", package,
      "OptimistAtomicQueue, SPSC, MINIMIZE_CONTENTION and MAXIMIZE_THROUGHPUT", fixed_capacities, false, in_order, spsc},
     Setting<true, true, true>::create},
    {{"AtomicQueue", package, "AtomicQueue, SPSC: try_push and try_pop, retried with a pause",
      fixed_capacities, false, in_order, spsc},
     Setting<false, false, false>::create},
};

}  // namespace

std::span<const Entry> atomic_queue_entries() { return entries; }

}  // namespace peer_rings

#else

std::span<const peer_rings::Entry> peer_rings::atomic_queue_entries() { return {}; }

#endif
