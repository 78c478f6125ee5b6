#ifndef PEER_FILESYSTEM_H
#define PEER_FILESYSTEM_H

#include <stddef.h>

/// Writes out all that the filesystem of `directory`, an open descriptor, has yet to write, and waits
/// for it (`syncfs`, which Swift does not import). Returns an error number, 0 where all went well.
int peer_filesystem_settle(int directory);

/// Counts the pages of the first `size` bytes of `file`, an open descriptor of a regular file, that the
/// kernel holds in memory (`mincore` over a mapping that nobody touches), and all of them. Returns an
/// error number, 0 where all went well.
int peer_filesystem_resident(int file, size_t size, size_t *resident, size_t *pages);

#endif
