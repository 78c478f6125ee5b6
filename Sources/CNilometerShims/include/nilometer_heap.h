#ifndef NILOMETER_HEAP_H
#define NILOMETER_HEAP_H

#include <stdint.h>

/// Bytes that the C library's allocator has given out and not had back, in all of its arenas as far
/// as it counts them (mallinfo2). 0 where the library does not tell.
uint64_t nilometer_heap_bytes(void);

#endif
