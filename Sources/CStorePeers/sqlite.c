#include "store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The functions of SQLite's C interface (sqlite3.h) that are used here; its authors promise to keep
// them as they are.
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;

enum { SQLITE_OK = 0, SQLITE_ROW = 100, SQLITE_DONE = 101 };
enum { OPEN_READWRITE = 2, OPEN_CREATE = 4, OPEN_NOMUTEX = 0x8000 };

static struct {
    int (*open)(const char *, sqlite3 **, int, const char *);
    int (*close)(sqlite3 *);
    int (*exec)(sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *, char **);
    int (*prepare)(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
    int (*bind_blob)(sqlite3_stmt *, int, const void *, int, void (*)(void *));
    int (*step)(sqlite3_stmt *);
    int (*reset)(sqlite3_stmt *);
    int (*finalize)(sqlite3_stmt *);
    const void *(*column_blob)(sqlite3_stmt *, int);
    int (*column_bytes)(sqlite3_stmt *, int);
    const char *(*errmsg)(sqlite3 *);
    int (*busy_timeout)(sqlite3 *, int);
    const char *(*libversion)(void);
} library;

static const char *const names[] = {"libsqlite3.so.0", "libsqlite3.so", NULL};

static const nilometer_symbol symbols[] = {
    {"sqlite3_open_v2", (void **)&library.open},
    {"sqlite3_close", (void **)&library.close},
    {"sqlite3_exec", (void **)&library.exec},
    {"sqlite3_prepare_v2", (void **)&library.prepare},
    {"sqlite3_bind_blob", (void **)&library.bind_blob},
    {"sqlite3_step", (void **)&library.step},
    {"sqlite3_reset", (void **)&library.reset},
    {"sqlite3_finalize", (void **)&library.finalize},
    {"sqlite3_column_blob", (void **)&library.column_blob},
    {"sqlite3_column_bytes", (void **)&library.column_bytes},
    {"sqlite3_errmsg", (void **)&library.errmsg},
    {"sqlite3_busy_timeout", (void **)&library.busy_timeout},
    {"sqlite3_libversion", (void **)&library.libversion},
    {NULL, NULL},
};

typedef struct {
    sqlite3 *database;
    sqlite3_stmt *put;
    sqlite3_stmt *get;
} connection;

typedef struct {
    nilometer_store base;
    int count;
    connection *connections;
    // Whether all threads have the first connection, behind the lock.
    int is_shared;
    pthread_mutex_t lock;
} sqlite_store;

/// The connection of a thread, until it gives it back.
static connection *take_connection(nilometer_store *store, int thread) {
    sqlite_store *self = (sqlite_store *)store;
    if (!self->is_shared) { return &self->connections[thread]; }
    pthread_mutex_lock(&self->lock);
    return self->connections;
}

static void give_back(nilometer_store *store) {
    sqlite_store *self = (sqlite_store *)store;
    if (self->is_shared) { pthread_mutex_unlock(&self->lock); }
}

static int sqlite_store_put(
    nilometer_store *store, int thread, const void *key, size_t key_size, const void *value,
    size_t value_size, char *error, size_t size) {
    connection *own = take_connection(store, thread);
    // Bound without a copy: both live until the statement is reset.
    library.bind_blob(own->put, 1, key, (int)key_size, NULL);
    library.bind_blob(own->put, 2, value, (int)value_size, NULL);
    int answer = library.step(own->put);
    if (answer != SQLITE_DONE) { snprintf(error, size, "%s", library.errmsg(own->database)); }
    library.reset(own->put);
    give_back(store);
    return answer == SQLITE_DONE ? 0 : -1;
}

static long sqlite_store_get(
    nilometer_store *store, int thread, const void *key, size_t key_size, void *buffer,
    size_t capacity, char *error, size_t size) {
    connection *own = take_connection(store, thread);
    library.bind_blob(own->get, 1, key, (int)key_size, NULL);
    int answer = library.step(own->get);
    long count = -1;
    if (answer == SQLITE_ROW) {
        const void *value = library.column_blob(own->get, 0);
        count = library.column_bytes(own->get, 0);
        if (value) { memcpy(buffer, value, (size_t)count < capacity ? (size_t)count : capacity); }
    } else if (answer != SQLITE_DONE) {
        snprintf(error, size, "%s", library.errmsg(own->database));
        count = -2;
    }
    library.reset(own->get);
    give_back(store);
    return count;
}

static void sqlite_store_close(nilometer_store *store) {
    sqlite_store *self = (sqlite_store *)store;
    for (int i = 0; i < self->count; i++) {
        // All of them take NULL.
        library.finalize(self->connections[i].put);
        library.finalize(self->connections[i].get);
        library.close(self->connections[i].database);
    }
    free(self->connections);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

static const nilometer_store_kind kind = {
    sqlite_store_put, sqlite_store_get, sqlite_store_close};

static int connect_to(const char *path, int is_durable, connection *own) {
    const int flags = OPEN_READWRITE | OPEN_CREATE | OPEN_NOMUTEX;
    if (library.open(path, &own->database, flags, NULL) != SQLITE_OK) { return -1; }
    library.busy_timeout(own->database, 60000);
    const char *setup =
        is_durable ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                     "CREATE TABLE IF NOT EXISTS kv(key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID"
                   : "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
                     "CREATE TABLE IF NOT EXISTS kv(key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID";
    if (library.exec(own->database, setup, NULL, NULL, NULL) != SQLITE_OK) { return -1; }
    const char *put = "INSERT OR REPLACE INTO kv VALUES(?1, ?2)";
    const char *get = "SELECT value FROM kv WHERE key = ?1";
    if (library.prepare(own->database, put, -1, &own->put, NULL) != SQLITE_OK) { return -1; }
    return library.prepare(own->database, get, -1, &own->get, NULL) == SQLITE_OK ? 0 : -1;
}

nilometer_store *nilometer_sqlite_open(
    const char *path, int is_durable, int threads, int is_shared, int *is_absent, char *error,
    size_t size) {
    *is_absent = nilometer_load(names, symbols, error, size) != 0;
    if (*is_absent) { return NULL; }
    sqlite_store *self = calloc(1, sizeof *self);
    const int count = is_shared ? 1 : threads;
    if (self) { self->connections = calloc((size_t)count, sizeof *self->connections); }
    if (!self || !self->connections) {
        free(self);
        snprintf(error, size, "no memory");
        return NULL;
    }
    self->base.kind = &kind;
    self->count = count;
    self->is_shared = is_shared;
    pthread_mutex_init(&self->lock, NULL);
    snprintf(
        self->base.version, sizeof self->base.version, "SQLite %s", library.libversion());
    for (int i = 0; i < count; i++) {
        if (connect_to(path, is_durable, &self->connections[i]) == 0) { continue; }
        snprintf(
            error, size, "%s",
            self->connections[i].database ? library.errmsg(self->connections[i].database)
                                          : "no memory");
        sqlite_store_close(&self->base);
        return NULL;
    }
    return &self->base;
}
