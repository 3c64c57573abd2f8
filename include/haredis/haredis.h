/*
 * haredis: keep using Redis while its servers die, hang, are cut off and come back.
 *
 * THE CONTRACT (true for every function below)
 *
 *   Thread       A client belongs to the thread that runs its loop. Two clients share nothing.
 *   Memory       What you pass in is copied before the call returns. What a callback receives is
 *                borrowed and dies when the callback returns.
 *   Completion   A command that was accepted (the call returned HAREDIS_OK) gets exactly one
 *                callback: with a reply, or with NULL and a code that says why; through failover,
 *                queueing, drain and free. A command that was not accepted gets none.
 *   Re-entrancy  Every function may be called from every callback, haredis_free() included.
 *                Blocking ones then fail with HAREDIS_ERR_REENTRANT.
 *   Units        Times are milliseconds (`_ms`), sizes bytes; 0 is "none" if nothing else is said.
 *   ABI          Structs you pass carry `struct_size` and may grow at the end; structs we pass only
 *                grow at the end; everything else is opaque.
 *
 * The words are Redis' own: master and replica. The format strings, the replies and the order of
 * arguments are those of hiredis.
 */
#ifndef HAREDIS_HAREDIS_H
#define HAREDIS_HAREDIS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HAREDIS_VERSION_MAJOR 0
#define HAREDIS_VERSION_MINOR 1
#define HAREDIS_VERSION_PATCH 0

#if defined(__GNUC__)
#define HAREDIS_API __attribute__((visibility("default")))
#define HAREDIS_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define HAREDIS_API
#define HAREDIS_PRINTF(f, a)
#endif

struct ev_loop;    /* libev's; include <ev.h> for the asynchronous client */
struct redisReply; /* hiredis'; include <hiredis/hiredis.h> to look into replies */

typedef struct haredis_client haredis_client;
typedef struct haredis_topology haredis_topology;

/* Errors. One list makes the enum, the names and the texts. "Did not run" is a promise: no server
 * has executed the command, it is safe to send it again. */
#define HAREDIS_ERRORS(X)                                                                         \
  X(OK, "no error")                                                                               \
  X(ERR_OPTION, "an option is missing, unknown or contradicts another one")                       \
  X(ERR_MEMORY, "out of memory: the command did not run")                                         \
  X(ERR_FORMAT, "the command or its format string is malformed: it did not run")                  \
  X(ERR_UNSUPPORTED, "this command cannot be sent through a shared link: it did not run")         \
  X(ERR_TIMEOUT, "the deadline passed before the command was sent: it did not run")               \
  X(ERR_NO_MASTER, "there was no master in time: the command did not run")                        \
  X(ERR_NO_QUORUM, "fewer than a majority of the nodes can be heard: the command did not run")    \
  X(ERR_QUEUE_FULL, "the queue of waiting commands is full: the command did not run")             \
  X(ERR_MAYBE, "the command was sent and its answer was lost: it may have run")                   \
  X(ERR_PROTOCOL, "the server sent something that is not RESP: the command may have run")         \
  X(ERR_AUTH, "the servers refuse us (user, password, protected mode): the command did not run")  \
  X(ERR_AMBIGUOUS, "nodes hold data that never met: nothing is touched until a person picks one") \
  X(ERR_CLOSED, "the client was closed: the command did not run")                                 \
  X(ERR_REENTRANT, "a blocking function was called from a callback: it did nothing")              \
  X(ERR_NODE, "no such node in the list of nodes")                                                \
  X(ERR_REFUSED, "the change of master was not possible now: nothing is lost, try again")         \
  X(ERR_ABORTED, "the link of this transaction was lost before EXEC was sent: it did not run")    \
  X(ERR_NO_REPLICA, "no replica could be read in time: the command did not run")                  \
  X(ERR_TLS, "TLS is not possible with this build or these files")

enum haredis_error {
#define HAREDIS_ERROR_ENUM(name, text) HAREDIS_##name,
  HAREDIS_ERRORS(HAREDIS_ERROR_ENUM)
#undef HAREDIS_ERROR_ENUM
};

/* The name ("ERR_MAYBE") and the text of a code. Static strings, never NULL. */
HAREDIS_API const char *haredis_error_name(int code);
HAREDIS_API const char *haredis_error_text(int code);

