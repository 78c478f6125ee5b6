#include "nilometer_affinity.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

int nilometer_current_cpu(void) { return sched_getcpu(); }

int nilometer_name_current_thread(const char *name) {
    char cut[16];
    strncpy(cut, name, sizeof cut - 1);
    cut[sizeof cut - 1] = '\0';
    return pthread_setname_np(pthread_self(), cut);
}
