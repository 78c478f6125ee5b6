#ifndef NILOMETER_SHARED_MEMORY_H
#define NILOMETER_SHARED_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/// An anonymous file of `bytes` zeroes for several processes to map (memfd_create). It is sealed
/// against shrinking and growing, so that nobody can take a page away from under a reader. Closed
/// on exec. Returns a descriptor, or minus an error number.
int nilometer_shared_file(const char *name, size_t bytes);

/// Another descriptor of the same file, which can only read. Closed on exec. Returns it, or minus an
/// error number (where /proc is not mounted, ENOENT).
int nilometer_shared_file_read_only(int file);

/// The size of the file `descriptor` in bytes, or minus an error number.
int64_t nilometer_shared_file_size(int descriptor);

/// Maps the first `header` bytes of `file`, and behind them its following `body` bytes twice, one
/// after the other: what wraps round in the body lies in one piece. Both are multiples of the
/// page's size. Returns the address, or NULL with `errno` set.
void *nilometer_map_ring(int file, size_t header, size_t body, int writable);

/// Undoes `nilometer_map_ring`.
void nilometer_unmap_ring(void *address, size_t header, size_t body);

/// Sleeps while `*word == expected`, at most `nanoseconds`, until a wake on the same word by any
/// process that maps it. Returns 0 when woken, otherwise `errno` (ETIMEDOUT, EAGAIN, EINTR).
int nilometer_shared_futex_wait(const uint32_t *word, uint32_t expected, int64_t nanoseconds);

/// Wakes at most `count` threads of all processes that sleep on `word`. Returns how many were woken,
/// or -1.
int nilometer_shared_futex_wake(const uint32_t *word, int count);

#endif