/* ---------------------------------------------------------------------------- options -------- */

enum haredis_durability {
  HAREDIS_DURABILITY_ASYNC = 1, /* answered when the master has it */
  HAREDIS_DURABILITY_QUORUM,    /* answered when a majority of the nodes have it (WAIT, grouped) */
};

enum haredis_consistency {
  HAREDIS_CONSISTENCY_MASTER = 0,    /* what the master says */
  HAREDIS_CONSISTENCY_LINEARIZABLE,  /* nothing newer can exist, and what was seen stays */
};

/*
 * What may be sent a second time when the answer to the first was lost. (What a server refused with
 * READONLY, LOADING, BUSY and the like did not run and is repeated in any case; but no write behind
 * a later one that has run: then the refusal is its answer.) A command that was sent and
 * waits to be sent again ends with ERR_MAYBE where another would be told that it did not run.
 */
enum haredis_retry {
  HAREDIS_RETRY_READS = 1, /* commands that only read */
  HAREDIS_RETRY_NEVER,
  HAREDIS_RETRY_ALWAYS,    /* writes too: the caller knows that running twice does no harm */
};

enum haredis_isolation {
  HAREDIS_ISOLATION_QUEUE = 0, /* writes wait until a majority is heard again, or their deadline */
  HAREDIS_ISOLATION_FAIL,      /* writes fail at once with ERR_NO_QUORUM */
};

enum haredis_queue_policy {
  HAREDIS_QUEUE_REFUSE = 0,  /* a full queue refuses the newest */
  HAREDIS_QUEUE_DROP_OLDEST, /* a full queue fails its oldest with ERR_QUEUE_FULL */
};

/* Where commands that only read keys go. Reads from replicas are not in order with the writes. What
 * blocks or may write (EVAL, SORT, GEORADIUS, BITFIELD, ... unless _RO) is the master's. */
enum haredis_read_from {
  HAREDIS_READ_MASTER = 1,
  HAREDIS_READ_REPLICA,        /* replicas alone; wait for one */
  HAREDIS_READ_PREFER_REPLICA, /* a replica, or the master when none may be read */
  HAREDIS_READ_NEAREST,        /* whoever answers fastest, the master included */
};

enum haredis_divergence {
  HAREDIS_DIVERGENCE_REPORT = 0, /* a returning master's own writes are counted, told and dropped */
  HAREDIS_DIVERGENCE_REFUSE,     /* such a master is left alone for a person */
};

enum haredis_log_level {
  HAREDIS_LOG_DEFAULT = 0, /* HAREDIS_LOG in the environment, or warnings */
  HAREDIS_LOG_NONE,
  HAREDIS_LOG_ERROR,
  HAREDIS_LOG_WARNING,
  HAREDIS_LOG_INFO,
  HAREDIS_LOG_DEBUG, /* the trace of every decision */
};

struct haredis_event;
struct haredis_log_record;
struct haredis_span;
typedef void haredis_event_fn(haredis_client *c, const struct haredis_event *event, void *user);
typedef void haredis_log_fn(const struct haredis_log_record *record, void *user);
typedef void haredis_span_fn(haredis_client *c, const struct haredis_span *span, void *user);

/*
 * Fill with haredis_options_init(), then change what you need. Strings are borrowed until
 * haredis_connect() or haredis_async_connect() returns. How to choose a value: README, "Options".
 */
