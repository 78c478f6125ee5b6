// An adaptor for the queues of Maxim Egorushkin's atomic_queue (libatomic-queue-dev).
#pragma once

#include "PeerRingTables.hpp"

#include <atomic_queue/atomic_queue.h>

namespace peer_rings {

/// `Optimist` takes its slot at once and waits inside the ring for it; the other one retries
/// `try_push` and `try_pop`, as the library's RetryDecorator does.
template <class Queue, bool Optimist>
struct AtomicQueueRing : SharedRing<AtomicQueueRing<Queue, Optimist>, typename Queue::value_type> {
    using Element = typename Queue::value_type;
    Queue queue;

    explicit AtomicQueueRing(const peer_ring_shape &) {}

    void push(const Element &element) noexcept {
        if constexpr (Optimist) {
            queue.push(element);
        } else {
            while (!queue.try_push(element)) relax();
        }
    }

    void pop(Element &element) noexcept {
        if constexpr (Optimist) {
            element = queue.pop();
        } else {
            while (!queue.try_pop(element)) relax();
        }
    }
};

}  // namespace peer_rings
