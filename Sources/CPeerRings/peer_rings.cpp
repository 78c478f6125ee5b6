#include "PeerRingTables.hpp"

#include <array>

using namespace peer_rings;

namespace {

std::array<std::span<const Entry>, 4> tables() {
    return {atomic_queue_entries(), boost_entries(), reader_writer_entries(), concurrent_entries()};
}

const Entry *entry(std::size_t index) {
    for (const auto table : tables()) {
        if (index < table.size()) return &table[index];
        index -= table.size();
    }
    return nullptr;
}

}  // namespace

extern "C" {

size_t peer_ring_count(void) {
    size_t count = 0;
    for (const auto table : tables()) count += table.size();
    return count;
}

const peer_ring_description *peer_ring_describe(size_t index) {
    const Entry *found = entry(index);
    return found ? &found->description : nullptr;
}

peer_ring_pair *peer_ring_pair_create(size_t index, uint64_t capacity) {
    const Entry *found = entry(index);
    return found ? found->create(capacity) : nullptr;
}

void peer_ring_pair_destroy(peer_ring_pair *pair) { delete pair; }

uint64_t peer_ring_uncontended(peer_ring_pair *pair, uint64_t count) { return pair->uncontended(count); }
uint64_t peer_ring_initiate(peer_ring_pair *pair, uint64_t count) { return pair->initiate(count); }
uint64_t peer_ring_initiate_stamped(peer_ring_pair *pair, uint64_t count, uint64_t *ticks) {
    return pair->initiate_stamped(count, ticks);
}
uint64_t peer_ring_respond(peer_ring_pair *pair, uint64_t count) { return pair->respond(count); }
void peer_ring_produce(peer_ring_pair *pair, uint64_t count) { pair->produce(count); }
uint64_t peer_ring_consume(peer_ring_pair *pair, uint64_t count) { return pair->consume(count); }
void peer_ring_produce_batches(peer_ring_pair *pair, uint64_t count) { pair->produce_batches(count); }
uint64_t peer_ring_consume_batches(peer_ring_pair *pair, uint64_t count) {
    return pair->consume_batches(count);
}

}  // extern "C"
