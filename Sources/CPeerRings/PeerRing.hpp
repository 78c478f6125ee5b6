// The loops that every peer runs: templates over an adaptor, so that the ring inlines into them.
#pragma once

#include "PeerRingElement.hpp"
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
    peer_ring_pair *(*create)(const peer_ring_shape &shape);
};

/// A ring whose operations every thread calls on the ring itself.
template <class Self, class ElementOfRing>
struct SharedRing {
    using Element = ElementOfRing;
    static constexpr bool batches = false;

    Self &sender(std::size_t) noexcept { return static_cast<Self &>(*this); }
    Self &receiver(std::size_t) noexcept { return static_cast<Self &>(*this); }
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
    virtual void produce_share(std::uint32_t member, std::uint64_t count) = 0;
    virtual std::uint64_t consume_share(
        std::uint32_t member, std::uint64_t count, std::uint64_t &sum) = 0;
};

namespace peer_rings {

/// `Ring` is made from a shape and gives each thread its end, `sender(member)` or `receiver(member)`:
/// with `push(element)` and `pop(element)`, which wait as is best for it, and, where `batches`,
/// `push(first, count)` and `pop(first, count)`, which return how many they moved.
template <class Ring>
struct Pair final : peer_ring_pair {
    using Element = typename Ring::Element;
    Ring there;
    Ring back;
    const std::size_t batch;

    explicit Pair(const peer_ring_shape &shape) : there(shape), back(shape), batch(shape.batch) {}

    std::uint64_t uncontended(std::uint64_t count) override {
        auto &&out = there.sender(0);
        auto &&in = there.receiver(0);
        Element element{};
        std::uint64_t wrong = 0;
        for (std::uint64_t value = 1; value <= count; ++value) {
            write(element, value);
            out.push(element);
            in.pop(element);
            wrong |= difference(element, value);
        }
        return wrong;
    }

    std::uint64_t initiate(std::uint64_t count) override {
        auto &&out = there.sender(0);
        auto &&in = back.receiver(0);
        Element element{};
        std::uint64_t wrong = 0;
        for (std::uint64_t value = 1; value <= count; ++value) {
            write(element, value);
            out.push(element);
            in.pop(element);
            wrong |= difference(element, value);
        }
        return wrong;
    }

    std::uint64_t initiate_stamped(std::uint64_t count, std::uint64_t *stamps) override {
        auto &&out = there.sender(0);
        auto &&in = back.receiver(0);
        Element element{};
        std::uint64_t wrong = 0;
        std::uint64_t before = ticks();
        for (std::uint64_t value = 1; value <= count; ++value) {
            write(element, value);
            out.push(element);
            in.pop(element);
            wrong |= difference(element, value);
            const std::uint64_t now = ticks();
            stamps[value - 1] = now - before;
            before = now;
        }
        return wrong;
    }

    std::uint64_t respond(std::uint64_t count) override {
        auto &&out = back.sender(0);
        auto &&in = there.receiver(0);
        Element element{};
        std::uint64_t wrong = 0;
        for (std::uint64_t expected = 1; expected <= count; ++expected) {
            in.pop(element);
            out.push(element);
            wrong |= difference(element, expected);
        }
        return wrong;
    }

    void produce(std::uint64_t count) override {
        auto &&out = there.sender(0);
        Element element{};
        for (std::uint64_t value = 1; value <= count; ++value) {
            write(element, value);
            out.push(element);
        }
    }

    std::uint64_t consume(std::uint64_t count) override {
        auto &&in = there.receiver(0);
        Element element{};
        std::uint64_t wrong = 0;
        for (std::uint64_t expected = 1; expected <= count; ++expected) {
            in.pop(element);
            wrong |= difference(element, expected);
        }
        return wrong;
    }

    void produce_batches(std::uint64_t count) override {
        if constexpr (takes_batches) {
            auto &&out = there.sender(0);
            const std::size_t most = batch;
            std::uint64_t buffer[PEER_RING_MOST_BATCH];
            std::uint64_t next = 1;
            while (next <= count) {
                const std::uint64_t left = count - next + 1;
                const std::size_t size = left < most ? left : most;
                for (std::size_t i = 0; i < size; ++i) buffer[i] = next + i;
                std::size_t done = out.push(buffer, size);
                while (done < size) {
                    relax();
                    done += out.push(buffer + done, size - done);
                }
                next += size;
            }
        }
    }

    std::uint64_t consume_batches(std::uint64_t count) override {
        std::uint64_t wrong = 0;
        if constexpr (takes_batches) {
            auto &&in = there.receiver(0);
            const std::size_t most = batch;
            std::uint64_t buffer[PEER_RING_MOST_BATCH];
            std::uint64_t next = 1;
            while (next <= count) {
                const std::size_t size = in.pop(buffer, most);
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

    void produce_share(std::uint32_t member, std::uint64_t count) override {
        auto &&out = there.sender(member);
        const std::uint64_t mark = std::uint64_t{member} << member_shift;
        Element element{};
        for (std::uint64_t number = 1; number <= count; ++number) {
            write(element, mark | number);
            out.push(element);
        }
    }

    std::uint64_t consume_share(
        std::uint32_t member, std::uint64_t count, std::uint64_t &sum) override {
        auto &&in = there.receiver(member);
        std::uint64_t last[PEER_RING_MOST_MEMBERS] = {};
        std::uint64_t wrong = 0;
        std::uint64_t total = 0;
        Element element{};
        for (std::uint64_t left = count; left > 0; --left) {
            in.pop(element);
            const std::uint64_t found = value(element);
            const std::uint64_t number = found & ((std::uint64_t{1} << member_shift) - 1);
            std::uint64_t &before = last[(found >> member_shift) % PEER_RING_MOST_MEMBERS];
            wrong += number <= before;
            before = number;
            total += found;
        }
        sum += total;
        return wrong;
    }

private:
    static constexpr bool takes_batches = Ring::batches && sizeof(Element) == 8;
    static constexpr unsigned member_shift = 48;
};

template <class Ring>
peer_ring_pair *create(const peer_ring_shape &shape) {
    return new (std::nothrow) Pair<Ring>(shape);
}

/// A pair of rings of elements as large as the shape asks for.
template <template <class> class Ring>
peer_ring_pair *create_for_payload(const peer_ring_shape &shape) {
    switch (shape.payload) {
    case 8: return create<Ring<std::uint64_t>>(shape);
    case 64: return create<Ring<Message<64>>>(shape);
    case 256: return create<Ring<Message<256>>>(shape);
    case 4096: return create<Ring<Message<4096>>>(shape);
    default: return nullptr;
    }
}

}  // namespace peer_rings
