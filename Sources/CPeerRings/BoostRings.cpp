// Boost.Lockfree's spsc_queue (libboost-dev).
#include "PeerRingTables.hpp"

#if __has_include(<boost/lockfree/spsc_queue.hpp>)
#include <boost/lockfree/spsc_queue.hpp>
#include <boost/version.hpp>

namespace peer_rings {
namespace {

/// `Queue` has its capacity at run time, or else at compile time.
template <class Queue, bool HasCapacityAtRunTime, bool Pause>
struct BoostRing : SharedRing<BoostRing<Queue, HasCapacityAtRunTime, Pause>, typename Queue::value_type> {
    using Element = typename Queue::value_type;
    static constexpr bool batches = true;
    Queue queue;

    explicit BoostRing(const peer_ring_shape &shape)
        requires HasCapacityAtRunTime
        : queue(shape.capacity) {}
    explicit BoostRing(const peer_ring_shape &)
        requires(!HasCapacityAtRunTime)
    {}

    void push(const Element &element) {
        while (!queue.push(element)) {
            if constexpr (Pause) relax();
        }
    }

    void pop(Element &element) {
        while (!queue.pop(element)) {
            if constexpr (Pause) relax();
        }
    }

    std::size_t push(const Element *first, std::size_t count) { return queue.push(first, count); }
    std::size_t pop(Element *first, std::size_t count) { return queue.pop(first, count); }
};

template <bool Pause>
struct Sized {
    template <std::size_t Capacity>
    using Ring = BoostRing<
        boost::lockfree::spsc_queue<std::uint64_t, boost::lockfree::capacity<Capacity>>, false, Pause>;

    static peer_ring_pair *create(const peer_ring_shape &shape) {
        return shape.payload == 8 ? create_for_capacity<Ring>(shape) : nullptr;
    }
};

template <class Element>
using Plain = BoostRing<boost::lockfree::spsc_queue<Element>, true, false>;
template <class Element>
using Pausing = BoostRing<boost::lockfree::spsc_queue<Element>, true, true>;

constexpr const char *library = "libboost-dev, Boost " BOOST_LIB_VERSION;

constexpr Entry entries[] = {
    {{"Boost", library, "lockfree::spsc_queue, capacity at run time, no pause", "exact", true, in_order, spsc},
     create_for_payload<Plain>},
    {{"Boost-pause", library, "lockfree::spsc_queue, capacity at run time, pauses between looks", "exact",
      true, in_order, spsc},
     create_for_payload<Pausing>},
    {{"Boost-fixed", library, "lockfree::spsc_queue, capacity at compile time, no pause", fixed_capacities,
      true, in_order, spsc},
     Sized<false>::create},
    {{"Boost-fixed-pause", library,
      "lockfree::spsc_queue, capacity at compile time, pauses between looks", fixed_capacities, true, in_order, spsc},
     Sized<true>::create},
};

}  // namespace

std::span<const Entry> boost_entries() { return entries; }

}  // namespace peer_rings

#else

std::span<const peer_rings::Entry> peer_rings::boost_entries() { return {}; }

#endif
