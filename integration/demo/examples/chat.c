/*
 * A chat on one client that loses no line. What it shows: one client does both, commands and
 * subscriptions. A line goes durably into a list, and its place there is its number; then it is
 * published with it. Pub/sub may lose a line when a server dies: the client says so
 * (SUBSCRIPTION_GAP), and the hole is filled from the list. What comes twice or late is known by
 * its number, too.
 *
 *   cc chat.c -o chat $(pkg-config --cflags --libs haredis hiredis) -lev
 *   ./chat alice 127.0.0.1:6380,127.0.0.1:6381,127.0.0.1:6382        (or HAREDIS_NODES)
 *
 * Type; start bob beside alice; kill servers meanwhile. Ctrl-D ends it. Exit code 0: every line up
 * to the end of the list was shown, once and in order; what was not said for certain was told.
 */
#include <ev.h>
#include <haredis/haredis.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static haredis_client *chat;
static struct ev_loop *loop;
static ev_io input;            /* rests while a line is under way: */
static char line[512];         /* this one, */
static long long number;       /* with its place in the list */
static long long shown, heard; /* the last number on the screen; the highest that was heard of */
static int filling, complete, ending;
static long said, perhaps, unsaid, from_list, gaps;

static void show(const char *text) {
  printf("%lld %s\n", ++shown, text);
  fflush(stdout);
}

/* Everything behind the last line on the screen, as a majority of the nodes has it. If there is no
 * answer, READY or the next line begins anew. */
static void on_list(haredis_client *c, redisReply *r, void *data);
static void fill(void) {
  char from[24];
  const char *argv[] = {"LRANGE", "chat:lines", from, "-1"};
  haredis_call call = HAREDIS_CALL_INIT;
  call.consistency = HAREDIS_CONSISTENCY_LINEARIZABLE;
  snprintf(from, sizeof(from), "%lld", shown);
  if (!filling) filling = !haredis_async_command_with(chat, &call, on_list, NULL, 4, argv, NULL);
}

/* At the end of the input the list is read once more. */
static void end_if_over(void) {
  if (!ending || filling) return;
  if (ending++ == 1) fill();
  if (!filling) haredis_disconnect(chat);
}

static void on_list(haredis_client *c, redisReply *r, void *data) {
  (void)data;
  filling = 0;
  complete = r != NULL && r->type == REDIS_REPLY_ARRAY;
  for (size_t i = 0; complete && i < r->elements; i++, from_list++) show(r->element[i]->str);
  if (!complete) fprintf(stderr, "-- the list: %s\n", r != NULL ? r->str : haredis_errstr(c));
  if (complete && shown < heard) fill(); /* more was heard of meanwhile */
  end_if_over();
}

static void on_message(haredis_client *c, const struct haredis_message *message, void *data) {
  char *text;
  long long n = strtoll(message->payload, &text, 10);
  (void)c;
  (void)data;
  if (n > heard) heard = n;
  if (n == shown + 1 && !filling) show(text + 1);
  else if (n > shown) fill();
}

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  (void)c;
  (void)user;
  int gap = event->kind == HAREDIS_EVENT_SUBSCRIPTION_GAP;
  if (gap) fprintf(stderr, "-- %s\n", event->text);
  gaps += gap;
  if (gap || event->kind == HAREDIS_EVENT_SUBSCRIBED || event->kind == HAREDIS_EVENT_READY) fill();
}

/* Published until it is answered: what is heard twice has one number. */
static void on_published(haredis_client *c, redisReply *r, void *data);
static void publish(void) {
  char text[600];
  int length = snprintf(text, sizeof(text), "%lld %s", number, line);
  if (haredis_publish(chat, on_published, NULL, "chat:room", text, (size_t)length) != HAREDIS_OK)
    ev_io_start(loop, &input); /* not accepted: the others find it with the next line */
}

static void on_published(haredis_client *c, redisReply *r, void *data) {
  (void)c;
  (void)data;
  if (r == NULL) publish();
  else ev_io_start(loop, &input);
}

/* Not repeated: after ERR_MAYBE it may be in the list, and then everybody will see it. */
static void on_numbered(haredis_client *c, redisReply *r, void *data) {
  (void)data;
  if (r != NULL && r->type == REDIS_REPLY_INTEGER) {
    said++;
    number = r->integer;
    publish();
    return;
  }
  if (r == NULL && haredis_err(c) == HAREDIS_ERR_MAYBE) perhaps++;
  else unsaid++;
  fprintf(stderr, "-- %s: %s\n", line, r != NULL ? r->str : haredis_errstr(c));
  ev_io_start(loop, &input);
}

static void on_input(struct ev_loop *l, ev_io *io, int events) {
  char text[400];
  const char *argv[] = {"RPUSH", "chat:lines", line};
  haredis_call call = HAREDIS_CALL_INIT;
  call.durability = HAREDIS_DURABILITY_QUORUM;
  (void)events;
  ev_io_stop(l, io);
  if (fgets(text, sizeof(text), stdin) == NULL) {
    ending = 1;
    end_if_over();
    return;
  }
  text[strcspn(text, "\n")] = '\0';
  snprintf(line, sizeof(line), "%s: %s", (char *)io->data, text);
  if (haredis_async_command_with(chat, &call, on_numbered, NULL, 3, argv, NULL) != HAREDIS_OK)
    on_numbered(chat, NULL, NULL); /* not accepted; haredis_err() says why */
}

int main(int argc, char **argv) {
  haredis_options o;
  haredis_options_init(&o);
  o.nodes = argc > 2 ? argv[2] : getenv("HAREDIS_NODES");
  o.on_event = on_event;
  loop = ev_default_loop(0);
  chat = haredis_async_connect(loop, &o);
  if (chat == NULL || haredis_subscribe(chat, "chat:room", on_message, NULL) == NULL) {
    fprintf(stderr, "%s\n", haredis_errstr(chat));
    haredis_free(chat);
    return 2;
  }
  setvbuf(stdin, NULL, _IONBF, 0); /* nothing may wait in a buffer that libev does not see */
  ev_io_init(&input, on_input, 0, EV_READ);
  input.data = argc > 1 ? argv[1] : "somebody";
  ev_io_start(loop, &input);
  ev_run(loop, 0);
  int good = complete && shown >= heard;
  printf("verdict: %s, %lld lines shown, %ld of them from the list, %ld gaps told; %ld said,"
         " %ld perhaps, %ld not\n", good ? "good" : "BROKEN", shown, from_list, gaps, said, perhaps,
         unsaid);
  return good ? 0 : 1;
}
