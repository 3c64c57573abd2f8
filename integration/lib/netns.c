/* Namespaces held open by sleeping children, wired with ip(8) in a namespace of their own. */
#include "netns.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"

static struct {
  pid_t pid;
  int fd;
} places[NETNS_HOSTS_MAX + 1]; /* the last is the switch */
static int host_count;

static int own_inode(char *out, size_t size, pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, pid ? "/proc/%d/ns/net" : "/proc/self/ns/net", (int)pid);
  ssize_t length = readlink(path, out, size - 1);
  out[length > 0 ? length : 0] = '\0';
  return length > 0;
}

const char *netns_missing(void) {
  if (geteuid() != 0) return "needs root for network namespaces";
  const char *ip[] = {"ip", "-V", NULL};
  const char *unshare[] = {"unshare", "--net", "ip", "link", "add", "hr0", "type", "bridge", NULL};
  struct kit_spawn how = {.argv = ip};
  if (kit_run(&how) != 0) return "needs ip(8) of iproute2";
  how.argv = unshare;
  if (kit_run(&how) != 0) return "network namespaces or bridges are not allowed here";
  return NULL;
}

static void place_open(int i) {
  const char *argv[] = {"unshare", "--net", "sleep", "86400", NULL};
  struct kit_spawn how = {.argv = argv};
  char ours[64], its[64] = "", path[64];
  places[i].pid = kit_spawn(&how);
  own_inode(ours, sizeof ours, 0);
  for (int tries = 0; tries < 2000; tries++) {
    if (own_inode(its, sizeof its, places[i].pid) && strcmp(ours, its) != 0) break;
    kit_sleep_ms(1);
  }
  snprintf(path, sizeof path, "/proc/%d/ns/net", (int)places[i].pid);
  places[i].fd = open(path, O_RDONLY | O_CLOEXEC);
  if (places[i].fd < 0 || strcmp(ours, its) == 0) kit_die("no network namespace");
}

/* Run `ip <words>` in a place. */
static void ip(int place, const char *words) {
  char copy[256];
  const char *argv[24] = {"ip"};
  char *rest = NULL;
  int argc = 1;
  snprintf(copy, sizeof copy, "%s", words);
  for (char *word = strtok_r(copy, " ", &rest); word && argc < 23;
       word = strtok_r(NULL, " ", &rest)) {
    argv[argc++] = word;
  }
  struct kit_spawn how = {.argv = argv, .netns = places[place].fd};
  if (kit_run(&how) != 0) kit_die("failed: ip %s", words);
}

void netns_address(int host, char *out, size_t size) {
  snprintf(out, size, "10.77.0.%d", host + 1);
}

int netns_of(int host) {
  return places[host].fd;
}

void netns_side(int host, int side) {
  char words[128];
  snprintf(words, sizeof words, "link set p%d master side%d", host, side);
  ip(NETNS_HOSTS_MAX, words);
}

static void host_build(int host) {
  char words[256];
  place_open(host);
  snprintf(words, sizeof words, "link add p%d type veth peer name e0 address 02:00:00:00:00:%02x "
           "netns %d", host, host + 1, (int)places[host].pid);
  ip(NETNS_HOSTS_MAX, words);
  snprintf(words, sizeof words, "link set p%d up", host);
  ip(NETNS_HOSTS_MAX, words);
  snprintf(words, sizeof words, "addr add 10.77.0.%d/24 dev e0", host + 1);
  ip(host, words);
  ip(host, "link set e0 up");
  ip(host, "link set lo up");
  netns_side(host, 0);
}

static void neighbour_set(int host, int other, int cable) {
  char words[128];
  snprintf(words, sizeof words,
           "neigh replace 10.77.0.%d lladdr 02:00:00:00:00:%02x dev e0 nud permanent", other + 1,
           cable);
  ip(host, words);
}

void netns_unmute(int host, int other) {
  neighbour_set(host, other, other + 1);
}

void netns_mute(int host, int other) {
  neighbour_set(host, other, 0xff); /* no cable has that address */
}

void netns_deafen(int host, int other) {
  netns_mute(other, host);
  netns_mute(host, other);
}

/* Known neighbours: what is measured after a heal is the library, not the next ARP request. */
static void neighbours_set(int host) {
  for (int other = 0; other < host_count; other++) {
    if (other != host) netns_unmute(host, other);
  }
}

void netns_build(int hosts) {
  host_count = hosts;
  place_open(NETNS_HOSTS_MAX);
  for (int side = 0; side < 2; side++) {
    char words[64];
    snprintf(words, sizeof words, "link add side%d type bridge", side);
    ip(NETNS_HOSTS_MAX, words);
    snprintf(words, sizeof words, "link set side%d up", side);
    ip(NETNS_HOSTS_MAX, words);
  }
  for (int host = 0; host < hosts; host++) host_build(host);
  for (int host = 0; host < hosts; host++) neighbours_set(host);
}

void netns_end(void) {
  for (int i = 0; i <= NETNS_HOSTS_MAX; i++) {
    if (places[i].pid == 0) continue;
    close(places[i].fd);
    kit_kill(places[i].pid);
    places[i].pid = 0;
  }
}
