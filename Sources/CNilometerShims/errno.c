#include "nilometer_errno.h"

#include <string.h>

const char *nilometer_errno_symbol(int error) { return strerrorname_np(error); }

const char *nilometer_errno_meaning(int error) { return strerrordesc_np(error); }
