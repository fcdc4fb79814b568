/* roster-parts.h - What the files of the module roster share.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * roster opens and closes it; roster-entry writes a person's file, and
 * roster-group the groups in it; roster-keys changes the keys; roster-mark
 * takes a person out; roster-objection refuses keys; roster-invite makes
 * invites; roster-tell talks to a running posternd.  */

#ifndef POSTERN_KEYS_ROSTER_PARTS_H
#define POSTERN_KEYS_ROSTER_PARTS_H

#include "../../common/base/console.h"
#include "roster.h"
#include "scratch.h"
#include "sharing.h"

struct roster_s
{
  config_t config;
  pgp_t people;
  pgp_t server;                 /* The home with the primary key.  */
  char *root;                   /* Its path.  */
  char *muster;                 /* The path of the people's home.  */
  struct scratch copy;          /* Of it, for roster_look.  */
  int lock;
  int mark;                     /* Of a revocation, held; -1: none.  */
  console_t barring;            /* Tells posternd of one; NULL: none.  */
  pgp_t own;                    /* The caller's own home, whose key BY signs
                                   invites as well; NULL: none does.  */
  char by[NETSPEC_FPRLEN + 1];
  unsigned char *by_key;        /* Its public part.  */
  size_t by_key_len;
  unsigned char *server_key;    /* As invites carry it.  */
  size_t server_key_len;
  uint64_t serial;              /* The next of the invites' serials, ...  */
  uint64_t serials;             /* ... of which so many are taken.  */
  sharing_t sharing;            /* What is part of whose key; NULL: not
                                   looked up yet.  */
};

/* Remove the marks whose revocation left that to us, who hold the lock.  */
void roster_clear_marks (roster_t roster);

/* The keys change: whose part is whose must be looked up anew.  */
void roster_forget_sharing (roster_t roster);

/* Makes the new text of the file PATH out of its LEN bytes at OLD, after
   which there is a NUL: *R_NEW, to be freed with gpgrt_free.  */
typedef gpg_error_t (*roster_edit_t) (const char *path, const char *old,
                                      size_t len, const void *hook,
                                      char **r_new, char **r_message);

/* Let EDIT change NAME's file, and the configuration in memory with it.  The
   file is written only if the configuration takes the new text.  */
gpg_error_t roster_rewrite (roster_t roster, const char *name,
                            roster_edit_t edit, const void *hook,
                            char **r_message);

#endif /*POSTERN_KEYS_ROSTER_PARTS_H*/