typedef struct haredis_options {
  size_t struct_size;
  const char *nodes;      /* "host:port,[::1]:6380,unix:/path", or URIs; required */
  const char *prefix;     /* first word of our keys and channels */
  const char *username;   /* for every link; NULL: the default user */
  const char *password;   /* for every link; NULL: none */
  const char *replication_username; /* given to replicas; NULL: username */
  const char *replication_password; /* given to replicas; NULL: password */
  int db;                 /* the database of user commands */
  int down_after_ms;      /* silence after which a node is down */
  int fence_ms;           /* without a majority so long: no writes; 0: 3/10 of down_after_ms */
  int connect_timeout_ms;
  int command_timeout_ms; /* from the call to the reply; 0: for ever */
  int drain_timeout_ms;   /* bound of haredis_disconnect() */
  int quorum;             /* nodes needed to elect; 0: a majority of the configured ones */
  int auto_failover;      /* 0: follow what others promote, never promote */
  int durability;         /* enum haredis_durability */
  int isolation;          /* enum haredis_isolation */
  int retry;              /* enum haredis_retry */
  int retry_attempts;     /* how often a command is sent at most */
  int retry_backoff_ms;   /* first pause between two attempts; doubles, with jitter */
  int retry_backoff_max_ms;
  int queue_max;          /* commands that wait while there is no master */
  size_t queue_max_bytes;
  int queue_policy;       /* enum haredis_queue_policy */
  int on_divergence;      /* enum haredis_divergence */
  int log_level;          /* enum haredis_log_level */
  haredis_event_fn *on_event;
  haredis_log_fn *on_log; /* NULL: haredis_log_stderr when HAREDIS_LOG is set, else silence */
  haredis_span_fn *on_span;
  void *user;             /* handed to the three hooks */
  int read_from;          /* enum haredis_read_from */
  size_t max_lag_bytes;   /* a replica further behind the master is not read; 0: no bound */
  int read_own_writes;    /* a replica that lacks an acknowledged write of ours is not read */
  int pool_max;           /* links for transactions, blocking commands and streams, at most */
  int tls;                /* every link; rediss:// says the same */
  const char *tls_ca_file;     /* PEM; NULL: the system's. A renewed file needs no restart */
  const char *tls_cert_file;   /* PEM, with tls_key_file: who we are; NULL: nobody asks */
  const char *tls_key_file;
  const char *tls_server_name; /* the name that certificates must bear; NULL: the node's host */
  int tls_verify;         /* 0: believe whoever answers; for tests */
} haredis_options;

/* Every default. The macro passes the size that the caller was compiled with. */
HAREDIS_API void haredis_options_init_size(haredis_options *options, size_t struct_size);
#define haredis_options_init(options) haredis_options_init_size((options), sizeof(haredis_options))

/*
 * Set one option by its name ("down_after_ms", "durability") from text ("250", "quorum").
 * Strings are borrowed as above. HAREDIS_OK, or HAREDIS_ERR_OPTION with a text that names the
 * option and the cause in `why` (always terminated when why_size > 0).
 */
HAREDIS_API int haredis_options_set(haredis_options *options, const char *name, const char *value,
                                    char *why, size_t why_size);

/* The table of options, for help texts: NULL past the end. Static strings. */
struct haredis_option_info {
  const char *name;
  const char *default_text;
  const char *meaning; /* one sentence that says how to choose */
};
HAREDIS_API const struct haredis_option_info *haredis_option_info(size_t index);

/* ----------------------------------------------------------------------------- clients ------- */

/*
 * An asynchronous client on the caller's loop. Never blocks; commands queue until there is a
 * master. NULL only when out of memory; with wrong options (or no loop) the client is returned in a
 * failed state: haredis_err() is set, haredis_errstr() names the option, and every command is
 * refused. It begins its work with the next turn of the loop: until this has returned, a wrong
 * option is all that is told, to on_log.
 */
HAREDIS_API haredis_client *haredis_async_connect(struct ev_loop *loop, const haredis_options *o);

/* The same client on a private loop, for haredis_command(). Does not wait for a master. */
HAREDIS_API haredis_client *haredis_connect(const haredis_options *options);

/*
 * Refuse new commands, finish old ones (a takeover of its own, a node that it is about to mend),
 * tell DRAINED (when nothing waits any more) and CLOSED, free the client; within drain_timeout_ms.
 * A blocking client has done all that when this returns.
 */
HAREDIS_API void haredis_disconnect(haredis_client *c);

/*
 * Free now. Every waiting callback is called first: ERR_CLOSED for what was not sent, ERR_MAYBE
 * for what was. NULL is allowed. From within a callback the memory goes when it returns.
 * Outside of callbacks a blocking client first finishes, within 500 ms, a takeover of its own and a
 * node that it is about to mend: short programs too leave a whole group behind.
 */
HAREDIS_API void haredis_free(haredis_client *c);

/* The last error of this client; in a callback: of this command. Text is borrowed until the next
 * call. A client is NULL when there was no memory for it: haredis_err(NULL) is ERR_MEMORY. */
