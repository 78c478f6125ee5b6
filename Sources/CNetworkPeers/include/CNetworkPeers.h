#ifndef C_NETWORK_PEERS_H
#define C_NETWORK_PEERS_H

#include "network_client.h"
#include "network_datagram_echo.h"
#include "network_epoll_echo.h"

#endif
