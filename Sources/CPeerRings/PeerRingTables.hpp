// The configurations of each library: empty where its headers are absent.
#pragma once

#include "PeerRing.hpp"

#include <span>

namespace peer_rings {

std::span<const Entry> atomic_queue_entries();
std::span<const Entry> boost_entries();
std::span<const Entry> reader_writer_entries();
std::span<const Entry> concurrent_entries();

}  // namespace peer_rings
