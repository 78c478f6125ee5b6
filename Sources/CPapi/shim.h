#include <papi.h>

// Swift does not import macros that call macros or cast.

/// The version to ask `PAPI_library_init` for.
static const int nilometer_papi_version = PAPI_VER_CURRENT;
/// Where the codes of preset events begin.
static const int nilometer_papi_presets = PAPI_PRESET_MASK;
/// Where the codes of a component's own events begin.
static const int nilometer_papi_natives = PAPI_NATIVE_MASK;
