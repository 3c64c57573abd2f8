/*
 * Every command that the server's COMMAND knows, with its subcommands, and how a client would send
 * it: by its shared link, by a link of its own, or why not at all.
 *
 *   command_list            the refused ones with their reasons, and counts
 *   command_list --all      every one
 *
 * Exit code 1 when a command is refused without the name of what does it instead, or without a
 * reason, or when it is one that the server calls a read or a write.
 */
#include <haredis/haredis.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "probe.h"
#include "server.h"

static struct {
  haredis_client *client;
  bool all;
  int shared, own, refused, wrong;
} list;

/* It reads or writes data, says the server. */
static bool is_data(const redisReply *command) {
  const redisReply *flags = command->elements > 2 ? command->element[2] : NULL;
  for (size_t i = 0; flags != NULL && i < flags->elements; i++) {
    const char *flag = flags->element[i]->str;
    if (flag != NULL && (strcmp(flag, "write") == 0 || strcmp(flag, "readonly") == 0)) return true;
  }
  return false;
}

static void look_at(const redisReply *command) {
  char name[128];
  const char *argv[2];
  int argc = 1;
  snprintf(name, sizeof name, "%s", command->element[0]->str);
  argv[0] = name;
  char *bar = strchr(name, '|');
  if (bar != NULL) {
    *bar = '\0';
    argv[argc++] = bar + 1;
  }
  const char *way = haredis_command_way(list.client, argc, argv, NULL);
  const char *mark = "";
  if (strcmp(way, "shared link") == 0) {
    list.shared++;
  } else if (strcmp(way, "link of its own") == 0) {
    list.own++;
  } else if (strncmp(way, "refused: ", 9) == 0 && way[9] != '\0' && !is_data(command)) {
    list.refused++;
  } else {
    list.wrong++;
    mark = "   <- neither sent nor refused with a reason";
  }
  if (list.all || mark[0] != '\0' || way[0] == 'r') {
    printf("%-28s %s%s\n", command->element[0]->str, way, mark);
  }
}

/* Containers (CONFIG, CLIENT, ...) hold their subcommands behind the ninth word. */
static void walk(const redisReply *commands) {
  for (size_t i = 0; i < commands->elements; i++) {
    const redisReply *command = commands->element[i];
    if (command->type != REDIS_REPLY_ARRAY || command->elements < 2) continue;
    bool container = command->elements > 9 && command->element[9]->elements > 0;
    if (container) {
      walk(command->element[9]);
    } else {
      look_at(command);
    }
  }
}

int main(int argc, char **argv) {
  static struct server server;
  haredis_options options;
  list.all = argc > 1 && strcmp(argv[1], "--all") == 0;
  kit_init("command_list");
  server_prepare(&server, 0, "127.0.0.1");
  server_start(&server);
  haredis_options_init(&options);
  options.nodes = server.name;
  list.client = haredis_connect(&options);
  /* What the server says of its commands is read behind the first look at it. */
  redisReply *first = list.client ? haredis_command(list.client, "PING") : NULL;
  if (first == NULL) kit_die("no client: %s", haredis_errstr(list.client));
  freeReplyObject(first);
  haredis_run(list.client, 300);
  redisReply *commands = probe(&server, "COMMAND");
  if (commands == NULL || commands->type != REDIS_REPLY_ARRAY) kit_die("COMMAND says nothing");
  walk(commands);
  freeReplyObject(commands);
  printf("%d by the shared link, %d by a link of their own, %d refused with a reason, %d wrong\n",
         list.shared, list.own, list.refused, list.wrong);
  haredis_free(list.client);
  probe_close(&server);
  server_kill(&server);
  return list.wrong > 0 || list.shared == 0;
}
