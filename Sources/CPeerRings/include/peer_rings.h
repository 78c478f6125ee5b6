#ifndef NILOMETER_PEER_RINGS_H
#define NILOMETER_PEER_RINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One C++ ring in one configuration, as found on this system when the package was built.
typedef struct peer_ring_description {
    /// Unique short name: the library, and the setting where one is here twice.
    const char *name;
    /// The Debian package that carries it, and the library's version where its headers tell.
    const char *library;
    /// How it is configured, and what a full or an empty ring does.
    const char *options;
    /// How many elements fit compared with what was asked for, in words.
    const char *capacity;
    /// Whether the library has batch operations of its own.
    bool has_batches;
} peer_ring_description;

/// Two rings of one kind with 64-bit elements: `there` carries from the initiator (or the producer)
/// to the responder (or the consumer), `back` the answers of a ping-pong.
typedef struct peer_ring_pair peer_ring_pair;

/// Number of configurations; 0 where no library's headers were found.
size_t peer_ring_count(void);

/// Description of configuration `index` (below `peer_ring_count()`, else null). Lives for ever.
const peer_ring_description *peer_ring_describe(size_t index);

/// Makes the pair; null when `index` is out of range, when the configuration does not exist in that
/// capacity (some take it at compile time: powers of two from 8 to 65536), or without memory.
peer_ring_pair *peer_ring_pair_create(size_t index, uint64_t capacity);

/// Frees the pair. No thread may be inside it. Null is allowed.
void peer_ring_pair_destroy(peer_ring_pair *pair);

// Bodies of the benchmark. Each sends or expects 1, 2, … count, and each function that receives
// returns how often a received value differed from the expected one: 0 says that the order and the
// content were right. A pair is empty before and after a matching set of calls.

/// One thread sends and receives each element in turn.
uint64_t peer_ring_uncontended(peer_ring_pair *pair, uint64_t count);

/// Sends to `there` and waits for the echo on `back`, `count` times.
uint64_t peer_ring_initiate(peer_ring_pair *pair, uint64_t count);

/// As `peer_ring_initiate`, and writes the ticks of each round trip (unordered reads of the tick
/// counter: see nilometer_clock.h) into `ticks`, which has room for `count`.
uint64_t peer_ring_initiate_stamped(peer_ring_pair *pair, uint64_t count, uint64_t *ticks);

/// Echoes `count` elements from `there` to `back`.
uint64_t peer_ring_respond(peer_ring_pair *pair, uint64_t count);

/// Sends `count` elements to `there`, one by one.
void peer_ring_produce(peer_ring_pair *pair, uint64_t count);

/// Receives `count` elements from `there`, one by one.
uint64_t peer_ring_consume(peer_ring_pair *pair, uint64_t count);

/// Elements of one batch.
#define PEER_RING_BATCH 256

/// Sends `count` elements to `there` in batches of `PEER_RING_BATCH` (the last may be shorter).
/// Only where `has_batches`.
void peer_ring_produce_batches(peer_ring_pair *pair, uint64_t count);

/// Receives `count` elements from `there` in batches of up to `PEER_RING_BATCH`.
/// Only where `has_batches`.
uint64_t peer_ring_consume_batches(peer_ring_pair *pair, uint64_t count);

#ifdef __cplusplus
}
#endif

#endif
