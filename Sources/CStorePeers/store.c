#include "store.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int nilometer_load(
    const char *const *names, const nilometer_symbol *symbols, char *error, size_t size) {
    void *library = NULL;
    for (; *names && !library; names++) { library = dlopen(*names, RTLD_NOW | RTLD_LOCAL); }
    if (!library) {
        snprintf(error, size, "%s", dlerror());
        return -1;
    }
    for (; symbols->name; symbols++) {
        *symbols->address = dlsym(library, symbols->name);
        if (!*symbols->address) {
            snprintf(error, size, "the library has no %s", symbols->name);
            return -1;
        }
    }
    return 0;
}

void nilometer_library_name(const void *function, char *name, size_t size) {
    Dl_info info;
    char *path = dladdr(function, &info) ? realpath(info.dli_fname, NULL) : NULL;
    const char *slash = path ? strrchr(path, '/') : NULL;
    snprintf(name, size, "%s", slash ? slash + 1 : "unknown");
    free(path);
}

int nilometer_store_put(
    nilometer_store *store, int thread, const void *key, size_t key_size, const void *value,
    size_t value_size, char *error, size_t size) {
    return store->kind->put(store, thread, key, key_size, value, value_size, error, size);
}

long nilometer_store_get(
    nilometer_store *store, int thread, const void *key, size_t key_size, void *buffer,
    size_t capacity, char *error, size_t size) {
    return store->kind->get(store, thread, key, key_size, buffer, capacity, error, size);
}

const char *nilometer_store_version(nilometer_store *store) { return store->version; }

void nilometer_store_close(nilometer_store *store) { store->kind->close(store); }
