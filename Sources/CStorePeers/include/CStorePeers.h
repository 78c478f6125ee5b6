#ifndef CSTOREPEERS_H
#define CSTOREPEERS_H

#include <stddef.h>

// Key-value stores of others, loaded at run time: a machine without them lacks a contender and
// nothing else. Functions that can fail write one line into `error`, of `size` bytes.

/// A store of somebody else that is open.
typedef struct nilometer_store nilometer_store;

/// Opens RocksDB at `path`; a put is durable when it returns if `is_durable`. With `is_recycling` its
/// logs overwrite older ones, of which some are made first, rather than grow. NULL on failure, with
/// `*is_absent` set when it is the library that is missing.
nilometer_store *_Nullable nilometer_rocksdb_open(
    const char *_Nonnull path, int is_durable, int is_recycling, int *_Nonnull is_absent,
    char *_Nonnull error, size_t size);

/// Opens SQLite at `path`: write-ahead log, and synchronous=FULL if `is_durable`, otherwise OFF. Each
/// of `threads` threads has a connection of its own, or with `is_shared` all of them have one behind a
/// lock. NULL on failure, with `*is_absent` set when it is the library that is missing.
nilometer_store *_Nullable nilometer_sqlite_open(
    const char *_Nonnull path, int is_durable, int threads, int is_shared, int *_Nonnull is_absent,
    char *_Nonnull error, size_t size);

/// Puts a value as the thread `thread`; 0, or -1 with the error.
int nilometer_store_put(
    nilometer_store *_Nonnull store, int thread, const void *_Nullable key, size_t key_size,
    const void *_Nullable value, size_t value_size, char *_Nonnull error, size_t size);

/// Copies the value of a key to `buffer`, as far as that goes, as the thread `thread`: its bytes, -1
/// when there is none, -2 with the error.
long nilometer_store_get(
    nilometer_store *_Nonnull store, int thread, const void *_Nullable key, size_t key_size,
    void *_Nonnull buffer, size_t capacity, char *_Nonnull error, size_t size);

/// The version of the library, which lives as long as the process.
const char *_Nonnull nilometer_store_version(nilometer_store *_Nonnull store);

/// Closes the store.
void nilometer_store_close(nilometer_store *_Nonnull store);

#endif