HAREDIS_API int haredis_err(const haredis_client *c);
HAREDIS_API const char *haredis_errstr(const haredis_client *c);

/* The number of this client in this process: the (#1) of its log lines. */
HAREDIS_API int haredis_number(const haredis_client *c);

/* Blocking clients only: let the client work for up to timeout_ms (0: only what is ready) so that
 * it hears gossip, keeps its links, and calls back what was handed to the asynchronous functions:
 * they work on it, too. HAREDIS_OK or HAREDIS_ERR_REENTRANT. */
HAREDIS_API int haredis_run(haredis_client *c, int timeout_ms);

/* ---------------------------------------------------------------------------- commands ------- */

typedef void haredis_reply_fn(haredis_client *c, struct redisReply *reply, void *data);

/* Options of one command; zero (HAREDIS_CALL_INIT) means: as the client's options say. */
typedef struct haredis_call {
  size_t struct_size;
  int timeout_ms;  /* 0: command_timeout_ms; negative: none */
  int retry;       /* enum haredis_retry; 0: as the client */
  int durability;  /* enum haredis_durability; 0: as the client */
  int consistency; /* enum haredis_consistency */
  int read_from;   /* enum haredis_read_from; 0: as the client */
  size_t max_lag_bytes; /* a bound below the client's, rounded down by a 16th at most; 0: that */
  int read_own_writes;  /* 1: yes; -1: no; 0: as the client */
} haredis_call;
#define HAREDIS_CALL_INIT { sizeof(haredis_call), 0, 0, 0, 0, 0, 0, 0 }

/*
 * Send a command to the master (a read: to where read_from says). Blocking commands (BLPOP, XREAD
 * with BLOCK, WAIT, ...) get a link of their own: nobody waits for them, and their order with other
 * commands under way is not promised. Their deadline is their own timeout and command_timeout_ms on
 * top, none when they block for ever (a link that was cut without a word is noticed within three
 * times down_after_ms, or four seconds when that is more). A demoted master takes nothing for them
 * any more: they go to the new one with the rest of their timeout, an XREAD from $ from where it
 * began; when the answer was lost, retry says what follows. What an XREADGROUP took and lost stays
 * pending for its consumer. WAIT counts replicas that have every write accepted before it;
 * ERR_MAYBE: a failover came between. What would change a shared link (SUBSCRIBE, MULTI, SELECT)
 * or a role (REPLICAOF) is refused with ERR_UNSUPPORTED and the name of the function that does it.
 *
 * `fn` may be NULL. reply == NULL: haredis_err(c) says why; a server's own error is a
 * REDIS_REPLY_ERROR reply. Returns HAREDIS_OK (accepted: exactly one callback, never before this
 * returns) or the code why it was not accepted.
 */
HAREDIS_API int haredis_async_command(haredis_client *c, haredis_reply_fn *fn, void *data,
                                      const char *format, ...);
HAREDIS_API int haredis_async_vcommand(haredis_client *c, haredis_reply_fn *fn, void *data,
                                       const char *format, va_list ap);
/* argvlen NULL: the arguments are C strings. */
HAREDIS_API int haredis_async_command_argv(haredis_client *c, haredis_reply_fn *fn, void *data,
                                           int argc, const char **argv, const size_t *argvlen);
HAREDIS_API int haredis_async_command_with(haredis_client *c, const haredis_call *call,
                                           haredis_reply_fn *fn, void *data, int argc,
                                           const char **argv, const size_t *argvlen);
HAREDIS_API int haredis_async_commandf_with(haredis_client *c, const haredis_call *call,
                                            haredis_reply_fn *fn, void *data,
                                            const char *format, ...);

/* Blocking clients: send and wait. The reply is the caller's: freeReplyObject(). NULL: see
 * haredis_err(); ERR_AUTH comes at once, without waiting for the deadline. */
HAREDIS_API void *haredis_command(haredis_client *c, const char *format, ...);
HAREDIS_API void *haredis_vcommand(haredis_client *c, const char *format, va_list ap);
HAREDIS_API void *haredis_command_argv(haredis_client *c, int argc, const char **argv,
                                       const size_t *argvlen);
