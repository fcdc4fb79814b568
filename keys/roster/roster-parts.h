/* roster-parts.h - What the files of the module roster share.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * roster opens and closes it, roster-entry writes a person's file,
 * roster-keys changes the keys, roster-mark takes a person out,
 * roster-objection refuses keys, and roster-invite makes invites.  */

#ifndef POSTERN_KEYS_ROSTER_PARTS_H
#define POSTERN_KEYS_ROSTER_PARTS_H

#include "roster.h"
#include "scratch.h"
#include "sharing.h"

struct roster_s
{
  config_t config;
  pgp_t people;
  pgp_t server;                 /* The home with the primary key.  */
  char *root;                   /* Its path.  */
  char *verify;                 /* The path of the people's home.  */
  struct scratch copy;          /* Of it, to look only.  */
  int lock;
  int mark;                     /* Of a revocation, held; -1: none.  */
  pgp_t own;                    /* Of who calls, with the key that signs
                                   invites besides; NULL: none does.  */
  char by[NETSPEC_FPRLEN + 1];  /* That key; its public part is...  */
  unsigned char *by_key;
  size_t by_key_len;
  unsigned char *server_key;    /* As invites carry it.  */
  size_t server_key_len;
  uint64_t serial;              /* The next one of those that are...  */
  uint64_t serials;             /* ... taken out of the file.  */
  sharing_t sharing;            /* What is part of whose key; NULL: not
                                   looked up yet.  */
};

/* Take away the marks that a revocation left for us who have the lock.  */
void roster_clear_marks (roster_t roster);

/* The keys change: what is part of whose is looked up anew.  */
void roster_forget_sharing (roster_t roster);

#endif /*POSTERN_KEYS_ROSTER_PARTS_H*/
