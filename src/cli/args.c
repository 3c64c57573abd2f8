/*
 * The command line. Options may stand before or after the command; what follows `exec` belongs to
 * Redis from its first word on, dashes and all, and so does what follows `publish`.
 */
#include "repl.h"

#include <stdlib.h>
#include <string.h>

#define HELP_WIDTH 80

enum command_bit {
  STATUS = 1,
  EXEC = 2,
  SWITCHOVER = 4,
  TAKEOVER = 8,
  WATCH = 16,
  LISTEN = 32, /* subscribe, monitor, ... */
  PUBLISH = 64,
  REPL = 128,
  WAIT = 256,
  METRICS = 512,
  EVERY = 1023,
};

static const struct {
  const char *name;
  unsigned bit;
  int args_min, args_max; /* -1: any number */
  const char *args_text;
} commands[] = {
  {"", REPL, 0, 0, "no argument"},
  {"status", STATUS, 0, 0, "no argument"},
  {"metrics", METRICS, 0, 0, "no argument"},
  {"exec", EXEC, 1, -1, "a Redis command, as in: haredis exec SET key value"},
  {"publish", PUBLISH, 2, 2, "a channel and a message"},
  {"subscribe", LISTEN, 1, -1, "channels, as in: haredis subscribe news weather"},
  {"psubscribe", LISTEN, 1, -1, "patterns, as in: haredis psubscribe 'news.*'"},
  {"ssubscribe", LISTEN, 1, -1, "sharded channels"},
  {"monitor", LISTEN, 0, 1, "no argument, or one node"},
  {"keyspace", LISTEN, 1, 1, "one pattern, as in: haredis keyspace '__keyevent@0__:expired'"},
  {"switchover", SWITCHOVER, 0, 0, "no argument, or --to NODE"},
  {"takeover", TAKEOVER, 1, 1, "one node, as in: haredis takeover 10.0.0.2:6379"},
  {"watch", WATCH, 0, 0, "no argument"},
  {"wait", WAIT, 0, 0, "no argument, or --for SECONDS"},
  {"complete", REPL, 1, 1, "the beginning of a line"}, /* for tests and shells: not in the help */
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

enum option_id {
  NODES, USER, PASSWORD, DB, SET, TO, FOR, JSON, REDRAW, YES, RAW, NO_RAW, LAST, TLS, CA_CERT, CERT,
  KEY, SNI, INSECURE, HELP, VERSION,
};

static const struct option {
  const char *name;
  char letter; /* '\0': none */
  enum option_id id;
  const char *value; /* NULL: takes none */
  unsigned commands;
  const char *meaning;
} options[] = {
  {"nodes", 'n', NODES, "LIST", EVERY, "the nodes: host:port,[::1]:6380,unix:/path or URIs"},
  {"user", 'u', USER, "NAME", EVERY, "the ACL user; default: Redis' default user"},
  {"password", 'p', PASSWORD, "TEXT", EVERY, "better in the environment: HAREDIS_PASSWORD"},
  {"pass", '\0', PASSWORD, "TEXT", EVERY, NULL}, /* the same: as redis-cli says it */
  {"db", '\0', DB, "N", EVERY, "the database, as SELECT says it; default: 0"},
  {"tls", '\0', TLS, NULL, EVERY, "every link by TLS, as rediss:// in --nodes does"},
  {"cacert", '\0', CA_CERT, "FILE", EVERY, "PEM of the authorities; default: the system's"},
  {"cert", '\0', CERT, "FILE", EVERY, "PEM of our certificate, with --key"},
  {"key", '\0', KEY, "FILE", EVERY, "PEM of its key"},
  {"sni", '\0', SNI, "NAME", EVERY, "the name that certificates must bear; default: the host"},
  {"insecure", '\0', INSECURE, NULL, EVERY, "believe any certificate"},
  {"set", 's', SET, "OPTION=VALUE", EVERY, "any option of the library, see below"},
  {"json", 'j', JSON, NULL, STATUS, "status: print JSON"},
  {"watch", 'w', REDRAW, NULL, STATUS, "status: draw again whenever something changes"},
  {"to", 't', TO, "NODE", SWITCHOVER, "switchover: the new master; default: the best replica"},
  {"for", 'f', FOR, "SECONDS", WAIT, "wait: not longer than this; default: as long as it takes"},
  {"yes", 'y', YES, NULL, TAKEOVER, "takeover: do not ask"},
  {"raw", '\0', RAW, NULL, EXEC | PUBLISH | LISTEN | REPL, "bare replies, also on a terminal"},
  {"no-raw", '\0', NO_RAW, NULL, EXEC | PUBLISH | LISTEN | REPL, "typed ones, also in a pipe"},
  {"stdin", 'x', LAST, NULL, EXEC | PUBLISH, "the last argument is what standard input holds"},
  {"help", 'h', HELP, NULL, EVERY, "this text"},
  {"version", 'V', VERSION, NULL, EVERY, "the version"},
};
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

static const char usage[] =
    "usage: haredis [options]\n"
    "       haredis [options] status [--json] [--watch]\n"
    "       haredis [options] metrics\n"
    "       haredis [options] exec [--stdin] COMMAND [ARGUMENT...]\n"
    "       haredis [options] publish [--stdin] CHANNEL [MESSAGE]\n"
    "       haredis [options] subscribe CHANNEL... | psubscribe PATTERN...\n"
    "       haredis [options] ssubscribe CHANNEL...\n"
    "       haredis [options] monitor [NODE] | keyspace PATTERN\n"
    "       haredis [options] switchover [--to NODE]\n"
    "       haredis [options] takeover [--yes] NODE\n"
    "       haredis [options] wait [--for SECONDS]\n"
    "       haredis [options] watch\n";

/* A name, then its text in a column of its own, broken between words. */
static void print_entry(FILE *out, const char *name, const char *text) {
  int column = fprintf(out, "  %-22s", name);
  while (*text != '\0') {
    size_t length = strcspn(text, " ");
    if (column + 1 + (int)length > HELP_WIDTH) column = fprintf(out, "\n%24s", "") - 1;
    column += fprintf(out, " %.*s", (int)length, text);
    text += length + (text[length] == ' ');
  }
  fputc('\n', out);
}

static void print_library_options(FILE *out) {
  const struct haredis_option_info *info;
  for (size_t i = 0; (info = haredis_option_info(i)) != NULL; i++) {
    char text[400];
    bool has_default = info->default_text[0] != '\0';
    snprintf(text, sizeof(text), "%s%s%s%s", info->meaning, has_default ? " (default: " : "",
             info->default_text, has_default ? ")" : "");
    print_entry(out, info->name, text);
  }
}

static void print_help(FILE *out) {
  fputs(usage, out);
  fputs("\n"
        "(none)      commands line by line: on a terminal with history and completion,\n"
        "            else from standard input\n"
        "status      who is master, who follows whom, how far behind, how quick;\n"
        "            with --watch also what goes to and fro. Changes nothing\n"
        "metrics     the same for Prometheus, as text. Changes nothing\n"
        "exec        send one command through the client, failover and all\n"
        "publish     one message, through the master. Prints how many listen on the\n"
        "            master itself: who listens on a replica, as this library does, is\n"
        "            not counted\n"
        "subscribe, psubscribe, ssubscribe\n"
        "            print messages until Ctrl-C; gaps and moves go to standard error.\n"
        "            In a pipe one line for each: its parts with tabs between, and \\n \\t\n"
        "            \\r \\\\ for those bytes\n"
        "monitor     every command that NODE (default: whoever is master) runs\n"
        "keyspace    keyspace events of the master, as '__keyevent@0__:expired'\n"
        "switchover  make another node the master: no command fails, nothing is lost\n"
        "takeover    a person's word: NODE's data is right. What only others hold is\n"
        "            lost\n"
        "wait        until every node is up and follows the master: between two steps\n"
        "            of a rolling restart. Takes part, and says what is missing\n"
        "watch       print events as they happen. Changes nothing, unless you let it take\n"
        "            part in failovers: --set auto_failover=yes makes it a guard\n"
        "\n"
        "options:\n", out);
  for (size_t i = 0; i < OPTION_COUNT; i++) {
    char left[40], letter[5] = "    ";
    if (options[i].meaning == NULL) continue;
    if (options[i].letter != '\0') snprintf(letter, sizeof(letter), "-%c, ", options[i].letter);
    snprintf(left, sizeof(left), "%s--%s%s%s", letter, options[i].name,
             options[i].value != NULL ? " " : "",
             options[i].value != NULL ? options[i].value : "");
    print_entry(out, left, options[i].meaning);
  }
  fputs("\n"
        "environment:\n"
        "  HAREDIS_NODES          the nodes, when --nodes is not given\n"
        "  HAREDIS_USER           the user, when --user is not given\n"
        "  HAREDIS_PASSWORD       the password, when --password is not given\n"
        "  HAREDIS_LOG=debug      print the trace of every decision to standard error\n"
        "  NO_COLOR               no colours on the terminal\n"
        "\n"
        "options of the library, for --set:\n", out);
  print_library_options(out);
  fputs("\n"
        "exit codes: 0 done; 1 failed (exec and commands from a pipe: an error reply too;\n"
        "            status: there is no master; wait: the group is not whole); 2 the\n"
        "            command line is wrong\n", out);
}

static bool set_library_option(struct cli *cli, char *text) {
  char why[200] = "";
  char *equals = strchr(text, '=');
  if (equals == NULL) {
    cli_error("--set %s: wants OPTION=VALUE", text);
    return false;
  }
  *equals = '\0';
  if (haredis_options_set(&cli->options, text, equals + 1, why, sizeof(why)) == HAREDIS_OK) {
    return true;
  }
  cli_error("--set %s=%s: %s", text, equals + 1, why);
  return false;
}

static bool set_database(struct cli *cli, const char *text) {
  char why[200] = "";
  if (haredis_options_set(&cli->options, "db", text, why, sizeof(why)) == HAREDIS_OK) return true;
  cli_error("--db %s: %s", text, why);
  return false;
}

static bool take_seconds(struct cli *cli, const char *text) {
  char *end = NULL;
  long seconds = strtol(text, &end, 10);
  if (end == text || *end != '\0' || seconds < 1 || seconds > 1000000) {
    cli_error("--for %s: wants whole seconds, 1 to 1000000", text);
    return false;
  }
  cli->seconds = (int)seconds;
  return true;
}

static bool take_option(struct cli *cli, const struct option *option, char *value) {
  switch (option->id) {
    case NODES: cli->options.nodes = value; return true;
    case USER: cli->options.username = value; return true;
    case PASSWORD: cli->options.password = value; return true;
    case DB: return value != NULL && set_database(cli, value);
    case SET: return value != NULL && set_library_option(cli, value);
    case TO: cli->to = value; return true;
    case FOR: return value != NULL && take_seconds(cli, value);
    case JSON: cli->json = true; return true;
    case REDRAW: cli->watch = true; return true;
    case YES: cli->yes = true; return true;
    case RAW: cli->raw = true; return true;
    case NO_RAW: cli->no_raw = true; return true;
    case LAST: cli->from_stdin = true; return true;
    case TLS: cli->options.tls = 1; return true;
    case CA_CERT: cli->options.tls_ca_file = value; return true;
    case CERT: cli->options.tls_cert_file = value; return true;
    case KEY: cli->options.tls_key_file = value; return true;
    case SNI: cli->options.tls_server_name = value; return true;
    case INSECURE: cli->options.tls_verify = 0; return true;
    case HELP:
    case VERSION: return true; /* answered before anything else is looked at */
  }
  return false;
}

/* "--name", "--name=value" or "-n": the option, and where its value starts if it is glued on. */
static const struct option *find_option(char *arg, char **glued) {
  *glued = NULL;
  if (arg[1] != '-') {
    for (size_t i = 0; i < OPTION_COUNT; i++) {
      if (arg[1] != options[i].letter) continue;
      if (arg[2] != '\0') *glued = arg + 2;
      return &options[i];
    }
    return NULL;
  }
  char *equals = strchr(arg, '=');
  size_t length = equals != NULL ? (size_t)(equals - arg - 2) : strlen(arg + 2);
  for (size_t i = 0; i < OPTION_COUNT; i++) {
    if (strlen(options[i].name) != length) continue;
    if (strncmp(options[i].name, arg + 2, length) != 0) continue;
    if (equals != NULL) *glued = equals + 1;
    return &options[i];
  }
  return NULL;
}

static unsigned command_bit(const struct cli *cli) {
  for (size_t i = 0; i < COMMAND_COUNT; i++) {
    if (cli->command != NULL && strcmp(cli->command, commands[i].name) == 0) {
      return commands[i].bit;
    }
  }
  return 0;
}

/* --help wins wherever it stands, unless it belongs to Redis. */
static bool answered(const struct option *option) {
  if (option->id == HELP) print_help(stdout);
  if (option->id == VERSION) {
    printf("haredis %d.%d.%d\n", HAREDIS_VERSION_MAJOR, HAREDIS_VERSION_MINOR,
           HAREDIS_VERSION_PATCH);
  }
  return option->id == HELP || option->id == VERSION;
}

/* What standard input holds counts, but is not all. */
static bool check_args(const struct cli *cli) {
  int count = cli->arg_count > 0 ? cli->arg_count + cli->from_stdin : 0;
  for (size_t i = 0; i < COMMAND_COUNT; i++) {
    int max = commands[i].args_max;
    if (strcmp(commands[i].name, cli->command) != 0) continue;
    if (count >= commands[i].args_min && (max < 0 || count <= max)) return true;
    cli_error("%s takes %s", cli->command, commands[i].args_text);
    return false;
  }
  return true;
}

/* A --db of 0 is the library's default, which the "/3" of a URI would silently overrule. */
static bool check_database(const struct cli *cli, unsigned used) {
  int db = cli->options.db;
  bool given = false;
  for (size_t i = 0; i < OPTION_COUNT; i++) {
    given = given || ((used & (1u << i)) != 0 && options[i].id == DB);
  }
  if (given && cli->options.nodes != NULL) free(cli_nodes_without_db(cli->options.nodes, &db));
  if (db == cli->options.db) return true;
  cli_error("--db %d contradicts the /%d in --nodes", cli->options.db, db);
  return false;
}

static bool check_command(struct cli *cli, unsigned used) {
  if (cli->command == NULL) cli->command = "";
  unsigned bit = command_bit(cli);
  if (!check_args(cli) || !check_database(cli, used)) return false;
  for (size_t i = 0; i < OPTION_COUNT; i++) {
    if ((used & (1u << i)) == 0 || (options[i].commands & bit) != 0) continue;
    cli_error("--%s does not belong to %s", options[i].name,
              bit == REPL ? "commands line by line" : cli->command);
    return false;
  }
  if (cli->json && cli->watch) {
    cli_error("--json and --watch exclude each other");
    return false;
  }
  if (cli->raw && cli->no_raw) {
    cli_error("--raw and --no-raw exclude each other");
    return false;
  }
  bool complete = strcmp(cli->command, "complete") == 0; /* offers what is built in, then */
  if (!complete && (cli->options.nodes == NULL || cli->options.nodes[0] == '\0')) {
    if (bit == REPL) fputs(usage, stderr);
    cli_error("which nodes? Give --nodes host:port,host:port or set HAREDIS_NODES");
    return false;
  }
  if (cli->options.auto_failover < 0) {
    /* who only looks changes nothing */
    cli->options.auto_failover = (bit & (STATUS | WATCH | METRICS)) == 0;
  }
  return true;
}

static const char *command_name(size_t index) {
  return commands[index].name;
}

static const char *option_name(size_t index) {
  return options[index].name;
}

/* One word that is no option: the command, or its next argument. */
static bool take_word(struct cli *cli, const char *word) {
  if (cli->command != NULL) {
    cli->args[cli->arg_count++] = word;
    return true;
  }
  cli->command = word;
  if (word[0] != '\0' && command_bit(cli) != 0) return true;
  if (strcmp(word, "help") == 0) {
    print_help(stdout);
    cli->answered = true;
    return true;
  }
  const char *meant = cli_nearest(word, COMMAND_COUNT, command_name);
  if (cli_names_built_in(word)) {
    cli_error("there is no command `%s`: what Redis shall do stands behind `haredis exec`", word);
  } else if (meant != NULL) {
    cli_error("there is no command `%s`: `%s`? `haredis --help` lists them", word, meant);
  } else {
    cli_error("there is no command `%s`; `haredis --help` lists them", word);
  }
  return false;
}

static bool no_option(const char *text) {
  char name[32];
  snprintf(name, sizeof(name), "%.*s", (int)strcspn(text, "="), text);
  const char *meant = cli_nearest(name + strspn(name, "-"), OPTION_COUNT, option_name);
  if (meant != NULL) {
    cli_error("there is no option `%s`: `--%s`? `haredis --help` lists them", text, meant);
  } else {
    cli_error("there is no option `%s`; `haredis --help` lists them", text);
  }
  return false;
}

bool cli_parse(struct cli *cli, int argc, char **argv) {
  haredis_options_init(&cli->options);
  cli->options.auto_failover = -1; /* until somebody says */
  cli->options.nodes = getenv("HAREDIS_NODES");
  cli->options.username = getenv("HAREDIS_USER");
  cli->options.password = getenv("HAREDIS_PASSWORD");
  unsigned used = 0;
  bool only_words = false;
  for (int i = 1; i < argc; i++) {
    /* A message or a value may begin with a dash. */
    bool data = cli->arg_count > 0 && (command_bit(cli) & (EXEC | PUBLISH)) != 0;
    if (only_words || data || argv[i][0] != '-' || argv[i][1] == '\0') {
      if (!take_word(cli, argv[i])) return false;
      if (cli->answered) return true;
      continue;
    }
    if (strcmp(argv[i], "--") == 0) {
      only_words = true;
      continue;
    }
    char *value = NULL;
    const struct option *option = find_option(argv[i], &value);
    if (option == NULL || (option->value == NULL && value != NULL)) {
      return no_option(argv[i]);
    }
    if (answered(option)) {
      cli->answered = true;
      return true;
    }
    if (option->value != NULL && value == NULL) {
      if (i + 1 == argc) {
        cli_error("--%s wants a value: %s", option->name, option->value);
        return false;
      }
      value = argv[++i];
    }
    if (!take_option(cli, option, value)) return false;
    used |= 1u << (option - options);
  }
  return check_command(cli, used);
}
