/*
 * Hosts as network namespaces: each has one cable to a switch, and a switch can be cut in two.
 * The namespaces hang on child processes, so nothing is left behind whatever happens to us.
 */
#ifndef KIT_NETNS_H
#define KIT_NETNS_H

#include <stdbool.h>
#include <stddef.h>

enum { NETNS_HOSTS_MAX = 5 };

/* Why namespaces cannot be used here, or NULL when they can. */
const char *netns_missing(void);

/* Hosts 0 .. n-1, all on one side. */
void netns_build(int hosts);
void netns_end(void);
int netns_of(int host); /* for kit_spawn, server_prepare */
void netns_address(int host, char *out, size_t size);
/* Put a host's cable into side 0 or 1; hosts on different sides do not hear each other. */
void netns_side(int host, int side);
/* Packets from a host to another go nowhere, while all others hear both; nobody is told. */
void netns_mute(int host, int other);
void netns_unmute(int host, int other);
/* Both ways. */
void netns_deafen(int host, int other);

#endif