HAREDIS_API void *haredis_command_with(haredis_client *c, const haredis_call *call, int argc,
                                       const char **argv, const size_t *argvlen);
HAREDIS_API void *haredis_commandf_with(haredis_client *c, const haredis_call *call,
                                        const char *format, ...);

/* How this client would send a command: "shared link", "link of its own", or why it does not
 * ("refused: use haredis_subscribe()"). argc may be 1: the name alone. Static, never NULL. */
HAREDIS_API const char *haredis_command_way(haredis_client *c, int argc, const char **argv,
                                            const size_t *argvlen);

/* ----------------------------------------------------------------------- publish, subscribe -- */

/*
 * Subscriptions of all kinds share the client's internal pub/sub link, which lives on a replica
 * when there is one and moves by itself. Any number of handles on one channel cost one subscription
 * on the wire. While both nodes live a move loses nothing, repeats nothing and keeps the order;
 * otherwise, or when one was copied anew, SUBSCRIPTION_GAP names when messages may be missing.
 * A blocking client gets its messages inside haredis_run() and the other blocking functions.
 */
typedef struct haredis_subscription haredis_subscription;
enum haredis_channel_kind {
  HAREDIS_CHANNEL = 0, /* SUBSCRIBE */
  HAREDIS_PATTERN,     /* PSUBSCRIBE */
  HAREDIS_SHARD,       /* SSUBSCRIBE: Redis 7 and newer */
};

/* Borrowed until the handler returns. Texts are terminated behind their length. */
struct haredis_message {
  size_t struct_size;
  int kind;            /* enum haredis_channel_kind: how it was subscribed to */
  const char *pattern; /* that matched, NULL unless kind is HAREDIS_PATTERN */
  size_t pattern_len;
  const char *channel;
  size_t channel_len;
  const char *payload;
  size_t payload_len;
};
/* Once per handle and message, in the order of the master. May do anything, also unsubscribe. */
typedef void haredis_message_fn(haredis_client *c, const struct haredis_message *message,
                                void *data);

/*
 * A handle, or NULL: haredis_err() says why. Sent in the order of the calls, many in one packet.
 * HAREDIS_EVENT_SUBSCRIBED, one for all of a turn, tells when everything asked for is in force; to
 * second handles too. Names are not empty; with "<prefix>:gossip:", "<prefix>:mark:" begin our own.
 */
HAREDIS_API haredis_subscription *haredis_subscribe(haredis_client *c, const char *channel,
                                                    haredis_message_fn *fn, void *data);
HAREDIS_API haredis_subscription *haredis_psubscribe(haredis_client *c, const char *pattern,
                                                     haredis_message_fn *fn, void *data);
HAREDIS_API haredis_subscription *haredis_ssubscribe(haredis_client *c, const char *channel,
                                                     haredis_message_fn *fn, void *data);
/* The same for names with any bytes. kind: enum haredis_channel_kind. */
HAREDIS_API haredis_subscription *haredis_subscribe_bytes(haredis_client *c, int kind,
                                                          const char *name, size_t len,
                                                          haredis_message_fn *fn, void *data);
/* The handle is gone when this returns; its handler is not called again. NULL is allowed. The end
 * of the client ends its handles too: none may be used behind CLOSED. */
HAREDIS_API void haredis_unsubscribe(haredis_subscription *s);

enum haredis_subscription_state {
  HAREDIS_SUBSCRIPTION_PENDING = 0, /* asked for, not confirmed (again) by a server */
  HAREDIS_SUBSCRIPTION_READY,       /* in force */
  HAREDIS_SUBSCRIPTION_REFUSED,     /* the server said no: NOPERM, no SSUBSCRIBE; a WARNING told */
};
HAREDIS_API int haredis_subscription_state(const haredis_subscription *s); /* NULL: REFUSED */

/*
 * PUBLISH through the master: an ordinary command, with one promise more: it goes out when the
 * subscriptions that this client asked for before it are in force and fed by that master (or when
 * that has taken down_after_ms), so who publishes to itself hears itself. A PUBLISH that the
 * master's demotion overtakes is sent to the new one. Also as haredis_async_command("PUBLISH ...").
 * The reply counts the master's own subscribers; those of this library listen on replicas.
 */
