// The loops that every peer runs: templates over an adaptor, so that the ring inlines into them.
#pragma once

#include "peer_rings.h"

#include <atomic>
#include <cstdint>
#include <new>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace peer_rings {

inline void relax() noexcept {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield" ::: "memory");
#endif
}

inline std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
    return __rdtsc();
#elif defined(__aarch64__)
    std::uint64_t value;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value)::"memory");
    return value;
#else
    return 0;
#endif
}

/// One configuration: what the C interface lists, and how it is made.
struct Entry {
    peer_ring_description description;
    peer_ring_pair *(*create)(std::uint64_t capacity);
};

}  // namespace peer_rings

struct peer_ring_pair {
    virtual ~peer_ring_pair() = default;
    virtual std::uint64_t uncontended(std::uint64_t count) = 0;
    virtual std::uint64_t initiate(std::uint64_t count) = 0;
    virtual std::uint64_t initiate_stamped(std::uint64_t count, std::uint64_t *out) = 0;
    virtual std::uint64_t respond(std::uint64_t count) = 0;
    virtual void produce(std::uint64_t count) = 0;
    virtual std::uint64_t consume(std::uint64_t count) = 0;
    virtual void produce_batches(std::uint64_t count) = 0;
    virtual std::uint64_t consume_batches(std::uint64_t count) = 0;
};

namespace peer_rings {

/// `Ring` offers `push(value)` and `pop()`, which wait as is best for it, and, where `batches`,
/// `push(first, count)` and `pop(first, count)`, which return how many they moved.
template <class Ring>
struct Pair final : peer_ring_pair {
    Ring there;
    Ring back;

    explicit Pair(std::uint64_t capacity) : there(capacity), back(capacity) {}

    std::uint64_t uncontended(std::uint64_t count) override {
        std::uint64_t wrong = 0;
        for (std::uint64_t value = 1; value <= count; ++value) {
            there.push(value);
            wrong |= there.pop() ^ value;
        }
        return wrong;
    }

    std::uint64_t initiate(std::uint64_t count) override {
        std::uint64_t wrong = 0;
        for (std::uint64_t value = 1; value <= count; ++value) {
            there.push(value);
            wrong |= back.pop() ^ value;
        }
        return wrong;
    }

    std::uint64_t initiate_stamped(std::uint64_t count, std::uint64_t *out) override {
        std::uint64_t wrong = 0;
        std::uint64_t before = ticks();
        for (std::uint64_t value = 1; value <= count; ++value) {
            there.push(value);
            wrong |= back.pop() ^ value;
            const std::uint64_t now = ticks();
            out[value - 1] = now - before;
            before = now;
        }
        return wrong;
    }

    std::uint64_t respond(std::uint64_t count) override {
        std::uint64_t wrong = 0;
        for (std::uint64_t expected = 1; expected <= count; ++expected) {
            const std::uint64_t value = there.pop();
            back.push(value);
            wrong |= value ^ expected;
        }
        return wrong;
    }

    void produce(std::uint64_t count) override {
        for (std::uint64_t value = 1; value <= count; ++value) there.push(value);
        if constexpr (requires { there.flush(); }) there.flush();
    }

    std::uint64_t consume(std::uint64_t count) override {
        std::uint64_t wrong = 0;
        for (std::uint64_t expected = 1; expected <= count; ++expected) {
            wrong |= there.pop() ^ expected;
        }
        return wrong;
    }

    void produce_batches(std::uint64_t count) override {
        if constexpr (Ring::batches) {
            std::uint64_t buffer[PEER_RING_BATCH];
            std::uint64_t next = 1;
            while (next <= count) {
                const std::uint64_t left = count - next + 1;
                const std::size_t size = left < PEER_RING_BATCH ? left : PEER_RING_BATCH;
                for (std::size_t i = 0; i < size; ++i) buffer[i] = next + i;
                std::size_t done = there.push(buffer, size);
                while (done < size) {
                    relax();
                    done += there.push(buffer + done, size - done);
                }
                next += size;
            }
        }
    }

    std::uint64_t consume_batches(std::uint64_t count) override {
        std::uint64_t wrong = 0;
        if constexpr (Ring::batches) {
            std::uint64_t buffer[PEER_RING_BATCH];
            std::uint64_t next = 1;
            while (next <= count) {
                const std::size_t size = there.pop(buffer, PEER_RING_BATCH);
                if (size == 0) {
                    relax();
                    continue;
                }
                for (std::size_t i = 0; i < size; ++i) wrong |= buffer[i] ^ (next + i);
                next += size;
            }
        }
        return wrong;
    }
};

template <class Ring>
peer_ring_pair *create(std::uint64_t capacity) {
    return new (std::nothrow) Pair<Ring>(capacity);
}

}  // namespace peer_rings
