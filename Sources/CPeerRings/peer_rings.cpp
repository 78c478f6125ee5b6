#include "PeerRingTables.hpp"

#include <array>
#include <exception>

using namespace peer_rings;

namespace {

std::array<std::span<const Entry>, 7> tables() {
    return {
        atomic_queue_entries(), atomic_queue_entries_of_many(), boost_entries(), boost_entries_of_many(),
        reader_writer_entries(), concurrent_entries(), kit_entries(),
    };
}

const Entry *entry(std::size_t index) {
    for (const auto table : tables()) {
        if (index < table.size()) return &table[index];
        index -= table.size();
    }
    return nullptr;
}

std::size_t count() {
    std::size_t count = 0;
    for (const auto table : tables()) count += table.size();
    return count;
}

const peer_ring_description *describe(std::size_t index) {
    const Entry *found = entry(index);
    return found ? &found->description : nullptr;
}

peer_ring_pair *create_pair(std::size_t index, const peer_ring_shape *shape) {
    const Entry *found = entry(index);
    if (!found || !shape || shape->producers > PEER_RING_MOST_MEMBERS
        || shape->consumers > PEER_RING_MOST_MEMBERS || shape->batch < 1
        || shape->batch > PEER_RING_MOST_BATCH) {
        return nullptr;
    }
    try {
        return found->create(*shape);
    } catch (const std::exception &) {
        // No memory, or more than the library can have: an exception may not cross into the caller.
        return nullptr;
    }
}

#if defined(__clang__)
#define COMPILER "Clang " __clang_version__
#else
#define COMPILER "GCC " __VERSION__
#endif

#if defined(__OPTIMIZE__)
#define OPTIMISED "optimised"
#else
#define OPTIMISED "not optimised"
#endif

#if defined(NDEBUG)
#define CHECKS "NDEBUG"
#else
#define CHECKS "with assertions"
#endif

constexpr peer_ring_interface rings_of_cxx = {
    PEER_RING_INTERFACE_VERSION,
    "C++, " COMPILER ", " OPTIMISED ", " CHECKS,
    count,
    describe,
    create_pair,
    [](peer_ring_pair *pair) { delete pair; },
    [](peer_ring_pair *pair, std::uint64_t count) { return pair->uncontended(count); },
    [](peer_ring_pair *pair, std::uint64_t count) { return pair->initiate(count); },
    [](peer_ring_pair *pair, std::uint64_t count, std::uint64_t *ticks) {
        return pair->initiate_stamped(count, ticks);
    },
    [](peer_ring_pair *pair, std::uint64_t count) { return pair->respond(count); },
    [](peer_ring_pair *pair, std::uint64_t count) { pair->produce(count); },
    [](peer_ring_pair *pair, std::uint64_t count) { return pair->consume(count); },
    [](peer_ring_pair *pair, std::uint64_t count) { pair->produce_batches(count); },
    [](peer_ring_pair *pair, std::uint64_t count) { return pair->consume_batches(count); },
    [](peer_ring_pair *pair, std::uint32_t member, std::uint64_t count) {
        pair->produce_share(member, count);
    },
    [](peer_ring_pair *pair, std::uint32_t member, std::uint64_t count, std::uint64_t *sum) {
        return pair->consume_share(member, count, *sum);
    },
};

}  // namespace

extern "C" const peer_ring_interface *peer_rings_of_cxx(void) { return &rings_of_cxx; }
