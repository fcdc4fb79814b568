/* control.h - The control socket: an Assuan server inside decide.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * doc/CONTROL.md lists the commands.  Peer credentials decide who may.  */

#ifndef POSTERN_CONTROL_H
#define POSTERN_CONTROL_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>
#include <assuan.h>
#include <gpg-error.h>
#include <jansson.h>
#include "decide.h"

#define CONTROL_MAX 16          /* Connections.  */
#define CONTROL_FDS (CONTROL_MAX + 1)

typedef struct control_s *control_t;

/* LISTENER stays the caller's.  Besides root OWNER may connect.  */
gpg_error_t control_new (struct decide *decide, int listener, uid_t owner,
                         control_t *r_control);
void control_release (control_t control);

/* Fill FDS (CONTROL_FDS of them) with what to wait for, and afterwards do
   what they show.  */
unsigned int control_prepare (control_t control, struct pollfd *fds);
/* A line is left that came together with one whose answer took time:
   do not wait.  */
bool control_has_work (control_t control);
void control_turn (control_t control, const struct pollfd *fds,
                   unsigned int n);


/* For the commands (control-commands.c).  */

/* What REVOKE and NOTE are told.  */
struct control_note
{
  char action[16];
  char user[NETSPEC_NAMELEN + 1];
  char fpr[NETSPEC_FPRLEN + 1];
  char by[65];
  char why[161];
};

struct client
{
  struct decide *decide;
  assuan_context_t ctx;         /* NULL: a free slot.  */
  int fd;
  char line[ASSUAN_LINELENGTH]; /* What came of the next lines.  */
  size_t len;
  bool later;                   /* The answer comes when act gives it.  */
  bool counting;                /* Count grants and do not print them.  */
  unsigned int grants;
  uint32_t owed;                /* Close-commands, as the end of the list  */
  uint64_t owed_since;          /* says.  */
  uint64_t after;               /* The last grant of the list so far.  */
  bool more;                    /* Its page had some.  */
  char closes[64];              /* What CLOSE was told to, for the audit. */
  struct control_note note;     /* Of REVOKE, likewise.  */
};

/* Returns 0 for OK, or with CLIENT->later set nothing yet; *R_WHY may
   become the text of an error.  */
typedef gpg_error_t (*control_handler_t) (struct client *client, char *args,
                                          const char **r_why);

struct control_command
{
  const char *name;
  control_handler_t handler;
  const char *help;
};

/* Ended by a NULL name.  */
extern const struct control_command control_commands[];

/* A new object for STATUS, or NULL without memory.  ANSWERED: what act was
   to count stands in CLIENT.  */
json_t *control_status (const struct client *client, bool answered);
/* Likewise how the clock of the store stands, as a text.  */
json_t *control_clock (const struct replay_state *state);

/* Send one JSON object, which is released, as a line of data.  */
gpg_error_t control_send (struct client *client, json_t *object);
gpg_error_t control_send_line (void *client, const char *json);

/* Send the OK or ERR of a command.  */
void control_answer (struct client *client, gpg_error_t err,
                     const char *why);

#endif /*POSTERN_CONTROL_H*/
