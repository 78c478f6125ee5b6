#include "nilometer_build_info.h"

const char *nilometer_build_commit(void) { return NILOMETER_COMMIT; }
