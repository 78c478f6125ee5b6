// Boost.Lockfree's queue (libboost-dev).
#include "PeerRingTables.hpp"

#if __has_include(<boost/lockfree/queue.hpp>)
#include <boost/lockfree/queue.hpp>
#include <boost/version.hpp>

namespace peer_rings {
namespace {

/// The nodes are numbered with 16 bits, and the queue keeps one for itself.
constexpr std::uint64_t most = 65534;

template <class ElementOfRing, bool Pause>
struct BoostQueueRing : SharedRing<BoostQueueRing<ElementOfRing, Pause>, ElementOfRing> {
    boost::lockfree::queue<ElementOfRing, boost::lockfree::fixed_sized<true>> queue;

    explicit BoostQueueRing(const peer_ring_shape &shape) : queue(shape.capacity) {}

    void push(const ElementOfRing &element) {
        while (!queue.push(element)) {
            if constexpr (Pause) relax();
        }
    }

    void pop(ElementOfRing &element) {
        while (!queue.pop(element)) {
            if constexpr (Pause) relax();
        }
    }
};

template <class Element>
using Plain = BoostQueueRing<Element, false>;
template <class Element>
using Pausing = BoostQueueRing<Element, true>;

template <template <class> class Ring>
peer_ring_pair *create_below_most(const peer_ring_shape &shape) {
    return shape.capacity <= most ? create_for_payload<Ring>(shape) : nullptr;
}

constexpr const char *library = "libboost-dev, Boost " BOOST_LIB_VERSION;
constexpr const char *capacity = "exact, at most 65534";

constexpr Entry entries[] = {
    {{"Boost-queue", library, "lockfree::queue, fixed_sized: nodes from a free list, no pause", capacity, false, in_order,
      many},
     create_below_most<Plain>},
    {{"Boost-queue-pause", library, "lockfree::queue, fixed_sized: nodes from a free list, pauses between looks",
      capacity, false, in_order, many},
     create_below_most<Pausing>},
};

}  // namespace

std::span<const Entry> boost_entries_of_many() { return entries; }

}  // namespace peer_rings

#else

std::span<const peer_rings::Entry> peer_rings::boost_entries_of_many() { return {}; }

#endif
