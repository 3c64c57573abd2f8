/* Warm links to the nodes that may be master next; see spare.c. */
#ifndef HR_CLIENT_SPARE_H
#define HR_CLIENT_SPARE_H

#include "client/client.h"

void hr_spare_elected(haredis_client *c); /* somebody is master: a while later they are dialled */
void hr_spare_beat(haredis_client *c);
void hr_spare_drop(haredis_client *c, int node);
void hr_spare_end(haredis_client *c);
/* One that is up, without hooks of its new owner yet: hr_link_hand_over(). NULL: there is none. */
struct hr_link *hr_spare_take(haredis_client *c, int node);

#endif
