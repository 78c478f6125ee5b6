// atomic_queue's rings for several producers and several consumers.
#include "PeerRingTables.hpp"

#if __has_include(<atomic_queue/atomic_queue.h>)
#include "AtomicQueueRing.hpp"

namespace peer_rings {
namespace {

/// `Spread` is MINIMIZE_CONTENTION: neighbours in the ring lie on different lines. `Loads` is
/// MAXIMIZE_THROUGHPUT: a waiting end looks with loads between its exchanges; without it every look
/// is an exchange, which has the line at once. Both pause between looks.
template <bool Spread, bool Loads, bool Optimist>
struct Setting {
    template <std::size_t Capacity>
    using Words = AtomicQueueRing<
        atomic_queue::AtomicQueue<std::uint64_t, Capacity, 0, Spread, Loads, false, false>, Optimist>;

    static peer_ring_pair *create(const peer_ring_shape &shape) {
        return shape.payload == 8 ? create_for_capacity<Words>(shape) : nullptr;
    }
};

template <class Element, bool Optimist>
struct Any {
    template <std::size_t Capacity>
    using Ring = AtomicQueueRing<
        atomic_queue::AtomicQueue2<Element, Capacity, true, true, false, false>, Optimist>;
};

template <bool Optimist>
peer_ring_pair *create_of_any(const peer_ring_shape &shape) {
    switch (shape.payload) {
    case 8: return create_for_capacity<Any<std::uint64_t, Optimist>::template Ring>(shape);
    case 64: return create_for_few_capacities<Any<Message<64>, Optimist>::template Ring>(shape);
    case 256: return create_for_few_capacities<Any<Message<256>, Optimist>::template Ring>(shape);
    case 4096: return create_for_few_capacities<Any<Message<4096>, Optimist>::template Ring>(shape);
    default: return nullptr;
    }
}

constexpr const char *package = "libatomic-queue-dev";

constexpr Entry entries[] = {
    {{"Optimist", package, "OptimistAtomicQueue as its authors set it: slots spread over lines, looks with loads",
      fixed_capacities, false, may_overtake, many},
     Setting<true, true, true>::create},
    {{"Optimist-exchange", package,
      "OptimistAtomicQueue without MAXIMIZE_THROUGHPUT and MINIMIZE_CONTENTION: looks by exchange",
      fixed_capacities, false, may_overtake, many},
     Setting<false, false, true>::create},
    {{"Optimist-spread-exchange", package, "OptimistAtomicQueue without MAXIMIZE_THROUGHPUT: looks by exchange",
      fixed_capacities, false, may_overtake, many},
     Setting<true, false, true>::create},
    {{"AtomicQueue", package, "AtomicQueue as its authors set it: try_push and try_pop, retried with a pause",
      fixed_capacities, false, may_overtake, many},
     Setting<true, true, false>::create},
    {{"AtomicQueue-exchange", package,
      "AtomicQueue without MAXIMIZE_THROUGHPUT and MINIMIZE_CONTENTION, retried with a pause", fixed_capacities,
      false, may_overtake, many},
     Setting<false, false, false>::create},
    {{"AtomicQueue2", package, "AtomicQueue2 as its authors set it: try_push and try_pop, retried with a pause",
      few_capacities, false, may_overtake, many},
     create_of_any<false>},
    {{"Optimist2", package, "OptimistAtomicQueue2 as its authors set it: waits inside the ring", few_capacities,
      false, may_overtake, many},
     create_of_any<true>},
};

}  // namespace

std::span<const Entry> atomic_queue_entries_of_many() { return entries; }

}  // namespace peer_rings

#else

std::span<const peer_rings::Entry> peer_rings::atomic_queue_entries_of_many() { return {}; }

#endif
