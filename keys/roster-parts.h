/* roster-parts.h - What the files of the module roster share.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * roster opens and closes it, roster-entry writes a person's file, and
 * roster-invite makes invites.  */

#ifndef POSTERN_KEYS_ROSTER_PARTS_H
#define POSTERN_KEYS_ROSTER_PARTS_H

#include "roster.h"

struct roster_s
{
  config_t config;
  pgp_t people;
  pgp_t server;                 /* The home with the primary key.  */
  char *root;                   /* Its path.  */
  char *verify;                 /* The path of the people's home.  */
  int lock;
};

#endif /*POSTERN_KEYS_ROSTER_PARTS_H*/
