/*
 * Lines: edited by libedit where there is a terminal and the build has found it, else as they come.
 * The history is a plain file of this program's own, so that it is the same with and without
 * libedit: ~/.haredis_history, readable by its owner alone, and never a line with a password.
 */
#include "repl.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_EDITLINE
#include <editline/readline.h>
#endif

#define HISTORY_LINES 1000
#define IDLE_MS 20

bool cli_word_is(const char *word, const char *upper) {
  return strcasecmp(word, upper) == 0;
}

/* ---- history ---- */

/* Does it carry a password? */
static bool is_secret(const char *text) {
  struct cli_words words;
  if (!cli_words_split(text, &words)) return false;
  bool secret = false;
  const char *first = words.argc > 0 ? words.argv[0] : "";
  const char *second = words.argc > 1 ? words.argv[1] : "";
  if (cli_word_is(first, "AUTH")) secret = true;
  if (cli_word_is(first, "ACL") && cli_word_is(second, "SETUSER")) secret = true;
  bool config = cli_word_is(first, "CONFIG") && cli_word_is(second, "SET");
  bool auth = cli_word_is(first, "HELLO") || cli_word_is(first, "MIGRATE");
  for (int i = 1; i < words.argc && (config || auth); i++) {
    const char *word = words.argv[i];
    if (auth && (cli_word_is(word, "AUTH") || cli_word_is(word, "AUTH2"))) secret = true;
    if (config && (cli_word_is(word, "REQUIREPASS") || cli_word_is(word, "MASTERAUTH") ||
                   cli_word_is(word, "MASTERUSER") || strncasecmp(word, "TLS-", 4) == 0)) {
      secret = true;
    }
  }
  cli_words_free(&words);
  return secret;
}

/* Its quotes close. */
static bool is_whole(const char *text) {
  struct cli_words words;
  if (!cli_words_split(text, &words)) return false;
  cli_words_free(&words);
  return true;
}

static bool history_path(char *out, size_t size) {
  const char *home = getenv("HOME");
  if (home == NULL || home[0] == '\0') return false;
  int length = snprintf(out, size, "%s/.haredis_history", home);
  return length > 0 && (size_t)length < size;
}

/* Nobody else may read it, whoever made it. -1: no history. */
static int history_open(int flags) {
  char path[512];
  if (!history_path(path, sizeof(path))) return -1;
  int fd = open(path, flags | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) (void)fchmod(fd, 0600);
  return fd;
}

#ifdef HAVE_EDITLINE
/* Returns how many lines there are. */
static long history_read(FILE *file) {
  char *text = NULL;
  size_t capacity = 0;
  long lines = 0;
  ssize_t length;
  while ((length = getline(&text, &capacity, file)) > 0) {
    if (text[length - 1] == '\n') text[length - 1] = '\0';
    if (text[0] != '\0') add_history(text);
    lines++;
  }
  free(text);
  return lines;
}

/* The last lines of a file that has grown long. Another one that is being written to may lose a
 * line by it. */
static void history_shorten(FILE *file, long lines) {
  char *text = NULL, *kept = NULL;
  size_t capacity = 0, size = 0;
  ssize_t length;
  FILE *memory = open_memstream(&kept, &size);
  rewind(file);
  for (long i = 0; memory != NULL && (length = getline(&text, &capacity, file)) > 0; i++) {
    if (i >= lines - HISTORY_LINES) fwrite(text, 1, (size_t)length, memory);
  }
  free(text);
  if (memory != NULL && fclose(memory) == 0) {
    int fd = history_open(O_WRONLY | O_TRUNC);
    if (fd >= 0 && write(fd, kept, size) < 0) cli_error("history: %s", strerror(errno));
    if (fd >= 0) close(fd);
  }
  free(kept);
}

static void history_begin(void) {
  int fd = history_open(O_RDONLY);
  FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
  if (file == NULL) {
    if (fd >= 0) close(fd);
    return;
  }
  long lines = history_read(file);
  if (lines > 2 * HISTORY_LINES) history_shorten(file, lines);
  fclose(file);
}
#endif

void cli_line_remember(struct cli_line *line, const char *text) {
  if (!line->person || text[strspn(text, " \t")] == '\0' || is_secret(text)) return;
  if (line->last != NULL && strcmp(line->last, text) == 0) return;
  free(line->last);
  line->last = strdup(text);
#ifdef HAVE_EDITLINE
  if (line->edited) add_history(text);
#endif
  if (!is_whole(text)) return; /* to be mended now; nobody knows what else is in it */
  int fd = history_open(O_WRONLY | O_APPEND);
  FILE *file = fd >= 0 ? fdopen(fd, "a") : NULL;
  if (file != NULL) {
    fprintf(file, "%s\n", text);
    fclose(file);
  } else if (fd >= 0) {
    close(fd);
  }
}

/* ---- lines as they come ---- */

static char *take_line(struct cli_line *line, size_t length, size_t skip) {
  const char *from = line->buffer + line->start;
  char *text = malloc(length + 1);
  line->start += length + skip;
  line->looked = line->start;
  if (text == NULL) {
    cli_error("%s", haredis_error_text(HAREDIS_ERR_MEMORY));
    return NULL;
  }
  memcpy(text, from, length);
  text[length] = '\0';
  line->broken = strlen(text) != length;
  if (length > 0 && text[length - 1] == '\r') text[length - 1] = '\0';
  return text;
}

