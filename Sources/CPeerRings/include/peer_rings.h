#ifndef NILOMETER_PEER_RINGS_H
#define NILOMETER_PEER_RINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The kinds of channel that a ring is a peer of, as bits.

/// One producer, one consumer.
#define PEER_RING_SPSC 1u
/// Several producers, one consumer.
#define PEER_RING_MPSC 2u
/// Several producers, several consumers.
#define PEER_RING_MPMC 4u

/// One ring in one configuration, as found on this system when the library was built.
typedef struct peer_ring_description {
    /// Short name, unique among the rings of a kind: the library, and the setting where one is here
    /// twice.
    const char *name;
    /// The Debian package that carries it, and the library's version where it is told.
    const char *library;
    /// How it is configured, and what a full or an empty ring does.
    const char *options;
    /// How many elements fit compared with what was asked for, in words.
    const char *capacity;
    /// Whether the library has batch operations of its own.
    bool has_batches;
    /// Whether the messages of a producer reach each consumer in the order in which they were sent, however
    /// many threads there are on either side.
    bool keeps_order;
    /// The kinds of channel that it stands beside.
    uint32_t kinds;
} peer_ring_description;

/// What a pair of rings is made for.
typedef struct peer_ring_shape {
    /// Elements that each of the two rings holds.
    uint64_t capacity;
    /// Bytes of an element: 8, 64, 256 or 4096.
    uint32_t payload;
    /// The kind of channel, one bit.
    uint32_t kind;
    /// Threads that send, at most PEER_RING_MOST_MEMBERS.
    uint32_t producers;
    /// Threads that receive, at most PEER_RING_MOST_MEMBERS.
    uint32_t consumers;
    /// Elements of a batch, at most PEER_RING_MOST_BATCH.
    uint32_t batch;
} peer_ring_shape;

/// The most threads on one side.
#define PEER_RING_MOST_MEMBERS 64

/// The most elements of one batch.
#define PEER_RING_MOST_BATCH 1024

/// Two rings of one kind: `there` carries from the initiator (or the producers) to the responder (or
/// the consumers), `back` the answers of a ping-pong.
typedef struct peer_ring_pair peer_ring_pair;

/// Raised when anything in this file changes: a library that is loaded at run time must agree.
#define PEER_RING_INTERFACE_VERSION 2u

/// The bodies of the benchmark, as one library of rings offers them.
///
/// The values are 1, 2, … count, and each function that receives returns how received values differed
/// from the expected ones: 0 says that order and content were right. Elements larger than eight bytes
/// carry the value in their first and in their last word. A pair is empty before and after a matching
/// set of calls.
typedef struct peer_ring_interface {
    /// PEER_RING_INTERFACE_VERSION of the library.
    uint32_t version;
    /// How the library was compiled: the compiler, and what of its settings matters for speed. Lives for
    /// ever.
    const char *build;
    /// Number of configurations; 0 where no library's sources were found.
    size_t (*count)(void);
    /// Description of configuration `index` (below `count`, else null). Lives for ever.
    const peer_ring_description *(*describe)(size_t index);
    /// Makes the pair; null when `index` is out of range, when the configuration does not exist in
    /// that shape (some take the capacity at compile time), or without memory.
    peer_ring_pair *(*create)(size_t index, const peer_ring_shape *shape);
    /// Frees the pair. No thread may be inside it. Null is allowed.
    void (*destroy)(peer_ring_pair *pair);
    /// One thread sends and receives each element in turn.
    uint64_t (*uncontended)(peer_ring_pair *pair, uint64_t count);
    /// Sends to `there` and waits for the echo on `back`, `count` times.
    uint64_t (*initiate)(peer_ring_pair *pair, uint64_t count);
    /// As `initiate`, and writes the ticks of each round trip (unordered reads of the tick counter:
    /// see nilometer_clock.h) into `ticks`, which has room for `count`.
    uint64_t (*initiate_stamped)(peer_ring_pair *pair, uint64_t count, uint64_t *ticks);
    /// Echoes `count` elements from `there` to `back`.
    uint64_t (*respond)(peer_ring_pair *pair, uint64_t count);
    /// Sends `count` elements to `there`, one by one.
    void (*produce)(peer_ring_pair *pair, uint64_t count);
    /// Receives `count` elements from `there`, one by one.
    uint64_t (*consume)(peer_ring_pair *pair, uint64_t count);
    /// Sends `count` elements to `there` in batches (the last may be shorter).
    /// Only where `has_batches`.
    void (*produce_batches)(peer_ring_pair *pair, uint64_t count);
    /// Receives `count` elements from `there` in batches or what there is of one.
    /// Only where `has_batches`.
    uint64_t (*consume_batches)(peer_ring_pair *pair, uint64_t count);
    /// Sends `count` elements to `there` as producer number `member`: values with the member in the
    /// upper 16 bits, counted from 1 in the others.
    void (*produce_share)(peer_ring_pair *pair, uint32_t member, uint64_t count);
    /// Receives `count` elements from `there` as consumer number `member`: how often those of one
    /// producer did not rise. Adds the values, wrapping, to `sum`.
    uint64_t (*consume_share)(peer_ring_pair *pair, uint32_t member, uint64_t count, uint64_t *sum);
} peer_ring_interface;

/// The C++ rings that this build found. Lives for ever.
const peer_ring_interface *peer_rings_of_cxx(void);

#ifdef __cplusplus
}
#endif

#endif
