// Cameron Desrochers's readerwriterqueue and concurrentqueue.
#include "PeerRingTables.hpp"

#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
#include <readerwriterqueue/readerwriterqueue.h>

namespace peer_rings {
namespace {

template <std::size_t Block, bool Pause>
struct ReaderWriterRing {
    static constexpr bool batches = false;
    moodycamel::ReaderWriterQueue<std::uint64_t, Block> queue;

    explicit ReaderWriterRing(std::uint64_t capacity) : queue(capacity) {}

    void push(std::uint64_t value) {
        while (!queue.try_enqueue(value)) {
            if constexpr (Pause) relax();
        }
    }

    std::uint64_t pop() {
        std::uint64_t value;
        while (!queue.try_dequeue(value)) {
            if constexpr (Pause) relax();
        }
        return value;
    }
};

constexpr Entry reader_writer[] = {
    {{"ReaderWriter", "libreaderwriterqueue-dev", "ReaderWriterQueue, blocks of 512, no pause",
      "at least what was asked for, in blocks", false},
     create<ReaderWriterRing<512, false>>},
    {{"ReaderWriter-pause", "libreaderwriterqueue-dev",
      "ReaderWriterQueue, blocks of 512, pauses between looks",
      "at least what was asked for, in blocks", false},
     create<ReaderWriterRing<512, true>>},
};

}  // namespace

std::span<const Entry> reader_writer_entries() { return reader_writer; }

}  // namespace peer_rings

#else

std::span<const peer_rings::Entry> peer_rings::reader_writer_entries() { return {}; }

#endif

#if __has_include(<concurrentqueue/concurrentqueue.h>)
#include <concurrentqueue/concurrentqueue.h>

namespace peer_rings {
namespace {

template <bool Pause>
struct ConcurrentRing {
    static constexpr bool batches = true;
    moodycamel::ConcurrentQueue<std::uint64_t> queue;
    moodycamel::ProducerToken producer;
    moodycamel::ConsumerToken consumer;

    explicit ConcurrentRing(std::uint64_t capacity) : queue(capacity, 1, 0), producer(queue), consumer(queue) {}

    void push(std::uint64_t value) {
        while (!queue.try_enqueue(producer, value)) {
            if constexpr (Pause) relax();
        }
    }

    std::uint64_t pop() {
        std::uint64_t value;
        while (!queue.try_dequeue(consumer, value)) {
            if constexpr (Pause) relax();
        }
        return value;
    }

    std::size_t push(const std::uint64_t *first, std::size_t count) {
        return queue.try_enqueue_bulk(producer, first, count) ? count : 0;
    }
    std::size_t pop(std::uint64_t *first, std::size_t count) {
        return queue.try_dequeue_bulk(consumer, first, count);
    }
};

constexpr Entry concurrent[] = {
    {{"Concurrent", "libconcurrentqueue-dev", "ConcurrentQueue with producer and consumer tokens, no pause",
      "at least what was asked for, in blocks of 32", true},
     create<ConcurrentRing<false>>},
    {{"Concurrent-pause", "libconcurrentqueue-dev",
      "ConcurrentQueue with producer and consumer tokens, pauses between looks",
      "at least what was asked for, in blocks of 32", true},
     create<ConcurrentRing<true>>},
};

}  // namespace

std::span<const Entry> concurrent_entries() { return concurrent; }

}  // namespace peer_rings

#else

std::span<const peer_rings::Entry> peer_rings::concurrent_entries() { return {}; }

#endif
