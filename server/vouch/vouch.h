/* vouch.h - The role that has credentials checked, for its own files.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * vouch keeps the one power that a check needs, to open files that root
 * alone may read, and looks into none of them, nor into an attachment.
 * Each check is a program of its own with no power at all:
 *
 *   vouch-file   gets the open password file; takes one entry out of it,
 *                lets go of it, and only then opens the attachment
 *   vouch-ldap   gets the section of the configuration, and reaches the
 *                network
 *
 * It is told TRYING when the password is about to be used, which makes a
 * silence from then on the person's failure, and a VERDICT.  */

#ifndef POSTERN_VOUCH_H
#define POSTERN_VOUCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "../ipc/packets.h"
#include "../role/role.h"

#define VOUCH_CHECKS 8          /* At once.  */
#define VOUCH_SHADOW "/etc/shadow"

enum vouch_program { VOUCH_FILE, VOUCH_LDAP, VOUCH_PROGRAMS };

struct vouch_check
{
  pid_t pid;                    /* 0: a free place.  */
  int fd;                       /* To the child.  */
  uint64_t id;                  /* Of the question.  */
  uint64_t deadline;            /* ticks_us  */
  bool ldap;
  bool trying;
  bool ended;                   /* With REFUSAL.  */
  enum refusal refusal;
};

struct vouch
{
  struct role role;
  char *libexec;                /* Where its programs stand.  */
  int program[VOUCH_PROGRAMS];
  struct vouch_check check[VOUCH_CHECKS];
};

/* In vouch-start.c: find the folder that VOUCH's program stands in, to be
   freed, and open those beside it.  To be called while root: the folder may
   be shut to vouch's user, and after an upgrade its programs stay those of
   this version.  */
gpg_error_t vouch_open_programs (struct vouch *vouch);

/* Start a child for ASK, which RULE requires, in the free place CHECK.  */
enum refusal vouch_start (struct vouch *vouch, struct vouch_check *check,
                          const struct config_rule *rule,
                          const struct packet_ask *ask);

#endif /*POSTERN_VOUCH_H*/
