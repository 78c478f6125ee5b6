#define _GNU_SOURCE
#include "peer_filesystem.h"

#include <errno.h>
#include <unistd.h>

int peer_filesystem_settle(int directory) { return syncfs(directory) < 0 ? errno : 0; }
