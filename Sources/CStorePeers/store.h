#ifndef NILOMETER_STORE_H
#define NILOMETER_STORE_H

#include "CStorePeers.h"

/// What every kind of store can do.
typedef struct {
    int (*put)(
        nilometer_store *, int thread, const void *key, size_t key_size, const void *value,
        size_t value_size, char *error, size_t size);
    long (*get)(
        nilometer_store *, int thread, const void *key, size_t key_size, void *buffer,
        size_t capacity, char *error, size_t size);
    void (*close)(nilometer_store *);
} nilometer_store_kind;

/// The beginning of every kind of store.
struct nilometer_store {
    const nilometer_store_kind *kind;
    char version[32];
};

/// A function to look up in a library, and where its address goes.
typedef struct {
    const char *name;
    void **address;
} nilometer_symbol;

/// Loads the first of `names` (ended by NULL) that can be loaded, for good, and looks all of `symbols`
/// (ended by a NULL name) up. 0, or -1 with the error.
int nilometer_load(
    const char *const *names, const nilometer_symbol *symbols, char *error, size_t size);

/// Writes the file name of the library that `function` is of, links resolved, into `name`.
void nilometer_library_name(const void *function, char *name, size_t size);

#endif
