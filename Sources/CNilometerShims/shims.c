// Out-of-line shims have a file a topic. This one makes sure that the headers stand alone.
#include "nilometer_clock.h"
#include "nilometer_pause.h"
#include "nilometer_sink.h"
