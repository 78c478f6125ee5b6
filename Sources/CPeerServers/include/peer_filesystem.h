#ifndef PEER_FILESYSTEM_H
#define PEER_FILESYSTEM_H

/// Writes out all that the filesystem of `directory`, an open descriptor, has yet to write, and waits
/// for it (`syncfs`, which Swift does not import). Returns an error number, 0 where all went well.
int peer_filesystem_settle(int directory);

#endif
