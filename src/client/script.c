/*
 * Scripts: called by their SHA1. Whether a master has a script is known by its epoch: on a new one
 * the text goes along until a call was answered there. A call that finds out otherwise (somebody
 * flushed the scripts, the server forgot it) is sent again with the text, in its place in the
 * queue.
 *
 * A script lives until its handle is freed and no call is under way: it does not need the client.
 */
#include "client/script.h"

#include <string.h>

#include "base/sha1.h"
#include "proto/resp.h"

static const char hr_script_missing[] = "NOSCRIPT No matching script";

struct haredis_script {
  haredis_client *client;
  int uses; /* the handle and the calls under way */
  struct hr_epoch loaded; /* the master that has it, n == 0: none */
  char sha[HR_SHA1_TEXT_MAX];
  size_t len;
  char text[];
};

struct hr_script_call {
  haredis_script *script;
  haredis_reply_fn *fn;
  void *data;
};

static void hr_script_release(haredis_script *s) {
  if (--s->uses == 0) {
    hr_free(s);
  }
}

haredis_script *haredis_script_load(haredis_client *c, const char *lua) {
  if (c == NULL) {
    return NULL;
  }
  if (c->refusing) {
    hr_client_refuse(c);
    return NULL;
  }
  if (lua == NULL) {
    hr_client_fail(c, HAREDIS_ERR_FORMAT, "the script is NULL");
    return NULL;
  }
  size_t len = strlen(lua);
  haredis_script *s = hr_alloc(sizeof(*s) + len + 1);
  if (s == NULL) {
    hr_client_fail(c, HAREDIS_ERR_MEMORY, NULL);
    return NULL;
  }
  *s = (haredis_script){.client = c, .uses = 1, .len = len};
  memcpy(s->text, lua, len + 1);
  hr_sha1_text(lua, len, s->sha);
  return s;
}

void haredis_script_free(haredis_script *s) {
  if (s != NULL) {
    hr_script_release(s);
  }
}

/* ---- the answer ---- */

static void hr_script_on_reply(haredis_client *c, struct redisReply *reply, void *data) {
  struct hr_script_call call = *(struct hr_script_call *)data;
  hr_free(data);
  if (reply != NULL && reply->type != REDIS_REPLY_ERROR) {
    call.script->loaded = c->topology.epoch;
  }
  hr_script_release(call.script);
  if (call.fn != NULL) {
    call.fn(c, reply, call.data);
  }
}

/* EVALSHA sha ... becomes EVAL text ... NULL: it is something else, or there is no memory. */
static struct hr_waiting *hr_script_spell_out(const haredis_script *s,
                                              const struct hr_request *request, const char *bytes,
                                              size_t len) {
  int argc = hr_words_split(bytes, len, NULL, NULL, 0);
  struct hr_waiting *waiting = NULL;
  const char **argv = hr_alloc((size_t)(argc > 0 ? argc : 1) * sizeof(*argv));
  size_t *argvlen = hr_alloc((size_t)(argc > 0 ? argc : 1) * sizeof(*argvlen));
  if (argv != NULL && argvlen != NULL && argc >= 3) {
    hr_words_split(bytes, len, argv, argvlen, argc);
    if (argvlen[0] == sizeof("EVALSHA") - 1) {
      argv[0] = "EVAL";
      argvlen[0] = 4;
      argv[1] = s->text;
      argvlen[1] = s->len;
      waiting = hr_waiting_new(request, NULL, hr_resp_command_size(argc, argv, argvlen));
    }
    if (waiting != NULL) {
      hr_resp_command_write(waiting->bytes, argc, argv, argvlen);
    }
  }
  hr_free(argv);
  hr_free(argvlen);
  return waiting;
}

struct hr_waiting *hr_script_again(const struct hr_request *request,
                                   const struct redisReply *reply, const char *bytes, size_t len) {
  haredis_reply_fn *fn;
  memcpy(&fn, &request->user_fn, sizeof(fn));
  if (fn != hr_script_on_reply || bytes == NULL ||
      strncmp(reply->str, hr_script_missing, sizeof(hr_script_missing) - 1) != 0) {
    return NULL;
  }
  struct hr_script_call *call = request->user_data;
  call->script->loaded.n = 0;
  return hr_script_spell_out(call->script, request, bytes, len);
}

/* ---- the call ---- */

static int hr_script_submit(haredis_script *s, const haredis_call *options,
                            struct hr_script_call *call, int keys, int argc, const char **argv,
                            const size_t *argvlen) {
  size_t count = (size_t)argc + 3;
  const char **words = hr_alloc(count * sizeof(*words));
  size_t *lens = hr_alloc(count * sizeof(*lens));
  int code = HAREDIS_ERR_MEMORY;
  if (words != NULL && lens != NULL) {
    const struct hr_epoch *epoch = &s->client->topology.epoch;
    bool loaded = s->loaded.n != 0 && hr_epoch_compare(&s->loaded, epoch) == 0;
    char number[24];
    words[0] = loaded ? "EVALSHA" : "EVAL";
    lens[0] = strlen(words[0]);
    words[1] = loaded ? s->sha : s->text;
    lens[1] = loaded ? sizeof(s->sha) - 1 : s->len;
    words[2] = number;
    lens[2] = (size_t)(hr_resp_number_write(number, (uint64_t)keys) - number);
    for (int i = 0; i < argc; i++) {
      words[i + 3] = argv[i];
      lens[i + 3] = argvlen != NULL ? argvlen[i] : strlen(argv[i]);
    }
    code = hr_submit(s->client, options, hr_script_on_reply, call, argc + 3, words, lens);
  } else {
    hr_client_fail(s->client, code, NULL);
  }
  hr_free(words);
  hr_free(lens);
  return code;
}

int haredis_async_script_call(haredis_script *s, const haredis_call *call, haredis_reply_fn *fn,
                              void *data, int keys, int argc, const char **argv,
                              const size_t *argvlen) {
  if (s == NULL) {
    return HAREDIS_ERR_MEMORY;
  }
  haredis_client *c = s->client;
  if (argc < 0 || keys < 0 || keys > argc || (argc > 0 && argv == NULL)) {
    return hr_client_fail(c, HAREDIS_ERR_FORMAT,
                          "keys must be 0 to argc: the script did not run");
  }
  for (int i = 0; i < argc; i++) {
    if (argv[i] == NULL) {
      return hr_client_fail(c, HAREDIS_ERR_FORMAT, "argument %d is NULL: the script did not run",
                            i);
    }
  }
  struct hr_script_call *under_way = hr_alloc(sizeof(*under_way));
  if (under_way == NULL) {
    return hr_client_fail(c, HAREDIS_ERR_MEMORY, NULL);
  }
  *under_way = (struct hr_script_call){s, fn, data};
  int code = hr_script_submit(s, call, under_way, keys, argc, argv, argvlen);
  if (code != HAREDIS_OK) {
    hr_free(under_way);
    return code;
  }
  s->uses++;
  return HAREDIS_OK;
}

haredis_client *hr_script_client(const haredis_script *s) {
  return s->client;
}
