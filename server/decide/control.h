/* control.h - The control socket: an Assuan server inside decide.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * doc/CONTROL.md lists the commands.  Peer credentials decide who may.  */

#ifndef POSTERN_CONTROL_H
#define POSTERN_CONTROL_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>
#include <gpg-error.h>
#include <jansson.h>
#include "decide.h"

#define CONTROL_MAX 24          /* Connections...  */
#define CONTROL_MAX_UID 16      /* ... and those of one user.  */
#define CONTROL_FDS (CONTROL_MAX + 1)
#define CONTROL_LINELEN 1001    /* Of an Assuan line, with its LF.  */

/* Bytes of answers that wait for their reader: where making more of a long
   one stops, and the most of one connection and of all.  */
#define CONTROL_QUEUE 65536u
#define CONTROL_QUEUE_MOST (1024u * 1024)
#define CONTROL_QUEUED_MOST (8u * 1024 * 1024)

#define CONTROL_STALL 60        /* Seconds for which a reader may take
                                   nothing.  */
#define CONTROL_IDLE 1          /* Seconds after its last command at which a
                                   connection gives way to a new one.  */

typedef struct control_s *control_t;

/* LISTENER stays the caller's.  Besides root OWNER may connect.  */
gpg_error_t control_new (struct decide *decide, int listener, uid_t owner,
                         control_t *r_control);
void control_release (control_t control);

/* Fill FDS (CONTROL_FDS of them) with what to wait for, and afterwards do
   what they show.  */
unsigned int control_prepare (control_t control, struct pollfd *fds);
/* A line is left that came together with another, or more of an answer can
   be made: do not wait.  */
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

struct client;

/* Make the next part of an answer; *R_DONE: it was the last.  *R_WHY may
   become the text of an error.  */
typedef gpg_error_t (*control_slice_t) (struct client *client, bool *r_done,
                                        const char **r_why);

struct control_queue
{
  char *data;                   /* From START on LEN bytes wait.  */
  size_t start, len, size;
};

struct client
{
  struct decide *decide;
  bool used;                    /* False: a free slot.  */
  int fd;
  uid_t uid;
  pid_t pid;
  char line[CONTROL_LINELEN];   /* What came of the next lines.  */
  size_t len;
  struct control_queue queue;
  size_t *queued;               /* Of all connections.  */
  gpg_error_t broken;           /* It ends for this.  */
  bool closing;                 /* It ends when the queue is sent.  */
  int64_t moved;                /* When its reader last took something, or
                                   had taken all (boottime).  */
  int64_t asked;                /* When its last command came.  */
  bool later;                   /* The answer comes when act gives it.  */
  control_slice_t slice;        /* There is more of the answer.  */
  char args[CONTROL_LINELEN];   /* Of AUDIT.  */
  struct audit_filter filter;   /* Likewise.  */
  struct audit_cursor rows;
  struct audit_chain_cursor links;      /* Of CHAIN.  */
  size_t next;                  /* Of LASTSEEN: the next person.  */
  bool counting;                /* Count grants and do not print them.  */
  unsigned int grants;
  uint32_t owed;                /* Close-commands, as the end of the list  */
  uint64_t owed_since;          /* says.  */
  uint64_t after;               /* The last grant of the list so far.  */
  bool more;                    /* Its page had some.  */
  char closes[64];              /* What CLOSE was told to, for the audit. */
  struct control_note note;     /* Of REVOKE, likewise.  */
};

/* Returns 0 for OK, or with CLIENT->later or CLIENT->slice set nothing yet;
   *R_WHY may become the text of an error.  */
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

/* In control-grants.c.  */
gpg_error_t control_list_status (struct client *client, char *args,
                                 const char **r_why);
gpg_error_t control_list_grants (struct client *client, char *args,
                                 const char **r_why);
gpg_error_t control_close (struct client *client, char *args,
                           const char **r_why);

/* In control-roster.c.  */
gpg_error_t control_bar (struct client *client, char *args,
                         const char **r_why);
gpg_error_t control_revoke (struct client *client, char *args,
                            const char **r_why);
gpg_error_t control_put_note (struct client *client, char *args,
                              const char **r_why);

/* In control-long.c.  */
gpg_error_t control_audit (struct client *client, char *args,
                           const char **r_why);
gpg_error_t control_chain (struct client *client, char *args,
                           const char **r_why);
gpg_error_t control_lastseen (struct client *client, char *args,
                              const char **r_why);


/* In control-send.c: nothing of it waits.  What cannot be queued breaks the
   connection, which ends with the next turn.  */

/* Queue TEXT, which ends at the most that a line takes.  */
void control_put_line (struct client *client, const char *text);

/* Queue one JSON object, which is released, as a line of data.  */
gpg_error_t control_send (struct client *client, json_t *object);
gpg_error_t control_send_line (void *client, const char *json);
/* The same for a slice, which GPG_ERR_EAGAIN ends: the line was taken, and
   the next must wait until there is room.  */
gpg_error_t control_slice_line (void *client, const char *json);
bool control_has_room (const struct client *client);

/* Queue the OK or ERR of a command, and send what the kernel takes.  */
void control_answer (struct client *client, gpg_error_t err,
                     const char *why);
void control_flush (struct client *client);

/* Send BODY, a struct of TYPE, to FD; CLIENT waits for the answer, which DONE
   takes.  */
gpg_error_t control_ask (struct client *client, int fd, enum packet_type type,
                         const void *body, calls_done_t done,
                         const char **r_why);

/* Forget what is queued.  */
void control_drop_queue (struct client *client);

#endif /*POSTERN_CONTROL_H*/