HAREDIS_API int haredis_publish(haredis_client *c, haredis_reply_fn *fn, void *data,
                                const char *channel, const void *payload, size_t payload_len);

/* ---------------------------------------------------------------------------- streams -------- */

/* What one server says unasked, on a link of its own, until it is closed. */
typedef struct haredis_stream haredis_stream;

struct haredis_stream_item {
  size_t struct_size;
  const char *node;    /* who says it */
  const char *channel; /* keyspace: "__keyevent@0__:expired"; MONITOR: NULL */
  size_t channel_len;
  const char *text;    /* keyspace: the payload; MONITOR: its line */
  size_t text_len;
};
typedef void haredis_stream_fn(haredis_client *c, const struct haredis_stream_item *item,
                               void *data);

/* Every command that `node` ("host:port"; NULL: whoever is master) runs. NULL: haredis_err(). What
 * was missed (a failover; servers drop who is slow) SUBSCRIPTION_GAP tells, with the next link. */
HAREDIS_API haredis_stream *haredis_monitor(haredis_client *c, const char *node,
                                            haredis_stream_fn *fn, void *data);
/* Keyspace events of the master, which alone tells "expired" and "evicted", but not those of our
 * own keys. pattern as in PSUBSCRIBE: "__keyevent@0__:expired". Servers tell only what their
 * notify-keyspace-events names: a WARNING says when that is nothing. Gaps are told as above. */
HAREDIS_API haredis_stream *haredis_keyspace(haredis_client *c, const char *pattern,
                                             haredis_stream_fn *fn, void *data);
/* 1: the server said no (NOPERM, wrong password), a WARNING told; it is asked again. Else 0. */
HAREDIS_API int haredis_stream_refused(const haredis_stream *s);
HAREDIS_API void haredis_stream_close(haredis_stream *s); /* NULL is allowed */

/* ------------------------------------------------------------------------ transactions ------- */

/*
 * MULTI and EXEC in one packet, on a link of their own (WATCH belongs to a link). Commands are kept
 * here until EXEC: nothing runs before, a transaction that is dropped costs the servers nothing.
 *
 *   begin ─▶ [watch, read]* ─▶ command* ─▶ exec: an array, one reply a command; NIL: a watched
 *                                  └─▶ discard   key was changed, nothing ran, begin again
 *
 * A failover before EXEC was sent ends one that watches with ERR_ABORTED (nothing ran: begin
 * again); one that does not watch waits for the new master. When EXEC was sent and its answer is
 * lost: ERR_MAYBE; it is never repeated. durability = quorum covers EXEC. Its order with other
 * commands of the client that are still under way is not promised.
 *
 * Deadlines: command_timeout_ms for a read; for EXEC from the call of exec. One that watches holds
 * its link (of pool_max) until it is executed or discarded. The end of the client ends those that
 * are open. FLUSHALL, FLUSHDB and SWAPDB are refused inside: they would take our record away.
 */
typedef struct haredis_txn haredis_txn;
HAREDIS_API haredis_txn *haredis_txn_begin(haredis_client *c); /* NULL: haredis_err() */
/* WATCH, now. Refused by the server: EXEC's callback tells. */
HAREDIS_API int haredis_txn_watch(haredis_txn *t, int count, const char **keys,
                                  const size_t *lens);
/* Run a command now, under the WATCH: what the transaction depends on. Reads only. */
HAREDIS_API int haredis_async_txn_read(haredis_txn *t, haredis_reply_fn *fn, void *data,
                                       const char *format, ...);
HAREDIS_API int haredis_async_txn_read_argv(haredis_txn *t, haredis_reply_fn *fn, void *data,
                                            int argc, const char **argv, const size_t *argvlen);
/* One command more for EXEC. */
HAREDIS_API int haredis_txn_command(haredis_txn *t, const char *format, ...);
HAREDIS_API int haredis_txn_command_argv(haredis_txn *t, int argc, const char **argv,
                                         const size_t *argvlen);
/* Accepted: one callback, and t is gone. Not accepted: t stays. call may be NULL. */
HAREDIS_API int haredis_async_txn_exec(haredis_txn *t, const haredis_call *call,
                                       haredis_reply_fn *fn, void *data);
