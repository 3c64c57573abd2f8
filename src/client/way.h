/*
 * How a command would be sent, in words. See way.c.
 */
#ifndef HR_CLIENT_WAY_H
#define HR_CLIENT_WAY_H

#include "client/client.h"

/* HAREDIS_ERR_UNSUPPORTED, with the function that does it in the text. */
int hr_way_refuse(haredis_client *c, int argc, const char **argv, const size_t *argvlen);

#endif
