/*
 * A history that broke an invariant, made short: words are left out as long as the same invariant
 * breaks (delta debugging), then times, names, nodes, clients and settings are made plain. Every
 * attempt runs in a process of its own, so that a failed assertion can be shrunk like the rest.
 */
#ifndef TEST_SIM_SHRINK_H
#define TEST_SIM_SHRINK_H

#include "history.h"

struct finding {
  char key[32];  /* which invariant: the number, or the first word; "signal 6" */
  char why[512]; /* the violation */
};

/* The words of a seed's history and what it broke. false: it broke nothing. */
bool shrink_find(struct world *world, const struct history_options *options,
                 struct script *script, struct finding *finding);
/* Shortens the script. stop() is asked between attempts; NULL: nobody asks. */
void shrink(struct world *world, struct script *script, struct finding *finding,
            bool (*stop)(void));
/* Writes it as a story with its transcript: prose, words, what the cores said until it broke. */
bool shrink_write(const char *path, const struct history_options *options,
                  const struct script *script, const struct finding *finding);

#endif
