/*
 * Handlers that do anything: subscribe, unsubscribe each other and themselves, publish, while many
 * messages come and subscriptions move; names with any bytes, the same name in all three kinds. Who
 * is there for a whole message hears it once, nobody else does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sub_kit.h"

#define HANDLES 60
#define SEEDS 40
#define STEPS 300

static const struct name {
  const char *bytes;
  size_t len;
} names[] = {{"a", 1}, {"a\0b", 3}, {"a\0c", 3}, {"\0", 1}, {"a\r\nb", 4}, {"\r\n", 2},
             {"a*", 2}, {"*", 1}, {"$3\r\n", 4}};
#define NAMES (sizeof(names) / sizeof(*names))

static struct handle {
  haredis_subscription *s; /* NULL: free */
  int kind;
  size_t name;
  bool there; /* when the message began */
  int heard;  /* the last message */
} list[HANDLES];

static int number;    /* of the message under way */
static int frees_at;  /* the message in which the client is freed, 0: none */
static long handled;

static void on_wild(haredis_client *c, const struct haredis_message *message, void *data);

static void come(haredis_client *c) {
  struct handle *h = &list[rand() % HANDLES];
  if (h->s != NULL) {
    return;
  }
  *h = (struct handle){.kind = rand() % 3, .name = (size_t)rand() % NAMES};
  const struct name *name = &names[h->name];
  h->s = haredis_subscribe_bytes(c, h->kind, name->bytes, name->len, on_wild, h);
  assert_non_null(h->s);
}

static void leave(void) {
  struct handle *h = &list[rand() % HANDLES];
  haredis_unsubscribe(h->s);
  h->s = NULL;
}

static void on_wild(haredis_client *c, const struct haredis_message *message, void *data) {
  struct handle *h = data;
  const struct name *name = &names[h->name];
  const char *bytes = h->kind == HAREDIS_PATTERN ? message->pattern : message->channel;
  size_t len = h->kind == HAREDIS_PATTERN ? message->pattern_len : message->channel_len;
  assert_true(h->s != NULL && h->there && h->heard != number);
  assert_int_equal(message->kind, h->kind);
  assert_int_equal(len, name->len);
  assert_memory_equal(bytes, name->bytes, len);
  assert_int_equal(atoi(message->payload), number);
  h->heard = number;
  handled++;
  for (int i = rand() % 4; i > 0; i--) {
    if (rand() % 2 == 0) {
      come(c);
    } else {
      leave();
    }
  }
  if (rand() % 8 == 0) {
    assert_int_equal(haredis_publish(c, NULL, NULL, "a", "x", 1), HAREDIS_OK);
  }
  if (rand() % 16 == 0) {
    sub_belongs(rand() % KIT_NODES);
  }
  if (number == frees_at) {
    memset(list, 0, sizeof(list));
    kit.c = NULL;
    haredis_free(c);
  }
}

/* One message, as the source says it; none while they are held, to be handed over later. */
static void say(int node) {
  char payload[16];
  if (kit.c->subs->verdicts[node] != HR_FEED_DELIVER) {
    return;
  }
  const struct name *name = &names[(size_t)rand() % NAMES];
  struct hr_link_message message = {.kind = "mps"[rand() % 3], .channel = name->bytes};
  message.channel_len = name->len;
  if (message.kind == 'p') {
    message.pattern = name->bytes;
    message.pattern_len = name->len;
  }
  snprintf(payload, sizeof(payload), "%d", ++number);
  message.payload = payload;
  message.payload_len = strlen(payload);
  for (int i = 0; i < HANDLES; i++) {
    list[i].there = list[i].s != NULL;
  }
  int kind = message.kind == 'm' ? HAREDIS_CHANNEL : message.kind == 'p' ? HAREDIS_PATTERN
                                                                         : HAREDIS_SHARD;
  kit.hooks->feed_message(node, &message, kit.owner);
  for (int i = 0; i < HANDLES && kit.c != NULL; i++) {
    const struct handle *h = &list[i];
    bool meant = h->s != NULL && h->there && h->kind == kind && &names[h->name] == name;
    assert_true(!meant || h->heard == number);
  }
}

static void something(void) {
  switch (rand() % 10) {
    case 0:
      come(kit.c);
      break;
    case 1:
      sub_serve(rand() % KIT_NODES);
      break;
    case 2:
      kit_turn(0);
      break;
    default:
      if (kit.c->subs->feed.source >= 0) {
        for (int i = rand() % 8; i >= 0 && kit.c != NULL && kit.c->subs->feed.source >= 0; i--) {
          say(kit.c->subs->feed.source);
        }
      }
  }
}

static void handlers_do_anything(void **state) {
  for (unsigned seed = 1; seed <= SEEDS; seed++) {
    srand(seed);
    sub_begin();
    memset(list, 0, sizeof(list));
    number = 0;
    frees_at = seed % 2 == 0 ? 50 + rand() % 200 : 0;
    sub("alive", "x");
    sub_serve(1);
    for (int i = 0; i < STEPS && kit.c != NULL; i++) {
      something();
    }
    kit_teardown(state);
  }
  print_message("# %ld messages handled\n", handled);
  assert_true(handled > 1000);
}

/* One name comes and goes, in one turn and in many, while subscriptions move. */
static void one_name_a_thousand_times(void **state) {
  (void)state;
  sub_begin();
  sub("alive", "x");
  sub_serve(1);
  haredis_subscription *s = NULL;
  for (int i = 0; i < 1000; i++) {
    haredis_unsubscribe(s);
    s = i % 3 != 0 ? sub("name", "n") : NULL;
    if (i % 7 == 0) {
      kit_turn(0);
    }
    if (i % 100 == 50) {
      sub_belongs(i / 100 % KIT_NODES);
    }
    if (i % 100 == 90) {
      sub_serve(kit.c->subs->feed.source);
    }
  }
  haredis_unsubscribe(s);
  s = sub("name", "n");
  sub_belongs(2);
  for (int i = 0; i < 10; i++) {
    sub_serve(2);
    for (int node = 0; node < KIT_NODES; node++) {
      kit_feed_mark_heard(node);
    }
  }
  assert_int_equal(kit.c->subs->feed.source, 2);
  assert_int_equal(haredis_subscription_state(s), HAREDIS_SUBSCRIPTION_READY);
  assert_true(sub_settled());
  sub_forget();
  sub_say(2, "name", "1");
  assert_string_equal(sub_heard, "n:1 ");
}

int main(void) {
#define T(name) cmocka_unit_test_teardown(name, kit_teardown)
  const struct CMUnitTest tests[] = {
      T(handlers_do_anything),
      T(one_name_a_thousand_times),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
