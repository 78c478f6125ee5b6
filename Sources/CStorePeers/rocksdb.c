#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The functions of RocksDB's C interface (rocksdb/c.h) that are used here. The interface only grows,
// so that they are the same in every release that Debian has.
typedef struct rocksdb_t rocksdb_t;
typedef struct rocksdb_options_t rocksdb_options_t;
typedef struct rocksdb_readoptions_t rocksdb_readoptions_t;
typedef struct rocksdb_writeoptions_t rocksdb_writeoptions_t;
typedef struct rocksdb_flushoptions_t rocksdb_flushoptions_t;
typedef struct rocksdb_pinnableslice_t rocksdb_pinnableslice_t;

static struct {
    rocksdb_options_t *(*options_create)(void);
    void (*options_destroy)(rocksdb_options_t *);
    void (*set_create_if_missing)(rocksdb_options_t *, unsigned char);
    rocksdb_t *(*open)(const rocksdb_options_t *, const char *, char **);
    void (*close)(rocksdb_t *);
    rocksdb_writeoptions_t *(*writeoptions_create)(void);
    void (*writeoptions_destroy)(rocksdb_writeoptions_t *);
    void (*writeoptions_set_sync)(rocksdb_writeoptions_t *, unsigned char);
    rocksdb_readoptions_t *(*readoptions_create)(void);
    void (*readoptions_destroy)(rocksdb_readoptions_t *);
    void (*put)(
        rocksdb_t *, const rocksdb_writeoptions_t *, const char *, size_t, const char *, size_t,
        char **);
    // Without the copy that rocksdb_get makes.
    rocksdb_pinnableslice_t *(*get)(
        rocksdb_t *, const rocksdb_readoptions_t *, const char *, size_t, char **);
    const char *(*value)(const rocksdb_pinnableslice_t *, size_t *);
    void (*unpin)(rocksdb_pinnableslice_t *);
    void (*set_recycled_logs)(rocksdb_options_t *, size_t);
    void (*set_write_buffer_size)(rocksdb_options_t *, size_t);
    rocksdb_flushoptions_t *(*flushoptions_create)(void);
    void (*flushoptions_destroy)(rocksdb_flushoptions_t *);
    void (*flush)(rocksdb_t *, const rocksdb_flushoptions_t *, char **);
    void (*free)(void *);
} library;

static const char *const names[] = {"librocksdb.so", NULL};

static const nilometer_symbol symbols[] = {
    {"rocksdb_options_create", (void **)&library.options_create},
    {"rocksdb_options_destroy", (void **)&library.options_destroy},
    {"rocksdb_options_set_create_if_missing", (void **)&library.set_create_if_missing},
    {"rocksdb_open", (void **)&library.open},
    {"rocksdb_close", (void **)&library.close},
    {"rocksdb_writeoptions_create", (void **)&library.writeoptions_create},
    {"rocksdb_writeoptions_destroy", (void **)&library.writeoptions_destroy},
    {"rocksdb_writeoptions_set_sync", (void **)&library.writeoptions_set_sync},
    {"rocksdb_readoptions_create", (void **)&library.readoptions_create},
    {"rocksdb_readoptions_destroy", (void **)&library.readoptions_destroy},
    {"rocksdb_put", (void **)&library.put},
    {"rocksdb_get_pinned", (void **)&library.get},
    {"rocksdb_pinnableslice_value", (void **)&library.value},
    {"rocksdb_pinnableslice_destroy", (void **)&library.unpin},
    {"rocksdb_options_set_recycle_log_file_num", (void **)&library.set_recycled_logs},
    {"rocksdb_options_set_write_buffer_size", (void **)&library.set_write_buffer_size},
    {"rocksdb_flushoptions_create", (void **)&library.flushoptions_create},
    {"rocksdb_flushoptions_destroy", (void **)&library.flushoptions_destroy},
    {"rocksdb_flush", (void **)&library.flush},
    {"rocksdb_free", (void **)&library.free},
    {NULL, NULL},
};

typedef struct {
    nilometer_store base;
    rocksdb_t *database;
    rocksdb_options_t *options;
    rocksdb_writeoptions_t *writing;
    rocksdb_readoptions_t *reading;
} rocksdb_store;

