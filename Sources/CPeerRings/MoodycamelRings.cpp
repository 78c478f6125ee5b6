// Cameron Desrochers's readerwriterqueue and concurrentqueue.
#include "PeerRingTables.hpp"

#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
#include <readerwriterqueue/readerwriterqueue.h>

namespace peer_rings {
namespace {

template <class ElementOfRing, bool Pause>
struct ReaderWriterRing : SharedRing<ReaderWriterRing<ElementOfRing, Pause>, ElementOfRing> {
    moodycamel::ReaderWriterQueue<ElementOfRing, 512> queue;

    explicit ReaderWriterRing(const peer_ring_shape &shape) : queue(shape.capacity) {}

    void push(const ElementOfRing &element) {
        while (!queue.try_enqueue(element)) {
            if constexpr (Pause) relax();
        }
    }

    void pop(ElementOfRing &element) {
        while (!queue.try_dequeue(element)) {
            if constexpr (Pause) relax();
        }
    }
};

template <class Element>
using ReaderWriter = ReaderWriterRing<Element, false>;
template <class Element>
using PausingReaderWriter = ReaderWriterRing<Element, true>;

constexpr const char *in_large_blocks = "at least what was asked for, in blocks";

constexpr Entry reader_writer[] = {
    {{"ReaderWriter", "libreaderwriterqueue-dev", "ReaderWriterQueue, blocks of 512, no pause", in_large_blocks, false, in_order,
      spsc},
     create_for_payload<ReaderWriter>},
    {{"ReaderWriter-pause", "libreaderwriterqueue-dev",
      "ReaderWriterQueue, blocks of 512, pauses between looks", in_large_blocks, false, in_order, spsc},
     create_for_payload<PausingReaderWriter>},
};

}  // namespace

std::span<const Entry> reader_writer_entries() { return reader_writer; }

}  // namespace peer_rings

#else

std::span<const peer_rings::Entry> peer_rings::reader_writer_entries() { return {}; }

#endif

#if __has_include(<concurrentqueue/concurrentqueue.h>)
#include <concurrentqueue/concurrentqueue.h>

#include <vector>

namespace peer_rings {
namespace {

/// Every thread has a token, as the library's authors recommend. `Grows` asks for memory where
/// there is no room.
template <class ElementOfRing, bool Pause, bool Grows>
struct ConcurrentRing {
    using Element = ElementOfRing;
    using Queue = moodycamel::ConcurrentQueue<Element>;
    static constexpr bool batches = true;

    struct Sender {
        Queue &queue;
        moodycamel::ProducerToken &token;

        void push(const Element &element) {
            while (!(Grows ? queue.enqueue(token, element) : queue.try_enqueue(token, element))) {
                if constexpr (Pause) relax();
            }
        }

        std::size_t push(const Element *first, std::size_t count) {
            const bool took = Grows ? queue.enqueue_bulk(token, first, count)
                                    : queue.try_enqueue_bulk(token, first, count);
            return took ? count : 0;
        }
    };

    struct Receiver {
        Queue &queue;
        moodycamel::ConsumerToken &token;

        void pop(Element &element) {
            while (!queue.try_dequeue(token, element)) {
                if constexpr (Pause) relax();
            }
        }

        std::size_t pop(Element *first, std::size_t count) {
            return queue.try_dequeue_bulk(token, first, count);
        }
    };

    Queue queue;
    std::vector<moodycamel::ProducerToken> producers;
    std::vector<moodycamel::ConsumerToken> consumers;

    explicit ConcurrentRing(const peer_ring_shape &shape) : queue(shape.capacity, shape.producers, 0) {
        producers.reserve(shape.producers);
        consumers.reserve(shape.consumers);
        for (std::uint32_t i = 0; i < shape.producers; ++i) producers.emplace_back(queue);
        for (std::uint32_t i = 0; i < shape.consumers; ++i) consumers.emplace_back(queue);
    }

    Sender sender(std::size_t member) { return {queue, producers[member]}; }
    Receiver receiver(std::size_t member) { return {queue, consumers[member]}; }
};

template <class Element>
using Concurrent = ConcurrentRing<Element, false, false>;
template <class Element>
using PausingConcurrent = ConcurrentRing<Element, true, false>;
template <class Element>
using GrowingConcurrent = ConcurrentRing<Element, false, true>;
template <class Element>
using PausingGrowingConcurrent = ConcurrentRing<Element, true, true>;

constexpr const char *package = "libconcurrentqueue-dev";
constexpr const char *in_blocks = "at least what was asked for, in blocks of 32";
// A producer keeps the blocks that it has had: where the queue may not grow, the first of several
// takes them all and the others wait for ever.
constexpr const char *unbounded = "none: it grows where it is full";

constexpr Entry concurrent[] = {
    {{"Concurrent", package, "ConcurrentQueue with producer and consumer tokens, try_enqueue, no pause", in_blocks,
      true, in_order, spsc},
     create_for_payload<Concurrent>},
    {{"Concurrent-pause", package,
      "ConcurrentQueue with producer and consumer tokens, try_enqueue, pauses between looks", in_blocks, true, in_order, spsc},
     create_for_payload<PausingConcurrent>},
    {{"Concurrent", package, "ConcurrentQueue with producer and consumer tokens, enqueue, no pause", unbounded, true, in_order,
      many},
     create_for_payload<GrowingConcurrent>},
    {{"Concurrent-pause", package,
      "ConcurrentQueue with producer and consumer tokens, enqueue, pauses between looks", unbounded, true, in_order, many},
     create_for_payload<PausingGrowingConcurrent>},
};

}  // namespace

std::span<const Entry> concurrent_entries() { return concurrent; }

}  // namespace peer_rings

#else

std::span<const peer_rings::Entry> peer_rings::concurrent_entries() { return {}; }

#endif