/* True when something can be read. `changed` is called with each prompt; again: it is gone. */
static bool wait_input(const struct cli_line *line,
                       void (*changed)(const char *prompt, bool again)) {
  struct pollfd input = {STDIN_FILENO, POLLIN, 0};
  while (!cli_interrupted()) {
    int ready = poll(&input, 1, IDLE_MS);
    if (ready > 0) return true;
    const char *prompt = line->idle(line->owner);
    if (changed != NULL) changed(prompt, line->spoiled);
  }
  return false;
}

static bool read_more(struct cli_line *line) {
  line->length -= line->start;
  if (line->start > 0) memmove(line->buffer, line->buffer + line->start, line->length);
  line->looked = line->length; /* the beginning of a line: those before it were taken */
  line->start = 0;
  if (line->capacity - line->length < 4096) {
    size_t capacity = line->capacity * 2 + 8192;
    char *buffer = realloc(line->buffer, capacity);
    if (buffer == NULL) return false;
    line->buffer = buffer;
    line->capacity = capacity;
  }
  ssize_t n = read(STDIN_FILENO, line->buffer + line->length, line->capacity - line->length);
  if (n > 0) line->length += (size_t)n;
  return n > 0 || (n < 0 && errno == EINTR);
}

static char *read_plain(struct cli_line *line, const char *prompt) {
  if (line->person) {
    fputs(prompt, stdout);
    fflush(stdout);
  }
  for (;;) {
    size_t left = line->length - line->looked, all = line->length - line->start;
    char *end = left > 0 ? memchr(line->buffer + line->looked, '\n', left) : NULL;
    if (end != NULL) return take_line(line, (size_t)(end - line->buffer) - line->start, 1);
    if (line->ended) return all > 0 ? take_line(line, all, 0) : NULL;
    if (!wait_input(line, NULL)) return NULL;
    line->ended = !read_more(line);
  }
}

/* ---- edited lines ---- */

#ifdef HAVE_EDITLINE
static struct {
  bool done;
  char *text;
  char prompt[CLI_PROMPT_MAX];
} typed;

static volatile sig_atomic_t resized;

static void on_resize(int number) {
  (void)number;
  resized = 1;
}

/* Another master while a person thinks, or another width: the line is drawn again, with what is
 * typed already. */
static void on_prompt(const char *prompt, bool again) {
  if (resized) {
    resized = 0;
    rl_resize_terminal();
    again = true;
  }
  if (!again && strcmp(prompt, typed.prompt) == 0) return;
  snprintf(typed.prompt, sizeof(typed.prompt), "%s", prompt);
  fputs("\r\033[K", stdout);
  fflush(stdout);
  rl_set_prompt(prompt);
  rl_forced_update_display();
}

/* libedit hands a line over, or NULL at the end. The terminal is ours before anything runs. */
static void on_line(char *text) {
  typed.done = true;
  typed.text = text;
  rl_callback_handler_remove();
}

static char *next_match(const char *text, int state) {
  static size_t index;
  size_t start;
  (void)text;
  index = state == 0 ? 0 : index + 1;
  return cli_names_complete(rl_line_buffer, index, &start);
}

/* Never the names of files. */
static char **on_tab(const char *text, int start, int end) {
  (void)start;
  (void)end;
  rl_attempted_completion_over = 1;
  return rl_completion_matches(text, next_match);
}

static char *read_edited(struct cli_line *line, const char *prompt) {
  typed.done = false;
  typed.text = NULL;
  snprintf(typed.prompt, sizeof(typed.prompt), "%s", prompt);
  rl_callback_handler_install(prompt, on_line);
  while (!typed.done && wait_input(line, on_prompt)) rl_callback_read_char();
  if (!typed.done) rl_callback_handler_remove();
  if (typed.text == NULL) {
    putchar('\n');
    line->ended = !cli_interrupted();
  }
  return typed.text;
}
#endif

#ifdef HAVE_EDITLINE
/* In the locale "C" libedit drops what is not ASCII, and the command would be another one. */
static void choose_letters(void) {
  const char *name = setlocale(LC_CTYPE, "");
  bool ascii = name == NULL || strcmp(name, "C") == 0 || strcmp(name, "POSIX") == 0;
  if (ascii) setlocale(LC_CTYPE, "C.UTF-8");
}
#endif

void cli_line_begin(struct cli_line *line, bool person) {
  line->person = person;
#ifdef HAVE_EDITLINE
  if (!person) return;
  const char *term = getenv("TERM");
  line->edited = term != NULL && strcmp(term, "dumb") != 0;
  if (!line->edited) return;
  choose_letters();
  rl_readline_name = "haredis";
  rl_catch_signals = 0;
  struct sigaction action = {.sa_handler = on_resize};
  sigaction(SIGWINCH, &action, NULL);
  rl_attempted_completion_function = on_tab;
  using_history();
  stifle_history(HISTORY_LINES);
  history_begin();
#endif
}

char *cli_line_read(struct cli_line *line, const char *prompt) {
#ifdef HAVE_EDITLINE
  if (line->edited) return read_edited(line, prompt);
#endif
  return read_plain(line, prompt);
}

void cli_line_end(struct cli_line *line) {
  free(line->buffer);
  free(line->last);
  line->buffer = line->last = NULL;
}