/* t is gone; its waiting reads are called back with ERR_CLOSED or ERR_MAYBE. NULL is allowed. */
HAREDIS_API void haredis_txn_discard(haredis_txn *t);
/* Blocking clients. The reply is the caller's. exec: t is gone, whatever is returned. */
HAREDIS_API void *haredis_txn_read(haredis_txn *t, const char *format, ...);
HAREDIS_API void *haredis_txn_exec(haredis_txn *t, const haredis_call *call);

/* ----------------------------------------------------------------------------- scripts ------- */

/*
 * A Lua script, called by its SHA1 and loaded by itself: at first use, after NOSCRIPT, and on a new
 * master that never saw it. Nothing is sent here. The text is copied. NULL: haredis_err().
 * A call that finds out that the server has forgotten the script is sent again with the text, and
 * then runs behind what was sent after it. (Functions are data: FCALL needs no help, replicas have
 * them.) READONLY and the like in a script's own words are its answer; only what the server itself
 * refused is sent again. What publishes belongs into a transaction: that runs on a master or not
 * at all, a script alone may publish on a demoted one.
 */
typedef struct haredis_script haredis_script;
HAREDIS_API haredis_script *haredis_script_load(haredis_client *c, const char *lua);
HAREDIS_API void haredis_script_free(haredis_script *s); /* calls under way go on. NULL: allowed */
/* keys: how many of argv are keys, they come first. call may be NULL; argvlen NULL: C strings. */
HAREDIS_API int haredis_async_script_call(haredis_script *s, const haredis_call *call,
                                          haredis_reply_fn *fn, void *data, int keys, int argc,
                                          const char **argv, const size_t *argvlen);
/* Blocking clients. The reply is the caller's. */
HAREDIS_API void *haredis_script_call(haredis_script *s, const haredis_call *call, int keys,
                                      int argc, const char **argv, const size_t *argvlen);

/* ------------------------------------------------------------------------------ events ------- */

enum haredis_event_kind {
  HAREDIS_EVENT_READY = 1,         /* there is a master: commands flow */
  HAREDIS_EVENT_PAUSED,            /* no master, or cut off: commands queue */
  HAREDIS_EVENT_NODE_UP,           /* .node */
  HAREDIS_EVENT_NODE_DOWN,         /* .node, .text says why */
  HAREDIS_EVENT_FAILOVER_STARTED,  /* this client tries to take over; .node is the old master */
  HAREDIS_EVENT_FAILOVER_ENDED,    /* .node is the master now, NULL if the attempt was given up */
  HAREDIS_EVENT_MASTER_CHANGED,    /* .node is the master now; .epoch */
  HAREDIS_EVENT_TOPOLOGY_CHANGED,  /* haredis_topology_ref() shows something new */
  HAREDIS_EVENT_DIVERGED,          /* .node has .count writes that nobody else has (-1: uncounted);
                                      told by whoever drops them; .text */
  HAREDIS_EVENT_WARNING,           /* .text: something a person should mend; .node or NULL */
  HAREDIS_EVENT_DRAINED,           /* haredis_disconnect(): nothing waits any more */
  HAREDIS_EVENT_CLOSED,            /* the last event of a client */
  HAREDIS_EVENT_SUBSCRIBED,        /* every subscription is in force on .node; .count of them */
  HAREDIS_EVENT_SUBSCRIPTION_GAP,  /* messages of .gap_from_ms to .gap_until_ms may be missing */
};

struct haredis_event {
  size_t struct_size;
  int kind;            /* enum haredis_event_kind */
  const char *node;    /* "host:port" or NULL */
  uint64_t epoch;      /* of the master, 0: unknown */
  int64_t count;
  const char *text;    /* one line for people, never NULL */
  int64_t gap_from_ms, gap_until_ms; /* wall clock, ms since 1970, UTC; 0: no gap */
};

/* "MASTER_CHANGED" and so on. */
HAREDIS_API const char *haredis_event_name(int kind);

/* ------------------------------------------------------------------------ log and spans ------- */

struct haredis_log_record {
  size_t struct_size;
  int level;          /* enum haredis_log_level */
  int client;         /* the (#1) of the trace */
  int64_t wall_ms;    /* since 1970, UTC */
  const char *text;   /* one line, no newline */
};

