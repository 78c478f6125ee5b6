#ifndef C_PEER_SERVERS_H
#define C_PEER_SERVERS_H

#include "peer_echo.h"
#include "peer_filesystem.h"
#include "peer_guard.h"
#include "peer_network.h"

#endif
