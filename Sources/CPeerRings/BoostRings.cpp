// Boost.Lockfree's spsc_queue (libboost-dev).
#include "PeerRingTables.hpp"

#if __has_include(<boost/lockfree/spsc_queue.hpp>)
#include <boost/lockfree/spsc_queue.hpp>
#include <boost/version.hpp>

namespace peer_rings {
namespace {

template <std::size_t Capacity, bool Pause>
struct BoostRing {
    static constexpr bool batches = true;
    boost::lockfree::spsc_queue<std::uint64_t, boost::lockfree::capacity<Capacity>> queue;

    explicit BoostRing(std::uint64_t) {}

    void push(std::uint64_t value) {
        while (!queue.push(value)) {
            if constexpr (Pause) relax();
        }
    }

    std::uint64_t pop() {
        std::uint64_t value;
        while (!queue.pop(value)) {
            if constexpr (Pause) relax();
        }
        return value;
    }

    std::size_t push(const std::uint64_t *first, std::size_t count) { return queue.push(first, count); }
    std::size_t pop(std::uint64_t *first, std::size_t count) { return queue.pop(first, count); }
};

template <bool Pause>
peer_ring_pair *create_sized(std::uint64_t capacity) {
    switch (capacity) {
    case 8: return create<BoostRing<8, Pause>>(capacity);
    case 64: return create<BoostRing<64, Pause>>(capacity);
    case 256: return create<BoostRing<256, Pause>>(capacity);
    case 1024: return create<BoostRing<1024, Pause>>(capacity);
    case 4096: return create<BoostRing<4096, Pause>>(capacity);
    case 8192: return create<BoostRing<8192, Pause>>(capacity);
    case 65536: return create<BoostRing<65536, Pause>>(capacity);
    default: return nullptr;
    }
}

template <bool Pause>
struct BoostRuntimeRing {
    static constexpr bool batches = true;
    boost::lockfree::spsc_queue<std::uint64_t> queue;

    explicit BoostRuntimeRing(std::uint64_t capacity) : queue(capacity) {}

    void push(std::uint64_t value) {
        while (!queue.push(value)) {
            if constexpr (Pause) relax();
        }
    }

    std::uint64_t pop() {
        std::uint64_t value;
        while (!queue.pop(value)) {
            if constexpr (Pause) relax();
        }
        return value;
    }

    std::size_t push(const std::uint64_t *first, std::size_t count) { return queue.push(first, count); }
    std::size_t pop(std::uint64_t *first, std::size_t count) { return queue.pop(first, count); }
};

constexpr const char *library = "libboost-dev, Boost " BOOST_LIB_VERSION;
constexpr const char *fixed = "exact; powers of two from 8 to 65536";

constexpr Entry entries[] = {
    {{"Boost", library, "lockfree::spsc_queue, capacity at run time, no pause", "exact", true},
     create<BoostRuntimeRing<false>>},
    {{"Boost-pause", library, "lockfree::spsc_queue, capacity at run time, pauses between looks", "exact",
      true},
     create<BoostRuntimeRing<true>>},
    {{"Boost-fixed", library, "lockfree::spsc_queue, capacity at compile time, no pause", fixed, true},
     create_sized<false>},
    {{"Boost-fixed-pause", library,
      "lockfree::spsc_queue, capacity at compile time, pauses between looks", fixed, true},
     create_sized<true>},
};

}  // namespace

std::span<const Entry> boost_entries() { return entries; }

}  // namespace peer_rings

#else

std::span<const peer_rings::Entry> peer_rings::boost_entries() { return {}; }

#endif
