#include <papi.h>
#include <sde_lib.h>
#include <string.h>

// Swift does not import macros that call macros or cast.

/// The version to ask `PAPI_library_init` for.
static const int nilometer_papi_version = PAPI_VER_CURRENT;
/// Where the codes of preset events begin.
static const int nilometer_papi_presets = PAPI_PRESET_MASK;
/// Where the codes of a component's own events begin.
static const int nilometer_papi_natives = PAPI_NATIVE_MASK;
/// An event set that does not exist yet.
static const int nilometer_papi_null = PAPI_NULL;
/// A software-defined event that is read only and whose value is what was added since counting began.
static const int nilometer_sde_growing = PAPI_SDE_RO | PAPI_SDE_DELTA;
/// A software-defined event whose value is a `long long`.
static const int nilometer_sde_integer = PAPI_SDE_long_long;

/// Copies what PAPI says of an event into `text`, of `size` bytes, ended by a zero. The structure
/// that PAPI fills is too large for Swift to import. Returns PAPI's status.
static inline int nilometer_papi_describe(int code, char *text, size_t size) {
    static _Thread_local PAPI_event_info_t info;
    int status = PAPI_get_event_info(code, &info);
    if (status == PAPI_OK && size > 0) {
        strncpy(text, info.long_descr, size - 1);
        text[size - 1] = '\0';
    }
    return status;
}