/* Ready made on_log: "[19:28:00](#1) info: ready, ..." on standard error. */
HAREDIS_API void haredis_log_stderr(const struct haredis_log_record *record, void *user);

/* Once per finished command, when on_span is set. */
struct haredis_span {
  size_t struct_size;
  const char *command; /* its first word, not terminated by us: command_len bytes */
  size_t command_len;
  const char *node;    /* the last node it was sent to, NULL: never sent */
  int error;           /* HAREDIS_OK or the code handed to the callback */
  int attempts;        /* how often it was sent */
  int64_t queued_us;   /* from the call to the (last) sending */
  int64_t network_us;  /* from the (last) sending to the answer */
};

/* ---------------------------------------------------------------------------- topology ------- */

enum haredis_role {
  HAREDIS_ROLE_UNKNOWN = 0,
  HAREDIS_ROLE_MASTER,  /* the elected one */
  HAREDIS_ROLE_REPLICA,
  HAREDIS_ROLE_SEALED,  /* keeps its data and waits for an election */
  HAREDIS_ROLE_STRAY,   /* says it is master, was not elected */
};

struct haredis_node {
  size_t struct_size;
  const char *name;       /* "host:port" */
  int role;               /* enum haredis_role */
  int up;                 /* answers */
  int link_up;            /* a replica's link to its master */
  const char *follows;    /* whom a replica follows, NULL: nobody */
  const char *lineage;    /* "5:gP0SCM1B": whose history the data belongs to, "-": none */
  uint64_t opcounter;     /* writes counted in its data */
  int64_t offset;         /* replication offset, bytes */
  int64_t lag;            /* bytes behind the master, -1: unknown */
  int64_t keys;           /* in all databases, our own left out */
  int64_t age_ms;         /* how old all this is, -1: never seen */
  const char *why;        /* it is not up: "refused", ...; NULL: it is, or nobody has tried yet */
};

/* An immutable snapshot. ref: counted, NULL only when out of memory. unref: NULL is allowed. */
HAREDIS_API haredis_topology *haredis_topology_ref(haredis_client *c);
HAREDIS_API void haredis_topology_unref(haredis_topology *t);
HAREDIS_API uint64_t haredis_topology_epoch(const haredis_topology *t);
HAREDIS_API size_t haredis_topology_count(const haredis_topology *t);
HAREDIS_API const struct haredis_node *haredis_topology_node(const haredis_topology *t, size_t i);
/* The master's index, -1: none. Writable: a master, and not cut off from the majority. */
HAREDIS_API int haredis_topology_master(const haredis_topology *t);
HAREDIS_API int haredis_topology_writable(const haredis_topology *t);
/* Why commands wait: HAREDIS_OK (they do not), ERR_NO_MASTER, ERR_NO_QUORUM, ERR_AMBIGUOUS or
 * ERR_AUTH (so many nodes refuse us that the others are no majority). */
HAREDIS_API int haredis_topology_pause(const haredis_topology *t);
/* As snprintf: the length needed; a table for people, and JSON. */
HAREDIS_API size_t haredis_topology_text(const haredis_topology *t, char *out, size_t size);
HAREDIS_API size_t haredis_topology_json(const haredis_topology *t, char *out, size_t size);

/* ------------------------------------------------------------------- what a person asks ------- */

/* code: HAREDIS_OK or why not; text: one line for people. Exactly once when accepted. */
typedef void haredis_done_fn(haredis_client *c, int code, const char *text, void *data);

/* Ask every node for its state; when all have answered or failed, the topology is fresh. */
HAREDIS_API int haredis_refresh(haredis_client *c, haredis_done_fn *fn, void *data);

/* Planned: make `node` (NULL: the best replica) the master. No command fails, none is lost; a
 * quorum write that waits for its acknowledgement at that moment may end with ERR_MAYBE. */
HAREDIS_API int haredis_switchover(haredis_client *c, const char *node, haredis_done_fn *fn,
                                   void *data);

/* A person's word: `node`'s data is the right one, whatever the others hold. The answer to
 * ERR_AMBIGUOUS, and to a majority that will not come back. Data that only others hold is lost. */
HAREDIS_API int haredis_takeover(haredis_client *c, const char *node, haredis_done_fn *fn,
                                 void *data);

#ifdef __cplusplus
}
#endif
#endif
