/* vouch.h - What the files of the role vouch share.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * vouch has credentials checked.  It keeps the one privilege that a check
 * needs, to open files that only root may read, but must never read such a
 * file or an attachment.  Each check runs in a program of its own without any
 * privileges:
 *
 *   vouch-file   gets the open password file; reads one entry, closes the
 *                file, and only then opens the attachment
 *   vouch-ldap   gets the section of the configuration, and can reach the
 *                network
 *
 * The program sends TRYING when it is about to use the password; if it then
 * falls silent, that counts as a failed attempt.  At the end it sends a
 * VERDICT.  */

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
  char *libexec;                /* The folder of its programs.  */
  int program[VOUCH_PROGRAMS];
  struct vouch_check check[VOUCH_CHECKS];
};

/* In vouch-start.c: find the folder of VOUCH's own program, to be freed, and
   open the programs in it.  To be called as root, because vouch's user may not
   reach the folder; and early, so that after an upgrade the programs are
   still those of this version.  */
gpg_error_t vouch_open_programs (struct vouch *vouch);

/* Start a child for ASK, which RULE requires, in the free place CHECK.
   REFUSAL_NONE, or why it could not be started.  */
enum refusal vouch_start (struct vouch *vouch, struct vouch_check *check,
                          const struct config_rule *rule,
                          const struct packet_ask *ask);

/* In vouch.c: kill the child of CHECK, whose place is free then.  Nothing is
   left of it when this returns.  */
void vouch_end_check (struct vouch_check *check);

#endif /*POSTERN_VOUCH_H*/
