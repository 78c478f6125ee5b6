// Maxim Egorushkin's atomic_queue (libatomic-queue-dev).
#include "PeerRingTables.hpp"

#if __has_include(<atomic_queue/atomic_queue.h>)
#include <atomic_queue/atomic_queue.h>

namespace peer_rings {
namespace {

/// `Optimist` waits inside the ring for its slot; the other one retries `try_push` and `try_pop`, as the
/// library's RetryDecorator does.
template <unsigned Capacity, bool Spread, bool Pause, bool Optimist>
struct AtomicQueueRing {
    static constexpr bool batches = false;
    using Queue = atomic_queue::AtomicQueue<std::uint64_t, Capacity, 0, Spread, Pause, false, true>;
    Queue queue;

    explicit AtomicQueueRing(std::uint64_t) {}

    void push(std::uint64_t value) noexcept {
        if constexpr (Optimist) {
            queue.push(value);
        } else {
            while (!queue.try_push(value)) relax();
        }
    }

    std::uint64_t pop() noexcept {
        if constexpr (Optimist) {
            return queue.pop();
        } else {
            std::uint64_t value;
            while (!queue.try_pop(value)) relax();
            return value;
        }
    }
};

template <bool Spread, bool Pause, bool Optimist>
peer_ring_pair *create_sized(std::uint64_t capacity) {
    switch (capacity) {
    case 8: return create<AtomicQueueRing<8, Spread, Pause, Optimist>>(capacity);
    case 64: return create<AtomicQueueRing<64, Spread, Pause, Optimist>>(capacity);
    case 256: return create<AtomicQueueRing<256, Spread, Pause, Optimist>>(capacity);
    case 1024: return create<AtomicQueueRing<1024, Spread, Pause, Optimist>>(capacity);
    case 4096: return create<AtomicQueueRing<4096, Spread, Pause, Optimist>>(capacity);
    case 8192: return create<AtomicQueueRing<8192, Spread, Pause, Optimist>>(capacity);
    case 65536: return create<AtomicQueueRing<65536, Spread, Pause, Optimist>>(capacity);
    default: return nullptr;
    }
}

constexpr const char *package = "libatomic-queue-dev";
constexpr const char *fixed = "exact; powers of two from 8 to 65536";

constexpr Entry entries[] = {
    {{"Optimist", package, "OptimistAtomicQueue, SPSC: waits inside the ring, no pause", fixed, false},
     create_sized<false, false, true>},
    {{"Optimist-pause", package, "OptimistAtomicQueue, SPSC, MAXIMIZE_THROUGHPUT: pauses between looks",
      fixed, false},
     create_sized<false, true, true>},
    {{"Optimist-spread", package, "OptimistAtomicQueue, SPSC, MINIMIZE_CONTENTION: slots spread over lines",
      fixed, false},
     create_sized<true, false, true>},
    {{"Optimist-spread-pause", package,
      "OptimistAtomicQueue, SPSC, MINIMIZE_CONTENTION and MAXIMIZE_THROUGHPUT", fixed, false},
     create_sized<true, true, true>},
    {{"AtomicQueue", package, "AtomicQueue, SPSC: try_push and try_pop, retried with a pause", fixed, false},
     create_sized<false, false, false>},
};

}  // namespace

std::span<const Entry> atomic_queue_entries() { return entries; }

}  // namespace peer_rings

#else

std::span<const peer_rings::Entry> peer_rings::atomic_queue_entries() { return {}; }

#endif
