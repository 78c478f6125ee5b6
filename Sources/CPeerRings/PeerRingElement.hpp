// What travels through the rings: a word, or a message that carries the word at both of its ends.
#pragma once

#include <cstddef>
#include <cstdint>

namespace peer_rings {

template <std::size_t Bytes>
struct Message {
    std::uint64_t words[Bytes / 8];
};

inline void write(std::uint64_t &element, std::uint64_t value) noexcept { element = value; }

inline std::uint64_t value(const std::uint64_t &element) noexcept { return element; }

inline std::uint64_t difference(const std::uint64_t &element, std::uint64_t expected) noexcept {
    return element ^ expected;
}

template <std::size_t Bytes>
void write(Message<Bytes> &element, std::uint64_t value) noexcept {
    element.words[0] = value;
    element.words[Bytes / 8 - 1] = value;
    // All of the message is to be carried: the words between may have changed, too.
    __asm__ volatile("" : : "r"(&element) : "memory");
}

template <std::size_t Bytes>
std::uint64_t value(const Message<Bytes> &element) noexcept {
    return element.words[0];
}

template <std::size_t Bytes>
std::uint64_t difference(const Message<Bytes> &element, std::uint64_t expected) noexcept {
    // And all of it is read.
    __asm__ volatile("" : : "r"(&element) : "memory");
    return (element.words[0] ^ expected) | (element.words[Bytes / 8 - 1] ^ expected);
}

}  // namespace peer_rings