/// Takes what the library says went wrong over into `error`.
static int failed(char *reason, char *error, size_t size) {
    if (!reason) { return 0; }
    snprintf(error, size, "%s", reason);
    library.free(reason);
    return 1;
}

static int rocksdb_store_put(
    nilometer_store *store, int thread, const void *key, size_t key_size, const void *value,
    size_t value_size, char *error, size_t size) {
    (void)thread;
    rocksdb_store *self = (rocksdb_store *)store;
    char *reason = NULL;
    library.put(self->database, self->writing, key, key_size, value, value_size, &reason);
    return failed(reason, error, size) ? -1 : 0;
}

static long rocksdb_store_get(
    nilometer_store *store, int thread, const void *key, size_t key_size, void *buffer,
    size_t capacity, char *error, size_t size) {
    (void)thread;
    rocksdb_store *self = (rocksdb_store *)store;
    char *reason = NULL;
    size_t count = 0;
    rocksdb_pinnableslice_t *slice =
        library.get(self->database, self->reading, key, key_size, &reason);
    if (failed(reason, error, size)) { return -2; }
    if (!slice) { return -1; }
    const char *value = library.value(slice, &count);
    memcpy(buffer, value, count < capacity ? count : capacity);
    library.unpin(slice);
    return (long)count;
}

static void rocksdb_store_close(nilometer_store *store) {
    rocksdb_store *self = (rocksdb_store *)store;
    if (self->database) { library.close(self->database); }
    library.readoptions_destroy(self->reading);
    library.writeoptions_destroy(self->writing);
    library.options_destroy(self->options);
    free(self);
}

static const nilometer_store_kind kind = {
    rocksdb_store_put, rocksdb_store_get, rocksdb_store_close};

enum { RECYCLED_LOGS = 4, RECYCLED_LOG_SIZE = 8 << 20 };

/// Makes the logs that later ones overwrite: a log is there to be used again once what it holds is in
/// a table. 0, or -1 with the error.
static int make_logs(rocksdb_store *self, char *error, size_t size) {
    static const char key[] = "recycled", value[4096] = {1};
    char *reason = NULL;
    rocksdb_writeoptions_t *writing = library.writeoptions_create();
    rocksdb_flushoptions_t *flushing = library.flushoptions_create();
    for (int log = 0; log < RECYCLED_LOGS && !reason; log++) {
        for (size_t done = 0; done < RECYCLED_LOG_SIZE && !reason; done += sizeof value) {
            library.put(self->database, writing, key, sizeof key, value, sizeof value, &reason);
        }
        if (!reason) { library.flush(self->database, flushing, &reason); }
    }
    library.flushoptions_destroy(flushing);
    library.writeoptions_destroy(writing);
    return failed(reason, error, size) ? -1 : 0;
}

nilometer_store *nilometer_rocksdb_open(
    const char *path, int is_durable, int is_recycling, int *is_absent, char *error, size_t size) {
    *is_absent = nilometer_load(names, symbols, error, size) != 0;
    if (*is_absent) { return NULL; }
    rocksdb_store *self = calloc(1, sizeof *self);
    if (!self) {
        snprintf(error, size, "no memory");
        return NULL;
    }
    self->base.kind = &kind;
    // The C interface does not tell the version; Debian has it in the library's name.
    nilometer_library_name(
        (const void *)library.open, self->base.version, sizeof self->base.version);
    self->options = library.options_create();
    library.set_create_if_missing(self->options, 1);
    if (is_recycling) {
        library.set_recycled_logs(self->options, RECYCLED_LOGS);
        library.set_write_buffer_size(self->options, RECYCLED_LOG_SIZE);
    }
    self->writing = library.writeoptions_create();
    library.writeoptions_set_sync(self->writing, is_durable ? 1 : 0);
    self->reading = library.readoptions_create();
    char *reason = NULL;
    self->database = library.open(self->options, path, &reason);
    if (failed(reason, error, size)) {
        self->database = NULL;
        rocksdb_store_close(&self->base);
        return NULL;
    }
    if (is_recycling && make_logs(self, error, size) != 0) {
        rocksdb_store_close(&self->base);
        return NULL;
    }
    return &self->base;
}
